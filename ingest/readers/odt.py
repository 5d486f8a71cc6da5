"""OpenDocument text: paragraphs, headings, lists, tables and notes (OASIS OpenDocument 1.3, part 3)."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import table
from footnote.ingest.readers.below_title import below_title
from footnote.ingest.readers.document import Block, Document, sections, tidy, tidy_lines
from footnote.ingest.readers.format import Format, one
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

    from footnote.ingest.readers.package import Package

CONTENT = "content.xml"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
MOST_BLANKS = 100  # that one element may stand for


def read(package: Package) -> Document:
    """Read an OpenDocument text.

    Raises:
        UnreadableSource: If it is damaged, protected, or no text document.
    """
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise UnreadableSource("it is password protected. Save a copy without the password.")
    root = package.xml(CONTENT)
    body = root.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise UnreadableSource("it is no text document. Save it as PDF or .odt.")
    walk = _Walk(_hidden_styles(root))
    blocks = [block for block in walk.blocks(body) if block.text.strip()]
    about = _about(package)
    title = about.get("title", "")
    if blocks and blocks[0].level and (not title or title.casefold() == blocks[0].text.casefold()):
        title = blocks.pop(0).text
    author, date, blocks = below_title(blocks, title)
    blocks += [Block(f"Note: {note}") for note in walk.notes]
    return Document(
        sections(blocks),
        title=title,
        author=author or about.get("creator", "") or about.get("initial-creator", ""),
        date=date or iso_date(about.get("creation-date", "")[:10]),
        language=about.get("language", ""),
        warnings=("Hidden text was left out.",) if walk.hidden else (),
    )


class _Walk:
    """A walk through the text; notes are taken out of it and kept in their order."""

    def __init__(self, hidden_styles: frozenset[str]) -> None:
        self.hidden_styles = hidden_styles
        self.hidden = False
        self.notes: list[str] = []

    def blocks(self, parent: _Element) -> Iterator[Block]:
        for element in parent:
            match element.tag:
                case tag if tag == TEXT + "h":
                    yield Block(tidy(self._text(element)), _level(element))
                case tag if tag == TEXT + "p":
                    yield Block(tidy_lines(self._text(element)))
                case tag if tag == TEXT + "list":
                    yield Block("\n".join(self._items(element)))
                case tag if tag == TABLE + "table":
                    yield from map(Block, self._table(element))
                case tag if tag in {TEXT + "section", TEXT + "index-body"}:
                    if element.get(TEXT + "display") == "none":
                        self.hidden = True
                    else:
                        yield from self.blocks(element)
                case _:
                    continue

    def _items(self, element: _Element) -> Iterator[str]:
        for item in element.iter(TEXT + "list-item"):
            own = [c for c in item if c.tag in {TEXT + "p", TEXT + "h"}]
            if text := tidy(" ".join(map(self._text, own))):
                yield f"- {text}"

    def _table(self, element: _Element) -> Iterator[str]:
        """Yield the rows of a table in words, in paragraphs."""
        rows = list(islice(element.iter(TABLE + "table-row"), table.MOST_ROWS))
        head = TABLE + "table-header-rows"
        heads = sum(1 for _ in takewhile(lambda row: row.getparent().tag == head, rows))
        filled = table.spread(list(self._cells(row)) for row in rows)
        kept = [row for row in filled if any(row)]
        if len(kept) == 1:
            yield " | ".join(kept[0]).rstrip(" |")
        else:
            yield from table.paragraphs(table.in_words(kept, heads))

    def _cells(self, row: _Element) -> Iterator[table.Cell]:
        """Yield the cells of a row; what is covered by another is none, and a far empty one ends it."""
        for cell in row.iterchildren(TABLE + "table-cell"):
            text = tidy(" ".join(self._text(p) for p in cell.iter(TEXT + "p")))
            wide = _number(cell, "number-columns-repeated") * _number(cell, "number-columns-spanned")
            if text or wide <= table.MOST_COLUMNS:
                yield table.Cell(text, wide, _number(cell, "number-rows-spanned"))

    def _text(self, parent: _Element) -> str:
        parts = [parent.text or ""]
        for child in parent:
            parts += [self._inline(child), child.tail or ""]
        return "".join(parts)

    def _inline(self, element: _Element) -> str:
        match element.tag:
            case tag if tag == TEXT + "s":
                count = element.get(TEXT + "c", "1")
                return " " * min(int(count) if count.isdecimal() else 1, MOST_BLANKS)
            case tag if tag == TEXT + "tab":
                return "\t"
            case tag if tag == TEXT + "line-break":
                return "\n"
            case tag if tag == TEXT + "note":
                body = element.find(TEXT + "note-body")
                self.notes += [tidy(" ".join(self._text(p) for p in body))] if body is not None else []
                return ""
            case tag if tag == OFFICE + "annotation":
                return ""
            case tag if tag == TEXT + "span" and element.get(TEXT + "style-name", "") in self.hidden_styles:
                self.hidden = True
                return ""
            case _:
                return self._text(element)


def _number(cell: _Element, name: str) -> int:
    said = cell.get(TABLE + name, "1")
    return int(said) if said.isdecimal() and len(said) < 6 and int(said) else 1


def _level(element: _Element) -> int:
    value = element.get(TEXT + "outline-level", "1")
    return int(value) if value.isdecimal() and 0 < int(value) < 10 else 1


def _hidden_styles(root: _Element) -> frozenset[str]:
    """Return the names of the styles that hide the text they are put on."""
    return frozenset(
        style.get(STYLE + "name", "")
        for style in root.iter(STYLE + "style")
        for properties in style.iter(STYLE + "text-properties")
        if properties.get(TEXT + "display") == "none"
    )


def _about(package: Package) -> dict[str, str]:
    if "meta.xml" not in package:
        return {}
    return {
        element.tag.rpartition("}")[2]: tidy(element.text or "")
        for element in package.xml("meta.xml").iter()
        if isinstance(element.tag, str)
    }


FORMAT = Format("odt", (".odt",), unpack=one(read), member=CONTENT, may_begin_as=frozenset({"zip"}))
