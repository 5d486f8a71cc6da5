"""The dialog of settings as HTML: what a reader can choose, and what the server uses, in words.

No key is ever shown or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.templating import render
from footnote.ui.state.choices import OFFERED, PARAGRAPHS, passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.model.chosen import Choice
    from footnote.rag.settings import Settings
    from footnote.ui.html.templating import Html
    from footnote.ui.state.choices import Choices


@dataclass(frozen=True, slots=True)
class Group:
    """A question with its values, each with its words and what it does."""

    name: str
    question: str
    chosen: str
    values: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Models:
    """The language models that a reader may choose here, and what came of the last try."""

    found: Sequence[Choice] = ()
    may_choose: bool = False
    said: str = ""


def settings(used: Settings, choices: Choices, models: Models, whose: str = "") -> Html:
    """Render the dialog; `whose` says as whom one is logged in, where there are accounts."""
    chosen = choices.as_json()
    offered = [n for n in OFFERED if n != "answerer" or used.model]
    groups = [_group(name, chosen[name], used) for name in offered]
    return render(
        "settings",
        "dialog",
        answers_with=answers_with(used),
        groups=groups,
        models=models,
        used=used.model,
        locked=bool(used.password or whose),
        whose=whose,
    )


def answers_with(used: Settings) -> str:
    """Say what writes the answers, without any key or address.

    >>> from pathlib import Path
    >>> from footnote.rag.settings import Settings
    >>> answers_with(Settings(home=Path("x")))
    'Answers are sentences of the articles themselves, chosen on this computer. No language model is used.'
    """
    model = used.model
    if not model:
        return (
            "Answers are sentences of the articles themselves, chosen on this computer. "
            "No language model is used."
        )
    return f"Answers are written by the language model {model} and checked against the articles."


def _group(name: str, chosen: str, used: Settings) -> Group:
    question, values = OFFERED[name]
    counts = {v: f"{passages(used.passages, v)}: " for v in PARAGRAPHS} if name == "paragraphs" else {}
    told = [(value, words, counts.get(value, "") + does) for value, (words, does) in values.items()]
    return Group(name, question, chosen, told)
