"""The desk, which all panels of the page share: the assistant, what is kept, and what they show with it.

Gradio is not imported here. A browser can send anything, so an id is looked up before it is used.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from footnote.ingest.library.seen import SeenLibrary
from footnote.rag.answer import imprint
from footnote.rag.errors import UnknownArticle
from footnote.rag.types import Refusal
from footnote.ui.html import conversation as conversation_html
from footnote.ui.html import library as library_html
from footnote.ui.html import sources as sources_html
from footnote.ui.html.conversation import DisplayOptions
from footnote.ui.html.sources import CitedPlace
from footnote.ui.html.templating import Html, render
from footnote.ui.page import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.library.library import ArticleRecord, ParagraphRecord
    from footnote.ingest.pipeline import Outcome, Progress
    from footnote.rag.answer.answerer import OnProgress
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Citation
    from footnote.ui.state.conversations import Conversations
    from footnote.ui.state.session import Session

log = logging.getLogger("footnote.ui")

T = TypeVar("T")
Shown = dict[str, Html]  # part of the page -> its HTML; parts that are not named stay as they are

PASTED = "pasted"  # the article id of citations of a text that was never in the library
TICK = 0.1  # seconds between looks at whether the reader pressed Stop
# Replies made at once: the encoder uses all cores for one, so that more make all of them late; a language
# model is waited for, so that more of them cost nothing here.
AT_ONCE_HERE, AT_ONCE_AWAY = 2, 8
MOST_WAITING = 60  # readers in the queue; whoever comes later is asked to try again
SORRY = "Something went wrong while doing this. The details are in the log of the server; nothing was lost."
_OPENED = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader is told while a reply is being made."""

    words: str


class _Stopped(Exception):
    """The reader wants no more of it."""


@dataclass(slots=True)
class ReplyQueue:
    """Lets `at_once` replies be made at a time; the others wait in order and know their place."""

    at_once: int = AT_ONCE_HERE
    most: int = MOST_WAITING
    _line: OrderedDict[object, None] = field(default_factory=OrderedDict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def join(self) -> object | None:
        """Return a ticket, or None when too many wait already."""
        with self._changed:
            if len(self._line) >= self.at_once + self.most:
                return None
            ticket = object()
            self._line[ticket] = None
            return ticket

    def ahead(self, ticket: object) -> int:
        """Return how many wait before this one, itself included; 0 when it is its turn."""
        with self._changed:
            place = next((n for n, t in enumerate(self._line) if t is ticket), 0)
            return max(0, place - self.at_once + 1)

    def wait(self, seconds: float) -> None:
        """Wait until somebody leaves, or so long."""
        with self._changed:
            self._changed.wait(seconds)

    def leave(self, ticket: object | None) -> None:
        """Give the place to the next one."""
        with self._changed:
            self._line.pop(ticket, None)
            self._changed.notify_all()


@dataclass(slots=True)
class Desk:
    """What all panels work with. `store` brings articles into the library and tells how it went.

    `keep` returns all that is known of an article, and `bring_back` adds it again from that. Only `store` and
    `bring_back` hold `storing`, so that one text after the other is encoded here: what calls them must not,
    and what encodes nothing leaves it to the library that no two changes meet.
    """

    assistant: Assistant
    conversations: Conversations
    uploads: Path
    store: Callable[[Iterable[Article | Rejected]], Iterator[Outcome | Progress]]
    keep: Callable[[str], bytes]
    bring_back: Callable[[bytes], Outcome]
    ready: threading.Event = field(default_factory=threading.Event)
    storing: threading.Lock = field(default_factory=threading.Lock)
    reply_queue: ReplyQueue = field(default_factory=ReplyQueue)
    suggestions: suggest.Suggestions = field(default_factory=suggest.Suggestions)
    draw: Callable[[Sequence[str]], bool] = lambda _articles: (
        False
    )  # questions from them; are there new ones?

    # What is shown

    def show_conversation(self, session: Session, *, whole: bool = True) -> Shown:
        """Return the conversation; `whole=False` leaves out what stands before the newest exchange."""
        options = self.display_options(session)
        exchanges = tuple(session.exchanges)
        shown = {"now": conversation_html.now(exchanges, options)}
        if whole:
            shown["past"] = conversation_html.past(exchanges, options)
        return shown

    def display_options(self, session: Session) -> DisplayOptions:
        """Return how the conversation of `session` is shown."""
        busy = bool(session.making)
        opening = not session.exchanges
        articles = self.assistant.library.articles() if opening else []
        following: tuple[str, ...] = ()
        if not opening and not busy:
            following = self.suggestions.after(session.exchanges, self.assistant.library)
        return DisplayOptions(
            conversation=session.conversation,
            title=session.title,
            busy=busy,
            hide_unsupported=session.choices.unsupported == "hide",
            examples=suggest.examples(articles, self.suggestions) if opening else (),
            next_questions=following,
        )

    def show_library(self, session: Session) -> Shown:
        """Return the list of articles with what finds them, and which of them are asked."""
        articles = self.assistant.library.articles()
        return {
            **self.show_rows(session),
            "scope": self._scope(session, articles),
            "tools": library_html.tools(articles, self.assistant.library.collections()),
        }

    def show_rows(self, session: Session) -> Shown:
        """Return the articles that fit what is looked for; a collection or a tag that is gone is not."""
        articles = self.assistant.library.articles()
        collections = {one.name for one in self.assistant.library.collections()}
        if session.view.collection not in collections:
            session.view = replace(session.view, collection="")
        if not any(session.view.tag in a.tags for a in articles):
            session.view = replace(session.view, tag="")
        return {
            "library": library_html.rows(
                articles, session.picked, session.view, session.role, holding=self.holding(session)
            )
        }

    def holding(self, session: Session) -> frozenset[str]:
        """Return the articles in whose text the words stand that are looked for."""
        words = session.view.words
        return self.assistant.articles_with(words) if words.strip() else frozenset()

    def show_scope(self, session: Session) -> Shown:
        """Return which articles are asked."""
        return {"scope": self._scope(session, self.assistant.library.articles())}

    def show_saved(self, session: Session) -> Shown:
        """Return the list of the reader's conversations."""
        kept = self.conversations.of(session.reader) if session.reader else []
        shown = conversation_html.listed(kept, session.conversation, accounts=bool(session.account))
        return {"conversations": shown}

    def show_sources(self, session: Session, number: int, active: int = 0) -> Shown:
        """Return the paragraphs behind an exchange."""
        exchange = session.find(number)
        if exchange is None:
            return {"sources": sources_html.sources(0, ())}
        found = [self._source(c) for c in exchange.citations]
        refused = isinstance(exchange.reply, Refusal)
        return {"sources": sources_html.sources(number, found, active=active, refused=refused)}

    def show_dialog(self, part: str, dialog: Html) -> Shown:
        """Return a dialog to open: it opens again when the same one is wished for twice."""
        return {part: render("shared", "opened", dialog=dialog, number=next(_OPENED))}

    def places(self, session: Session) -> tuple[str, ...]:
        """Return the collections that an account's additions are put into: the one that is asked, or the only
        one; without accounts, and for an admin, none.
        """
        library = self.assistant.library
        if not isinstance(library, SeenLibrary):
            return ()
        there = [one.name for one in library.collections()]
        return (session.within,) if session.within in there else tuple(there) if len(there) == 1 else ()

    # Looking things up

    def known(self, article: object) -> ArticleRecord | None:
        """Return the article of an id that a browser sent, or None."""
        if not isinstance(article, str) or not 0 < len(article) <= 64:
            return None
        try:
            return self.assistant.library.article(article)
        except UnknownArticle:
            return None

    def uploaded(self, path: object) -> Path | None:
        """Return the file at `path` if it is one that was uploaded, whatever links and dots say."""
        if not isinstance(path, str) or "\x00" in path or len(path) > 4096:
            return None
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, RuntimeError):
            return None
        inside = found.is_relative_to(self.uploads.resolve())
        return found if inside and found.is_file() else None

    def _scope(self, session: Session, articles: Sequence[ArticleRecord]) -> Html:
        """Render which articles are asked; those that are gone are no longer picked, nor is a collection."""
        session.picked &= {a.article_id for a in articles}
        there = {one.name: one.articles for one in self.assistant.library.collections()}
        if session.within not in there:
            session.within = ""
        held = there.get(session.within, 0)
        return library_html.scope(session.picked, len(articles), session.within, held, session.role)

    def _source(self, citation: Citation) -> CitedPlace:
        """Return a citation with its place and neighbours, as far as the article still holds it."""
        library, key, at = self.assistant.library, citation.article_id, citation.paragraph
        if key == PASTED:
            return CitedPlace(citation, pasted=True)
        record = self.known(key)
        if not at and record is not None and citation.paragraph_text == imprint.head(record):
            return CitedPlace(citation, title=record.title, date=record.date, url=record.url)
        near = library.fetch([(key, at - 1), (key, at), (key, at + 1)])
        here = near.get((key, at))
        if here is None or record is None or here.text != citation.paragraph_text:
            return CitedPlace(citation, gone=True)
        return CitedPlace(
            citation,
            title=record.title,
            section=here.section,
            date=here.date,
            url=record.url,
            before=_text(near.get((key, at - 1))),
            after=_text(near.get((key, at + 1))),
        )


def _text(paragraph: ParagraphRecord | None) -> str:
    return paragraph.text if paragraph else ""


def in_background(items: Iterator[T]) -> tuple[queue.Queue[tuple[str, Any]], threading.Event]:
    """Make `items` in another thread; return where they arrive, and what to set to let it end early.

    They arrive as `("item", item)`; the last is `("end", None)`, or `("error", error)` for what was raised.
    """
    made: queue.Queue[tuple[str, Any]] = queue.Queue()
    ended = threading.Event()
    threading.Thread(target=_make, args=(items, made, ended), name="footnote-reply", daemon=True).start()
    return made, ended


def stoppable(items: Iterator[T], stop: Callable[[], bool], *, every: float = 0.0) -> Iterator[T]:
    """Yield `items`, made in another thread, until they end or `stop()` is true.

    A model that is silent for half a minute does not make the reader wait for as long: the look at
    `stop` comes every tenth of a second. Of items that come faster than one in `every` seconds only
    the newest is yielded, and always the last. What raises in the thread raises here.
    """
    made, ended = in_background(items)
    held: list[T] = []
    shown = 0.0
    try:
        while not stop():
            due = not held or time.monotonic() - shown >= every
            if held and due:
                yield held.pop()
                shown = time.monotonic()
            try:
                kind, value = made.get(timeout=min(TICK, every or TICK))
            except queue.Empty:
                continue
            if kind == "error":
                raise value
            if kind == "end":
                break
            held = [value]
        yield from held
    finally:
        ended.set()


def reported(work: Callable[[OnProgress], T], words: str, stop: Callable[[], bool]) -> Iterator[T | Note]:
    """Yield a note whenever `work` tells how far it is (done, of how many), and last what it returns.

    `words` has a hole for each of the two. Work that tells again after `stop()` became true is ended.
    """
    told: queue.Queue[Note | None] = queue.Queue()
    came: list[T | BaseException] = []

    def progress(done: int, total: int) -> None:
        if stop():
            raise _Stopped
        told.put(Note(words.format(done, total)))

    def run() -> None:
        try:
            came.append(work(progress))
        except BaseException as error:  # noqa: BLE001 - raised again, where it is read
            came.append(error)
        told.put(None)

    threading.Thread(target=run, name="footnote-work", daemon=True).start()
    yield from iter(told.get, None)
    match came[0]:
        case _Stopped():
            return
        case BaseException() as error:
            raise error
        case result:
            yield result


def _make(items: Iterator[T], made: queue.Queue[tuple[str, Any]], ended: threading.Event) -> None:
    try:
        for item in items:
            made.put(("item", item))
            if ended.is_set():
                break
        made.put(("end", None))
    except BaseException as error:  # noqa: BLE001 - raised again, where it is read
        made.put(("error", error))
    finally:
        if isinstance(items, Generator):  # so that a model's connection ends with its reader
            items.close()
