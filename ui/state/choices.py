"""What a reader can choose for themselves, in words, and what each choice does."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from footnote.rag.assistant import Assistant

# name -> (question, {value: (words, what it does)}); the first value is the default.
OFFERED: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "answerer": (
        "Who writes answers and summaries",
        {
            "model": ("The language model", "freely worded, and checked against the articles"),
            "own": ("The articles themselves", "their own sentences, word for word"),
        },
    ),
    "refusing": (
        "When the articles hardly say",
        {
            "balanced": ("Balanced", "answer when it is likely that a paragraph answers"),
            "careful": ("Careful", "rather say “no sure answer” than risk a wrong answer"),
            "ready": ("Ready", "answer from the nearest paragraph more often; check the footnotes"),
        },
    ),
    "unsupported": (
        "Sentences that their source does not support",
        {
            "mark": ("Show and mark them", "each says why it is doubted"),
            "hide": ("Leave them out", "the answer says how many were left out"),
        },
    ),
    "paragraphs": (
        "Paragraphs read for an answer",
        {
            "usual": ("The usual number", "as the server is set"),
            "few": ("Few", "quicker, narrower"),
            "many": ("Many", "slower, wider"),
        },
    ),
    "length": (
        "Length of a summary",
        {
            "medium": ("Medium", "about 90 words"),
            "short": ("Short", "about 50 words"),
            "long": ("Long", "about 160 words"),
        },
    ),
    "look": (
        "Appearance",
        {
            "system": ("As the system", "light or dark as your device is set"),
            "light": ("Light", ""),
            "dark": ("Dark", ""),
        },
    ),
}
LENGTHS = {"short": 50, "medium": 90, "long": 160}
# Added to the threshold of the server's own settings.
REFUSING = {"careful": 0.08, "balanced": 0.0, "ready": -0.1}
PARAGRAPHS = {"few": 0.5, "usual": 1.0, "many": 2.0}


@dataclass(frozen=True, slots=True)
class Choices:
    """One value for each of `OFFERED`; a value that is not offered becomes the default."""

    answerer: str = "model"
    refusing: str = "balanced"
    unsupported: str = "mark"
    paragraphs: str = "usual"
    length: str = "medium"
    look: str = "system"

    @classmethod
    def of(cls, given: object) -> Choices:
        """Return the choices in a mapping that a browser or a file gave; what is unknown is left out.

        >>> Choices.of({"length": "short", "refusing": "never", "key": "x"}).length
        'short'
        """
        values = given if isinstance(given, dict) else {}
        known = {
            n: v for n, v in values.items() if n in OFFERED and isinstance(v, str) and v in OFFERED[n][1]
        }
        return cls(**known)

    def as_json(self) -> dict[str, str]:
        """Return a mapping that `of` takes back."""
        return asdict(self)

    @property
    def words(self) -> int:
        """About how many words a summary is to have."""
        return LENGTHS[self.length]


def passages(usual: int, choice: str) -> int:
    """Return how many paragraphs are read for an answer.

    >>> [passages(7, choice) for choice in ("few", "usual", "many")]
    [4, 7, 14]
    """
    return min(50, max(1, round(usual * PARAGRAPHS[choice])))


def suited(assistant: Assistant, choices: Choices) -> Assistant:
    """Return `assistant` with its settings moved as the reader chose; library and models are shared."""
    if choices.answerer == "own" and assistant.answerer is not None:
        assistant = replace(assistant, answerer=None, summariser=None)
    settings = assistant.settings
    changes: dict[str, Any] = {}
    if choices.refusing != "balanced":
        moved = settings.answer_threshold + REFUSING[choices.refusing]
        changes["answer_threshold"] = min(1.0, max(0.0, moved))
    if choices.paragraphs != "usual":
        changes["passages"] = passages(settings.passages, choices.paragraphs)
    return replace(assistant, settings=replace(settings, **changes)) if changes else assistant
