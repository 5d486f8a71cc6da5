"""XHTML that is all article (a chapter of a book, the body of a letter): every block of it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import hidden, html_table
from footnote.ingest.readers.document import Block, tidy, tidy_lines
from footnote.ingest.readers.marks import remove_references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

BLOCKS = frozenset(
    "p div section article aside main header footer blockquote figure figcaption ul ol dl li dt dd table tr "
    "td th thead tbody tfoot caption h1 h2 h3 h4 h5 h6 pre hr center body nav form fieldset address details "
    "summary".split()
)
UNSEEN = frozenset(
    "script style template noscript head svg math iframe object select textarea button".split()
)
LAID_OUT = ("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote")  # in cells: no data
LONGEST_CELL = 150  # characters; a paragraph of a letter has more
NOT_WRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
DEEPEST = 200  # elements in elements; what is deeper is one paragraph


def parse(text: str) -> _Element:
    """Return the root of a page, forgiving as a browser is.

    Raises:
        UnreadableSource: If there is nothing in it.
    """
    from lxml import etree, html  # type: ignore[import-untyped]

    # Whatever encoding the page itself names, it is decoded already.
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource("its HTML could not be parsed.") from error
    for element in root.iter(etree.Element):  # lxml reads what it would not let be written again
        for name in ("text", "tail"):
            said = getattr(element, name)
            if said and NOT_WRITABLE.search(said):
                setattr(element, name, NOT_WRITABLE.sub("", said))
    return root


def blocks(root: _Element) -> Iterator[Block]:
    """Yield headings and paragraphs in order; a list or a table is one paragraph with a line an item."""
    hidden.remove(root)
    remove_references(root)
    body = root.find("body") if root.tag == "html" else root
    if body is not None:
        yield from _walk(body, 0)


def title_of(root: _Element) -> str:
    """Return the text of the page's `title` element."""
    return tidy(root.findtext(".//title") or "")


def _walk(parent: _Element, depth: int) -> Iterator[Block]:
    """Yield the blocks inside; text between blocks is a paragraph of its own."""
    loose: list[str] = [parent.text or ""]
    for child in parent:
        block = _is_block(child, depth)
        if not block and not _is_hidden(child):
            loose.append(text_of(child))
        if block:
            yield from _flushed(loose)
            if not _is_hidden(child):
                yield from _block(child, depth + 1)
        loose.append(child.tail or "")
    yield from _flushed(loose)


def _flushed(loose: list[str]) -> Iterator[Block]:
    text = tidy_lines("".join(loose).replace("\r", " "))
    loose.clear()
    if text:
        yield Block(text)


def _block(element: _Element, depth: int) -> Iterator[Block]:
    match element.tag:
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            yield Block(tidy(text_of(element)), int(element.tag[1]))
        case "ul" | "ol":
            yield Block("\n".join(_items(element)))
        case "table" if _is_data(element):
            yield from map(Block, _table(element))
        case "pre":
            yield Block("".join(element.itertext()).strip("\n"))
        case _:
            yield from _walk(element, depth)


def _is_block(element: _Element, depth: int) -> bool:
    """Tell whether `element` is a block, or holds one: browsers allow blocks inside of `a` and `span`."""
    if element.tag in BLOCKS:
        return True
    return depth < DEEPEST and any(child.tag in BLOCKS for child in element.iterdescendants())


def _is_data(table: _Element) -> bool:
    """Tell a table of data from one that only lays a page out, as letters do: it has short cells."""
    cells = list(table.iter("td", "th"))
    longest = max((len("".join(cell.itertext()).strip()) for cell in cells), default=0)
    laid_out = next(table.iter(*LAID_OUT), None) is not None or html_table.is_laid_out(table)
    return len(cells) > 1 and not laid_out and longest <= LONGEST_CELL


def _items(element: _Element) -> Iterator[str]:
    for number, item in enumerate(element.iter("li"), start=1):
        own = tidy(text_of(item, stop_at=("ul", "ol")))
        if own:
            yield f"{number}. {own}" if element.tag == "ol" else f"- {own}"


def _table(element: _Element) -> Iterator[str]:
    """Yield the rows in words, in paragraphs; cells of which none is of another are parted by bars."""
    html_table.raise_marks(element)
    found = html_table.found(element, text_of)
    yield from found.paragraphs()


def text_of(element: _Element, stop_at: tuple[str, ...] = ()) -> str:
    """Return the text inside on one line, save for the breaks that are marked.

    Without recursion: a page may nest its elements more deeply than Python its calls.
    """
    parts: list[str] = []
    skip: _Element | None = None
    for event, node in _events(element):
        if skip is not None:
            skip = None if event == "end" and node is skip else skip
        elif event == "start" and (_is_hidden(node) or (node is not element and node.tag in stop_at)):
            skip = node
        elif event == "start":
            parts.append("\n" if node.tag == "br" else " ".join(re.split(r"\s+", node.text or "")))
        if event == "end" and node is not element and skip is None:
            parts.append(" ".join(re.split(r"\s+", node.tail or "")))
    return "".join(parts)


def _events(element: _Element) -> Iterator[tuple[str, _Element]]:
    from lxml.etree import iterwalk

    yield from iterwalk(element, events=("start", "end"))


def _is_hidden(element: _Element) -> bool:
    if not isinstance(element.tag, str) or element.tag in UNSEEN:
        return True
    return bool(element.get("aria-hidden") == "true")
