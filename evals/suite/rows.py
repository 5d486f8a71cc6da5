"""From a file's bytes to rows of JSON: lines, one list, or a CSV; gzipped or not, in UTF-8 or UTF-16."""

from __future__ import annotations

import ast
import contextlib
import csv
import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any

from footnote.ingest.errors import UnreadableSource

LARGEST_CELL = 50_000_000  # characters; csv itself stops at 131,072
LARGEST_UNPACKED = 2_000_000_000  # bytes of a gzipped file
YES_OR_NO = {"true": True, "false": False}
FLAGS, WHOLE = ("answerable", "refused"), ("label",)  # cells that are no texts


def bare_name(path: Path) -> str:
    """Return a file's name without its endings, that of gzip too."""
    return Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem


def unpacked(data: bytes, path: Path) -> bytes:
    """Return the bytes of a file as UTF-8, unzipped where they are gzipped.

    Raises:
        UnreadableSource: If what is gzipped breaks off, or is larger than memory should hold.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(LARGEST_UNPACKED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableSource(f"“{path}” could not be unzipped: {error}.") from error
        if len(data) > LARGEST_UNPACKED:
            raise UnreadableSource(f"“{path}” is more than {LARGEST_UNPACKED:,} bytes when unzipped.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data


def rows_of(data: bytes, path: Path) -> list[bytes]:
    """Return the rows of an unpacked file: its lines, the members of the one list, or those of a CSV.

    Raises:
        UnreadableSource: If it is a CSV that cannot be read, or is not UTF-8.
    """
    if path.name.lower().removesuffix(".gz").endswith(".csv"):
        try:
            return _cells(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise UnreadableSource(f"“{path}” is not UTF-8: save it as “CSV UTF-8”.") from None
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        with contextlib.suppress(ValueError, RecursionError):
            return [json.dumps(row).encode() for row in json.loads(data.decode("utf-8-sig"))]
    return data.split(b"\n")


def _cells(text: str) -> list[bytes]:
    """Return the rows of a CSV with a head; a list in a cell is JSON or, as pandas writes it, Python."""
    usual = csv.field_size_limit(LARGEST_CELL)  # of the whole process: others read by the usual one
    try:
        rows = [
            {key: _value(key, cell) for key, cell in row.items() if key and cell}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except csv.Error as error:
        raise UnreadableSource(f"The table could not be read: {error}.") from error
    finally:
        csv.field_size_limit(usual)
    return [json.dumps(row).encode() for row in rows]


def _value(key: str, cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if key in FLAGS:
        return YES_OR_NO.get(cell.strip().lower(), cell)
    if key in WHOLE and cell.strip() in ("0", "1"):
        return int(cell)
    return _listed(key, cell)


def _listed(key: str, cell: str) -> Any:
    if not cell.startswith("["):
        return cell
    for read in (json.loads, ast.literal_eval):
        with contextlib.suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            found = read(cell)
            if isinstance(found, list):
                return found if key == "gold_paragraphs" else [_member(one) for one in found]
            return cell
    return cell


def _member(one: Any) -> Any:
    """Return a text of a list, or a message of a conversation as it is."""
    return one if isinstance(one, dict) else str(one)
