from __future__ import annotations

import time

import pytest

from footnote.ingest.readers.md import read, read_text
from tests.rows import seen

FRONT = """---
title: "High water"
author: {author}
date: {date}
url: https://example.org/tide
language: en
---
# High water

The tide came in.
"""


def texts(text):
    return [t for _, t in seen(read_text(text)).paragraphs]


def test_front_matter_gives_title_author_date_url_and_language():
    found = read_text(FRONT.format(author="Ana Cruz", date="2026-05-31"))
    assert (found.title, found.author, found.date) == ("High water", "Ana Cruz", "2026-05-31")
    assert (found.url, found.language) == ("https://example.org/tide", "en")
    assert found.paragraphs == (("", "The tide came in."),)


@pytest.mark.parametrize("authors", ["[Ana Cruz, Bo Lee]", "\n  - name: Ana Cruz\n  - name: Bo Lee"])
def test_several_authors_are_joined(authors):
    assert read_text(FRONT.format(author=authors, date="2026")).author == "Ana Cruz, Bo Lee"


def test_a_date_that_is_not_understood_is_a_warning():
    found = read_text(FRONT.format(author="A", date="soon"))
    assert found.date == ""
    assert "soon" in found.warnings[0]


def test_bad_yaml_is_a_warning_and_the_text_is_read():
    found = read_text("---\ntitle: [open\nfoo: }\n---\nThe tide came in.\n")
    assert [t for _, t in found.paragraphs] == ["The tide came in."]
    assert "front matter" in found.warnings[0]


def test_yaml_makes_no_objects():
    found = read_text("---\ntitle: !!python/object/apply:os.getcwd []\n---\nThe tide came in.\n")
    assert found.title == ""
    assert found.warnings


def test_front_matter_is_taken_as_it_stands():
    found = read_text("---\ntitle: 007\nauthor: null\nlang: no\ndate: 2026-5-3\n---\nThe tide came in.\n")
    assert (found.title, found.author, found.language, found.date) == ("007", "", "no", "2026-05-03")


@pytest.mark.parametrize(
    "tiring",
    [
        "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        "title: " + "1:" * 15_000 + "1",
        "title: !!int '" + "1:" * 15_000 + "1'",
        "title: " + "9" * 30_000,
        "- " * 15_000 + "a: b",
    ],
    ids=["mappings of mappings", "a number in sixties", "the same, tagged", "a long number", "lists in lists"],
)  # fmt: skip
def test_front_matter_that_stands_for_more_than_it_is_takes_no_time(tiring):
    begun = time.monotonic()
    found = read_text(f"---\ntitle: The tide\n{tiring}\n---\nThe tide came in.\n")
    assert [t for _, t in found.paragraphs] == ["The tide came in."]
    assert time.monotonic() - begun < 5


def test_a_rule_at_the_top_is_not_front_matter():
    assert texts("---\n\nThe tide came in.\n\n---\n\nIt went out.") == ["The tide came in.", "It went out."]


def test_the_first_heading_is_the_title_and_the_others_are_sections():
    found = read_text("# Tides\n\nOne.\n\n## Spring *tides*\n\nTwo.\n\nThree.\n\n# Neap\n\nFour.")
    assert found.title == "Tides"
    assert found.paragraphs == (
        ("", "One."),
        ("Spring tides", "Two."),
        ("Spring tides", "Three."),
        ("Neap", "Four."),
    )


def test_markup_goes_and_words_stay():
    text = (
        "The **tide** [came *in*](https://example.org 'x') at `noon`, ~~not~~ &amp; ![a boat](b.png)left.[^1]"
    )
    assert texts(text) == ["The tide came in at noon, not & left."]


def test_lines_of_a_paragraph_are_joined_and_hard_breaks_stay():
    assert texts("One\ntwo  \nthree\\\nfour") == ["One two\nthree\nfour"]


def test_lists_are_one_paragraph_with_an_item_a_line():
    assert texts("- a\n- b\n  more\n\n  and more\n  - deep\n- c") == ["- a\n- b more and more\n  - deep\n- c"]
    assert texts("3. a\n4. b") == ["3. a\n4. b"]


def test_quotations_are_paragraphs():
    assert texts("> One.\n>\n> Two.") == ["One.", "Two."]


def test_tables_are_rows():
    assert texts("| Year | Cost |\n|---|--:|\n| 2017 | *20* |") == ["Year 2017: Cost 20."]


def test_a_table_of_nothing_but_heads_is_not_lost():
    assert texts("| Harbour bridge | closed |\n|---|---|") == ["Harbour bridge | closed"]


def test_code_is_kept():
    assert texts("```py\nx = 1\n\ny = 2\n```") == ["x = 1\n\ny = 2"]


def test_html_in_markdown_loses_its_tags():
    assert texts("<div class='x'>The tide <b>came</b> in.</div>\n\nIt <i>went</i>.<br>Out.") == [
        "The tide came in.",
        "It went.\nOut.",
    ]


def test_boilerplate_goes():
    assert texts("One.\n\nShare this article\n\n*(Photo: Ana Cruz)*\n\nTwo.") == ["One.", "Two."]


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf# Tides\r\n\r\nOne.\r\n", b"# Tides\r\rOne.\r"])
def test_marks_and_line_ends_of_every_system_are_read(data):
    found = read(data)
    assert (found.title, found.paragraphs) == ("Tides", (("", "One."),))


@pytest.mark.parametrize(
    "text", ["> " * 5000 + "x", "- " * 5000 + "x", "*" * 20_000 + "x", "[" * 20_000, "`" * 20_000]
)
def test_deep_nesting_neither_hangs_nor_raises(text):
    read_text(text)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("2026-04-10", ("", "2026-04-10")),
        ("\n*By Ana Cruz*\n\n10 April 2026", ("Ana Cruz", "2026-04-10")),
        ("\nBy Ana Cruz | 10 April 2026", ("Ana Cruz", "2026-04-10")),
        ("\nAccepted for publication 10 April 2026.", ("", "")),
    ],
)
def test_a_byline_and_a_date_below_the_title_are_read(lines, told):
    found = read(f"# Minutes\n{lines}\n\nThe meeting was held in the hut.\n".encode())
    assert (found.author, found.date) == told
    assert found.paragraphs[-1] == ("", "The meeting was held in the hut.")
    assert len(found.paragraphs) == (1 if any(told) else 2)


def test_a_line_with_the_papers_name_gives_the_date_and_stays():
    found = read(b"# Minutes\n\n*West Coast Herald, 4 November 2025, by Ada Venn*\n\nThe hut was cold.\n")
    assert (found.author, found.date) == ("Ada Venn", "2025-11-04")
    assert found.paragraphs[0] == ("", "West Coast Herald, 4 November 2025, by Ada Venn")


@pytest.mark.parametrize("control", ["\x01", "\x0b", "&#1;", "\ufffe"])
def test_a_control_character_above_the_line_of_a_table_is_left_out(control):
    rows = f"<tr><td>Field</td><td>5 m<sup>{control}2</sup></td></tr><tr><td>Lock</td><td>7 m<sup>2</sup></td></tr>"
    page = f"<table><tr><th>Place</th><th>Area</th></tr>{rows}</table>"
    assert "5 m²" in " ".join(texts(f"# Land\n\nThe field lies by the lock.\n\n{page}\n"))
