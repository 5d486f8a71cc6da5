"""Lists of references: the titles in them answer no question, though they are often put as one."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from footnote.ingest.readers.document import kept, warned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footnote.ingest.readers.document import Document, Pair

NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2})*\.?\s+")  # of a section
REFERENCES = re.compile(
    r"(?:list of |notes and )?(?:references(?: and notes| cited)?|bibliography|works cited"
    r"|literature(?: cited)?|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|références"
    r"|bibliographie|bibliografía|referencias)\s*:?",
    re.IGNORECASE,
)
SOURCE = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b|\bdoi\b|\bhttps?:|\bin press\b", re.IGNORECASE)
ENTRY = re.compile(  # how one begins: with its number, or a surname and initials
    r"[\[(]?\d{1,3}[\]).]|[-–—•]\s"
    r"|(?:(?:van|von|de|der|den|la|le|di|da)\s)*[^\W\d_a-z][\w'’-]+,?\s(?:[^\W\d_a-z]\.?-?\s?){1,3}(?![^\W\d_])"
)
MOST_ENTRIES = 2 / 3  # of the lines at least begin as one does
LEFT_OUT = "Its list of references was left out."


def heads_references(heading: str) -> bool:
    """Tell whether a heading stands above a list of references, as far as its words tell.

    >>> heads_references("7. Works cited"), heads_references("References in the treaty")
    (True, False)
    """
    return REFERENCES.fullmatch(NUMBERED.sub("", heading.strip())) is not None


def without_references(document: Document) -> Document:
    """Return a document without its lists of references, and with a word on it.

    A list ends where the next heading begins. What is called so and is none, as its years tell, stays.
    """
    keep = outside_references(document.paragraphs)
    whole = all(keep) or not any(keep)  # a bibliography is an article too
    return document if whole else warned(kept(document, keep), LEFT_OUT)


def outside_references(paragraphs: Iterable[Pair]) -> list[bool]:
    """Tell of each paragraph, given below its heading, whether it is no part of a list of references."""
    keep: list[bool] = []
    for section, group in groupby(paragraphs, key=lambda pair: pair[0]):
        texts = [text for _, text in group]
        keep += [not (heads_references(section) and _is_list("\n".join(texts).splitlines()))] * len(texts)
    return keep


def _is_list(lines: list[str]) -> bool:
    sources = sum(ENTRY.match(line) is not None and SOURCE.search(line) is not None for line in lines)
    return sources >= MOST_ENTRIES * len(lines)
