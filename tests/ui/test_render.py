from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import Outcome
from rag.types import Answer, Citation, CitedSentence, Refusal, Support, Verdict
from ui import render
from ui.render import Exchange, Line, Source

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "![x](https://evil.example/track.png)",
    "[click](javascript:alert(1))",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "`${fetch('https://evil.example')}`",
    "<form action=https://evil.example><input name=x></form>",
    "</mark></blockquote><iframe srcdoc='<script>alert(1)</script>'>",
]


class Seen(HTMLParser):
    """Every element and attribute that a browser would make, and all of the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag):
        if tag == "mark":
            self._in_mark = False

    def handle_data(self, data):
        self.text += data
        if self._in_mark:
            self.marked[-1] += data


def citation(
    text: str = "One. Two is quoted. Three.", start: int = 5, end: int = 19, number: int = 1
) -> Citation:
    return Citation(number, "abcd", "A title", "file.txt", 3, text, start, end)


def answer(verdict: Verdict = Verdict.SUPPORTED, **given) -> Answer:
    sentence = CitedSentence("Two is quoted.", (1,), Support(verdict, 0.5, "The year differs."))
    return Answer("Which?", "Which?", (sentence,), (citation(),), "fake", **given)


def shown(exchange: Exchange, **given) -> Seen:
    return Seen(render.conversation([exchange], (), **given))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_element_anywhere(text: str):
    sentence = CitedSentence(text, (1,), Support(Verdict.PARTIAL, 0.5, text))
    quoted = Citation(1, text, text, text, 1, text, 0, len(text))
    reply = Answer(text, text, (sentence,), (quoted,), text, notices=(text,))
    refusal = Refusal(text, text, text, (quoted,), text, (text,))
    pages = [
        render.conversation([Exchange(1, text, scope=text, reply=reply)], ()),
        render.conversation([Exchange(1, text, scope=text, reply=refusal)], ()),
        render.conversation([Exchange(1, text, problem=text)], ()),
        render.conversation([Exchange(1, text, waiting=text)], (), busy=True),
        render.conversation([], [(text, text, text, text)] * 3),
        render.sources(1, [Source(quoted, text, text, text, text, text)], active=1),
        render.lines([Line("bad", text), render.outcome(Outcome(text, "rejected", reason=text))]),
    ]
    for page in pages:
        seen = Seen(page)
        assert not {"script", "img", "iframe", "form", "svg", "style", "input", "object"} & set(seen.tags)
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert not [
            v for n, v in seen.attributes if n in ("href", "src") and not (v or "").startswith("#source-")
        ]
        assert not re.search(r"[${}`]", page)
        assert text in seen.text or not text


@given(st.text())
def test_escaped_text_reads_as_it_was_but_for_invisible_characters(text: str):
    escaped = render.escape(text)
    assert Seen(f"<p>{escaped}</p>").text.replace("\r", "") == render.INVISIBLE.sub("", text)
    assert "<" not in escaped
    assert '"' not in escaped


def test_overrides_of_direction_and_tag_characters_are_dropped():
    assert render.escape("a\u202eb\u2066c\U000e0041d\x07e\u200bf") == "abcdef"


def test_joiners_that_some_scripts_need_are_kept():
    assert render.escape("می\u200cخواهم") == "می\u200cخواهم"


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_marked_words_are_exactly_the_quote(text: str, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    seen = Seen(render.sources(1, [Source(citation(text, start, end))]))
    assert seen.marked == [render.INVISIBLE.sub("", text[start:end])]


def test_a_footnote_points_at_the_source_that_carries_its_number():
    page = render.conversation([Exchange(7, "Which?", reply=answer())], ())
    panel = render.sources(7, [Source(citation())])
    assert 'href="#source-7-1"' in page
    assert 'id="source-7-1"' in panel


def test_no_footnote_begins_a_line():
    assert '<span class="bound">quoted.<a class="chip"' in render.conversation(
        [Exchange(1, "?", reply=answer())], ()
    )


def test_a_supported_sentence_says_nothing_more():
    assert 'class="verdict"' not in render.conversation([Exchange(1, "?", reply=answer())], ())


@pytest.mark.parametrize(
    ("verdict", "words"), [(Verdict.PARTIAL, "partly supported"), (Verdict.UNSUPPORTED, "not supported")]
)
def test_a_doubted_sentence_says_so_in_words_and_why(verdict: Verdict, words: str):
    seen = shown(Exchange(1, "?", reply=answer(verdict)))
    assert words in seen.text
    assert ("title", "The year differs.") in seen.attributes
    assert "checked against its source" not in seen.text


def test_notices_are_shown():
    assert (
        "The articles disagree."
        in shown(Exchange(1, "?", reply=answer(notices=("The articles disagree.",)))).text
    )


def test_an_answer_that_was_cut_short_says_so_once_it_no_longer_grows():
    exchange = Exchange(1, "?", reply=answer(complete=False))
    assert "cut short" in shown(exchange).text
    assert "cut short" not in shown(exchange, busy=True).text


def test_a_refusal_shows_the_three_closest_paragraphs_and_no_footnote():
    closest = tuple(citation(number=n) for n in range(1, 6))
    page = render.conversation([Exchange(2, "?", reply=Refusal("?", "?", "Not there.", closest, "fake"))], ())
    assert page.count('data-ref="2-') == 3
    assert "chip" not in page
    assert "Not in the articles" in page


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (Exchange(1, "?", reply=answer()), "Answer ready, 1 source"),
        (Exchange(1, "?", reply=answer(complete=False), stopped=True), "Answer stopped, 1 source"),
        (Exchange(1, "?", problem="Too long."), "Too long."),
        (
            Exchange(1, "?", reply=Refusal("?", "?", "No.", (), "fake")),
            "No answer in the articles",
        ),
        (
            Exchange(1, "?", reply=Refusal("?", "?", "No.", (citation(), citation(number=2)), "fake")),
            "No answer, 2 close paragraphs",
        ),
    ],
)
def test_what_is_announced_when_a_reply_is_there(exchange: Exchange, words: str):
    assert ("data-say", words) in shown(exchange).attributes


def test_nothing_is_announced_while_a_reply_grows():
    assert ("data-say", "") in shown(Exchange(1, "?", reply=answer()), busy=True).attributes


def test_a_copied_answer_carries_its_references_and_no_markup():
    assert render.copied(answer()) == "Two is quoted [1].\n\n[1] A title, paragraph 3: “Two is quoted.”"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://[", "", "//x"]
)
def test_only_web_addresses_become_links(url: str):
    assert "<a" not in render.sources(1, [Source(citation(), url=url)])


def test_a_link_to_the_original_names_its_host_and_gives_nothing_away():
    seen = Seen(render.sources(1, [Source(citation(), url="https://example.org/a?b=1&c=2")]))
    assert ("href", "https://example.org/a?b=1&c=2") in seen.attributes
    assert ("rel", "noopener noreferrer nofollow") in seen.attributes
    assert "example.org" in seen.text


def test_long_neighbours_are_cut_at_words_on_the_side_that_is_away():
    words = " ".join(f"word{n}" for n in range(200))
    seen = Seen(render.sources(1, [Source(citation(), before=words, after=words)])).text
    assert "… word" in seen
    assert "word199" in seen
    assert "word0 word1" in seen
    assert " …" in seen


def test_a_source_whose_article_is_gone_says_so():
    assert "removed or replaced" in render.sources(1, [Source(citation(), gone=True)])


def test_the_chosen_source_is_the_active_one():
    page = render.sources(3, [Source(citation()), Source(citation(number=2))], active=2)
    assert re.findall(r'class="source( active)?" id="source-3-(\d)"', page) == [("", "1"), (" active", "2")]


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        (Outcome("a.txt", "added", "id", "T", 1), "good", "Added “T”, 1 paragraph."),
        (Outcome("a.txt", "updated", "id", "T", 2), "good", "Updated “T”, 2 paragraphs."),
        (Outcome("a.txt", "unchanged", "id", "T", 2), "same", "“T” is in the library already, unchanged."),
        (
            Outcome("b.txt", "duplicate", "id", "T", 2),
            "same",
            "b.txt holds the same text as “T”: a duplicate, kept once.",
        ),
        (Outcome("d.exe", "rejected", reason="“d.exe” is no text."), "bad", "Not added. “d.exe” is no text."),
        (Outcome("c.exe", "rejected", reason="Not text."), "bad", "Not added. c.exe: Not text."),
        (
            Outcome("a.txt", "added", "id", "T", 2, ("A table was left out.",)),
            "good",
            "Added “T”, 2 paragraphs. A table was left out.",
        ),
    ],
)
def test_each_file_gets_a_line_that_says_what_became_of_it(found: Outcome, kind: str, words: str):
    assert render.outcome(found) == Line(kind, words)


@pytest.mark.parametrize(
    ("date", "words"), [("2026-13-01", "2026-13-01"), ("soon", "soon"), ("2026-05-31T10:00", "31 May 2026")]
)
def test_odd_dates_stand_as_they_are(date: str, words: str):
    assert render.readable_date(date) == words


def test_an_empty_library_says_how_to_fill_it():
    page = render.library([], ())
    assert "No articles yet" in page
    assert ".pdf" in page


def test_the_scope_is_said_in_words(assistant):
    articles = assistant.library.articles()
    assert "Searching all 2 articles" in render.library(articles, ())
    assert "Searching 1 of 2 articles" in render.library(articles, {"aaaa"})


def test_a_row_shows_title_date_and_number_of_paragraphs(assistant):
    text = Seen(render.library(assistant.library.articles(), {"aaaa"})).text
    assert "The bakery on the quay" in text
    assert "31 May 2026 · 3 paragraphs" in text
    assert "November 2025 · 2 paragraphs" in text
