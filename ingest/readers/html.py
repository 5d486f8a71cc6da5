"""A web page: trafilatura finds the article in it. Nothing is fetched."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from ingest.errors import UnreadableSource
from ingest.readers.dates import iso_date
from ingest.readers.decode import decode
from ingest.readers.draft import Draft, Piece, sections, tidy, tidy_lines
from ingest.readers.txt import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]
    from trafilatura.settings import Document

DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
LANGUAGE = re.compile(
    r"""<html\b[^>]{0,500}?\s(?:xml:)?lang\s*=\s*["']?\s*([A-Za-z]{2,3}(?:-[\w-]{2,12})?)"""
)
# A page that is only a menu gives lines without a full stop, one drawn by a script a single notice.
LEAST_SENTENCES = 40  # characters of a paragraph that counts as text
LEAST_TEXT = 120  # characters in such paragraphs
MOST_LINKED = 0.5  # of the characters; a list of teasers is nearly all links
PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
NOTICE = re.compile(r"\b(?:enable|activate|turn on|requires?)\s+(?:javascript|cookies)\b", re.IGNORECASE)
NO_ARTICLE = (
    "no article was found in the page: it holds only a menu, a notice or a list of links. "
    "Open the article itself, save that page and give the file."
)


def read(data: bytes) -> Draft:
    """Read the article of a page, without menus, comments and advertisements.

    Raises:
        UnreadableSource: If the page cannot be parsed, or holds no article.
    """
    text = DECLARATION.sub("", decode(data, markup=True))
    page = _extract(text)
    if page is None or page.body is None:
        raise UnreadableSource(NO_ARTICLE)
    pieces = [piece for piece in _pieces(page.body) if piece.text.strip()]
    if _linked(page.body) > MOST_LINKED or not _has_text(pieces):
        raise UnreadableSource(NO_ARTICLE)
    title = tidy(page.title or "")
    if pieces[0].level and (not title or pieces[0].text.casefold() == title.casefold()):
        title = pieces.pop(0).text
    language = LANGUAGE.search(text[:5000])
    return Draft(
        sections(pieces),
        title=title,
        author=_author(page.author or ""),
        date=iso_date(page.date or ""),
        url=page.url or "",
        language=language[1] if language else "",
    )


def _extract(text: str) -> Document | None:
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        found: Document | None = trafilatura.bare_extraction(
            text,
            favor_precision=True,
            with_metadata=True,
            include_comments=False,
            include_links=True,
            # A thorough search takes any date on the page, also one of another story.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:
        raise UnreadableSource(f"its HTML could not be parsed ({type(error).__name__}).") from error
    return found


def _author(names: str) -> str:
    return ", ".join(name for name in map(tidy, names.split(";")) if name)


def _linked(body: _Element) -> float:
    """Return the share of the characters that are inside links."""
    everything = len("".join(body.itertext()))
    linked = sum(len("".join(link.itertext())) for link in body.iter("ref"))
    return linked / max(1, everything)


def _has_text(pieces: list[Piece]) -> bool:
    """Tell whether the page holds sentences enough to be an article."""
    found = sum(len(p.text) for p in pieces if not p.level and _is_sentence(p.text))
    return found >= LEAST_TEXT


def _is_sentence(text: str) -> bool:
    return len(text) >= LEAST_SENTENCES and bool(FINAL.search(text)) and not NOTICE.search(text)


def _pieces(body: _Element) -> Iterator[Piece]:
    for element in body:
        yield from _of_element(element)
        if element.tail and element.tail.strip():
            yield Piece(tidy(element.tail))


def _of_element(element: _Element) -> Iterator[Piece]:
    match element.tag:
        case "head":
            yield Piece(tidy(_text(element)), _level(element))
        case "list":
            yield Piece("\n".join(_items(element)))
        case "table":
            yield Piece("\n".join(_rows(element)))
        case "quote" | "div" if len(element.findall("p")):
            yield from _pieces(element)
        case "code":
            yield Piece(_text(element).strip("\n"))
        case "p" | "quote" | "div" | "ab" | "fw" | "item":
            # Two breaks in a row are how old pages part paragraphs.
            yield from (Piece(_one_line(part)) for part in PARAGRAPH_BREAK.split(_text(element)))
        case _:
            return


def _level(element: _Element) -> int:
    rend = element.get("rend") or ""
    return int(rend[1:]) if re.fullmatch(r"h[1-6]", rend) else 2


def _text(element: _Element) -> str:
    """Return the text inside; the only line breaks are those of `lb` elements, save in code."""
    parts: list[str] = []
    code = element.tag == "code"
    for event in element.iter():
        if event.tag == "lb":
            parts.append("\n")
        elif isinstance(event.tag, str) and event.text:
            parts.append(event.text if code else _flat(event.text))
        if event is not element and event.tail:
            parts.append(event.tail if code else _flat(event.tail))
    return "".join(parts)


def _one_line(text: str) -> str:
    """Return `text` tidied; a break inside a sentence is a blank, others (verse, addresses) stay."""
    return re.sub(r"\n(?=[a-z])", " ", tidy_lines(text))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _items(element: _Element) -> Iterator[str]:
    numbered = element.get("rend") == "ol"
    for number, item in enumerate(element.iter("item"), start=1):
        text = tidy(_text(item))
        if text:
            yield f"{number}. {text}" if numbered else f"- {text}"


def _rows(element: _Element) -> Iterator[str]:
    for row in element.iter("row"):
        cells = [tidy(_text(cell)) for cell in row.iter("cell")]
        if any(cells):
            yield " | ".join(cells)
