"""The acts of the dialog of settings: open it, remember what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ui.html.settings import settings
from footnote.ui.state.choices import Choices

if TYPE_CHECKING:
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session


class SettingsPanel:
    """The dialog of settings."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self, session: Session) -> Shown:
        """Show what is chosen."""
        return self.desk.show_dialog("settings", settings(self.desk.assistant.settings, session.choices))

    def save(self, session: Session, chosen: object) -> Shown:
        """Remember what the reader chose; what is not offered is left as it is by default."""
        session.choices = Choices.of(chosen)
        if session.reader:
            self.desk.conversations.choose(session.reader, session.choices)
        return self.desk.show_conversation(session)
