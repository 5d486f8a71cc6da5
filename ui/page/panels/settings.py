"""The acts of the dialog of settings: open it, remember what was chosen, switch the language model."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.errors import FootnoteError
from footnote.rag.assistant import with_model
from footnote.rag.model.chosen import OFF, choices
from footnote.rag.settings import Settings
from footnote.ui.html.settings import Models, settings
from footnote.ui.state.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.model.chosen import Choice
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session

ELSEWHERE = "The choice holds until the server ends: FOOTNOTE_MODEL is set and goes before it."


def _whose(session: Session) -> str:
    return f"{session.account} ({session.role})" if session.account else ""


class SettingsPanel:
    """The dialog of settings."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._switching = threading.Lock()

    def open(self, session: Session, said: str = "", found: Sequence[Choice] | None = None) -> Shown:
        """Show what is chosen, and which language models are found; `found`, where that was looked up."""
        used = self.desk.assistant.settings
        mine = may_choose(used) and session.role == "admin"
        models = Models(found or (self._found() if mine and found is None else ()), mine, said)
        return self.desk.show_dialog("settings", settings(used, session.choices, models, _whose(session)))

    def _found(self) -> Sequence[Choice]:
        used = self.desk.assistant.settings
        return choices(used) if may_choose(used) else ()

    def save(self, session: Session, chosen: object) -> Shown:
        """Remember what the reader chose; what is not offered is left as it is by default."""
        session.choices = Choices.of(chosen)
        if session.reader:
            self.desk.conversations.choose(session.reader, session.choices)
        return self.desk.show_conversation(session)

    def use_model(self, session: Session, key: object) -> Shown:
        """Let the model of this key answer all readers from now on; none when the key is empty."""
        found = self._found()
        off = key == "" and may_choose(self.desk.assistant.settings)
        choice = OFF if off else next((c for c in found if c.key == key), None)
        try:
            said = self._switch(choice) if choice else "This model is there no more."
        except FootnoteError as error:
            said = str(error)
        return self.open(session, said, found)

    def _switch(self, choice: Choice) -> str:
        """Change the model and keep the choice; return what there is to say."""
        with self._switching:
            before = self.desk.assistant
            same = choice.base_url == before.settings.base_url and choice.model
            key = before.settings.api_key if same else ""  # a key is for the server that it was given for
            used = replace(before.settings, model=choice.model, base_url=choice.base_url, api_key=key)
            after = with_model(before, used)
            choice.kept(used.home)
            self.desk.assistant = after
        if before.answerer is not None:
            before.answerer.close()
        if after.answerer is not None:
            threading.Thread(target=after.answerer.warm, daemon=True).start()
        return "" if Settings.load(used.home).model == choice.model else ELSEWHERE

    def test_model(self, session: Session) -> Shown:
        """Ask the model one small thing and say how it went."""
        used = self.desk.assistant.settings
        if not used.model or not may_choose(used):
            return self.open(session)
        from footnote.rag.model.chat import connect
        from footnote.rag.model.probe import probe

        try:
            chat = connect(used)
            try:
                found = probe(chat)
            finally:
                chat.close()
        except FootnoteError as error:
            return self.open(session, str(error))
        keeps = (
            "keeps to rules"
            if found.obeyed
            else "did not keep to a rule that it was given: check its answers"
        )
        times = f"in {found.seconds:.1f} s, with first words after {found.first_words:.1f} s"
        return self.open(session, f"It answered {times}, and {keeps}.")


def may_choose(used: Settings) -> bool:
    """Tell whether readers may choose the model for all: on this computer alone, or behind the password."""
    return not used.exposed or bool(used.password)
