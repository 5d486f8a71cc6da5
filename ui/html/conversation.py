"""The conversation as HTML: questions, answers with their footnotes and verdicts, refusals, the opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from footnote.rag.types import (
    Answer,
    Refusal,
    Remark,
    ShortAnswer,
    Summary,
    Understood,
    Verdict,
    tallied,
)
from footnote.ui.html import export
from footnote.ui.html.templating import render
from footnote.ui.html.wording import beginning, plural
from footnote.ui.state.choices import LENGTHS
from footnote.ui.state.session import Judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Citation, CitedSentence, Support
    from footnote.ui.html.templating import Html
    from footnote.ui.state.conversations import Saved
    from footnote.ui.state.session import Exchange

LONGEST_HEADING = 500  # characters of a question that stand over its answer
LONGEST_BOUND = 20  # characters of a word that may move to the next line with its footnotes


@dataclass(frozen=True, slots=True)
class FirstAct:
    """A first act to choose: what it shows, its words, the act and its argument."""

    shows: str
    words: str
    act: str
    argument: str


WAYS = (  # to give the library something
    FirstAct(
        "Text, web pages, PDF, Word, EPUB, e-mail and more; or drop them anywhere",
        "Choose files",
        "add-by",
        "files",
    ),
    FirstAct("The article behind it is read", "Paste a link", "add-by", "link"),
    FirstAct("Something you have at hand", "Paste a text", "add-by", "paste"),
    FirstAct("Sixteen short articles to try things on", "Add the sample articles", "add-by", "samples"),
)


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """What decides how a conversation is shown, besides its exchanges."""

    conversation: str = ""
    title: str = ""
    busy: bool = False
    hide_unsupported: bool = False
    examples: Sequence[FirstAct] = ()
    next_questions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence in pieces: what stands before the short answer, that in bold, the rest, the last word.

    The last word is held together with the footnotes, so that none of them begins a line.
    """

    support: Support
    before: str
    bold: str
    rest: str
    last: str
    footnotes: Sequence[Citation]


def past(exchanges: Sequence[Exchange], options: DisplayOptions) -> Html:
    """Render all exchanges but the newest: they stay as they are while a reply grows."""
    return render(
        "conversation", "past", exchanges=[_exchange(e, options, newest=False) for e in exchanges[:-1]]
    )


def now(exchanges: Sequence[Exchange], options: DisplayOptions) -> Html:
    """Render the newest exchange, or the opening with its examples."""
    newest = exchanges[-1] if exchanges else None
    return render(
        "conversation",
        "now",
        number=newest.number if newest else 0,
        body=_exchange(newest, options, newest=True) if newest else _opening(options.examples),
        said="" if options.busy or newest is None else spoken(newest),
        options=options,
    )


def loading() -> Html:
    """Render what stands there for the moment until the page has loaded."""
    return render("conversation", "loading")


def spoken(exchange: Exchange) -> str:
    """Say in a few words that a reply is there, for those who do not see it arrive."""
    sources = plural(len(exchange.citations), "source")
    match exchange.reply:
        case None:
            return exchange.problem
        case Refusal():
            near = len(exchange.citations)
            return f"No answer, {plural(near, 'close paragraph')}" if near else "No answer in the articles"
        case Remark():
            return exchange.reply.text
        case Summary():
            return f"Summary ready, {sources}"
        case Judged():
            return tally(exchange.reply.sentences)
        case Answer():
            return f"Answer {'stopped' if exchange.stopped else 'ready'}, {sources}"


def tally(sentences: Sequence[CitedSentence]) -> str:
    """Say how many sentences there are and how many are supported.

    The words that stand under an answer, before its articles are counted.
    """
    told = tallied(s.support for s in sentences)
    whole = plural(len(sentences), "sentence")
    if all(s.support.verdict is Verdict.SUPPORTED for s in sentences):
        return f"{whole}, {'all ' if len(sentences) > 1 else ''}supported"
    return f"{whole}: {', '.join(f'{n} {words}' for words, n in told)}"


def _opening(examples: Sequence[FirstAct]) -> Html:
    if not examples:
        return render("conversation", "first_opening", ways=WAYS)
    return render("conversation", "opening", examples=examples)


# One exchange


def _exchange(exchange: Exchange, options: DisplayOptions, *, newest: bool) -> Html:
    growing = newest and options.busy
    return render(
        "conversation",
        "exchange",
        exchange=exchange,
        question=beginning(exchange.question, LONGEST_HEADING),
        understood=_understood(exchange),
        body=_body(exchange, options, newest=newest, growing=growing),
        next_questions=options.next_questions if newest and not growing else (),
    )


def _understood(exchange: Exchange) -> str:
    match exchange.reply:
        case Answer(understood=understood) | Refusal(understood=understood):
            same = understood == Understood(" ".join(exchange.question.split()))
            return "" if same else beginning(understood.in_words(), LONGEST_HEADING)
        case Summary() | Remark() | Judged() | None:
            return ""


def _body(exchange: Exchange, options: DisplayOptions, *, newest: bool, growing: bool) -> Html:
    match exchange.reply:
        case None if not exchange.problem:
            return render("conversation", "waiting", words=exchange.waiting)
        case None:
            acts = _acts(exchange, options, newest=newest)
            return render("conversation", "problem", words=exchange.problem, acts=acts)
        case Refusal() as refusal:
            return render(
                "conversation",
                "refusal",
                exchange=exchange,
                words=refusal.text,
                notices=refusal.notices,
                said=_capital(exchange.scope),
                acts=_acts(exchange, options, newest=newest),
            )
        case Remark() as remark:
            acts = _acts(exchange, options, newest=newest)
            return render("conversation", "remark", words=remark.text, acts=acts)
        case Judged() as judged:
            return render(
                "conversation",
                "judged",
                exchange=exchange,
                sentences=[_shown(s, exchange) for s in judged.sentences],
                notices=judged.notices,
                said=tally(judged.sentences),
                acts=_acts(exchange, options, newest=False, copied=export.plain(judged)),
            )
        case Answer() | Summary() as reply:
            return _answer(exchange, reply, options, newest=newest, growing=growing)


def _answer(
    exchange: Exchange, reply: Answer | Summary, options: DisplayOptions, *, newest: bool, growing: bool
) -> Html:
    hidden = [s for s in reply.sentences if options.hide_unsupported and _unsupported(s)]
    shown = [s for s in reply.sentences if s not in hidden]
    short = reply.short_answer if isinstance(reply, Answer) else None
    held = reply.sentences[short.sentence] if short else None
    return render(
        "conversation",
        "answer",
        exchange=exchange,
        growing=growing,
        lead=reply.lead if isinstance(reply, Answer) else "",
        sentences=[_shown(s, exchange, short if s is held else None) for s in shown],
        notices=_notices(exchange, reply, growing, len(hidden)),
        checked=_checked(exchange, shown),
        said=_capital(exchange.scope) if " of " in exchange.scope else "",  # all articles need no word
        acts=_acts(exchange, options, newest=newest, copied=export.plain(reply)),
    )


def _unsupported(sentence: CitedSentence) -> bool:
    return sentence.support.verdict is Verdict.UNSUPPORTED


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _notices(exchange: Exchange, reply: Answer | Summary, growing: bool, hidden: int) -> list[str]:
    notices = list(reply.notices)
    if hidden:
        were = "was" if hidden == 1 else "were"
        notices.append(
            f"{plural(hidden, 'sentence')} {were} left out, because the cited source does not support "
            f"{'it' if hidden == 1 else 'them'}. Settings can show such sentences, marked."
        )
    if exchange.stopped:
        notices.append("You stopped this answer; more may have followed.")
    elif isinstance(reply, Answer) and not reply.complete and not growing and not notices:
        notices.append("This answer was cut short.")
    return notices


def _checked(exchange: Exchange, sentences: Sequence[CitedSentence]) -> Html | str:
    """Say how the sentences fared, with the verdict and reason of each on demand."""
    if not sentences:
        return ""
    titles = {c.article_id for c in exchange.citations if any(c.number in s.citations for s in sentences)}
    whole = all(s.support.verdict is Verdict.SUPPORTED for s in sentences)
    articles = plural(len(titles), "article")
    cited = "" if not titles else f" by {articles}" if whole else f"; {articles} cited"
    said = tally(sentences) + cited
    return render("conversation", "checked", sentences=sentences, whole=whole, said=said)


def _acts(exchange: Exchange, options: DisplayOptions, *, newest: bool, copied: str = "") -> Html:
    """Render what can be done with an exchange; asking again and editing only with the newest."""
    summary = newest and exchange.kind == "summary" and exchange.reply is not None
    return render(
        "conversation",
        "acts",
        exchange=exchange,
        sources=newest and bool(exchange.citations),
        copied=copied,
        saved=f"{options.conversation}/{exchange.number}" if copied and options.conversation else "",
        lengths=LENGTHS if summary else {},
        again=newest and not summary and exchange.repeats,
        edit=newest and exchange.kind == "question",
        feedback=exchange.reply is not None and not isinstance(exchange.reply, Remark),
    )


def _shown(sentence: CitedSentence, exchange: Exchange, short: ShortAnswer | None = None) -> ShownSentence:
    start, end = (short.start, short.end) if short else (0, 0)
    footnotes = [c for n in sentence.citations for c in exchange.citations if c.number == n]
    rest, last = _last_word(sentence.text[end:]) if footnotes else (sentence.text[end:], "")
    return ShownSentence(
        sentence.support, sentence.text[:start], sentence.text[start:end], rest, last, footnotes
    )


def _last_word(text: str) -> tuple[str, str]:
    """Return a text without its last word, and that."""
    start, space, word = text.rpartition(" ")
    if len(word) <= LONGEST_BOUND:
        return start + space, word
    wide = east_asian_width(word[-1]) in "WF"  # Chinese and Japanese are written without spaces
    return (text[:-2], text[-2:]) if wide else (text, "")


# The list of conversations


def listed(saved: Sequence[Saved], current: str, *, accounts: bool = False) -> Html:
    """Render the reader's conversations, each with its name, Rename and Delete; `accounts` share theirs."""
    link = next((one.shared for one in saved if one.id == current), "")
    return render("conversation", "conversations", saved=saved, current=current, link=link, accounts=accounts)
