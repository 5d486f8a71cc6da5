"""What an article is: a text, its paragraphs as spans of it, and the chunks that are encoded."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Characters of what stands around a text: a title of 200,000 freezes a browser, the longest of news have 300.
LONGEST_TITLE, LONGEST_NAME, LONGEST_URL = 500, 300, 2_000
MOST_KEPT = 10_000_000  # bytes of an original; a scan of 20 pages has 4 to 8 million
ID_LENGTH = 16  # hex digits: 64 bits; two of a million articles collide with probability 3e-8


Scan = tuple[tuple[int, ...], ...]
"""Where the lines of a paragraph stand on the picture it was read from by OCR, ten numbers a line: from and
to which character of the paragraph it goes, then x and y of its corners from the upper left clockwise, in
ten thousandths of the picture's width and height."""


def scan_of(given: Iterable[Iterable[Any]]) -> Scan:
    """Return a scan that came as JSON.

    Raises:
        ValueError: If a line of it has not ten whole numbers.
        TypeError: If it is no list of lists.
    """
    scan = tuple(tuple(map(int, line)) for line in given)
    if any(len(line) != 10 for line in scan):
        raise ValueError("a line of a scan is ten numbers")
    return scan


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A body paragraph: `article.text[start:end]`, numbered from 1, under a section title or none.

    `page` is the page it begins on, counted from 1; 0 where the format has no pages. `time` is when it
    begins in a recording, `12:34` or `1:02:34`; empty where it is of none. `scan` is there when it was
    read by OCR.
    """

    number: int
    start: int
    end: int
    section: str = ""
    page: int = 0
    time: str = ""
    scan: Scan = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """How a link was last read, so that it can be asked for again only if it changed.

    `etag` and `modified` are the server's `ETag` and `Last-Modified` as they were sent, `at` is ISO
    8601 in UTC, `feed` the feed or sitemap that named the link. Each may be empty.
    """

    etag: str = ""
    modified: str = ""
    at: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as a reader sees it. Headings are section titles, not paragraphs.

    `date` is ISO 8601 (`2026`, `2026-05` or `2026-05-31`), `language` a BCP 47 code; either is
    empty when the source does not say. `visit` is there when it was read from a link. `original` has the
    bytes of the file where its pages can be shown as pictures and it is no larger than `MOST_KEPT`; an
    archive gives none. `collections` and `tags` are those that it is to be put under when it is stored.
    """

    id: str
    title: str
    text: str
    paragraphs: tuple[Paragraph, ...]
    source: str
    author: str = ""
    date: str = ""
    url: str = ""
    language: str = ""
    warnings: tuple[str, ...] = ()
    visit: Visit | None = None
    original: bytes = field(default=b"", repr=False, compare=False)
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not any(p.end > p.start for p in self.paragraphs):
            raise ValueError("an Article needs a paragraph that is not empty")
        if any(b.start < a.end for a, b in pairwise(self.paragraphs)):
            raise ValueError("paragraphs must follow each other without overlap")
        if self.paragraphs[-1].end > len(self.text):
            raise ValueError("a paragraph ends after the text")

    def paragraph_text(self, number: int) -> str:
        """Return the text of paragraph `number`, counted from 1."""
        paragraph = self.paragraphs[number - 1]
        return self.text[paragraph.start : paragraph.end]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is encoded: a paragraph, or a run of whole sentences of a long one.

    `start` and `end` are offsets in the paragraph's text; `encoder_text` adds title and section.
    """

    number: int
    paragraph: int
    start: int
    end: int
    encoder_text: str


def clean(text: str) -> str:
    """Return `text` in Unicode NFC, without NULs, lone surrogates and byte-order marks."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").replace("\ufeff", "")
    return unicodedata.normalize("NFC", text)


def make_article(
    paragraphs: Iterable[tuple[str, str]],
    *,
    title: str,
    source: str,
    author: str = "",
    date: str = "",
    url: str = "",
    language: str = "",
    warnings: Iterable[str] = (),
    pages: Iterable[int] = (),
    times: Iterable[str] = (),
    scans: Iterable[Scan] = (),
) -> Article:
    r"""Build an `Article` from `(section, paragraph text)` pairs; its id digests the paragraphs.

    Texts are cleaned (see `clean`) and stripped. A pair with an empty text keeps its number.
    Titles, headings and names are cut at a length that no honest one has, with a warning for the title's.
    `pages` has the page of each paragraph, `times` its time, `scans` its lines on a picture; each is shorter
    where they are not known.

    Raises:
        ValueError: If every paragraph is empty.

    >>> make_article([("", "One."), ("Later", "Two.")], title="T", source="t.txt").text
    'One.\n\nTwo.'
    """
    spans: list[Paragraph] = []
    texts: list[str] = []
    position = 0
    none: Scan = ()
    known = chain(pages, repeat(0)), chain(times, repeat("")), chain(scans, repeat(none))
    placed = zip(paragraphs, *known, strict=False)
    for number, ((section, raw), page, time, scan) in enumerate(placed, start=1):
        text = clean(raw).strip()
        place = position, position + len(text)
        spans.append(Paragraph(number, *place, shortened(section), page, time[:16], scan))
        texts.append(text)
        position += len(text) + 2
    body = "\n\n".join(texts)
    return Article(
        id=content_id(texts),
        title=shortened(title),
        text=body,
        paragraphs=tuple(spans),
        source=source,
        author=shortened(author, LONGEST_NAME),
        date=date[:10],
        url=url if len(url) <= LONGEST_URL else "",
        language=language[:35],
        warnings=(*warnings, *_cut(title)),
    )


def shortened(text: str, most: int = LONGEST_TITLE) -> str:
    """Return `text` cleaned, with an ellipsis for what is beyond `most` characters.

    >>> shortened(" An owl "), len(shortened("x" * 1000)), shortened("An owl tower", 7)
    ('An owl', 500, 'An owl…')
    """
    whole = clean(text[: 4 * most]).strip()  # what is cleaned may be shorter than what was given
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def _cut(title: str) -> tuple[str, ...]:
    if len(title.strip()) <= LONGEST_TITLE:
        return ()
    return (f"Its title has {len(title.strip()):,} characters; the first {LONGEST_TITLE} were kept.",)


def content_id(paragraphs: Iterable[str]) -> str:
    """Return the id of an article with these paragraph texts: 16 hex digits of their SHA-256."""
    joined = "\n\n".join(" ".join(p.split()) for p in paragraphs)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A source from which no article could be read, and the reason in a sentence."""

    source: str
    reason: str


Read = Article | Rejected
