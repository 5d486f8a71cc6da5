"""How a reply shows itself: printed, in Markdown, in HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from footnote import Answer, Citation, CitedSentence, Refusal, Remark, Support, Verdict

HOSTILE = "<script>alert(1)</script> *a* [b](javascript:c) `d` $e$ | f"


def an_answer(words: str, title: str = "A title") -> Answer:
    citation = Citation(1, "a", title, "a.txt", 3, words, 0, len(words))
    sentence = CitedSentence(words, (1,), Support(Verdict.SUPPORTED, 1.0, ""))
    return Answer("q", "q", (sentence,), (citation,), "extractive")


def test_printed_it_is_the_text_with_its_notes():
    assert str(an_answer("It rained.")) == "It rained [1].\n\n[1] A title, paragraph 3: “It rained.”"
    assert str(Remark("hi", "Hello.")) == "Hello."
    assert str(Refusal("q", "q", "They do not say.", (), "extractive")) == "They do not say."


def test_what_articles_say_is_no_markup():
    shown = an_answer(HOSTILE, title=HOSTILE)
    page = html.fromstring(f"<div>{shown._repr_html_()}</div>")
    assert {e.tag for e in page.iter()} == {"div", "p", "ol", "li", "cite", "q"}
    assert page.findtext(".//q") == HOSTILE


@pytest.mark.parametrize("enabled", [["table", "strikethrough"]])
@given(words=st.text("ab*_`#<>[]()!|\\~&$-+1.\n ", min_size=1).map(str.strip).filter(bool))
def test_markdown_shows_any_words_as_they_stand(enabled, words):
    rendered = MarkdownIt("commonmark").enable(enabled).render(Remark("q", words)._repr_markdown_())
    assert html.fromstring(f"<div>{rendered}</div>").text_content().split() == words.split()


def test_markdown_has_a_note_for_each_marker():
    rendered = MarkdownIt().render(an_answer("It rained.")._repr_markdown_())
    assert "<blockquote>" in rendered
    assert "<strong>[1]</strong> <em>A title, paragraph 3</em>: “It rained.”" in rendered
