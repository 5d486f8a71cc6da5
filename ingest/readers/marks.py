"""An article's own marks of notes, taken out: “[1]” in an answer points at a paragraph of the library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element  # type: ignore[import-untyped]

MARK = re.compile(r"\[\s*(?:\d{1,4}|[a-z]{1,3}|note \d+|edit|citation needed)\s*\]", re.IGNORECASE)
SHORT = re.compile(r"[\[(]?\s*(?:\d{1,3}|[a-z*†‡§])(?:\s*[,–-]\s*\d{1,3})*\s*[\])]?", re.IGNORECASE)
AFTER_STOP = re.compile(r"[.,;:!?…”\"’»)\]]\s*$")
_NUMBERS = r"[1-9]\d{0,2}(?:\s?[,–-]\s?[1-9]\d{0,2})*"
_END = r"(?=[\s.,;:!?…)”\"’»\]\[]|$)"
# Against a word, a number or a stop; a lone letter before a bracket is a formula's.
ATTACHED = re.compile(
    rf"(?:(?<=[^\W_]{{2}})|(?<=[\d.,;:!?…”\"’»)%\]]))"
    rf"\[(?:{_NUMBERS}|(?:note|nb) \d{{1,3}}|citation needed)\]{_END}",
    re.IGNORECASE,
)
APART = re.compile(rf"(?<=\w)[ \u00a0]\[{_NUMBERS}\]{_END}")
LEADING = re.compile(r"(?m)^\[([1-9]\d{0,2})\]\s+(?=\S)")
CODE = re.compile(r"[{}]|\w\(\w*\)|\]\s*[=+*/<]|==|;\s*$|\b[a-z]+_[a-z]", re.MULTILINE)
MANY = 3  # marks, of them a [1]: then one that stands apart is no interval either


def without_marks(texts: Iterable[str]) -> Callable[[str], str]:
    """Return what takes the marks of notes out of a text, as an article of `texts` writes them.

    >>> rid = without_marks([])
    >>> rid("It opened.[1] It closed[2, 3] in May."), rid("items[1] = 5"), rid("[4] Venn, Bridges, 2021.")
    ('It opened. It closed in May.', 'items[1] = 5', '4. Venn, Bridges, 2021.')
    """
    found = [m for text in texts for m in re.findall(rf"\[({_NUMBERS})\]", text)]
    apart = len(found) >= MANY and any(re.match(r"1\b", m) for m in found)

    def rid(text: str) -> str:
        if "[" not in text or CODE.search(text):
            return text
        text = ATTACHED.sub("", LEADING.sub(r"\1. ", text))
        return APART.sub("", text) if apart else text

    return rid


def remove_references(root: _Element) -> None:
    """Take out of a page's tree, in place, what links to a note or stands as a mark of one above the line."""
    for element in [e for e in root.iter("sup", "a") if e.getparent() is not None]:
        text = " ".join("".join(element.itertext()).split())
        if _is_reference(element, text):
            element.drop_tree()


def _is_reference(element: _Element, text: str) -> bool:
    if "noteref" in " ".join(element.attrib.values()).replace("-", ""):
        return True
    if element.tag != "sup":
        return False
    links = [a.get("href") or "" for a in element.iter("a")]
    if SHORT.fullmatch(text) and any("#" in link for link in links):
        return True
    return bool(MARK.fullmatch(text)) or (SHORT.fullmatch(text) is not None and _after_stop(element))


def _after_stop(element: _Element) -> bool:
    before = element.getprevious()
    text = (element.getparent().text if before is None else before.tail) or ""
    return AFTER_STOP.search(text) is not None
