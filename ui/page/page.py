"""The page over one assistant: its panels, which all open pages share. Gradio is not imported here."""

from __future__ import annotations

import copy
import hmac
import logging
import threading
from collections import OrderedDict
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.errors import FootnoteError
from footnote.ui.page.desk import AT_ONCE_AWAY, AT_ONCE_HERE, Desk, ReplyQueue
from footnote.ui.page.panels.collections import CollectionsPanel
from footnote.ui.page.panels.conversation import ConversationPanel
from footnote.ui.page.panels.evaluation import EvaluationPanel
from footnote.ui.page.panels.library import LibraryPanel
from footnote.ui.page.panels.settings import SettingsPanel
from footnote.ui.page.panels.sources import SourcesPanel
from footnote.ui.state.conversations import Conversations, open_conversations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.pipeline import Outcome, Progress
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

log = logging.getLogger("footnote.ui")

MOST_SEEN = 500  # accounts whose view of the page is kept


class Page:
    """The panels over one assistant, which all open pages share."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        uploads: Path,
        conversations: Conversations | None = None,
        store: Callable[[Iterable[Article | Rejected]], Iterator[Outcome | Progress]] | None = None,
        keep: Callable[[str], bytes] | None = None,
        bring_back: Callable[[bytes], Outcome] | None = None,
    ) -> None:
        if conversations is None:
            conversations = open_conversations(assistant.library.home, assistant.settings.record)
        reply_queue = ReplyQueue(AT_ONCE_AWAY if assistant.answerer else AT_ONCE_HERE)
        self.desk = Desk(
            assistant,
            conversations,
            uploads,
            store or self._ingest,
            keep or self._keep,
            bring_back or self._bring_back,
            reply_queue=reply_queue,
            draw=self.suggest,
        )
        self.ready = self.desk.ready
        self._turn = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], tuple[Assistant, Page]] = OrderedDict()
        self.conversation = ConversationPanel(self.desk)
        self.library = LibraryPanel(self.desk)
        self.collections = CollectionsPanel(self.desk)
        self.sources = SourcesPanel(self.desk)
        self.settings = SettingsPanel(self.desk)
        self.evaluation = EvaluationPanel(self.desk)

    def of(self, account: str) -> Page:
        """Return the page as an account sees the library: this one for an admin, and without accounts.

        Raises:
            NotAllowed: If there are accounts, and this is none of them.
        """
        role, whole = self.role_of(account), self.assistant
        if role == "admin":
            return self
        with self._turn:
            kept = self._seen.pop((account, role), None)
            if kept is None or kept[0] is not whole:
                assistant = whole.seen_by(account)
                if assistant.library is whole.library:  # made an admin meanwhile
                    return self
                kept = whole, self._seen_by(assistant)
            self._seen[account, role] = kept
            while len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        return kept[1]

    def _seen_by(self, assistant: Assistant) -> Page:
        seen = copy.copy(self)
        seen.desk = replace(self.desk, assistant=assistant)
        seen.desk.store, seen.desk.keep = seen._ingest, seen._keep  # noqa: SLF001 - of this class
        seen.desk.draw = seen.suggest
        seen.conversation, seen.library = ConversationPanel(seen.desk), LibraryPanel(seen.desk)
        seen.collections, seen.sources = CollectionsPanel(seen.desk), SourcesPanel(seen.desk)
        seen.settings = SettingsPanel(seen.desk)
        return seen

    def role_of(self, account: str) -> str:
        """Return the role of an account; an admin's where there are no accounts, none for who has none."""
        known = self.assistant.library.accounts()
        if not known:
            return "admin"
        return known[account].role if account in known else ""

    def sees_all(self, account: str) -> bool:
        """Tell whether an account sees everything."""
        return self.role_of(account) == "admin"

    def reader_of(self, account: str) -> str:
        """Return whom conversations of an account are kept for, on whatever device; nobody without one."""
        if not account:
            return ""
        secret = self.desk.conversations.secret("reader")
        return "account-" + hmac.new(secret, account.encode(), "sha256").hexdigest()[:48]

    def note(self, account: str, act: str, what: str) -> None:
        """Note who did what, where there are accounts."""
        if account:
            self.assistant.library.note(account, act, what)

    @property
    def assistant(self) -> Assistant:
        """The assistant that all panels ask; its language model may be changed on the page."""
        return self.desk.assistant

    def close(self) -> None:
        """Close what the page itself opened; the assistant stays open."""
        if self.assistant.answerer is not None:  # it connects again where it is asked again
            self.assistant.answerer.close()
        self.desk.conversations.close()

    def warm(self) -> None:
        """Load the encoder and the index, so that the first question does not wait for them."""
        try:
            self.assistant.warm()
            if not self.assistant.library.read_only:
                self.assistant.library.catch_up()
        except FootnoteError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("the models did not load")  # the first question will say why
        finally:
            self.ready.set()
        self.suggest()

    def suggest(self, articles: Sequence[str] = ()) -> bool:
        """Draw questions from the articles of these ids, or from the first; tell whether there are new ones.

        Only without a language model, which would cost something.
        """
        if self.assistant.settings.model:
            return False
        try:
            return self.desk.suggestions.look(self.assistant.library, self._answer, articles)
        except FootnoteError as error:  # the page does without
            log.warning("No questions could be drawn from the articles: %s", error)
        except Exception:
            log.exception("no questions could be drawn from the articles")
        return False

    def _answer(self, question: str, _article: str) -> Reply:
        return self.assistant.ask(question)  # of all articles, as whoever chooses it will

    def _ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        """Store articles: one caller after the other here, or by workers, for whom nobody need wait."""
        from footnote.ingest.jobs.writer import writer_over

        queue, assistant = self.assistant.settings.queue, self.assistant
        with (
            nullcontext() if queue else self.desk.storing,
            writer_over(assistant.library, assistant.encoder, queue) as writer,
        ):
            yield from writer.ingest(articles)

    def _keep(self, article: str) -> bytes:
        from footnote.ingest.archive import keep

        return keep(self.assistant.library, article)

    def _bring_back(self, kept: bytes) -> Outcome:
        from footnote.ingest.archive import bring_back

        self.ready.wait()  # rather than load the encoder a second time
        with self.desk.storing:
            return bring_back(self.assistant.library, kept, self.assistant.encoder)
