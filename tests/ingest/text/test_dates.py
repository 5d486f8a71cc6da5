from __future__ import annotations

import datetime as dt

import pytest

from footnote.ingest.text.dates import iso_date, read_date


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-31", "2026-5-31", "2026/05/31", "31 May 2026", "31st of May 2026", "May 31, 2026", "May 31st 2026",
        "Sunday, 31 May 2026", "Sun, May 31, 2026", "2026-05-31T08:00:00Z", "2026-05-31 08:00", "31 May 2026 at 08:00",
        " may 31,  2026 ", dt.date(2026, 5, 31), dt.datetime(2026, 5, 31, 8, tzinfo=dt.UTC),
    ],
)  # fmt: skip
def test_a_date_becomes_iso(written):
    assert iso_date(written) == "2026-05-31"


@pytest.mark.parametrize(
    ("written", "iso"), [("May 2026", "2026-05"), ("2026-05", "2026-05"), ("2026", "2026"), (2026, "2026")]
)
def test_less_than_a_day_stays_less_than_a_day(written, iso):
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written", ["", None, "03/04/2026", "2026-02-30", "yesterday", "31", "99999", "May", [], {}, True, 0.5]
)
def test_what_is_no_date_or_could_be_two_is_left_out(written):
    assert iso_date(written) == ""


def test_a_date_that_is_not_understood_is_a_warning():
    date, warnings = read_date("03/04/2026")
    assert date == ""
    assert "03/04/2026" in warnings[0]


@pytest.mark.parametrize("written", [None, "", " "])
def test_no_date_is_no_warning(written):
    assert read_date(written) == ("", ())
