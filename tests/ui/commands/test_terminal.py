"""What a person sees in a terminal."""

import io

import pytest
from rich.console import Console

from footnote.rag.types import (
    Answer,
    Citation,
    CitedSentence,
    Refusal,
    Remark,
    ShortAnswer,
    Support,
    Verdict,
)
from footnote.ui.commands.terminal import plain, print_passages, print_reply, print_understood

SUPPORTED = Support(Verdict.SUPPORTED, 1.0, "verbatim")
PARAGRAPH = "The bridge closed on Monday. Work will take eleven weeks."


def citation(text: str = PARAGRAPH, quote: str = "The bridge closed on Monday.") -> Citation:
    start = text.index(quote)
    return Citation(1, "a1", "Bridge [shut]", "bridge.md", 3, text, start, start + len(quote))


def answer(cited: Citation, verdict: Verdict = Verdict.SUPPORTED, **more) -> Answer:
    sentence = CitedSentence(cited.quote, (1,), Support(verdict, 0.5, "words"))
    return Answer("When?", "When?", (sentence,), (cited,), "extractive", **more)


def printed(reply, *, terminal: bool = False, width: int = 80) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    print_reply(console, reply)
    return file.getvalue()


def test_an_answer_is_followed_by_its_footnotes() -> None:
    assert printed(answer(citation())).splitlines() == [
        "The bridge closed on Monday [1].",
        "",
        "[1] Bridge [shut] · paragraph 3",
        "    «The bridge closed on Monday.» Work will take eleven weeks.",
        "    bridge.md",
    ]


def test_quoted_words_are_highlighted_on_a_terminal() -> None:
    shown = printed(answer(citation()), terminal=True)
    assert "\x1b[1;33mThe bridge closed on Monday.\x1b[0m" in shown
    assert "«" not in shown


def test_the_words_that_answer_are_bold_on_a_terminal() -> None:
    day = answer(citation(), short_answer=ShortAnswer("Monday", 0, 21, 27))
    assert "The bridge closed on \x1b[1mMonday\x1b[0m \x1b[1;36m[1]\x1b[0m." in printed(day, terminal=True)
    assert printed(day).startswith("The bridge closed on Monday [1].")


def test_a_long_paragraph_is_shortened_around_the_quote() -> None:
    text = "Before. " * 200 + "The one that counts. " + "After. " * 200
    shown = " ".join(printed(answer(citation(text, "The one that counts."))).split())
    assert "… Before." in shown
    assert "«The one that counts.» After." in shown
    assert shown.count("Before.") < 40
    assert shown.count("After.") > 10


def test_a_quote_at_the_start_leaves_the_room_to_what_follows() -> None:
    text = "The one that counts. " + "After. " * 200
    assert printed(answer(citation(text, "The one that counts."))).count("After.") > 40


@pytest.mark.parametrize(
    ("verdict", "said"),
    [(Verdict.PARTIAL, "cannot be told"), (Verdict.UNSUPPORTED, "not supported by the articles")],
)
def test_a_sentence_that_is_not_supported_says_so(verdict: Verdict, said: str) -> None:
    assert said in printed(answer(citation(), verdict))


def test_notices_and_a_cut_answer_are_told() -> None:
    shown = printed(answer(citation(), complete=False, notices=("The articles disagree.",)))
    assert "cut short" in shown
    assert "Note: The articles disagree." in shown


def test_a_refusal_shows_the_closest_paragraphs() -> None:
    shown = printed(Refusal("q", "q", "The articles do not answer this.", (citation(),), "extractive"))
    assert shown.startswith("The articles do not answer this.\n\n[1] Bridge [shut] · paragraph 3\n")


def test_a_plain_yes_stands_before_the_sentences() -> None:
    assert printed(answer(citation(), yes_no="yes")).startswith("Yes. The bridge closed on Monday [1].")


def test_how_a_question_was_understood_is_shown_on_demand() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, highlight=False)
    print_understood(console, Refusal("And?", "When does it open?", "No.", (), "x", confidence=0.125))
    assert file.getvalue() == "\nUnderstood as: When does it open?\nConfidence: 12%\n"


def test_a_remark_is_its_text_alone() -> None:
    assert printed(Remark("hello", "Hello! Ask anything.")) == "Hello! Ask anything.\n"


def test_lines_are_wrapped() -> None:
    text = "Word " * 60 + "end."
    assert max(map(len, printed(answer(citation(text, text)), width=40).splitlines())) <= 40


def test_a_pipe_gets_no_colours() -> None:
    assert "\x1b" not in printed(answer(citation()))


def test_what_an_article_says_to_the_terminal_is_not_passed_on() -> None:
    text = "Red \x1b[31malert\x1b]8;;http://x\x07 here\r\x9b2J\u202e."
    hostile = Citation(1, "a", "T\x1b]0;owned\x07itle\x08", "s\x1b[2J\nrc", 1, text, 0, len(text))
    shown = printed(answer(hostile), terminal=True)
    # The only escapes left are our own colours.
    assert "\x1b[31m" not in shown
    assert "owned" not in shown
    assert not set(shown) & set("\r\x07\x08\x9b\u202e")
    assert "Title" in shown


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\x1b[38;5;1mb", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x1bPdevice\x1b\\b", "ab"),
        ("a\x1b]no end\nb", "a\nb"),
        ("a\x1b", "a"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("naïve 日本語 🙂", "naïve 日本語 🙂"),
    ],
)
def test_plain_text_keeps_words_and_drops_commands(text: str, left: str) -> None:
    assert plain(text) == left


def test_brackets_in_an_article_are_not_markup() -> None:
    text = "He said [bold]no[/bold] :smile: twice."
    assert "He said [bold]no[/bold] :smile: twice" in printed(answer(citation(text, text)))


def test_passages_are_ranked() -> None:
    from footnote.rag.types import Passage

    file = io.StringIO()
    passages = [Passage(f"a{n}", f"Title {n}", "s.md", "", n, "", f"Text {n}.", 1 / n) for n in (1, 2)]
    print_passages(Console(file=file, width=80), passages)
    assert [row for row in file.getvalue().splitlines() if "Title" in row] == [
        "1. Title 1 · paragraph 1 · 1.000",
        "2. Title 2 · paragraph 2 · 0.500",
    ]
