"""What a person gives in files: JSON Lines of questions, and the conversation so far."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.rag.converse.turns import turns
from footnote.rag.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.rag.types import Turn

STDIN = "-"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A question of a batch; `articles` holds ids or references, None means all."""

    line: int
    id: str | int | float
    question: str
    history: tuple[Turn, ...] = ()
    articles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class UnaskableRow:
    """A row that cannot be asked, and why; `id` is None when the row does not say it."""

    line: int
    id: Any
    reason: str


class _Unusable(Exception):
    """Why a row or a conversation cannot be used; becomes part of a message."""


def read_rows(name: str) -> Iterator[BatchRow | UnaskableRow]:
    """Yield the rows of the JSON Lines file `name` (`-`: standard input) in order; blank lines are none.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it cannot be opened.
    """
    with open_given(name) as file:
        for number, line in enumerate(file, start=1):
            if line.strip(b" \t\r\n\xef\xbb\xbf"):
                yield _row(number, line)


def read_history(name: str) -> tuple[Turn, ...]:
    """Return the conversation in the JSON file `name` (`-`: standard input).

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it is not a list of `{"role", "content"}`.
    """
    with open_given(name) as file:
        data = file.read()
    try:
        return turns(_json(data))
    except (_Unusable, QuestionError) as error:
        raise UnreadableSource(f"The history in “{name}” could not be used: {error}.") from error


@contextmanager
def open_given(name: str) -> Iterator[IO[bytes]]:
    """Open a file that a person named, for reading bytes; `-` is standard input.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it cannot be opened.
    """
    if name == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - errors in the caller's block are not ours
    except FileNotFoundError:
        raise SourceNotFound(f"“{name}”: no such file.") from None
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise UnreadableSource(f"“{name}” could not be read: {reason}.") from error
    with file:
        yield file


def _row(line: int, data: bytes) -> BatchRow | UnaskableRow:
    found: Any = None
    try:
        found = _json(data)
        if not isinstance(found, dict):
            raise _Unusable('it is not an object such as {"id": 1, "question": "…"}')
        said = turns(found.get("history") or [])
        return BatchRow(line, _id(found, line), _question(found), said, _articles(found))
    except (_Unusable, QuestionError) as error:
        return UnaskableRow(line, found.get("id") if isinstance(found, dict) else None, str(error))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Unusable("it is not UTF-8") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise _Unusable(f"it is not JSON ({error})") from None


def _id(row: dict[str, Any], line: int) -> str | int | float:
    """Return what the row goes by: its `id`, or without one the number of its line."""
    found = row.get("id", line)
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        raise _Unusable('its "id" is neither a text nor a number')
    return found


def _question(row: dict[str, Any]) -> str:
    found = row.get("question", row.get("query"))
    if not isinstance(found, str):
        raise _Unusable('it has no "question" that is a text')
    return found


def _articles(row: dict[str, Any]) -> tuple[str, ...] | None:
    found = row.get("articles")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(a, str) for a in found):
        raise _Unusable('its "articles" are not a list of texts')
    return tuple(found)
