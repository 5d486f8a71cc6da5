"""What was said before, in the forms in which programs keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from footnote.rag.errors import QuestionError
from footnote.rag.types import Turn


class Message(Protocol):
    """A message as LangChain has them."""

    @property
    def type(self) -> str:
        """Who says it: `human`, `ai`, `system`, `tool`."""

    @property
    def content(self) -> Any:
        """What is said: a text, or a list of parts."""


Said: TypeAlias = Turn | Mapping[str, Any] | tuple[str, str] | Message

SPEAKERS: dict[str, Literal["user", "assistant"]] = {
    "user": "user", "human": "user", "assistant": "assistant", "ai": "assistant",
    "agent": "assistant", "HumanMessageChunk": "user", "AIMessageChunk": "assistant",
}  # fmt: skip
# What a conversation holds beside what was said.
LEFT_OUT = ("system", "developer", "tool", "function", "remove")
WORDS = ("text", "input_text", "output_text")  # the kinds of a message's parts that are text


def turns(given: object) -> tuple[Turn, ...]:
    """Return a conversation that is a list of turns, mappings, pairs, or messages as LangChain has them.

    What the system or a tool says is left out, and so is what says nothing.

    >>> turns([{"role": "user", "content": "Which bridge closed?"}, ("ai", "The harbour bridge.")])
    (Turn(role='user', content='Which bridge closed?'), Turn(role='assistant', content='The harbour bridge.'))

    Raises:
        QuestionError: If it is no list, or a message of it cannot be read.
    """
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Sequence):
        raise QuestionError(f"The conversation must be a list of messages, not {type(given).__name__}.")
    found = (_turn(number, one) for number, one in enumerate(given, start=1))
    return tuple(turn for turn in found if turn is not None)


def turn(speaker: str, text: str) -> Turn | None:
    """Return what somebody says; None where it is the system or a tool, or nothing.

    Raises:
        QuestionError: If the speaker is none that a conversation has.
    """
    if speaker.removesuffix("MessageChunk").lower() in LEFT_OUT:
        return None
    if speaker not in SPEAKERS:
        raise QuestionError(
            f"A message of the conversation is said by “{speaker}”, not by user or assistant."
        )
    return Turn(SPEAKERS[speaker], text) if text else None


def _turn(number: int, given: Any) -> Turn | None:
    match given:
        case Mapping():
            speaker, said = given.get("role", given.get("type")), given.get("content", given.get("text"))
        case (str() as speaker, said):
            pass
        case _:
            speaker = getattr(given, "role", None) or getattr(given, "type", None)
            said = getattr(given, "content", None)
    if isinstance(said, list):
        said = "".join(_piece(one) for one in said)
    if said is None and speaker in ("assistant", "ai"):  # it called a tool
        said = ""
    if not isinstance(speaker, str) or not isinstance(said, str):
        raise QuestionError(
            f'Message {number} of the conversation is not {{"role": "user" or "assistant", "content": "…"}}.'
        )
    return turn(speaker, said)


def _piece(given: Any) -> str:
    """Return the text of a part of a message; pictures and calls have none."""
    if isinstance(given, str):
        return given
    text = given.get("text") if isinstance(given, Mapping) and given.get("type", "text") in WORDS else ""
    return text if isinstance(text, str) else ""
