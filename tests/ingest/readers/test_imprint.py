from __future__ import annotations

import time
from dataclasses import replace

import pytest

from footnote.ingest.readers.imprint import Told, changed, of_texts, opening, told

FIRST = "The bridge over the Sill is shut since an inspector found cracks in two of its piers."
NEXT = "Nobody may walk over it until they are mended, which takes until the summer."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Garnmouth Courier, 3 November 2025", Told("", "2025-11-03", ("Garnmouth Courier",))),
        ("West Coast Herald | 4 Nov 2025 | By Ada Venn", Told("Ada Venn", "2025-11-04", ("West Coast Herald",))),
        ("Adopted by the members' meeting on 19 February 2026", Told("", "2026-02-19")),
        ("Publié le 3 avril 2025 par Luc Armand", Told("Luc Armand", "2025-04-03")),
        ("Von Karin Holm | 12. März 2025, 14:30 Uhr", Told("Karin Holm", "2025-03-12")),
        ("Text: Mia Brandt · Published: Tue 2 Sept 2025 · 4 min read", Told("Mia Brandt", "2025-09-02", ("4 min read",))),
        ("Saturday 14 March 2026", Told("", "2026-03-14")),
    ],
)  # fmt: skip
def test_a_line_of_names_and_a_date_is_told(line, said):
    assert replace(told(line), telling=False) == said


@pytest.mark.parametrize(
    "line",
    [
        "Saturday 14 March 2026, 10 am to 4 pm, Village Hall", "Sunday 7 June 2026 · doors open 19:00 · free entry",
        "Valid from 1 January 2026", "Effective 1 July 2025", "Born 3 May 1911 in Tarnby", "Deadline: 28 February 2026",
        "Accepted for publication 10 April 2026.", "Received 2 February 2025; revised 8 March 2025",
        "Exhibition: 5 May 2025 – 9 June 2025", "Anna Berg, 4 August 1932 – 11 January 2025",
        "Gültig ab 1. Oktober 2025", "Version 6.15.0 was released on 2025-07-11.", "Garnmouth Courier, 03/04/2025",
        "The council met in Tarnby, 3 May 2025", "Signed copies from 3 May 2025", "",
    ],
)  # fmt: skip
def test_a_date_of_something_else_is_not_the_articles(line):
    assert told(line) == Told()


def test_a_line_that_names_a_paper_too_stays_in_the_text():
    author, date, gone = of_texts(["Garnmouth Courier, 3 May 2025", "By Ada Venn", FIRST, NEXT], "The bridge")
    assert (author, date, gone) == ("Ada Venn", "2025-05-03", {1})


def test_a_line_that_says_by_whom_it_was_adopted_stays_in_the_text():
    texts = ["Adopted by the trustees on 19 February 2026", FIRST, NEXT]
    assert of_texts(texts, "Report of the trust") == ("", "2026-02-19", frozenset())
    texts[0] = "Adopted on 19 February 2026"
    assert of_texts(texts, "Report of the trust")[2] == {0}


def test_a_paper_may_be_named_after_the_town_that_the_title_names():
    texts = ["Garnmouth Courier, 3 November 2025", FIRST, NEXT]
    assert of_texts(texts, "Fire on the quay in Garnmouth")[1] == "2025-11-03"


@pytest.mark.parametrize(
    "texts",
    [
        [FIRST, "Saturday 3 May 2025", NEXT, NEXT],
        [f"Tarnby, 3 May 2025 – {FIRST}", NEXT],
        [f"TARNBY, Ohio, May 3, 2025 (Canal Wire) -- {FIRST}", NEXT],
        [FIRST, NEXT, NEXT, NEXT, "Adopted on 3 May 2025"],
        [FIRST, NEXT, NEXT, NEXT, "Tarnby, 3 May 2025", "Ada Venn"],
    ],
)
def test_a_date_stands_below_the_lead_before_the_first_sentence_or_at_the_end(texts):
    assert of_texts(texts, "The bridge") == ("", "2025-05-03", frozenset())


@pytest.mark.parametrize(
    "texts",
    [
        ["Harbour Concert, 3 May 2025", FIRST],  # what its title is about
        [FIRST, "3 May 2025", NEXT, "4 May 2025", NEXT],  # a diary
        [FIRST, NEXT, f"Tarnby, 3 May 1953 – {FIRST}", NEXT],  # in its midst
        [FIRST, NEXT, NEXT, NEXT, "", "Garnmouth Courier, 3 May 2025"],  # under a heading, as “Sources”
        [FIRST, NEXT, NEXT, NEXT, "Joe Ham, 3 May 2025", NEXT],  # above a remark
    ],
)
def test_a_date_elsewhere_is_not_the_articles(texts):
    assert of_texts(texts, "Concert in the harbour")[1] == ""


def test_only_a_dateline_opens_a_paragraph():
    assert opening(f"Tarnby (Wire), 8 October 2025 — {FIRST}") == "2025-10-08"
    assert opening(f"On 8 October 2025 – {FIRST}") == opening("Tarnby, 8 October 2025 – shut") == ""


def test_of_a_footer_only_what_says_that_the_page_was_changed_counts():
    lines = [
        "© 2026 Sill Trust. Page last reviewed: 9 January 2026",
        "Letzte Aktualisierung: 22. Januar 2026",
    ]
    assert changed(["Mill Lane 4", *lines]) == "2026-01-22"
    assert (
        changed(
            ["The office is closed on 24 December 2025", "Sale ends 31 January 2026", "Lions, 4 May 2025"]
        )
        == ""
    )


@pytest.mark.parametrize(
    "line", ["1 2025 " * 17, "By A.B, " * 15, "May 2025, " * 12, "on " * 38 + "2025", "– " * 59]
)
def test_lines_without_sense_keep_nothing_busy(line):
    told("Am 3. Mai 2025 um vier")  # loads the languages
    started = time.monotonic()
    of_texts([line] * 2000, "T")
    assert time.monotonic() - started < 5
