from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time

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


@pytest.mark.parametrize(
    "written",
    [
        "31. Mai 2026", "Sonntag, 31. Mai 2026", "So., 31. Mai 2026", "31. Mai 2026, 10:30 Uhr",  # German
        "31 mai 2026", "dimanche 31 mai 2026", "le 31 mai 2026", "31 mai 2026 à 10h30", "31 mai 2026 - 10:30",  # French
        "31 de mayo de 2026", "domingo, 31 de mayo de 2026", "31 mayo 2026", "mayo 31, 2026",  # Spanish
        "31 maggio 2026", "domenica 31 maggio 2026",  # Italian
        "31 de maio de 2026", "domingo, 31 de maio de 2026",  # Portuguese
        "31 mei 2026", "zondag 31 mei 2026",  # Dutch
        "31 maj 2026", "söndag 31 maj 2026", "31. maj 2026", "31. mai 2026",  # Swedish, Danish, Norwegian and Romanian
        "31. toukokuuta 2026", "31 maja 2026", "31. května 2026", "31. mája 2026",  # Finnish, Polish, Czech, Slovak
        "31 мая 2026", "31 мая 2026 г.", "31 мая 2026 года", "31 травня 2026 р.", "31 май 2026",  # Russian, Ukrainian, Bulgarian
        "31 Mayıs 2026", "2026. május 31.", "31 Μαΐου 2026", "31 Mei 2026",  # Turkish, Hungarian, Greek, Indonesian
        "31 مايو 2026", "٣١ مايو ٢٠٢٦", "31 במאי 2026", "31 मई 2026",  # Arabic, Hebrew, Hindi
        "2026年5月31日", "2026 年 5 月 31 日", "2026年5月31日(日)", "2026年5月31日 10:30", "2026년 5월 31일",  # Japanese, Chinese, Korean
        "31-May-2026", "31-may-2026 10:30", "31/5/2026", "31.05.2026", "31-05-2026", "5/31/2026", "05-31-2026", "31/05/2026 10:30",
    ],
)  # fmt: skip
def test_a_date_in_another_language_or_form_becomes_iso(written):
    assert iso_date(written) == "2026-05-31"


@pytest.mark.parametrize(
    ("written", "iso"),
    [("1er mai 2026", "2026-05-01"), ("1 août 1984", "1984-08-01"), ("10/10/2026", "2026-10-10"), ("31/12/2026", "2026-12-31"),
     ("3 März 2026", "2026-03-03"), ("12 gennaio 2026", "2026-01-12"), ("4 mars 2026", "2026-03-04"), ("1 września 2026", "2026-09-01")],
)  # fmt: skip
def test_days_and_months_are_told_apart(written, iso):
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "03.04.2026", "03-04-2026", "3/4/2026", "31/04-2026", "31/02/2026", "31.12.26", "12/31/26", "32 mai 2026", "31. Februar 2026",
        "ayer", "gestern", "vor 3 Tagen", "in 3 days", "il y a 3 jours", "3日前", "now", "today", "last May", "next Friday", "Mai", "5 de mayo",
        "Chapter 12", "2026 World Cup", "Chapter Twelve 12, 2026", "World Cup 26, 2026", "1 of the 2026 May", "26 May 31", "May 2026 32",
        "12 Angry Men 1957", "11 Best Films of May 2026", "By 2026 12 million", "No. 12, 2026", "10 10 2026", "1748649600", "20260531",
        "15 listopada 2026", "12 Monkeys 1995", "5 a day 2026", "31 mai", "31 mai 0026", "Apollo 13, 1970", "March 2026 was cold",
    ],
)  # fmt: skip
def test_what_is_no_whole_date_is_never_guessed(written):
    assert iso_date(written) == ""


@pytest.mark.parametrize(
    "written",
    ["1" * 10_000, "mai " * 2_500, "31 " + "m" * 10_000 + " 2026", "31 mai 2026 " * 800, " ".join(["31"] * 3_000), "2026年" * 3_000,
     "a" * 75 + " 31", "31 " + "é" * 70 + " 2026", "31 a b c d e f g h i j k l m n o p q r s t u v w x y z 2026", "31 " + "ab-" * 20 + "2026"],
)  # fmt: skip
def test_no_text_keeps_it_busy(written):
    iso_date("31 mai 2026")  # loads the languages
    started = time.monotonic()
    assert iso_date(written) == ""
    assert time.monotonic() - started < 1


def test_plain_dates_do_not_wait_for_a_library():
    code = (
        "import sys; from footnote.ingest.text.dates import iso_date\n"
        "found = [iso_date(d) for d in ('2026-05-31', '31 May 2026', '31/05/2026', '31-May-2026', 'A story about 12 men', 'By Ann Lee')]\n"
        "print(found.count('2026-05-31'), 'dateparser' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["4", "False"]
