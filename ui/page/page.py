"""The page over one assistant: its panels, and which of their methods each act of a browser calls.

Gradio is not imported here. The methods are called with what a browser sent, which anyone can
forge: a reference is matched and looked up, an id is resolved, a path must lie among the uploads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from footnote.rag.types import Filters
from footnote.ui.page.desk import AT_ONCE_AWAY, AT_ONCE_HERE, Desk, Shown, Turns
from footnote.ui.page.panels.conversation import ConversationPanel
from footnote.ui.page.panels.evaluation import EvaluationPanel
from footnote.ui.page.panels.library import LibraryPanel
from footnote.ui.page.panels.settings import SettingsPanel
from footnote.ui.page.panels.sources import SourcesPanel
from footnote.ui.state.conversations import Conversations, open_conversations
from footnote.ui.state.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.pipeline import Outcome, Progress
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

log = logging.getLogger("footnote.ui")

Sent = dict[str, Any]  # what came with an act: anything at all
Act = Callable[[Session, Sent], Iterator[Shown] | Shown | None]

# part of the page -> its acts; app.js sends these, and `Page.act` answers each
ACTS: dict[str, tuple[str, ...]] = {
    "composer": (
        *("ask", "summary", "summary_text", "check", "again", "stop", "fresh", "undo", "feedback"),
        *("open", "name", "delete", "settings", "choose"),
    ),
    "library": (
        *("pick", "only", "only_shown", "all", "find", "more", "remove", "rename", "read", "changes"),
    ),
    "add": ("upload", "paste", "link", "samples"),
    "sources": ("cite", "read"),
    "evaluation": ("view", "run", "cancel"),
}


class Page:
    """The panels over one assistant, which all open pages share."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        uploads: Path,
        conversations: Conversations | None = None,
        store: Callable[[Iterable[Article | Rejected]], Iterator[Outcome | Progress]] | None = None,
    ) -> None:
        if conversations is None:
            conversations = open_conversations(getattr(assistant.library, "home", None))
        turns = Turns(AT_ONCE_AWAY if getattr(assistant, "answerer", None) else AT_ONCE_HERE)
        self.desk = Desk(
            assistant, conversations, uploads, store or self._ingest, turns=turns, draw=self.suggest
        )
        self.assistant, self.ready = assistant, self.desk.ready
        self.talk = ConversationPanel(self.desk)
        self.shelf = LibraryPanel(self.desk)
        self.sources = SourcesPanel(self.desk)
        self.settings = SettingsPanel(self.desk)
        self.evaluation = EvaluationPanel(self.desk)

    def close(self) -> None:
        """Close what the page itself opened; the assistant stays open."""
        self.desk.conversations.close()

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
        self.suggest()

    def suggest(self, articles: Sequence[str] = ()) -> bool:
        """Draw questions from the articles of these ids, or from the first; tell whether there are new ones.

        Only without a language model, which would cost something.
        """
        if getattr(self.assistant.settings, "model", ""):
            return False
        try:
            return self.desk.suggestions.look(self.assistant.library, self._answer, articles)
        except Exception:  # the page does without
            log.exception("no questions could be drawn from the articles")
            return False

    def _answer(self, question: str, article: str) -> Reply:
        return self.assistant.ask(question, filters=Filters(articles=(article,)))

    def act(self, part: str, name: str) -> Act:
        """Return what is done for an act of a part of the page."""
        return getattr(self, f"_{part}_{name}")  # type: ignore[no-any-return]

    # What each act takes from what was sent

    def _composer_ask(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.talk.ask(session, sent.get("question"), sent.get("instead_of"))

    def _composer_summary(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.talk.summarise(session, sent.get("articles"))

    def _composer_summary_text(self, session: Session, sent: Sent) -> Iterator[Shown]:
        given = (sent.get(name) for name in ("text", "title", "instead_of", "length"))
        return self.talk.summarise_text(session, *given)

    def _composer_check(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.talk.check(session, sent.get("text"))

    def _composer_again(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.talk.again(session, sent.get("number"), sent.get("length"))

    def _composer_stop(self, session: Session, _sent: Sent) -> None:
        self.talk.stop(session)

    def _composer_fresh(self, session: Session, _sent: Sent) -> Shown:
        return self.talk.fresh(session)

    def _composer_undo(self, session: Session, sent: Sent) -> Shown:
        return self.talk.undo(session, sent.get("number"))

    def _composer_feedback(self, session: Session, sent: Sent) -> Shown:
        return self.talk.feedback(session, sent.get("number"), sent.get("value"))

    def _composer_open(self, session: Session, sent: Sent) -> Shown:
        return self.talk.open(session, sent.get("conversation"))

    def _composer_name(self, session: Session, sent: Sent) -> Shown:
        return self.talk.rename(session, sent.get("conversation"), sent.get("title"))

    def _composer_delete(self, session: Session, sent: Sent) -> Shown:
        return self.talk.delete(session, sent.get("conversation"))

    def _composer_settings(self, session: Session, _sent: Sent) -> Shown:
        return self.settings.open(session)

    def _composer_choose(self, session: Session, sent: Sent) -> Shown:
        return self.settings.save(session, sent.get("chosen"))

    def _library_pick(self, session: Session, sent: Sent) -> Shown:
        return self.shelf.pick(session, sent.get("article"), sent.get("on"))

    def _library_only(self, session: Session, sent: Sent) -> Shown:
        return self.shelf.only(session, sent.get("article"))

    def _library_only_shown(self, session: Session, _sent: Sent) -> Shown:
        return self.shelf.only_shown(session)

    def _library_find(self, session: Session, sent: Sent) -> Shown:
        return self.shelf.find(session, sent)

    def _library_more(self, session: Session, _sent: Sent) -> Shown:
        return self.shelf.more(session)

    def _library_all(self, session: Session, _sent: Sent) -> Shown:
        return self.shelf.all(session)

    def _library_remove(self, session: Session, sent: Sent) -> Shown:
        return self.shelf.remove(session, sent.get("article"))

    def _library_rename(self, session: Session, sent: Sent) -> Shown:
        return self.shelf.rename(session, sent.get("article"), sent.get("title"))

    def _library_read(self, _session: Session, sent: Sent) -> Shown:
        return self.sources.read(sent.get("article"))

    def _library_changes(self, _session: Session, sent: Sent) -> Shown:
        return self.sources.changes(sent.get("article"), sent.get("version"))

    def _add_upload(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.shelf.upload(session, sent.get("files"))

    def _add_paste(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.shelf.paste(session, sent.get("text"), sent.get("title"))

    def _add_link(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.shelf.link(session, sent.get("text"))

    def _add_samples(self, session: Session, _sent: Sent) -> Iterator[Shown]:
        return self.shelf.samples(session)

    def _sources_cite(self, session: Session, sent: Sent) -> Shown:
        return self.sources.cite(session, sent.get("ref"))

    def _sources_read(self, session: Session, sent: Sent) -> Shown:
        return self.sources.read_source(session, sent.get("ref"))

    def _evaluation_view(self, _session: Session, sent: Sent) -> Shown:
        return self.evaluation.open(sent.get("report"), sent.get("against"))

    def _evaluation_run(self, session: Session, sent: Sent) -> Iterator[Shown]:
        return self.evaluation.run(session, sent.get("suite"), sent.get("path"))

    def _evaluation_cancel(self, _session: Session, _sent: Sent) -> Shown:
        return self.evaluation.cancel()

    def _ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        from footnote.ingest.pipeline import ingest

        return ingest(articles, self.assistant.library, self.assistant.encoder)
