"""A web page: trafilatura finds the article in it. Nothing is fetched."""

from __future__ import annotations

import logging
import re
import sys
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import hidden
from footnote.ingest.readers.boilerplate import unrepeated
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Block, Document, sections, tidy, tidy_lines
from footnote.ingest.readers.format import Format, one, text_start
from footnote.ingest.readers.imprint import changed, of_texts, told
from footnote.ingest.readers.notices import (
    BEGINNING,
    NOTICE,
    is_sentence,
    is_teaser,
    refuse_notice,
    without_offer,
)
from footnote.ingest.readers.page import OF_SIGNS, Prepared, imprint, prepare
from footnote.ingest.readers.txt import FINAL
from footnote.ingest.text.cells import NEXT_CELL
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]
    from lxml.html import HtmlElement  # type: ignore[import-untyped]
    from trafilatura.settings import Document as Extracted

ABSOLUTE = re.compile(r"https?://\S+$", re.IGNORECASE)
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
START = re.compile(
    rb"(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
LANGUAGE = re.compile(
    r"""<html\b[^>]{0,500}?\s(?:xml:)?lang\s*=\s*["']?\s*([A-Za-z]{2,3}(?:-[\w-]{2,12})?)"""
)
# A page that is only a menu gives lines without a full stop, one drawn by a script a single notice.
LEAST_TEXT = 120  # characters in such paragraphs
LEAD = re.compile(r"^(?!- |\d+\. )[^\n|]*\w+ \w[^\n|]*[.:。][\"'”’»)]*$")
LISTED = re.compile(  # two lines or more, or a row of a table
    rf"[^\n]\|[^\n]+\n[^\n]*\||^(?:- |\d+\. )[^\n]+\n(?:- |\d+\. )|{NEXT_CELL}"
)
LITTLE_LINKED = 0.2  # of the characters of a page that is one sentence and a list or a table
MOST_LINKED = 0.5  # of the characters; a list of teasers is nearly all links
LONGEST_PROMOTION = 160  # characters of a paragraph that is only a link
MOST_PROMOTED = 0.7  # of its characters
NUMBERED = re.compile(r"\d{1,4}\. ")
PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
# Above the text of an article stand its title, topic, byline and date.
HEAD_BLOCKS = 5
LONGEST_BYLINE = 120  # characters
BY = re.compile(r"^(?:by|von|par|por|di|da|door|af|av|text|words|interview)\b:?\s+", re.IGNORECASE)
# Beside the heading in a page's title, behind it or before.
OWNER = re.compile(r"(?:\s+[|–—·•»-]+|:)\s+(?P<owner>[^|–—·•»:]{2,60})$")
OWNER_FIRST = re.compile(r"^(?P<owner>[^|–—·•»:]{2,60}?)(?:\s+[|–—·•»-]+|:)\s")
# Words of a title that may be any site's, as “Opening hours”. It takes a page that nothing tells to be an
# article: of 2,092 headlines of news 19% have no more, and none needs its paper's name.
GENERAL = 4
NO_ARTICLE = (
    "no article was found in the page: it holds only a menu, a notice or a list of links. "
    "Open the article itself, save that page and give the file."
)


def read(data: bytes, sheets: Callable[[str], str | None] = lambda _: None) -> Document:
    """Read the article of a page, without menus, comments and advertisements.

    `sheets` gives the text of the style sheets that came with it, by their links.

    Raises:
        UnreadableSource: If the page cannot be parsed, or holds no article.
    """
    text, warnings = decoded(data, markup=True)
    prepared = _parsed(text := DECLARATION.sub("", text), sheets)
    page = _extract(prepared.tree)
    if page is None or page.body is None:
        raise UnreadableSource(NO_ARTICLE)
    blocks = [block for block in _blocks(page.body) if block.text.strip()]
    linked = _linked(page.body)
    if linked > MOST_LINKED or not (prepared.questions or _has_text(blocks, linked)):
        raise UnreadableSource(NO_ARTICLE)
    title = tidy(page.title or "")
    refuse_notice(title, blocks)
    if blocks[0].level and not title:
        title = blocks.pop(0).text
    told_by, told_on = imprint(prepared.told)
    author = _author(page.author or "") or told_by
    date = told_on or iso_date(page.date or "")
    body, found_author, found_date = _without_head(blocks, title, author)
    around = [*prepared.head, *("" if b.level else b.text for b in body if b.text not in prepared.head)]
    under, day, _ = of_texts(around, title)
    found_author, found_date = found_author or under, found_date or day
    body = [b for at, b in enumerate(body) if at >= HEAD_BLOCKS or not _is_imprint(b.text, date)]
    body, is_cut = without_offer(_unrepeated(body))
    language = LANGUAGE.search(text[:5000])
    is_article = prepared.is_article or author or found_author or found_date
    site = _site(page)
    return Document(
        sections(body),
        title=title if is_article else _with_owner(title, site or _beside(title, prepared.title), body),
        author=author or found_author,
        # Of a page that says when it was changed, and on its face when it was published: the latter.
        # What a footer says of the last change stands in for a day that nothing else says.
        date=told_on or min(date or found_date, found_date or date) or changed(prepared.foot),
        url=page.url if ABSOLUTE.match(page.url or "") else "",
        language=language[1] if language else "",
        warnings=(BEGINNING, *warnings) if is_cut or (prepared.is_paid and is_teaser(body)) else warnings,
        site=site,
        captions="\n".join(prepared.captions),
    )


@lru_cache(maxsize=1)
def _trafilatura() -> Any:
    """Load trafilatura, but not the teller of languages that it would load, and numpy with it."""
    name = "py3langid"
    spared = name not in sys.modules
    if spared:
        sys.modules[name] = None  # type: ignore[assignment]  # so Python knows that there is no such module
    try:
        import trafilatura
    finally:
        if spared:
            del sys.modules[name]
    return trafilatura


def _parsed(text: str, sheets: Callable[[str], str | None]) -> Prepared:
    trafilatura = _trafilatura()
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        tree = trafilatura.load_html(text)
        if tree is not None:
            hidden.inline(tree, sheets)
            return prepare(tree, trafilatura.xpaths.BODY_XPATH)
    except Exception as error:
        raise UnreadableSource("its HTML could not be parsed.") from error
    raise UnreadableSource(NO_ARTICLE)


def _extract(tree: HtmlElement) -> Extracted | None:
    try:
        found: Extracted | None = _trafilatura().bare_extraction(
            tree,
            favor_precision=True,
            with_metadata=True,
            include_comments=False,
            include_links=True,
            # A thorough search takes any date on the page, also one of another story.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:
        raise UnreadableSource("its HTML could not be parsed.") from error
    return found


def _without_head(blocks: list[Block], title: str, author: str) -> tuple[list[Block], str, str]:
    """Return the blocks without title, topic, byline and date above the text; the author and that date."""
    by = date = ""
    start = 0
    for at, block in enumerate(blocks[:HEAD_BLOCKS]):
        if block.level and _same(block.text, title):
            if not any(is_sentence(b.text) for b in blocks[:at]):
                start = at + 1  # what stands above the title is a topic, a date, a link
            else:
                blocks = [*blocks[:at], *blocks[at + 1 :]]
            break
    while start < len(blocks) and _is_byline(blocks[start].text, title, author):
        for line in blocks[start].text.split("\n"):
            said = told(line)
            by, date = by or said.author, date or said.date
        start += 1
    return blocks[start:], by, date


def _unrepeated(blocks: list[Block]) -> list[Block]:
    """Return the blocks without what each entry of a live blog has; headings, such as times, stay."""
    kept = unrepeated([b.text if not b.level else f"{at}" for at, b in enumerate(blocks)])
    return list(compress(blocks, kept))


def _is_imprint(text: str, date: str) -> bool:
    """Tell whether a list near the head is one of facts of the page, such as the day it was published."""
    values = [line.partition(": ")[2] for line in text.split("\n") if line.startswith("- ")]
    return bool(date) and date in map(iso_date, filter(None, values))


def _is_byline(text: str, title: str, author: str) -> bool:
    lines = text.split("\n")
    if len(lines) > 1:
        return all(_is_byline(line, title, author) for line in lines)
    if len(text) > LONGEST_BYLINE:
        return False
    names = {author, *author.split(", ")} - {""}
    said = BY.sub("", text).strip(" :·|")
    line = told(text)
    dated = line.date and not line.more and not (line.author and author)
    return _same(text, title) or bool(dated) or any(_same(said, name) for name in names)


def _same(text: str, other: str) -> bool:
    return bool(text) and text.casefold() == other.casefold()


def _site(page: Extracted) -> str:
    """Return the name that a site gives itself; trafilatura gives its host where it has none."""
    name = tidy(page.sitename or "")
    return "" if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name) else name


def _beside(heading: str, title: str) -> str:
    """Return what a page's title has outermost beside its heading: “Visit us – Brackwell Tool Library”."""
    at = title.casefold().find(heading.casefold())
    before, behind = (title[:at], title[at + len(heading) :]) if at >= 0 and heading else ("", "")
    found = OWNER.search(behind) if behind else OWNER_FIRST.match(before)
    return found["owner"] if found else ""


def _with_owner(title: str, owner: str, body: list[Block]) -> str:
    """Return a title of a few words, which any site may have, with whose it is."""
    known = owner.casefold() in title.casefold() or title.casefold() in owner.casefold()
    if not owner or known or len(title.split()) > GENERAL:
        return title
    # A name of what the text is about needs none, as “River Arn”.
    is_name = any(word[:1].isupper() for word in title.split()[1:])
    return title if is_name and any(title in block.text for block in body) else f"{title} – {owner}"


def _author(names: str) -> str:
    return ", ".join(name for name in map(tidy, names.split(";")) if name)


def _linked(body: _Element) -> float:
    """Return the share of the characters that are inside links."""
    everything = len("".join(body.itertext()))
    linked = sum(len("".join(link.itertext())) for link in body.iter("ref"))
    return linked / max(1, everything)


def _has_text(blocks: list[Block], linked: float) -> bool:
    """Tell whether the page holds sentences enough to be an article, or one and what it leads to."""
    said = [b for b in blocks if not b.level and NEXT_CELL not in b.text]
    found = sum(len(b.text) for b in said if is_sentence(b.text))
    if found >= LEAST_TEXT or linked > LITTLE_LINKED:
        return found >= LEAST_TEXT
    told = any(LEAD.search(b.text) and not NOTICE.search(b.text) for b in said)
    return told and any(LISTED.search(b.text) for b in blocks)


def _blocks(body: _Element) -> Iterator[Block]:
    for element in body:
        yield from _of_element(element)
        if element.tail and element.tail.strip():
            yield Block(tidy(element.tail))


def _of_element(element: _Element) -> Iterator[Block]:
    match element.tag:
        case "head":
            yield Block(tidy(_text(element)), _level(element))
        case "list":
            yield Block("\n".join(_items(element)))
        case "table":
            yield Block("\n".join(_rows(element)))
        case "quote" | "div" if len(element.findall("p")):
            yield from _blocks(element)
        case "code":
            yield Block(_text(element).strip("\n"))
        case "p" | "div" if _is_promotion(element):
            return
        case "p" | "quote" | "div" | "ab" | "fw" | "item":
            # Two breaks in a row are how old pages part paragraphs.
            yield from (Block(_one_line(part)) for part in PARAGRAPH_BREAK.split(_text(element)))
        case _:
            return


def _is_promotion(element: _Element) -> bool:
    """Tell whether a paragraph is only a link to something else: “More on this”, “Print | Write to us”."""
    text = tidy(_text(element))
    return len(text) <= LONGEST_PROMOTION and not FINAL.search(text) and _linked(element) > MOST_PROMOTED


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
            sign = f"{number}. " if numbered else "" if NUMBERED.match(text) else "- "
            yield f"{sign}{text}"


def _rows(element: _Element) -> Iterator[str]:
    for row in element.iter("row"):
        cells = [tidy(_text(cell)) for cell in row.iter("cell")]
        if any(cells):
            yield " | ".join(cells).rstrip(" |").translate(OF_SIGNS)


def _sniff(head: bytes) -> bool:
    start = text_start(head)
    return bool(START.match(start)) or (start.startswith(b"<?xml") and b"<html" in start.lower())


FORMAT = Format("html", (".html", ".htm", ".xhtml"), one(read), sniff=_sniff, overrules=True)
