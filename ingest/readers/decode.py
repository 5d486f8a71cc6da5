"""Bytes to text, whatever wrote them."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.damage import repaired, warnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF_8 = "UTF-8"
NAMES = {"utf-8": UTF_8, "cp1252": "Latin-1 (Windows-1252)", "iso8859-1": "Latin-1 (Windows-1252)"}
DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
ACCENTED = re.compile(rb"[\xc0-\xff]+")
SAMPLE = 100_000  # bytes that are enough to tell an encoding; detection costs about 1 s a MB
MOST_CONTROLS = 0.02  # of the characters; text has none, decoded binaries have 5 to 30 percent
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
BINARY = "it is binary data, not text. Convert it to text, HTML, Markdown or PDF."
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f\ufffd\ufffe\uffff]")


def decode(data: bytes, *, markup: bool = False) -> str:
    """Return the text of `data`: by its mark, as UTF-8, as declared (HTML), or as detected.

    Raises:
        UnreadableSource: If `data` is not text.
    """
    return decoded(data, markup=markup)[0]


def decoded(data: bytes, *, markup: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return the text of `data` as `decode` does, and a warning where its encoding was not as it says.

    Raises:
        UnreadableSource: If `data` is not text.
    """
    text, encoding, claimed = _decode(data, markup=markup)
    if len(CONTROLS.findall(text)) > MOST_CONTROLS * len(text):
        raise UnreadableSource(BINARY)
    text, damage = repaired(text)
    return text, (*_misread(data, text, encoding, claimed), *warnings_of(damage))


def _misread(data: bytes, text: str, encoding: str, claimed: str) -> Iterator[str]:
    """Yield what is to be said of the encoding."""
    lost = text.count("\ufffd") - data.count("\ufffd".encode())
    if claimed and claimed != encoding:
        yield f"It says that it is in {claimed}, but was read as {encoding}; see that no letter is wrong."
    elif encoding not in {UTF_8, claimed}:
        yield f"It is not in {UTF_8}, and was read as {encoding}; see that no letter is wrong."
    if lost > 0:
        yield f"{lost:,} characters of it could not be read: their bytes are not {encoding}."


def _decode(data: bytes, *, markup: bool) -> tuple[str, str, str]:
    """Return the text, the encoding that it was read in, and the one that it claims; empty for none."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            if encoding != "utf-8" and (text := _as_utf8(data[len(mark) :])) is not None:
                return text, UTF_8, encoding.upper()  # the mark lies
            return data.decode(encoding, "replace").removeprefix("\ufeff"), encoding.upper(), encoding.upper()
    found = DECLARED.search(data[:4096]) if markup else None
    claimed = found[1].decode("ascii", "replace") if found else ""
    try:
        return data.decode("utf-8"), UTF_8, "" if data.isascii() else _called(claimed)
    except UnicodeDecodeError:
        pass
    if claimed and (text := _as_declared(data, claimed)) is not None:
        return text, _called(claimed), _called(claimed)
    if (text := _with_surrogates(data)) is not None:
        return text, UTF_8, ""
    return *_detected(data), _called(claimed)


def _with_surrogates(data: bytes) -> str | None:
    """Return `data` as UTF-8 in which halves of characters stand, as careless programs write it."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _called(name: str) -> str:
    """Return the usual name of an encoding, as `name` has it where it is none."""
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, UnicodeError):
        return name
    return NAMES.get(found, found.upper())


def _as_utf8(data: bytes) -> str | None:
    """Return `data` as UTF-8 unless it cannot be: two-byte encodings of text have NULs in it, or no UTF-8."""
    try:
        return data.decode("utf-8") if data and b"\x00" not in data else None
    except UnicodeDecodeError:
        return None


def _as_declared(data: bytes, name: str) -> str | None:
    try:
        encoding = codecs.lookup(name).name
        # Browsers read "latin-1" as Windows-1252, which adds the typographic quotation marks.
        return data.decode("cp1252" if encoding == "iso8859-1" else encoding)
    except (LookupError, UnicodeError):
        return None


def _detected(data: bytes) -> tuple[str, str]:
    """Return `data` in its likeliest encoding, and which; a few broken bytes do not make UTF-8 another."""
    forgiving = data.decode("utf-8", "replace")
    broken = forgiving.count("\ufffd")
    beyond_ascii = sum(byte > 0x7F for byte in data)
    if (
        len(CONTROL_BYTES.findall(data[:SAMPLE])) > MOST_CONTROLS * min(len(data), SAMPLE)
        and b"\x00\x00" in data
    ):
        raise UnreadableSource(BINARY)
    if broken * 10 < beyond_ascii:
        return forgiving, UTF_8
    try:
        return (data.decode("cp1252"), NAMES["cp1252"]) if _looks_western(data) else _guess(data)
    except UnicodeError:
        return _guess(data)


def _looks_western(data: bytes) -> bool:
    """Tell whether accented letters stand alone between plain ones, as in Windows-1252.

    In Cyrillic, Greek or Japanese encodings they come in runs.
    """
    beyond = sum(byte > 0x7F for byte in data)
    runs = ACCENTED.findall(data[:SAMPLE])
    in_runs = sum(len(run) for run in runs if len(run) > 1)
    return b"\x00" not in data and beyond * 3 < len(data) and in_runs <= 0.3 * sum(map(len, runs))


def _guess(data: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SAMPLE]).best()
    if best is None:
        raise UnreadableSource("its encoding could not be told. Save it as UTF-8 and try again.")
    text = data.decode(best.encoding, "replace")
    # What reads alike in several is in the one that most people have.
    western = text == data.decode("cp1252", "replace")
    return text, NAMES["cp1252"] if western else _called(best.encoding)
