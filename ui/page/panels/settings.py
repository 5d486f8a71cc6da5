"""What a reader can choose, and what the server uses, in words. No key is ever shown or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ui.html.render import escape
from footnote.ui.state.choices import OFFERED, PARAGRAPHS, Choices, passages

if TYPE_CHECKING:
    from footnote.rag.settings import Settings
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session


class SettingsPanel:
    """The dialog of settings."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self, session: Session) -> Shown:
        """Show what is chosen."""
        return self.desk.opened("settings", settings(self.desk.assistant.settings, session.choices))

    def save(self, session: Session, chosen: object) -> Shown:
        """Remember what the reader chose; what is not offered is left as it is by default."""
        session.choices = Choices.of(chosen)
        if session.reader:
            self.desk.conversations.choose(session.reader, session.choices)
        return self.desk.talk(session)


def settings(used: Settings, choices: Choices) -> str:
    """Render the dialog."""
    chosen = choices.as_json()
    offered = [n for n in OFFERED if n != "answerer" or used.model]
    groups = "".join(_group(name, chosen[name], used) for name in offered)
    return (
        '<dialog class="panel-dialog settings" aria-labelledby="settings-title"><form data-settings>'
        f'<h2 id="settings-title">Settings</h2><p class="facts">{answers_with(used)}</p>{groups}'
        '<p class="dialog-acts"><button type="button" class="plain" data-close-dialog>Cancel</button>'
        '<button class="primary">Save</button></p></form></dialog>'
    )


def answers_with(used: Settings) -> str:
    """Say what writes the answers, without any key or address.

    >>> from pathlib import Path
    >>> from footnote.rag.settings import Settings
    >>> answers_with(Settings(home=Path("x")))
    'Answers are sentences of the articles themselves, chosen on this computer. No language model is used.'
    """
    model = str(getattr(used, "model", ""))
    if not model:
        return (
            "Answers are sentences of the articles themselves, chosen on this computer. "
            "No language model is used."
        )
    return f"Answers are written by the language model {escape(model)} and checked against the articles."


def _group(name: str, chosen: str, used: Settings) -> str:
    question, values = OFFERED[name]
    counts = {f"paragraphs-{v}": f"{passages(used.passages, v)}: " for v in PARAGRAPHS}
    rows = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{" checked" if value == chosen else ""}>'
        f"<span><strong>{escape(words)}</strong> "
        f"<small>{escape(counts.get(f'{name}-{value}', ''))}{escape(does)}</small></span></label>"
        for value, (words, does) in values.items()
    )
    return f"<fieldset><legend>{escape(question)}</legend>{rows}</fieldset>"
