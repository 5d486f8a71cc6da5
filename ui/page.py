"""What the page does when a reader acts: one method an act, each from plain values to HTML.

Gradio is not imported here. The methods are called with what a browser sent, which anyone can
forge: a reference is matched and looked up, an id is resolved, a path must lie among the uploads.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import re
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import FootnoteError, UnknownArticle
from rag.types import Answer, Filters, Refusal, Summary, Turn
from ui import render
from ui.render import Exchange, Line, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ingest.article import Article
    from ingest.library import ArticleRecord, ParagraphRecord
    from ingest.pipeline import Outcome, Progress
    from ingest.sources import Rejected
    from rag.assistant import Assistant
    from rag.types import Citation

log = logging.getLogger("footnote.ui")

T = TypeVar("T")

REFERENCE = re.compile(r"([1-9]\d{0,5})-([1-9]\d{0,2})")
MOST_EXCHANGES = 200  # of one conversation; the oldest leave first, so that a page stays light
MOST_FILES = 200  # in one drop
MOST_BYTES = 50 * 2**20  # of one file
LONGEST_PASTE = 2_000_000  # characters
LONGEST_KEPT = 20_000  # characters of a question; the assistant refuses most of such a length
HISTORY = 6  # exchanges that a follow-up question may lean on
TICK = 0.1  # seconds between looks at whether the reader pressed Stop

SORRY = "Something went wrong while doing this. The details are in the log of the server; nothing was lost."
ASK_SOMETHING = "Write a question first, for instance “Who signed the agreement?”"
INTERRUPTED = "This was interrupted before a reply came. Ask again."
WAITING = "Looking through the articles…"
LOADING = "Loading the reading model; this takes a few seconds, once…"
SUMMING = "Reading the article…"

# Questions that show what can be asked, for articles that come with Footnote; by title.
QUESTIONS = {
    "The woman who listens to honey": "What share of the jars were adulterated?",
    "Forty years to mend a river": "What did Edvin Harl see on the Ambel in 1985?",
}


@dataclass(slots=True)
class Session:
    """What one open page holds. It changes in place, so that acts that overlap all count.

    Exchanges are numbered from 1 and a number is never used again; `making` is the one whose reply
    is being made, or 0, and replies up to `stopped` are to end where they are.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    picked: set[str] = field(default_factory=set)
    asked: int = 0
    making: int = 0
    stopped: int = 0

    def begin(self, exchange: Exchange) -> None:
        """Add an exchange and note that its reply is being made."""
        self.asked = self.making = exchange.number
        self.exchanges.append(exchange)
        del self.exchanges[:-MOST_EXCHANGES]

    def end(self, exchange: Exchange) -> None:
        """Put the exchange as it came out, and note that the next question may come."""
        self.put(exchange)
        if self.making == exchange.number:
            self.making = 0

    def stop(self) -> None:
        """Ask the reply that is being made to end where it is."""
        self.stopped = self.asked

    def clear(self) -> None:
        """Forget the conversation; a reply that is still being made ends unseen."""
        self.stop()
        self.making = 0
        self.exchanges.clear()

    def put(self, exchange: Exchange) -> None:
        """Replace the exchange of that number, if the conversation still holds it."""
        for place, old in enumerate(self.exchanges):
            if old.number == exchange.number:
                self.exchanges[place] = exchange

    def find(self, number: int) -> Exchange | None:
        """Return the exchange of that number, or None."""
        return next((e for e in self.exchanges if e.number == number), None)

    def history(self) -> tuple[Turn, ...]:
        """Return the last exchanges that have a reply, as the conversation so far."""
        turns: list[Turn] = []
        for exchange in self.exchanges[-HISTORY:]:
            if exchange.reply is not None:
                turns.append(Turn("user", exchange.question))
                turns.append(Turn("assistant", _plain(exchange.reply)))
        return tuple(turns)


class Page:
    """The acts of the page over one assistant, which all open pages share."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        uploads: Path,
        store: Callable[[Iterable[Article | Rejected]], Iterator[Outcome | Progress]] | None = None,
    ) -> None:
        self.assistant = assistant
        self.uploads = uploads
        self.ready = threading.Event()
        self._store = store or self._ingest
        self._storing = threading.Lock()

    def warm(self) -> None:
        """Load the encoder and the index, so that the first question does not wait for them."""
        try:
            self.assistant.warm()
            if not self.assistant.library.read_only:
                self.assistant.library.catch_up()
        except Exception:
            log.exception("the models did not load")  # the first question will say why
        finally:
            self.ready.set()

    # What is shown

    def conversation(self, session: Session) -> str:
        """Return the conversation as it stands."""
        opening = () if session.exchanges else examples(self.assistant.library.articles())
        return render.conversation(tuple(session.exchanges), opening, busy=bool(session.making))

    def library(self, session: Session) -> str:
        """Return the list of articles; articles that are gone are no longer picked."""
        articles = self.assistant.library.articles()
        session.picked &= {a.article_id for a in articles}
        return render.library(articles, session.picked)

    def sources(self, session: Session, number: int, active: int = 0) -> str:
        """Return the paragraphs behind an exchange."""
        exchange = session.find(number)
        if exchange is None:
            return render.sources(0, ())
        found = [self._source(c) for c in exchange.citations]
        return render.sources(number, found, active=active, refused=isinstance(exchange.reply, Refusal))

    # Asking

    def ask(self, session: Session, question: object) -> Iterator[tuple[str, str]]:
        """Answer a question; yield conversation and sources as they grow."""
        if session.making:
            yield self.conversation(session), self.sources(session, session.asked)
            return
        text = question.strip() if isinstance(question, str) else ""
        total = len(self.assistant.library.articles())
        picked = tuple(sorted(session.picked))
        exchange = Exchange(
            session.asked + 1,
            text[:LONGEST_KEPT] or "(an empty question)",
            scope=_past(render.scope_words(len(picked), total)),
        )
        history = session.history()
        session.begin(replace(exchange, waiting=WAITING if self.ready.is_set() else LOADING))

        def answers() -> Iterator[Answer | Refusal]:
            self.ready.wait()
            yield from self.assistant.stream(text, filters=Filters(articles=picked or None), history=history)

        if not text:
            yield from self._reply(session, exchange, problem=ASK_SOMETHING)
        elif not total:
            yield from self._reply(session, exchange, problem="There are no articles yet. Add some first.")
        else:
            yield from self._reply(session, exchange, answers())

    def summarise(self, session: Session, article: object) -> Iterator[tuple[str, str]]:
        """Summarise one article; yield conversation and sources."""
        if session.making:
            yield self.conversation(session), self.sources(session, session.asked)
            return
        record = self._known(article)
        title = record.title if record else "an article"
        exchange = Exchange(session.asked + 1, f"Summary of “{title}”", kind="summary")
        session.begin(replace(exchange, waiting=SUMMING if self.ready.is_set() else LOADING))

        def summaries() -> Iterator[Summary]:
            self.ready.wait()
            if record:
                yield self.assistant.summarise([record.article_id])

        if record is None:
            yield from self._reply(session, exchange, problem="That article is no longer in the library.")
        else:
            yield from self._reply(session, exchange, summaries())

    def _reply(
        self,
        session: Session,
        exchange: Exchange,
        replies: Iterator[Answer | Refusal | Summary] = iter(()),  # noqa: B008 - empty, so never used up
        *,
        problem: str = "",
    ) -> Iterator[tuple[str, str]]:
        """Show `replies` as they come, until the last or until the reader stops them."""
        nothing = render.sources(0, ())
        current = replace(exchange, problem=problem)
        try:
            if not problem:
                yield self.conversation(session), nothing
            for reply in stoppable(replies, lambda: session.stopped >= exchange.number):
                current = replace(exchange, reply=reply)
                session.put(current)
                yield self.conversation(session), self.sources(session, exchange.number)
        except FootnoteError as error:
            current = replace(exchange, problem=str(error))
        except Exception:
            log.exception("a question could not be answered")
            current = replace(exchange, problem=SORRY)
        finally:  # also when the reader has closed the page
            if session.stopped >= exchange.number:
                current = _stopped(current)
            if current.reply is None and not current.problem:
                current = replace(current, problem=INTERRUPTED)
            session.end(current)
        yield self.conversation(session), self.sources(session, session.asked)

    def fresh(self, session: Session) -> tuple[str, str]:
        """Begin a new conversation; what is still being answered is stopped."""
        session.clear()
        return self.conversation(session), render.sources(0, ())

    def open_source(self, session: Session, reference: object) -> str:
        """Return the paragraphs behind a footnote of any exchange, that one marked as chosen."""
        found = REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found:
            number, footnote = int(found[1]), int(found[2])
            exchange = session.find(number)
            if exchange and footnote <= len(exchange.citations):
                return self.sources(session, number, footnote)
        return render.lost_source()

    # The library

    def pick(self, session: Session, article: object, on: object) -> str:
        """Restrict the next questions to this article too, or no longer."""
        record = self._known(article)
        if record and on is True:
            session.picked.add(record.article_id)
        elif isinstance(article, str):
            session.picked.discard(article)
        return self.library(session)

    def pick_all(self, session: Session) -> str:
        """Put the next questions to all articles."""
        session.picked.clear()
        return self.library(session)

    def remove(self, session: Session, article: object) -> tuple[str, str, str]:
        """Remove an article; return library, conversation and one line that says so."""
        record = self._known(article)
        line = Line("bad", "That article is no longer in the library.")
        if record:
            try:
                with self._storing:
                    self.assistant.library.remove(record.article_id)
                line = Line("good", f"Removed “{record.title}”.")
            except FootnoteError as error:
                line = Line("bad", str(error))
            except Exception:
                log.exception("an article could not be removed")
                line = Line("bad", SORRY)
        return self.library(session), self.conversation(session), render.lines([line])

    def upload(self, session: Session, files: object) -> Iterator[tuple[str, str, str]]:
        """Add uploaded files; yield library, conversation and one line a source."""
        given = files if isinstance(files, list) else []
        yield from self._add(session, self._read_uploads(given[:MOST_FILES]), over=len(given) - MOST_FILES)

    def paste(self, session: Session, text: object, title: object) -> Iterator[tuple[str, str, str]]:
        """Add a pasted text as an article; yield library, conversation and one line."""
        words = text if isinstance(text, str) else ""
        name = " ".join(title.split())[:300] if isinstance(title, str) else ""
        yield from self._add(session, _read_paste(words, name))

    def _add(
        self, session: Session, articles: Iterator[Article | Rejected], *, over: int = 0
    ) -> Iterator[tuple[str, str, str]]:
        found: list[Line] = []
        done = self.library(session), self.conversation(session)
        yield *done, render.lines([Line("busy", "Reading…")])
        self.ready.wait()  # rather than load the encoder a second time
        try:
            with self._storing:
                for event in self._store(articles):
                    line = _line(event)
                    if line.kind != "busy":
                        found.append(line)
                    yield *done, render.lines([*found, *([line] if line.kind == "busy" else [])])
        except FootnoteError as error:
            found.append(Line("bad", str(error)))
        except Exception:
            log.exception("articles could not be added")
            found.append(Line("bad", SORRY))
        if over > 0:
            found.append(
                Line("bad", f"{render.plural(over, 'file')} left out: at most {MOST_FILES} at a time here.")
            )
        if not found:
            found.append(Line("bad", "There was nothing to add."))
        yield self.library(session), self.conversation(session), render.lines(found)

    def _read_uploads(self, given: Sequence[Any]) -> Iterator[Article | Rejected]:
        from ingest.sources import Rejected, read_bytes

        for entry in given:
            name = str(entry.get("name", "") if isinstance(entry, dict) else "")[:255].replace("\\", "/")
            name = name.rsplit("/", 1)[-1] or "a file"
            path = self._uploaded(entry.get("path") if isinstance(entry, dict) else None)
            if path is None:
                yield Rejected(name, "It did not arrive as an upload.")
                continue
            try:
                if path.stat().st_size > MOST_BYTES:
                    yield Rejected(
                        name, f"It is larger than {MOST_BYTES >> 20} MB; add it with `footnote ingest`."
                    )
                    continue
                yield from read_bytes(path.read_bytes(), name)
            except OSError as error:
                yield Rejected(name, f"It could not be read: {error.strerror}.")
            finally:
                path.unlink(missing_ok=True)

    def _uploaded(self, path: object) -> Path | None:
        """Return the file at `path` if it is one that was uploaded, whatever links and dots say."""
        if not isinstance(path, str) or "\x00" in path or len(path) > 4096:
            return None
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, RuntimeError):
            return None
        inside = found.is_relative_to(self.uploads.resolve())
        return found if inside and found.is_file() else None

    def _ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        from ingest.pipeline import ingest

        return ingest(articles, self.assistant.library, self.assistant.encoder)

    # Looking things up

    def _known(self, article: object) -> ArticleRecord | None:
        if not isinstance(article, str) or not 0 < len(article) <= 64:
            return None
        try:
            return self.assistant.library.article(article)
        except UnknownArticle:
            return None

    def _source(self, citation: Citation) -> Source:
        """Return a citation with its place and neighbours, as far as the article still holds it."""
        library, key, at = self.assistant.library, citation.article_id, citation.paragraph
        near = library.fetch([(key, at - 1), (key, at), (key, at + 1)])
        here = near.get((key, at))
        record = self._known(key)
        if here is None or record is None or here.text != citation.paragraph_text:
            return Source(citation, gone=True)
        return Source(
            citation,
            section=here.section,
            date=here.date,
            url=record.url,
            before=_text(near.get((key, at - 1))),
            after=_text(near.get((key, at + 1))),
        )


def examples(articles: Sequence[ArticleRecord]) -> tuple[tuple[str, str, str, str], ...]:
    """Return three first acts that show what the page can do; none without articles.

    Each is `(what it shows, words, act, argument)`, as `render.conversation` takes them.
    """
    if not articles:
        return ()
    asked = next(((a, QUESTIONS[a.title]) for a in articles if a.title in QUESTIONS), None)
    about, question = asked or (articles[0], f"What is said about {articles[0].title}?")
    other = next((a for a in articles if a is not about), about)
    outside = "What is the capital of Atlantis?"
    return (
        ("Ask for a fact and read where it stands", question, "ask", question),
        ("Read an article in one paragraph", f"Summary of “{other.title}”", "summary", other.article_id),
        ("See what happens when the articles do not say", outside, "ask", outside),
    )


def stoppable(items: Iterator[T], stop: Callable[[], bool]) -> Iterator[T]:
    """Yield `items`, made in another thread, until they end or `stop()` is true.

    A model that is silent for half a minute does not make the reader wait for as long: the look at
    `stop` comes every tenth of a second. What raises in the thread raises here.
    """
    made: queue.Queue[tuple[str, Any]] = queue.Queue()
    ended = threading.Event()
    threading.Thread(target=_make, args=(items, made, ended), name="footnote-reply", daemon=True).start()
    try:
        while not stop():
            try:
                kind, value = made.get(timeout=TICK)
            except queue.Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        ended.set()


def _make(items: Iterator[T], made: queue.Queue[tuple[str, Any]], ended: threading.Event) -> None:
    try:
        for item in items:
            made.put(("item", item))
            if ended.is_set():
                return
        made.put(("end", None))
    except BaseException as error:  # noqa: BLE001 - raised again, in the reader's thread
        made.put(("error", error))


def _read_paste(text: str, title: str) -> Iterator[Article | Rejected]:
    from ingest.sources import Rejected, read_text

    name = f"“{title}”" if title else "The pasted text"
    if len(text) > LONGEST_PASTE:
        yield Rejected(
            name, f"It is longer than {LONGEST_PASTE:,} characters; save it as a file and add that."
        )
        return
    # The source names the content: another text pasted under the same title is another article.
    source = f"pasted text {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
    try:
        yield read_text(text, title=title, source=source)
    except FootnoteError as error:
        yield Rejected(name, str(error))


def _line(event: Outcome | Progress) -> Line:
    from ingest.pipeline import Progress

    if not isinstance(event, Progress):
        return render.outcome(event)
    total = f" of {event.total:,}" if event.total else ""
    return Line(
        "busy", f"Reading: {event.done:,}{total} done, {render.plural(event.paragraphs, 'paragraph')} stored."
    )


def _text(paragraph: ParagraphRecord | None) -> str:
    return paragraph.text if paragraph else ""


def _plain(reply: Answer | Refusal | Summary) -> str:
    match reply:
        case Refusal():
            return reply.text
        case Answer() | Summary():
            return " ".join(s.text for s in reply.sentences)


def _past(scope: str) -> str:
    """Turn “Searching 2 of 16 articles” into what is said afterwards: “searched 2 of 16 articles”."""
    return scope.replace("Searching", "searched", 1)


def _stopped(exchange: Exchange) -> Exchange:
    if exchange.reply is None:
        return replace(exchange, problem=exchange.problem or "You stopped this before a reply came.")
    complete = not isinstance(exchange.reply, Answer) or exchange.reply.complete
    return exchange if complete else replace(exchange, stopped=True)
