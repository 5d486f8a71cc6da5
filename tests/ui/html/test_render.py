from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.library.changes import compare
from footnote.ingest.library.library import ArticleRecord
from footnote.ingest.library.record import VersionRecord
from footnote.ingest.pipeline import Outcome
from footnote.rag.types import Answer, Citation, CitedSentence, Refusal, Remark, Support, Verdict
from footnote.ui.html import export
from footnote.ui.html import library as library_html
from footnote.ui.html import reader as reader_html
from footnote.ui.html.conversation import DisplayOptions, FirstAct, now, past
from footnote.ui.html.sources import CitedPlace, sources
from footnote.ui.html.templating import INVISIBLE, escape
from footnote.ui.html.wording import readable_date
from footnote.ui.state.session import Exchange, Judged, OutcomeLine
from footnote.ui.state.shelf import View

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
        self.feed(str(html))
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


def talk(exchanges, **given) -> str:
    options = DisplayOptions(conversation="abcdefgh", **given)
    return past(exchanges, options) + now(exchanges, options)


def shown(exchange: Exchange, **given) -> Seen:
    return Seen(talk([exchange], **given))


class HostileParagraph:
    number = 1

    def __init__(self, text: str) -> None:
        self.text = self.section = text


def hostile_record(text: str):
    return ArticleRecord(text, text, (text,), text, text, text, text, 3, 1, text)


def hostile_version(text: str):
    return VersionRecord(text, text, 1, text[::-1], text, text, ((text, text),))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_element_anywhere(text: str):
    sentence = CitedSentence(text, (1,), Support(Verdict.PARTIAL, 0.5, text))
    quoted = Citation(1, text, text, text, 1, text, 0, len(text))
    reply = Answer(text, text, (sentence,), (quoted,), text, notices=(text,))
    refusal = Refusal(text, text, text, (quoted,), text, (text,))
    safe = escape(text)
    pages = [
        talk([Exchange(1, text, scope=text, reply=reply)]),
        talk([Exchange(1, text, scope=text, reply=refusal)]),
        talk([Exchange(1, text, problem=text)]),
        talk([Exchange(1, text, waiting=text)], busy=True),
        export.html(text, [Exchange(1, text, reply=reply), Exchange(2, text, reply=refusal)]).split("<body>")[
            1
        ],
        library_html.rows([hostile_record(text)], (), View()),
        library_html.tools([replace(hostile_record(text), date=text[:4] + str(n)) for n in range(9)]) + safe,
        library_html.scope({text}, 3) + safe,
        reader_html.reader(
            hostile_record(text),
            [HostileParagraph(text)] * 2,
            at=1,
            quote=(0, 1),
            versions=[hostile_version(text)],
        ),
        reader_html.changes(hostile_record(text), hostile_version(text), compare([text, "x"], ["y", text])),
        talk([], examples=[FirstAct(text, text, text, text)] * 3, title=text),
        sources(1, [CitedPlace(quoted, text, text, text, text, text, text)], active=1),
        library_html.lines(
            [OutcomeLine("bad", text), library_html.outcome(Outcome(text, "rejected", reason=text))]
        ),
    ]
    for page in pages:
        seen = Seen(page)
        assert not {"script", "img", "iframe", "form", "svg", "style", "object"} & set(seen.tags)
        assert ("name", "x") not in seen.attributes
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert not [
            v
            for n, v in seen.attributes
            if n in ("href", "src") and not (v or "").startswith(("#source-", "#n", "export/abcdefgh/"))
        ]
        assert not re.search(r"[${}`]", page)
        assert text in seen.text or not text


@given(st.text())
def test_escaped_text_reads_as_it_was_but_for_invisible_characters(text: str):
    escaped = escape(text)
    assert Seen(f"<p>{escaped}</p>").text.replace("\r", "") == INVISIBLE.sub("", text)
    assert "<" not in escaped
    assert '"' not in escaped


def test_overrides_of_direction_and_tag_characters_are_dropped():
    assert escape("a\u202eb\u2066c\U000e0041d\x07e\u200bf") == "abcdef"


def test_joiners_that_some_scripts_need_are_kept():
    assert escape("می\u200cخواهم") == "می\u200cخواهم"


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_marked_words_are_exactly_the_quote(text: str, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    seen = Seen(sources(1, [CitedPlace(citation(text, start, end))]))
    assert seen.marked == [INVISIBLE.sub("", text[start:end])]


def test_what_is_far_from_the_quote_is_there_but_set_apart():
    text = "Early words. " * 30 + "The quote." + " Late words." * 30
    start = text.index("The quote.")
    shown = sources(1, [CitedPlace(citation(text, start, start + 10))])
    assert shown.count('<span class="far">') == 2
    assert Seen(shown).marked == ["The quote."]
    assert "".join(re.findall(r"<blockquote[^>]*>(.*)</blockquote>", shown)).count("Late words.") == 30
    assert 'class="far"' not in sources(1, [CitedPlace(citation("Before. The quote. After.", 8, 18))])


def test_a_footnote_after_a_text_without_spaces_begins_no_line():
    text = "海港城的新跨海大桥于星期一正式通车，全长四千二百米。"
    sentence = replace(answer().sentences[0], text=text)
    page = talk([Exchange(1, "Which?", reply=replace(answer(), sentences=(sentence,)))])
    assert '<span class="bound">米。<a class="chip"' in page


def test_a_footnote_points_at_the_source_that_carries_its_number():
    page = talk([Exchange(7, "Which?", reply=answer())])
    panel = sources(7, [CitedPlace(citation())])
    assert 'href="#source-7-1"' in page
    assert 'id="source-7-1"' in panel


def test_no_footnote_begins_a_line():
    assert '<span class="bound">quoted.<a class="chip"' in talk([Exchange(1, "?", reply=answer())])


def test_a_supported_sentence_says_nothing_more():
    assert 'class="verdict"' not in talk([Exchange(1, "?", reply=answer())])


@pytest.mark.parametrize(
    ("verdict", "words"), [(Verdict.PARTIAL, "cannot tell"), (Verdict.UNSUPPORTED, "not supported")]
)
def test_a_doubted_sentence_says_so_in_words_and_why(verdict: Verdict, words: str):
    seen = shown(Exchange(1, "?", reply=answer(verdict)))
    assert words in seen.text
    assert ("data-reason", "The year differs.") in seen.attributes
    assert f"1 sentence: 1 {words}; 1 article cited" in seen.text


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
    page = talk([Exchange(2, "?", reply=Refusal("?", "?", "Not there.", closest, "fake"))])
    assert page.count('data-ref="2-') == 3
    assert "chip" not in page
    assert "Not answered" in page


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
    assert export.plain(answer()) == "Two is quoted [1].\n\n[1] A title, paragraph 3: “Two is quoted.”"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://[", "", "//x"]
)
def test_only_web_addresses_become_links(url: str):
    assert "<a" not in sources(1, [CitedPlace(citation(), url=url)])


def test_a_link_to_the_original_names_its_host_and_gives_nothing_away():
    seen = Seen(sources(1, [CitedPlace(citation(), url="https://example.org/a?b=1&c=2")]))
    assert ("href", "https://example.org/a?b=1&c=2") in seen.attributes
    assert ("rel", "noopener noreferrer nofollow") in seen.attributes
    assert "example.org" in seen.text


def test_long_neighbours_are_cut_at_words_on_the_side_that_is_away():
    words = " ".join(f"word{n}" for n in range(200))
    seen = Seen(sources(1, [CitedPlace(citation(), before=words, after=words)])).text
    assert "… word" in seen
    assert "word199" in seen
    assert "word0 word1" in seen
    assert " …" in seen


def test_a_source_whose_article_is_gone_says_so():
    assert "removed or replaced" in sources(1, [CitedPlace(citation(), gone=True)])


def test_the_chosen_source_is_the_active_one():
    page = sources(3, [CitedPlace(citation()), CitedPlace(citation(number=2))], active=2)
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
    assert library_html.outcome(found) == OutcomeLine(kind, words)


@pytest.mark.parametrize(
    ("date", "words"), [("2026-13-01", "2026-13-01"), ("soon", "soon"), ("2026-05-31T10:00", "31 May 2026")]
)
def test_odd_dates_stand_as_they_are(date: str, words: str):
    assert readable_date(date) == words


def test_an_empty_library_says_how_to_fill_it():
    page = library_html.rows([], (), View())
    assert "No articles yet" in page
    assert "PDF" in page


def test_the_scope_is_said_in_words():
    assert "Searching all 2 articles" in library_html.scope((), 2)
    assert "Searching 1 of 2 articles" in library_html.scope({"aaaa"}, 2)


def test_a_row_shows_title_date_and_number_of_paragraphs(assistant):
    text = Seen(library_html.rows(assistant.library.articles(), {"aaaa"}, View())).text
    assert "The bakery on the quay" in text
    assert "31 May 2026 · 3 paragraphs" in text
    assert "Nov 2025 · 2 paragraphs" in text


def test_an_answer_says_how_many_sentences_are_supported_by_how_many_articles():
    seen = shown(Exchange(1, "?", reply=answer()))
    assert "1 sentence, supported by 1 article" in seen.text
    assert "The year differs." in seen.text, "the reason stands behind it, on demand"


def test_the_short_answer_stands_out_and_nothing_else_does():
    from footnote.rag.types import ShortAnswer

    page = talk([Exchange(1, "?", reply=answer(short_answer=ShortAnswer("Two", 0, 0, 3)))])
    assert "<strong>Two</strong> is " in page


def test_unsupported_sentences_can_be_left_out_and_that_is_said():
    seen = shown(Exchange(1, "?", reply=answer(Verdict.UNSUPPORTED)), hide_unsupported=True)
    assert "Two is quoted." not in seen.text.replace("“Two is quoted.”", "")
    assert "1 sentence was left out" in seen.text


def test_the_question_as_it_was_understood_is_shown_when_it_differs():
    assert "Understood as" not in shown(Exchange(1, "Which?", reply=answer())).text
    assert "Understood as: Which?" in shown(Exchange(1, "And which?", reply=answer())).text
    leaning = replace(answer(), standalone_question="Who leads it?", topic=("Anna", "Keller", "bridge"))
    assert (
        "Understood as: Who leads it? About: Anna Keller, bridge"
        in shown(Exchange(1, "Who leads it?", reply=leaning)).text
    )


def test_only_the_newest_exchange_can_be_asked_again_or_edited():
    page = talk([Exchange(1, "?", reply=answer()), Exchange(2, "?", reply=answer())])
    assert page.count('data-act="again"') == page.count('data-act="edit"') == 1
    assert page.count('data-act="undo"') == page.count('data-act="copy"') == 2


def test_a_checked_draft_gives_every_sentence_its_verdict_and_reason():
    sentences = (
        CitedSentence("Two is quoted.", (1,), Support(Verdict.SUPPORTED, 1, "It stands there.")),
        CitedSentence("Ten is not.", (), Support(Verdict.UNSUPPORTED, 0, "Ten is nowhere.")),
    )
    seen = shown(Exchange(1, "Check", kind="check", reply=Judged(sentences, (citation(),))))
    for words in ("Supported. It stands there.", "Not supported. Ten is nowhere."):
        assert words in seen.text
    assert "2 sentences: 1 supported, 1 not supported" in seen.text


def test_feedback_given_is_shown_as_pressed():
    seen = shown(Exchange(1, "?", reply=answer(), feedback="up"))
    assert [v for n, v in seen.attributes if n == "aria-pressed"] == ["true", "false"]


def test_a_remark_is_shown_said_and_exported_without_footnotes():
    exchange = Exchange(1, "hello", reply=Remark("hello", "Hello & welcome!"))
    page = now([exchange], DisplayOptions())
    assert '<p class="text" dir="auto">Hello &amp; welcome!</p>' in page
    assert 'data-say="Hello &amp; welcome!"' in page
    assert "Understood as" not in page
    assert exchange.citations == ()
    assert "Hello &amp; welcome!" in export.html("T", [exchange])
    assert "Hello \\& welcome\\!" in export.markdown("T", [exchange])
    assert export.plain(exchange.reply) == "Hello & welcome!"
    assert '"answerer": "footnote"' in export.as_json("T", [exchange])


def test_a_plain_no_stands_before_the_sentences_on_the_page_and_in_exports():
    text = "It did not close."
    sentence = CitedSentence(text, (1,), Support(Verdict.SUPPORTED, 1.0, ""))
    cited = Citation(1, "a", "T", "t.txt", 1, text, 0, len(text))
    exchange = Exchange(1, "Did it close?", reply=Answer("q", "q", (sentence,), (cited,), "x", yes_no="no"))
    assert "<strong>No.</strong> " in now([exchange], DisplayOptions())
    assert "No. It did not close" in export.html("T", [exchange])
    assert "No. It did not close" in export.markdown("T", [exchange])
    assert export.plain(exchange.reply).startswith("No. It did not close")
