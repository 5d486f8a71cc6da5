from __future__ import annotations

import pytest

from footnote.ingest.readers import html, markup, txt
from footnote.ingest.readers.document import to_article
from footnote.ingest.readers.marks import without_marks


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The lock was built in 1911.[1] It leaks[2][3].", "The lock was built in 1911. It leaks."),
        ("“Never,” said Ode.[note 2] He[citation needed] left.", "“Never,” said Ode. He left."),
        ("Ticks live in hay[3–5, 9], it is said.", "Ticks live in hay, it is said."),
        ("[1] Ode F. The lock. 1911.\n[2] Ode G. The lock again.", "1. Ode F. The lock. 1911.\n2. Ode G. The lock again."),
    ],
)  # fmt: skip
def test_marks_of_notes_go(text, left):
    assert without_marks([text])(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "He wrote that “they was [sic] late” and left.",
        "The share lies in the range [2, 5] of the scale.",
        "Each x[1] is a weight.",
        "total = items[1] + items[2]",
        "for (i) { sum(a)[3] }",
        "Ask [the keeper] about it in [2021].",
    ],
)
def test_brackets_that_are_no_marks_stay(text):
    assert without_marks([text])(text) == text


def test_marks_that_stand_apart_go_where_there_are_many_from_1_on():
    texts = ["Hay is dry [1].", "Ticks are not [2, 3] .", "Both are old [4]."]
    assert [without_marks(texts)(t) for t in texts] == ["Hay is dry.", "Ticks are not .", "Both are old."]


def test_an_article_of_any_format_has_none_of_its_own_marks():
    found = txt.read(
        b"The lock\n\nThe lock was built in 1911.[7] It leaks, the keeper says, and always has.\n"
    )
    assert "[7]" not in to_article(found, source="a.txt", name="a.txt").text


@pytest.mark.parametrize(
    "mark",
    [
        '<sup><a href="#n1">1</a></sup>',
        '<a role="doc-noteref" href="#n1">1</a>',
        '<a epub:type="noteref" href="notes.xhtml#n1">1</a>',
        '<sup id="r1"><a href="#n1">*</a></sup>',
        "<sup>[1]</sup>",
    ],
)
def test_links_to_notes_go_from_books_and_pages(mark):
    story = f"The keeper of the lock{mark} was asked by the council on Monday, and he said that it has leaked on every single day of the year."
    (block,) = markup.blocks(markup.parse(f"<body><p>{story}</p></body>"))
    page = f"<html><body><article><h1>Lock</h1><p>{story}</p></article></body></html>"
    assert block.text == html.read(page.encode()).paragraphs[0][1] == story.replace(mark, "")


def test_a_power_stays_and_a_digit_above_the_line_after_a_stop_goes():
    page = "<body><p>It takes 3 m<sup>2</sup> of hay.<sup>4</sup> More is less.</p></body>"
    (block,) = markup.blocks(markup.parse(page))
    assert block.text == "It takes 3 m2 of hay. More is less."
