"""What a model's file says of itself: the head of a GGUF file, as llama.cpp's specification has it.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from footnote.rag.errors import ModelSetupError

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"GGUF"
PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf\Z)", re.IGNORECASE)
STRING, ARRAY = 8, 9
# type -> its form for `struct`
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
MOST_FACTS, LONGEST_STRING, MOST_ITEMS = 10_000, 1 << 24, 1 << 24
OVERHEAD = 400 << 20  # bytes that llama.cpp takes beside weights and window: 250 to 380 MB with 1.5 billion


@dataclass(frozen=True, slots=True)
class Facts:
    """A model's name for readers, its bytes on disk, its window, and the bytes that a token of it takes."""

    name: str
    size: int
    window: int
    token_bytes: int
    licence: str = ""

    def memory(self, window: int) -> int:
        """Return about how many bytes it takes to run with such a window."""
        return self.size + window * self.token_bytes + OVERHEAD


def facts_of(path: Path) -> Facts:
    """Return what a GGUF file says of itself; of one in parts, given by its first.

    Raises:
        ModelSetupError: If it is missing, cannot be read, lacks a part, or is no GGUF file.
    """
    try:
        with path.open("rb") as file:
            found = _head(file)
        size = sum(p.stat().st_size for p in parts_of(path))
    except FileNotFoundError as error:
        raise ModelSetupError(f"There is no model file {error.filename or path}.") from None
    except (struct.error, ValueError, UnicodeDecodeError, MemoryError, OverflowError):
        raise ModelSetupError(
            f"{path} is no model that llama.cpp reads: it must be a GGUF file, whole as it was fetched."
        ) from None
    except OSError as error:
        raise ModelSetupError(f"{path} could not be read: {error.strerror}.") from None
    return _facts(found, path, size)


def parts_of(path: Path) -> list[Path]:
    """Return the files of a model: one, or all parts of the one that `path` is the first of."""
    part = PART.search(path.name)
    if part is None:
        return [path]
    count = int(part[2])
    return [path.with_name(PART.sub(f"-{n:05}-of-{part[2]}", path.name)) for n in range(1, count + 1)]


def _facts(found: dict[str, Any], path: Path, size: int) -> Facts:
    of = str(found.get("general.architecture", ""))

    def number(name: str, default: int) -> int:
        value = found.get(f"{of}.{name}", default)
        value = max(value, default=default) if isinstance(value, list) else value
        return int(value) if isinstance(value, (int, float)) else default

    heads = max(1, number("attention.head_count", 1))
    wide = number("attention.key_length", number("embedding_length", 0) // heads)
    keys = number("attention.head_count_kv", heads) * wide
    return Facts(
        str(found.get("general.name") or path.stem),
        size,
        number("context_length", 0),
        2 * 2 * number("block_count", 0) * keys,  # a key and a value, of two bytes, in each layer
        str(found.get("general.license", "")),
    )


def _head(file: BinaryIO) -> dict[str, Any]:
    """Return the facts up to the vocabulary, which comes last and is long.

    Raises:
        ValueError: If the file is none, or ends before its head does.
    """
    if file.read(4) != MAGIC:
        raise ValueError("no GGUF")
    version, _, count = struct.unpack("<IQQ", file.read(20))
    if not 2 <= version <= 100 or count > MOST_FACTS:
        raise ValueError("unknown form")
    found: dict[str, Any] = {}
    for _ in range(count):
        name = _string(file)
        if name.startswith("tokenizer."):
            break
        found[name] = _value(file, struct.unpack("<I", file.read(4))[0])
    return found


def _string(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    data = file.read(length) if length <= LONGEST_STRING else b""
    if len(data) < length:
        raise ValueError("it ends too early")
    return data.decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == STRING:
        return _string(file)
    if kind == ARRAY:
        inner, count = struct.unpack("<IQ", file.read(12))
        if count > MOST_ITEMS or inner == ARRAY:
            raise ValueError("no list of a model's")
        return [_value(file, inner) for _ in range(count)]
    if kind not in SCALARS:
        raise ValueError("unknown type")
    form = f"<{SCALARS[kind]}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]
