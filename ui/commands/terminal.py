"""Replies as a person reads them in a terminal: wrapped, with footnotes and highlighted quotes.

Nothing from an article reaches the terminal as it stands: see `plain`.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from footnote.rag.types import (
    Answer,
    Citation,
    CitedSentence,
    Passage,
    Refusal,
    Relation,
    Remark,
    Reply,
    ShortAnswer,
    Summary,
)
from footnote.ui.html.wording import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import Task

    from footnote.ingest.library.library import ArticleRecord, ParagraphRecord

WIDTH = 80  # wider lines are hard to read
NARROW = 60  # in fewer columns a table shows no title
EXCERPT = 420  # characters of a paragraph under an answer: about six lines

MARKER = "bold cyan"
QUOTE = "bold yellow"
SHORT = "bold"
QUIET = "dim"
WARNING = "yellow"

NO_ARTICLES = "No articles yet. Add some with `footnote ingest PATH`."
NOTHING_FOUND = "Nothing found."
DOUBTS = {
    Relation.UNCLEAR: " (whether the articles say so cannot be told)",
    Relation.CONTRADICTED: " (the articles say otherwise)",
    Relation.NOT_SAID: " (not supported by the articles)",
}

# Escape sequences, whole: colours and cursor (CSI), titles and links (OSC), device strings.
ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|.)?"
)
# Other control characters, and those that turn the direction of what follows.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MARKERS = re.compile(r"((?:\[\d+\])+)")


def plain(text: str) -> str:
    r"""Return `text` without anything that a terminal would obey.

    >>> plain("a \x1b[31mred\x1b[0m \x1b]0;title\x07word\r\x9b")
    'a red word'
    """
    return CONTROLS.sub("", ESCAPES.sub("", text))


def line(text: str) -> str:
    """Return `text` as one line for a terminal."""
    return " ".join(plain(text).split())


class _Console(Console):
    """rich's console, but a reader that goes away is the caller's to handle, not an exit."""

    def on_broken_pipe(self) -> NoReturn:
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError


def output() -> Console:
    """Return the console on standard output. `NO_COLOR` and pipes are respected."""
    return _console(stderr=False)


def messages() -> Console:
    """Return the console on standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = _Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal or not stderr else 10_000
    return console


def print_reply(console: Console, reply: Reply) -> None:
    """Print an answer with its footnotes, a refusal with the closest paragraphs, or a remark."""
    match reply:
        case Answer():
            said = Text().append(f"{reply.lead} " if reply.lead else "", style=SHORT)
            _print_text(console, said.append_text(_sentences(reply.sentences, reply.short_answer)))
            print_footnotes(console, reply.citations)
            if not reply.complete:
                console.print("\nThe answer was cut short.", style=WARNING)
        case Refusal():
            _print_text(console, Text(plain(reply.text), style=WARNING))
            print_footnotes(console, reply.closest)
        case Remark():
            _print_text(console, Text(plain(reply.text)))
    _print_notices(console, reply.notices)


def print_understood(console: Console, reply: Reply) -> None:
    """Print the question as it was understood, able to stand alone, and how sure the reply is."""
    console.print()
    print_hanging(console, "", Text(f"Understood as: {line(reply.understood.in_words())}", style=QUIET))
    match reply:
        case Answer() | Refusal():
            console.print(Text(f"Confidence: {reply.confidence:.0%}", style=QUIET))
        case Remark():
            pass


def print_summary(console: Console, summary: Summary) -> None:
    """Print a summary under its title, with its footnotes."""
    if summary.title:
        console.print(Text(line(summary.title), style="bold"), end="\n\n")
    _print_text(console, _sentences(summary.sentences))
    print_footnotes(console, summary.citations)
    _print_notices(console, summary.notices)


def print_passages(console: Console, passages: Sequence[Passage]) -> None:
    """Print ranked paragraphs, the best first."""
    for rank, passage in enumerate(passages, start=1):
        if rank > 1:
            console.print()
        head = _head(passage, f"{passage.score:.3f}")
        print_hanging(console, f"{rank}.", head, Text(plain(passage.text)), _source(passage.source))


def print_articles(console: Console, articles: Sequence[ArticleRecord]) -> None:
    """Print the library: a table on a terminal, lines with tabs in a pipe."""
    if not articles:
        console.print(NO_ARTICLES)
    elif console.is_terminal:
        if console.width < NARROW:
            for a in articles:
                facts = (a.article_id, a.date, count(a.paragraphs, "paragraph"))
                print_hanging(console, "•", Text(line(a.title)), *(Text(f, style=QUIET) for f in facts if f))
        else:
            console.print(_articles_table(articles))
        console.print(Text(count(len(articles), "article"), style=QUIET))
    else:
        for a in articles:
            cells = (a.article_id, line(a.title), a.date, str(a.paragraphs), line(a.source))
            print(*cells, sep="\t", file=console.file)  # rich would turn tabs into blanks


def print_article(console: Console, record: ArticleRecord, paragraphs: Sequence[ParagraphRecord]) -> None:
    """Print an article: title, what is known of it, and its paragraphs with their numbers."""
    console.print(Text(line(record.title), style="bold"))
    facts = (record.author, record.date, record.url, record.article_id, f"version {record.version}")
    console.print(Text(" · ".join(line(f) for f in facts if f), style=QUIET))
    filed = [f"in {line(name)}" for name in record.collections] + [line(tag) for tag in record.tags]
    if filed:
        console.print(Text(" · ".join(filed), style=QUIET))
    for source in record.sources:
        console.print(_source(source))
    section = ""
    for p in paragraphs:
        console.print()
        if p.section and p.section != section:
            console.print(Text(line(p.section), style="bold"), end="\n\n")
        section = p.section
        print_hanging(console, f"{p.number:>3}", Text(plain(p.text)))


def _sentences(sentences: Sequence[CitedSentence], short: ShortAnswer | None = None) -> Text:
    text = Text()
    for number, sentence in enumerate(sentences):
        if text:
            text.append(" ")
        begun = len(text)
        for piece in MARKERS.split(sentence.marked):
            text.append(plain(piece), style=MARKER if MARKERS.fullmatch(piece) else "")
        if short and short.sentence == number:
            text.stylize(SHORT, begun + short.start, begun + short.end)
        text.append(DOUBTS.get(sentence.support.relation, ""), style=WARNING)
    return text


def print_footnotes(console: Console, citations: Sequence[Citation]) -> None:
    """Print each citation with its number, its place and the quoted words marked."""
    for citation in citations:
        body = _excerpt(citation, marks=not _has_styles(console))
        head = _head(citation)
        console.print()
        print_hanging(console, f"[{citation.number}]", head, body, _source(citation.source))


def _has_styles(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal


def _print_notices(console: Console, notices: Sequence[str]) -> None:
    for notice in notices:
        console.print()
        console.print(Text(f"Note: {line(notice)}", style="italic"))


def _head(of: Citation | Passage, extra: str = "") -> Text:
    text = Text(line(of.title) or "Untitled", style="bold")
    text.append(f" · {place(of)}", style=QUIET + " not bold")
    if extra:
        text.append(f" · {extra}", style=QUIET + " not bold")
    return text


def _source(source: str) -> Text:
    return Text(line(source), style=QUIET)


def _print_text(console: Console, text: Text) -> None:
    """Print wrapped lines; rich's own would end in a blank each."""
    print_hanging(console, "", text)


def print_hanging(console: Console, marker: str, *blocks: Text) -> None:
    """Print blocks of text one under the other, with `marker` before the first line of the first."""
    start = Text(f"{marker} " if marker else "", style=MARKER)
    indent = Text(" " * start.cell_len)
    for block in blocks:
        for row in block.wrap(console, console.width - start.cell_len):
            row.rstrip()
            console.print(Text.assemble(start, row) if row else Text(), soft_wrap=True)
            start = indent


def _excerpt(citation: Citation, *, marks: bool) -> Text:
    """Return the paragraph around its quoted words; with `marks`, « » stand for the highlight."""
    before, after = _around(citation.paragraph_text, citation.quote_start, citation.quote_end)
    whole = not before and not after
    open_, close = ("«", "»") if marks and not whole else ("", "")
    text = Text(plain(before))
    text.append(open_ + plain(citation.quote) + close, style=QUOTE)
    text.append(plain(after))
    return text


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after `text[start:end]`, shortened at blanks to fit `EXCERPT`."""
    room = max(EXCERPT - (end - start), 0)
    left = min(start, max(room // 2, room - (len(text) - end)))
    right = room - left
    before, after = text[:start], text[end:]
    if len(before) > left:
        before = "… " + before[start - left :].partition(" ")[2]
    if len(after) > right:
        after = after[:right].rpartition(" ")[0] + " …"
    return before, after


def _articles_table(articles: Sequence[ArticleRecord]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Article", no_wrap=True, style=MARKER)
    table.add_column("Title")
    table.add_column("Date", no_wrap=True)
    table.add_column("Paragraphs", justify="right", no_wrap=True)
    for a in articles:
        table.add_row(Text(a.article_id), Text(line(a.title)), Text(a.date), Text(str(a.paragraphs)))
    return table


def count(number: int, noun: str) -> str:
    """Return `1 article`, `1,200 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _Count(ProgressColumn):
    """How many are done of how many; what is half done does not count yet."""

    def render(self, task: Task) -> Text:
        """Return both numbers."""
        return Text(f"{int(task.completed)}/{task.fields['known']}")


class _Rate(ProgressColumn):
    """What was done a second since the start: articles, paragraphs."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.noun = noun

    def render(self, task: Task) -> Text:
        """Return the rate, or a dash as long as it says nothing."""
        elapsed, done = task.elapsed or 0.0, int(task.fields["units"])
        rate = f"{done / elapsed:,.0f}" if elapsed > 0.5 and done else "–"
        return Text(f"{rate} {self.noun}/s", style=QUIET)


@contextmanager
def progress_bar(console: Console, noun: str) -> Iterator[Progress]:
    """Show a bar with counts, the rate of `units` and the time left; nothing unless on a terminal.

    Its tasks have the fields `known` (the total in words) and `units` (counted by `noun`).
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        _Count(),
        _Rate(noun),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        yield bar


@contextmanager
def waiting(text: str, *, shown: bool) -> Iterator[None]:
    """Show `text` with a moving sign on a terminal's standard error while the block runs."""
    console = messages()
    if not (shown and console.is_terminal):
        yield
        return
    with console.status(text):
        yield


def confirmed(question: str) -> bool:
    """Ask on the terminal; only a plain yes counts."""
    messages().print(f"{question} [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
