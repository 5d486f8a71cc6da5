"""The conversation's acts: ask, summarise, stop, again, edit, undo, feedback, and the kept conversations."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast, get_args

from footnote.rag.errors import FootnoteError
from footnote.rag.review import check_text
from footnote.rag.types import Answer, Filters, Remark
from footnote.ui.html import sources as sources_html
from footnote.ui.html.wording import beginning, plural, scope_words
from footnote.ui.page.desk import SORRY, Note, reported, stoppable
from footnote.ui.state.bounds import LONGEST_DRAFT, LONGEST_TEXT, MOST_SUMMED
from footnote.ui.state.choices import LENGTHS, suited
from footnote.ui.state.conversations import INTERRUPTED
from footnote.ui.state.session import Exchange, Feedback, Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.rag.answer.answerer import OnProgress
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Replied, Session

KEY = re.compile(r"[\w-]{8,40}")  # of a conversation
LONGEST_KEPT = 20_000  # characters of a question; the assistant refuses most of such a length
FASTEST = 0.08  # seconds between two looks of a growing answer: the eye sees no more, the browser does less
WAIT = 0.4  # seconds between looks at one's place in the line

ASK_SOMETHING = "Write a question first, for instance “Who signed the agreement?”"
NO_ARTICLES = "There are no articles yet. Add some first."
GONE = "That article is no longer in the library."
FULL = "Very many people are asking just now. Your question is kept here; press “Ask again” in a minute."
STOPPED = "You stopped this before a reply came."
WAITING = "Looking through the articles…"
LOADING = "Loading the reading model; this takes a few seconds, once…"
SUMMING, SUMMING_PART = "Reading…", "Reading: {} of {} parts done…"
CHECKING = "Checking each sentence against the articles…"
CHECKING_PART = "Checking each sentence against the articles: {} of {} done…"

log = logging.getLogger("footnote.ui")


class ConversationPanel:
    """What a reader does in the middle of the page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # Asking

    def ask(self, session: Session, question: object, instead_of: object = None) -> Iterator[Shown]:
        """Answer a question; in place of the newest exchange when `instead_of` is its number."""
        if session.making:
            yield self.desk.show_conversation(session)
            return
        self._catch_up(session)
        self._make_way(session, instead_of)
        text = question.strip() if isinstance(question, str) else ""
        total = len(self.desk.assistant.library.articles())
        scope, filters = _asked_of(session, total)
        exchange = Exchange(
            session.asked + 1,
            text[:LONGEST_KEPT] or "(an empty question)",
            scope=scope,
            waiting=WAITING,
            articles=filters.articles or (),
        )
        history = session.history()
        assistant = suited(self.desk.assistant, session.choices)
        problem = ASK_SOMETHING if not text else NO_ARTICLES if not total else ""
        yield from self._reply(
            session,
            exchange,
            lambda: assistant.stream(text, filters=filters, history=history),
            problem=problem,
        )

    def summarise(
        self, session: Session, articles: object, instead_of: object = None, length: object = None
    ) -> Iterator[Shown]:
        """Summarise one article or several in one paragraph; the picked ones when `articles` is empty.

        `length` is one that is offered; otherwise the reader's choice counts.
        """
        if session.making:
            yield self.desk.show_conversation(session)
            return
        self._catch_up(session)
        self._make_way(session, instead_of)
        wished = [articles] if isinstance(articles, str) else articles if isinstance(articles, list) else []
        found = [r for r in map(self.desk.known, wished[:MOST_SUMMED] or sorted(session.picked)) if r]
        named = f"“{found[0].title}”" if len(found) == 1 else plural(len(found), "article")
        ids, words = tuple(r.article_id for r in found), _words(session, length)
        exchange = Exchange(
            session.asked + 1,
            f"Summary of {named if found else 'an article'}",
            kind="summary",
            waiting=SUMMING,
            articles=ids,
            words=words,
        )
        assistant = suited(self.desk.assistant, session.choices)
        yield from self._summary(
            session,
            exchange,
            lambda progress: assistant.summarise(list(ids), words=words, progress=progress),
            problem="" if found else GONE,
        )

    def summarise_text(
        self,
        session: Session,
        text: object,
        title: object,
        instead_of: object = None,
        length: object = None,
    ) -> Iterator[Shown]:
        """Summarise a pasted text without adding it to the library."""
        if session.making:
            yield self.desk.show_conversation(session)
            return
        self._catch_up(session)
        self._make_way(session, instead_of)
        given = text if isinstance(text, str) else ""
        name = " ".join(title.split())[:200] if isinstance(title, str) else ""
        words = _words(session, length)
        exchange = Exchange(
            session.asked + 1,
            f"Summary of “{name or beginning(' '.join(given[:400].split()), 60) or 'a pasted text'}”",
            kind="summary",
            waiting=SUMMING,
            words=words,
        )
        assistant = suited(self.desk.assistant, session.choices)
        yield from self._summary(
            session,
            exchange,
            lambda progress: assistant.summarise_text(given, title=name, words=words, progress=progress),
            problem=_unusable(given),
        )

    def _summary(
        self, session: Session, exchange: Exchange, work: Callable[[OnProgress], Replied], *, problem: str
    ) -> Iterator[Shown]:
        def replies() -> Iterator[Replied | Note]:
            return reported(work, SUMMING_PART, self._gone(session, exchange))

        yield from self._reply(session, exchange, replies, problem=problem)

    def check(self, session: Session, text: object) -> Iterator[Shown]:
        """Judge each sentence of a draft against the picked articles, or all."""
        if session.making:
            yield self.desk.show_conversation(session)
            return
        self._catch_up(session)
        given = text.strip() if isinstance(text, str) else ""
        total = len(self.desk.assistant.library.articles())
        scope, filters = _asked_of(session, total)
        exchange = Exchange(
            session.asked + 1,
            f"Check of “{beginning(' '.join(given[:400].split()), 60) or 'a draft'}”",
            kind="check",
            scope=scope,
            waiting=CHECKING,
            articles=filters.articles or (),
        )
        assistant = suited(self.desk.assistant, session.choices)

        def work(progress: OnProgress) -> Replied:
            found = check_text(given, assistant, filters=filters, progress=progress)
            return Judged(found.sentences, found.citations, notices=found.notices)

        def checked() -> Iterator[Replied | Note]:
            return reported(work, CHECKING_PART, self._gone(session, exchange))

        problem = _unusable(given, LONGEST_DRAFT) or ("" if total else NO_ARTICLES)
        yield from self._reply(session, exchange, checked, problem=problem)

    def again(self, session: Session, number: object, length: object = None) -> Iterator[Shown]:
        """Do the newest exchange again: a question with the articles picked now, a summary in a length."""
        exchange = session.find(number) if isinstance(number, int) else None
        if exchange is None or not exchange.repeats or exchange is not session.exchanges[-1]:
            yield self.desk.show_conversation(session)
        elif exchange.kind == "summary":
            yield from self.summarise(session, list(exchange.articles), number, length)
        else:
            yield from self.ask(session, exchange.question, number)

    def _catch_up(self, session: Session) -> None:
        """Show what another tab has added to the conversation; begin anew when one has deleted it."""
        if not session.conversation:
            return
        last = self.desk.conversations.last(session.reader, session.conversation)
        if last is None:
            session.clear()
        elif last > session.asked:
            self._show(session, session.conversation)

    def _make_way(self, session: Session, number: object) -> None:
        """Take the newest exchange away when it is asked in another way."""
        if isinstance(number, int) and session.exchanges and session.exchanges[-1].number == number:
            session.drop(number)
            self.desk.conversations.drop(session.reader, session.conversation, number)

    def _reply(
        self,
        session: Session,
        exchange: Exchange,
        replies: Callable[[], Iterator[Replied | Note]],
        *,
        problem: str = "",
    ) -> Iterator[Shown]:
        """Show notes and replies as they come, until the last or until the reader stops them."""
        current = replace(exchange, problem=problem)
        self._begin(session, exchange, kept=not problem)
        ticket = None
        try:
            if not problem:
                yield {
                    **self.desk.show_conversation(session),
                    **self.desk.show_saved(session),
                    **_no_sources(),
                }
                ticket = self.desk.reply_queue.join()
                yield from self._wait(session, exchange, ticket)
                current = replace(exchange, problem="" if ticket else FULL)
            if not current.problem:
                for reply in stoppable(
                    self._when_ready(replies), self._ends(session, exchange), every=FASTEST
                ):
                    if isinstance(reply, Note):
                        session.put(replace(exchange, waiting=reply.words))
                        yield self.desk.show_conversation(session, whole=False)
                        continue
                    current = replace(exchange, reply=reply)
                    session.put(current)
                    yield {
                        **self.desk.show_conversation(session, whole=False),
                        **self.desk.show_sources(session, exchange.number),
                    }
        except FootnoteError as error:
            current = replace(exchange, problem=str(error))
        except Exception:
            log.exception("a question could not be answered")
            current = replace(exchange, problem=SORRY)
        finally:  # also when the reader has closed the page
            self.desk.reply_queue.leave(ticket)
            self._finish(session, exchange, current)
        yield {
            **self.desk.show_conversation(session, whole=False),
            **self.desk.show_sources(session, session.asked),
            **self.desk.show_saved(session),
        }
        cited = [c.article_id for c in current.citations]
        if cited and self.desk.draw(cited) and not session.making:
            yield self.desk.show_conversation(session, whole=False)

    def _begin(self, session: Session, exchange: Exchange, *, kept: bool) -> None:
        if session.reader and not session.conversation:
            if not kept:  # nothing was asked: no conversation begins with it
                session.begin(exchange)
                return
            session.title = _title(exchange)
            session.conversation = self.desk.conversations.begin(session.reader, session.title)
        elif session.exchanges and session.title == _title(session.exchanges[0]) and _only_greeted(session):
            self.rename(session, session.conversation, _title(exchange))
        waiting = exchange.waiting if self.desk.ready.is_set() else LOADING
        session.begin(replace(exchange, waiting=waiting))
        self._keep(session, session.conversation, exchange)

    def _finish(self, session: Session, exchange: Exchange, current: Exchange) -> None:
        conversation = session.conversation if session.find(exchange.number) else ""
        if session.stopped >= exchange.number:
            current = _stopped(current)
        if current.reply is None and not current.problem:
            current = replace(current, problem=INTERRUPTED)
        session.end(current)
        self._keep(session, conversation, current)

    def _keep(self, session: Session, conversation: str, exchange: Exchange) -> None:
        if not (session.reader and conversation):
            return
        try:
            self.desk.conversations.put(session.reader, conversation, exchange)
        except FootnoteError as error:  # a full disk must not cost the answer
            log.warning("an exchange is not kept: %s", error)
        except Exception:
            log.exception("an exchange could not be kept")

    def _wait(self, session: Session, exchange: Exchange, ticket: object | None) -> Iterator[Shown]:
        """Tell the reader how many are before them, until it is their turn."""
        told = 0
        while (
            ticket and not self._ends(session, exchange)() and (ahead := self.desk.reply_queue.ahead(ticket))
        ):
            if ahead != told:
                told = ahead
                words = f"Waiting: {plural(ahead, 'question')} before yours…"
                session.put(replace(exchange, waiting=words))
                yield self.desk.show_conversation(session, whole=False)
            self.desk.reply_queue.wait(WAIT)

    def _when_ready(self, replies: Callable[[], Iterator[Replied | Note]]) -> Iterator[Replied | Note]:
        self.desk.ready.wait()
        yield from replies()

    def _ends(self, session: Session, exchange: Exchange) -> Callable[[], bool]:
        return lambda: session.stopped >= exchange.number

    def _gone(self, session: Session, exchange: Exchange) -> Callable[[], bool]:
        """Tell whether nobody waits for the reply: it was stopped, or the page was closed."""
        return lambda: session.stopped >= exchange.number or session.making != exchange.number

    # What can be done with an exchange

    def stop(self, session: Session) -> None:
        """End the reply that is being made; what was written stays."""
        session.stop()

    def undo(self, session: Session, number: object) -> Shown:
        """Remove an exchange, its reply included."""
        if isinstance(number, int) and not session.making and session.drop(number):
            self.desk.conversations.drop(session.reader, session.conversation, number)
        return {
            **self.desk.show_conversation(session),
            **self.desk.show_sources(session, session.exchanges[-1].number if session.exchanges else 0),
            **self.desk.show_saved(session),
        }

    def feedback(self, session: Session, number: object, value: object) -> Shown:
        """Keep what the reader thinks of a reply; the same again takes it back."""
        exchange = session.find(number) if isinstance(number, int) else None
        if exchange is None or exchange.reply is None or value not in get_args(Feedback):
            return self.desk.show_conversation(session)
        mark = cast("Feedback", value)
        changed = replace(exchange, feedback="" if exchange.feedback == mark else mark)
        session.put(changed)
        self._keep(session, session.conversation, changed)
        return self.desk.show_conversation(session)

    # Conversations

    def load(self, session: Session, reader: str, conversation: object) -> Shown:
        """Show the page to `reader`, with the conversation that the tab showed before, if any."""
        session.reader = reader
        session.choices = self.desk.conversations.choices(reader)
        return self._all(session) if self._show(session, conversation) else self.fresh(session, loading=True)

    def fresh(self, session: Session, *, loading: bool = False) -> Shown:
        """Begin a new conversation; what is still being answered is stopped."""
        session.clear()
        shelf = self.desk.show_library(session) if loading else {}
        return {
            **self.desk.show_conversation(session),
            **self.desk.show_saved(session),
            **_no_sources(),
            **shelf,
        }

    def open(self, session: Session, conversation: object) -> Shown:
        """Show one of the reader's conversations."""
        if not self._show(session, conversation):
            return self.desk.show_saved(session)
        return self._all(session)

    def rename(self, session: Session, conversation: object, title: object) -> Shown:
        """Give a conversation another title."""
        name = " ".join(title.split()) if isinstance(title, str) else ""
        if name and _is_key(conversation):
            self.desk.conversations.rename(session.reader, str(conversation), name)
            if conversation == session.conversation:
                session.title = name[:120]
        return {**self.desk.show_saved(session), **self.desk.show_conversation(session, whole=False)}

    def delete(self, session: Session, conversation: object) -> Shown:
        """Delete a conversation for good."""
        if _is_key(conversation):
            self.desk.conversations.delete(session.reader, str(conversation))
            if conversation == session.conversation:
                return self.fresh(session)
        return self.desk.show_saved(session)

    def share(self, session: Session, conversation: object) -> Shown:
        """Share one of the reader's conversations with those who may read its articles; accounts only."""
        account = self.desk.assistant.library.accounts().get(session.account)
        if account is not None and _is_key(conversation):
            self.desk.conversations.share(session.reader, str(conversation), account.name, account.made)
        return self.desk.show_saved(session)

    def unshare(self, session: Session, conversation: object) -> Shown:
        """Stop sharing a conversation: its link leads nowhere from now on."""
        if _is_key(conversation):
            self.desk.conversations.unshare(session.reader, str(conversation))
        return self.desk.show_saved(session)

    def _show(self, session: Session, conversation: object) -> bool:
        if not _is_key(conversation):
            return False
        kept = self.desk.conversations.find(session.reader, str(conversation))
        if kept is None:
            return False
        session.show(kept.id, kept.title, self.desk.conversations.exchanges(session.reader, kept.id))
        return True

    def _all(self, session: Session) -> Shown:
        return {
            **self.desk.show_conversation(session),
            **self.desk.show_sources(session, session.exchanges[-1].number if session.exchanges else 0),
            **self.desk.show_saved(session),
            **self.desk.show_library(session),
        }


def _title(exchange: Exchange) -> str:
    return beginning(" ".join(exchange.question.split()), 80)


def _only_greeted(session: Session) -> bool:
    return all(isinstance(e.reply, Remark) for e in session.exchanges)


def _words(session: Session, length: object) -> int:
    """Return about how many words a summary is to have."""
    return LENGTHS.get(length if isinstance(length, str) else "", session.choices.words)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def _no_sources() -> Shown:
    return {"sources": sources_html.sources(0, ())}


def _unusable(text: str, longest: int = LONGEST_TEXT) -> str:
    if not text.strip():
        return "Paste a text first."
    if len(text) > longest:
        return f"The text has {len(text):,} characters; at most {longest:,} can be read at once here."
    return ""


def _stopped(exchange: Exchange) -> Exchange:
    if exchange.reply is None:
        return replace(exchange, problem=exchange.problem or STOPPED)
    complete = not isinstance(exchange.reply, Answer) or exchange.reply.complete
    return exchange if complete else replace(exchange, stopped=True)


def _asked_of(session: Session, total: int) -> tuple[str, Filters]:
    """Return what of `total` articles is asked, in words and as filters."""
    picked, within = tuple(sorted(session.picked)), session.within
    said = scope_words(len(picked), total, within).replace("Searching", "searched", 1)
    return said, Filters(articles=picked or None, collections=(within,) if within else ())
