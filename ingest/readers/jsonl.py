"""A corpus in JSON Lines: an article a row, read as a stream."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.article import clean
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Document, disarmed, refuse_long, tidy, within_limits
from footnote.ingest.readers.format import Format, text_start
from footnote.ingest.readers.md import names
from footnote.ingest.readers.txt import paragraphs_of, unbroken
from footnote.ingest.text.dates import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

LONGEST_KEY = 1_000  # characters of an id; a row with a longer one goes by its number
MOST_ROW = 50_000_000  # bytes
MOST_SKIPPED = 300_000_000  # bytes of a row that is too long; what has no end by then is no corpus
COUNTED_AT_ONCE = 1_000_000  # bytes
MOST_COUNTED = 4_000_000_000  # bytes, which take a second or two
OBJECT = re.compile(rb'\{\s*"\w+"\s*:')
FIELDS = '{"id", "title", "text" or "paragraphs"}'


def rows(file: IO[bytes]) -> Iterator[tuple[int, str, Document | str]]:
    """Yield (line number, id, document) of each row, or the reason in its place.

    Blank lines are passed over. A row without an id goes by its line number.
    """
    number = 0
    while line := file.readline(MOST_ROW + 1):
        number += 1
        if len(line) > MOST_ROW:
            yield number, "", f"the row is longer than {MOST_ROW // 1_000_000} MB"
            if not _skip_line(file, line):
                return
            continue
        if line.strip() and line.strip() != b"\xef\xbb\xbf":
            yield (number, *_read_row(line, number))


def _skip_line(file: IO[bytes], line: bytes) -> bool:
    """Read on to the end of a line, and tell whether it has one within reach."""
    skipped = len(line)
    while line and not line.endswith(b"\n"):
        if skipped > MOST_SKIPPED:
            return False
        line = file.readline(MOST_ROW)
        skipped += len(line)
    return True


def count(file: IO[bytes]) -> int:
    """Return how many lines that are not blank a file has, without ever holding a long one."""
    found, begun = 0, False
    while part := file.readline(COUNTED_AT_ONCE):
        begun = begun or not part.isspace()
        if part.endswith(b"\n"):
            found, begun = found + begun, False
        if file.tell() > MOST_COUNTED:
            break
    return found + begun


def _read_row(line: bytes, number: int) -> tuple[str, Document | str]:
    try:
        text, warnings = decoded(line)
        row = json.loads(text)
    except UnreadableSource as error:
        return "", str(error)
    except (ValueError, RecursionError) as error:
        return "", f"it is not JSON ({_short(error)})"
    if not isinstance(row, dict):
        return "", f"it is not an object like {FIELDS}"
    given = _first(row, "id", "article_id")
    key = tidy(str(number if given is None or len(str(given)) > LONGEST_KEY else given))  # 0 is an id
    try:
        found = read_row(row)
        return key, replace(found, warnings=(*warnings, *found.warnings))
    except UnreadableSource as error:
        return key, str(error)


def _short(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:100] or "no reason was told"


def read_row(row: dict[str, Any]) -> Document:
    """Return the document of one row; given paragraphs keep their boundaries and numbers.

    Raises:
        UnreadableSource: If it has no text, or a field of the wrong kind.
    """
    date, warnings = read_date(row.get("date"))
    document = Document(
        _paragraphs(row),
        title=_text(row, "title"),
        author=names(_first(row, "author", "authors")),
        date=date,
        url=_text(row, "url"),
        language=_text(row, "language"),
        warnings=warnings,
    )
    document = disarmed(within_limits(document))
    if not any(clean(text).strip() for _, text in document.paragraphs):
        raise UnreadableSource("it has no text")
    return document


def _first(row: dict[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) not in (None, "")), None)


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)):
        raise UnreadableSource(f"“{key}” is not a text")
    return tidy(str(value))


def _paragraphs(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = row.get("paragraphs")
    if given is None:
        text = row.get("text")
        if not isinstance(text, str):
            raise UnreadableSource("it has neither “text” nor “paragraphs”")
        refuse_long(text)
        pairs = paragraphs_of(text)
    elif isinstance(given, list) and all(isinstance(p, str) for p in given):
        pairs = tuple(("", unbroken(paragraph)) for paragraph in given)
    else:
        raise UnreadableSource("“paragraphs” is not a list of texts")
    return pairs


def is_object(head: bytes) -> bool:
    """Tell whether a file begins as a JSON object."""
    return OBJECT.match(text_start(head)) is not None


FORMAT = Format("jsonl", (".jsonl",), sniff=is_object, may_begin_as=frozenset({"html", "mhtml"}))
