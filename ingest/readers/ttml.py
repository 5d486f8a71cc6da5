"""Timed text in XML (.ttml, .dfxp), as TTML2 of the W3C has it: paragraphs with times, and who speaks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.format import Format, one, text_start
from footnote.ingest.readers.package import parse_xml
from footnote.ingest.readers.transcript import Cue, document, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

    from footnote.ingest.readers.document import Document

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ID = "{http://www.w3.org/XML/1998/namespace}id"
OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")
FRAMES = re.compile(r"(\d{1,4}:\d\d:\d\d):(\d{1,3})(?:\.\d{1,3})?")
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
FRAME_RATE = 30.0  # where the file does not say (TTML2, 6.2.4)
UNITS = frozenset({"word", "sentence"})  # spans of podcasts, which have no blanks between them
DEEPEST = 100  # elements in a paragraph, in each other


def read(data: bytes) -> Document:
    """Read timed text.

    Raises:
        UnreadableSource: If it is broken, no timed text, or nothing in it is said at a time.
    """
    root = parse_xml(data, "tt")
    if _name(root) != "tt":
        raise UnreadableSource("it is XML, but no timed text.")
    titles = [tidy("".join(e.itertext())) for e in _named(root, "title")]
    return document(_cues(root), title=next(iter(titles), ""), language=root.get(LANGUAGE) or "")


def _cues(root: _Element) -> Iterator[Cue]:
    agents = {agent.get(ID): _agent(agent) for agent in _named(root, "agent") if agent.get(ID)}
    rates = {"f": _rate(root, "frameRate", FRAME_RATE), "t": _rate(root, "tickRate", 1.0)}
    start = 0.0
    for paragraph in _named(root, "p"):
        start = _start(paragraph, rates, start)
        key = next((found for e in _upwards(paragraph) if (found := _own(e, "agent"))), "")
        yield Cue(start, _text(paragraph), agents.get(key, key))


def _start(paragraph: _Element, rates: dict[str, float], before: float) -> float:
    """Return when a paragraph begins: its own time after those of what it stands in, else the one before."""
    own = paragraph if paragraph.get("begin") else next((e for e in paragraph.iter() if e.get("begin")), None)
    if own is None:
        return before
    times = [_seconds(e.get("begin"), rates) for e in _upwards(own) if e.get("begin")]
    known = [time for time in times if time is not None]
    return sum(known) if known else before


def _seconds(said: str, rates: dict[str, float]) -> float | None:
    """Return a time expression in seconds (TTML2, 12.3.1)."""
    if found := OFFSET.fullmatch(said.strip()):
        unit = found[2]
        return float(found[1]) * SECONDS[unit] if unit in SECONDS else float(found[1]) / rates[unit]
    frames = FRAMES.fullmatch(said.strip())
    return seconds_of(frames[1] if frames else said)


def _rate(root: _Element, name: str, otherwise: float) -> float:
    said = _own(root, name)
    return float(said) if re.fullmatch(r"[1-9]\d{0,9}", said) else otherwise


def _text(element: _Element, depth: int = 0) -> str:
    """Return what an element shows; what is told about it, as its description, it does not show."""
    if depth > DEEPEST:
        return ""
    parts = [element.text or ""]
    for child in element:
        match _name(child):
            case "br":
                parts.append("\n")
            case "span":
                blank = " " if _own(child, "unit") in UNITS else ""
                parts += [blank, _text(child, depth + 1), blank]
            case _:
                pass
        parts.append(child.tail or "")
    return "".join(parts)


def _agent(agent: _Element) -> str:
    return next((text for e in _named(agent, "name") if (text := tidy("".join(e.itertext())))), "")


def _named(root: _Element, name: str) -> Iterator[_Element]:
    return (e for e in root.iter() if _name(e) == name)


def _upwards(element: _Element) -> Iterator[_Element]:
    yield element
    yield from element.iterancestors()


def _name(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _own(element: _Element, name: str) -> str:
    """Return an attribute, whatever its namespace."""
    return next((str(v) for key, v in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _sniff(head: bytes) -> bool:
    return re.match(rb"(?:<\?xml[^<>]{0,200}\?>\s*)?<(?:\w{1,20}:)?tt[\s>]", text_start(head)) is not None


FORMAT = Format("ttml", (".ttml", ".dfxp"), one(read), sniff=_sniff)
