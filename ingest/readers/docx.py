"""Word documents: paragraphs, headings, lists, tables and notes, in the order of the page.

The XML is walked here (ECMA-376, part 1, section 17), because python-docx leaves the text of tables,
notes and content controls out of its paragraphs.
"""

from __future__ import annotations

import re
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import table
from footnote.ingest.readers.below_title import below_title
from footnote.ingest.readers.document import Block, Document, sections, tidy, tidy_lines
from footnote.ingest.readers.format import Format, one
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element  # type: ignore[import-untyped]

    from footnote.ingest.readers.package import Package

MAIN = "word/document.xml"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "ins", "customXml", "smartTag", "moveTo"))
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
INLINE = WRAPPERS | {W + "hyperlink", W + "fldSimple", W + "r", MC + "AlternateContent", MC + "Choice"}
HEADING_STYLE = re.compile(r"^(?:heading|überschrift|titre|título|titolo|kop)\s*(\d)$", re.IGNORECASE)
MOST_STYLES = 20  # steps from a style to the one it is based on
SMALLEST = 4  # half points; nobody reads smaller letters, but a model would
OFF = frozenset({"0", "false", "off"})
DEEPEST = 60  # tables in tables
TEXT_LEVEL = 9  # outline level of plain text


def read(package: Package) -> Document:
    """Read a Word document.

    Raises:
        UnreadableSource: If it is damaged, protected, or of the rare strict kind.
    """
    if STRICT in package.read(MAIN)[:4096]:
        raise UnreadableSource("it is in Word's strict form. Save it as an ordinary .docx.")
    body = package.xml(MAIN).find(W + "body")
    if body is None:
        raise UnreadableSource("it has no body. It is damaged or cut off.")
    named = "word/styles.xml"
    styles = list(package.xml(named).iter(W + "style")) if named in package else []
    walk = _Walk(_styles(styles), _list_styles(styles))
    blocks = [block for block in walk.blocks(body) if block.text.strip()]
    about = _about(package)
    title, blocks = _titled(about.get("title", ""), walk.title, blocks)
    author, date, blocks = below_title(blocks, title)
    blocks += [Block(note) for note in walk.notes(package)]
    hidden = walk.hidden
    return Document(
        sections(blocks),
        title=title,
        author=author or about.get("creator", ""),
        date=date or iso_date(about.get("created", "")),
        language=about.get("language", ""),
        warnings=(f"{hidden:,} characters of hidden text were left out.",) if hidden else (),
    )


def _titled(given: str, styled: str, blocks: list[Block]) -> tuple[str, list[Block]]:
    """Return the title (as styled, else the first of several headings, else as given) and the rest."""
    if styled:
        return styled, [b for b in blocks if not (b.level and b.text == styled)]
    first = blocks[0] if blocks else None
    if first is not None and first.level == 1 and (not given or first.text.casefold() == given.casefold()):
        return first.text, blocks[1:]
    return given, blocks


class _Walk:
    """A walk through the body: text of runs, numbers of lists, notes in the order they are called."""

    def __init__(self, styles: dict[str, tuple[str, int]], listed: frozenset[str]) -> None:
        self.styles = styles
        self.listed = listed
        self.title = ""
        self.hidden = 0
        self._called: list[tuple[str, str]] = []

    def blocks(self, parent: _Element) -> Iterator[Block]:
        held: list[str] = []
        for element in _block_elements(parent):
            if element.tag == W + "tbl":
                if held:
                    yield Block("\n".join(held))
                    held = []
                yield from map(Block, self._table(element))
                continue
            block, item = self._block(element)
            if item:
                held.append(f"- {block.text}")
                continue
            if held:
                yield Block("\n".join(held))
                held = []
            yield block
        if held:
            yield Block("\n".join(held))

    def _block(self, element: _Element) -> tuple[Block, bool]:
        """Return the block of an element, and whether it is an item of a list."""
        text = tidy_lines(self._text(element))
        properties = element.find(W + "pPr")
        name, level = self._style(properties)
        if name == "title" and text and not self.title:
            self.title = text.replace("\n", " ")
            return Block(self.title, 1), False
        listed = self._is_listed(properties)
        return Block(text.replace("\n", " ") if level else text, level), bool(listed and text and not level)

    def _style(self, properties: _Element | None) -> tuple[str, int]:
        if properties is None:
            return "", 0
        style = properties.find(W + "pStyle")
        name, level = self.styles.get(style.get(W + "val", ""), ("", 0)) if style is not None else ("", 0)
        own = _outline(properties)
        return name, own if own is not None else level

    def _is_listed(self, properties: _Element | None) -> bool:
        """Tell whether a paragraph is an item of a list, by itself or by its style."""
        if properties is None:
            return False
        own = properties.find(W + "numPr")
        if own is not None:
            return _value(own, "numId") != "0"  # takes the paragraph out of the list of its style
        return _value(properties, "pStyle") in self.listed

    def _table(self, element: _Element, depth: int = 0) -> Iterator[str]:
        """Yield the rows of a table in words, in paragraphs; then the tables in its cells."""
        rows = _inside(element, W + "tr")
        cells = [_inside(row, W + "tc") for row in rows]
        texts = [[self._cell(cell) for cell in row] for row in cells]
        heads = sum(1 for _ in takewhile(_is_head, rows)) or int(_opens_bold(rows))
        filled = [row for row in table.spread(_merged(cells, texts)) if any(row)]
        if len(filled) == 1:
            yield " | ".join(filled[0]).rstrip(" |")
        else:
            yield from table.paragraphs(table.in_words(filled, heads))
        if depth < DEEPEST:
            for cell in chain.from_iterable(cells):
                for inner in _inside(cell, W + "tbl"):
                    yield from self._table(inner, depth + 1)

    def _cell(self, cell: _Element) -> str:
        return tidy(" ".join(map(self._text, _inside(cell, W + "p"))))

    def _text(self, parent: _Element) -> str:
        """Return the text inside, as it is when all changes are accepted; what is hidden is counted."""
        parts: list[str] = []
        for child in parent:
            if child.tag in INLINE:
                inner = self._text(child)
                if child.tag == W + "r" and _is_hidden(child):
                    self.hidden += len(inner.strip())
                else:
                    parts.append(inner)
            else:
                parts.append(self._sign(child))
        return "".join(parts)

    def _sign(self, element: _Element) -> str:
        match element.tag:
            case tag if tag == W + "t":
                return element.text or ""
            case tag if tag in {W + "tab", W + "ptab"}:
                return "\t"
            case tag if tag in {W + "br", W + "cr"}:
                return "\n"
            case tag if tag == W + "noBreakHyphen":
                return "\u2011"
            case tag if tag in {W + "footnoteReference", W + "endnoteReference"}:
                self._called.append((element.tag.removeprefix(W)[:-9], element.get(W + "id", "")))
                return ""
            case _:
                return ""

    def notes(self, package: Package) -> Iterator[str]:
        """Yield the footnotes and endnotes that the text calls, in its order."""
        texts: dict[tuple[str, str], str] = {}
        for kind in ("footnote", "endnote"):
            name = f"word/{kind}s.xml"
            if name in package:
                for note in package.xml(name).iter(W + kind):
                    inner = " ".join(self._text(p) for p in note.iter(W + "p"))
                    texts[kind, note.get(W + "id", "")] = tidy(inner)
        for called in self._called:
            if text := texts.pop(called, ""):
                yield f"Note: {text}"


def _block_elements(parent: _Element) -> Iterator[_Element]:
    """Yield the paragraphs and tables below, through the wrappers of changes and content controls."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in {W + "p", W + "tbl"}:
            yield element
        elif element.tag in WRAPPERS:
            stack.append(iter(element))


def _inside(parent: _Element, tag: str) -> list[_Element]:
    """Return the children with `tag`, through wrappers."""
    found: list[_Element] = []
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if element.tag == tag:
            found.append(element)
        elif element.tag in WRAPPERS:
            stack.extend(reversed(element))
    return found


def _is_head(row: _Element) -> bool:
    """Tell whether a row is one that is said again on each page."""
    return any(mark.get(W + "val", "true") not in OFF for mark in row.iterfind(f"{W}trPr/{W}tblHeader"))


def _opens_bold(rows: list[_Element]) -> bool:
    """Tell whether the first row alone is bold in each of its cells."""
    return len(rows) > 1 and _is_bold(rows[0]) and not any(map(_is_bold, rows[1:]))


def _is_bold(row: _Element) -> bool:
    runs = [run for run in row.iter(W + "r") if any((t.text or "").strip() for t in run.iter(W + "t"))]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(runs) and all(b is not None and b.get(W + "val", "true") not in OFF for b in marks)


def _merged(rows: list[list[_Element]], texts: list[list[str]]) -> Iterator[list[table.Cell]]:
    """Yield the cells of each row; one that goes on from the row above says what that says."""
    above: dict[int, str] = {}
    for row, said in zip(rows, texts, strict=True):
        cells: list[table.Cell] = []
        column = 0
        for cell, text in zip(row, said, strict=True):
            wide, merges = _span(cell)
            above[column] = text or above.get(column, "") if merges else text
            cells.append(table.Cell(above[column], wide))
            column += wide
        yield cells


def _span(cell: _Element) -> tuple[int, bool]:
    """Return over how many columns a cell stands, and whether it goes on from the row above."""
    properties = cell.find(W + "tcPr")
    if properties is None:
        return 1, False
    wide = _value(properties, "gridSpan") or ""
    merged = properties.find(W + "vMerge")
    goes_on = merged is not None and merged.get(W + "val", "continue") == "continue"
    return (min(int(wide), table.MOST_COLUMNS) if re.fullmatch(r"[1-9]\d{0,3}", wide) else 1), goes_on


def _is_hidden(run: _Element) -> bool:
    properties = run.find(W + "rPr")
    if properties is None:
        return False
    mark = properties.find(W + "vanish")
    if mark is not None and mark.get(W + "val", "true") not in OFF:
        return True
    size = properties.find(W + "sz")
    if size is not None and size.get(W + "val", "").isdecimal() and int(size.get(W + "val")) <= SMALLEST:
        return True
    colour = properties.find(W + "color")
    return colour is not None and _is_pale(colour.get(W + "val", "")) and not _is_on_colour(run)


def _is_pale(colour: str) -> bool:
    """Tell whether a colour such as `FFFFFE` cannot be told from white."""
    return re.fullmatch(r"(?:[fF][0-9a-fA-F]){3}", colour) is not None


def _is_on_colour(run: _Element) -> bool:
    """Tell whether a run may stand on something other than white paper: a box, a shade, a style's."""
    for place in (run, *run.iterancestors()):
        if place.tag == W + "txbxContent" or place.find(W + "background") is not None:
            return True
        for name in ("rPr", "pPr", "tcPr", "trPr", "tblPr"):
            properties = place.find(W + name)
            if properties is None:
                continue
            if any(properties.find(W + mark) is not None for mark in ("highlight", "pStyle", "tblStyle")):
                return True
            shade = properties.find(W + "shd")
            if shade is not None and not _is_pale(shade.get(W + "fill", "FFFFFF").replace("auto", "FFFFFF")):
                return True
    return False


def _outline(properties: _Element) -> int | None:
    """Return the heading level that paragraph properties set: 0 for plain text, None if they do not."""
    mark = properties.find(W + "outlineLvl")
    value = mark.get(W + "val", "") if mark is not None else ""
    if not re.fullmatch(r"\d", value):
        return None
    return 0 if int(value) >= TEXT_LEVEL else int(value) + 1


def _styles(styles: Sequence[_Element]) -> dict[str, tuple[str, int]]:
    """Return style id → name and heading level (0: none), inherited from what a style is based on."""
    own: dict[str, tuple[str, int | None, str]] = {}
    for style in styles:
        name = (_value(style, "name") or "").casefold()
        properties = style.find(W + "pPr")
        level = _outline(properties) if properties is not None else None
        if level is None and (found := HEADING_STYLE.match(name)):
            level = int(found[1])
        own[style.get(W + "styleId", "")] = (name, level, _value(style, "basedOn") or "")
    return {key: (name, _inherited(own, key)) for key, (name, _, _) in own.items()}


def _list_styles(styles: Sequence[_Element]) -> frozenset[str]:
    """Return the ids of the styles that make a paragraph an item of a list."""
    return frozenset(s.get(W + "styleId", "") for s in styles if s.find(f"{W}pPr/{W}numPr") is not None)


def _inherited(own: dict[str, tuple[str, int | None, str]], key: str) -> int:
    for _ in range(MOST_STYLES):  # styles may be based on each other in a ring
        if key not in own:
            return 0
        _, level, key = own[key]
        if level is not None:
            return level
    return 0


def _value(parent: _Element, name: str) -> str | None:
    child = parent.find(W + name)
    return child.get(W + "val") if child is not None else None


def _about(package: Package) -> dict[str, str]:
    """Return what the core properties say: title, creator, created, language."""
    if "docProps/core.xml" not in package:
        return {}
    return {
        element.tag.rpartition("}")[2]: tidy(element.text or "")
        for element in package.xml("docProps/core.xml")
        if isinstance(element.tag, str)
    }


FORMAT = Format("docx", (".docx",), unpack=one(read), member=MAIN, may_begin_as=frozenset({"zip"}))
