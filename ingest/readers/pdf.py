"""A PDF with a text layer: its lines put together again as paragraphs."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.document import Block, Document, sections_and_pages, tidy
from footnote.ingest.readers.format import Format, one
from footnote.ingest.readers.pdf_paint import Paint
from footnote.ingest.readers.txt import ITEM, STOP, is_label
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pypdf import PdfReader

MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024  # bytes
SECONDS = 2.0  # for each megabyte: one of 300 pages takes 10 on a busy computer
CATALOG = re.compile(rb"(\d{1,9})\s+\d{1,5}\s+obj\s*<<[^<>]{0,500}/Type\s*/Catalog\b")
MOST_PAGES = 2_000
HARM = "It may be damaged, or made to do harm."
SMALLEST = 2.0  # points; nobody reads smaller letters, but a model would
OUTSIDE = 20.0  # points beyond the edge at which text is no longer on the page
COLUMN_LINE = 18  # characters; the cells of tables are shorter
COLUMN_SHARE = 0.15  # of the long lines begin at the left edge of a column
COLUMN_WIDTH = 80.0  # points, at least
LEAST_COLUMN = 5  # lines
MOST_LINES = 3_000  # of a page; what has more is no page that somebody set
WIDER_LINE = 1.35  # times as long as the lines of a column: it runs over several
MOST_TEXT = 5_000_000  # characters; pages after them are left out
EDGE = 3  # lines at the top and bottom of a page where running heads and page numbers stand
PAGE_NUMBER = re.compile(
    r"^[-–—\s|]*(?:(?:page|seite|p\.)\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|von|sur|de)\s*\d{1,4})?[-–—\s|]*$",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2})*\.?\s+")  # of a section
MOST_NEEDED = 3  # pages on which a running head stands at least; heads change with the chapter
LEADERS = re.compile(r"(?:[.…·]\s?){6,}\s*(?:\d+|[ivx]+)\b")
LARGER = 1.08  # times the size of the text: a heading
WIDER_GAP = 1.3  # times the usual distance of lines: a new paragraph
FULL = 0.8  # of the longest lines: letters differ in width, so that lengths in letters are rough
BAD_TITLE = re.compile(
    r"^(?:untitled.*|microsoft word.*|.*\.(?:docx?|pdf|tex|dvi|indd|html?|qxd|odt|rtf)|slide 1|.{0,2})$",
    re.IGNORECASE,
)
BOLD = re.compile(r"bold|black|heavy|semib", re.IGNORECASE)
SOFT_END = re.compile(r"\u00ad\s*$")
HYPHEN_END = re.compile(r"[^\W\d_]-$")
LIGATURES = re.compile("[\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, where it stands (points, from the lower left), and how large it is set."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    page: int
    seen: bool = True  # neither too small to see nor beside the page


@dataclass(frozen=True, slots=True)
class _PageText:
    """The lines of a page, and how many characters of it were left out because nobody can see them."""

    lines: list[Line]
    hidden: int


def read(data: bytes) -> Document:
    """Read the text layer of a PDF.

    Raises:
        UnreadableSource: If it is protected, broken, too long, or a scan without text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return _read(data)
    except UnreadableSource:
        raise
    except MemoryError as error:
        raise UnreadableSource(f"reading it takes too much memory. {HARM}") from error
    except Exception as error:
        if type(error).__name__ == "LimitReachedError":  # pypdf's bounds on what one part may take
            raise UnreadableSource(f"one of its parts is larger than any sound PDF needs. {HARM}") from error
        raise UnreadableSource("the PDF is damaged.") from error


def _read(data: bytes) -> Document:
    reader = _open(data)
    pages, warnings = _lines(reader)
    lines = _without_running(pages)
    if not lines:
        raise UnreadableSource("it has no text layer, so it is probably a scan. Run OCR on it first.")
    blocks = list(_blocks(lines))
    about = reader.metadata or {}
    title = _title(_about(about, "/Title"), blocks)
    blocks = _without_title(blocks, title)
    found = sections_and_pages(blocks)
    return Document(
        tuple(pair for pair, _ in found),
        title=title,
        author=_about(about, "/Author"),
        date=_date(_about(about, "/CreationDate")),
        language=_language(reader),
        warnings=warnings,
        pages=tuple(page for _, page in found),
    )


def _open(data: bytes) -> PdfReader:
    from pypdf import PdfReader

    if not _sniff(data):
        raise UnreadableSource("it is not a PDF, whatever its name says. Give it the name of what it is.")
    if b"startxref" not in data[-2048:]:
        data += _index(data)
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableSource("it is password protected. Save a copy without the password.")
    if len(reader.pages) > MOST_PAGES:
        raise UnreadableSource(f"it has more than {MOST_PAGES:,} pages. Split it first.")
    return reader


def _index(data: bytes) -> bytes:
    """Return the end that a PDF has lost: it sends pypdf on a search for the objects."""
    catalog = CATALOG.search(data)
    root = b"<</Root %d 0 R/Size 1>>" % int(catalog[1]) if catalog else b"<<>>"
    return b"\ntrailer" + root + b"\nstartxref\n0\n%%EOF\n"


def _about(about: Any, key: str) -> str:
    value = about.get(key)
    return tidy(str(value)) if isinstance(value, str) else ""


def _date(written: str) -> str:
    """Return the ISO date of a PDF date such as `D:20260531080000Z`."""
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", written)
    return iso_date("-".join(found.groups())) if found else ""


def _language(reader: PdfReader) -> str:
    language = reader.root_object.get("/Lang")
    return str(language) if isinstance(language, str) and len(language) <= 35 else ""


def _lines(reader: PdfReader) -> tuple[list[list[Line]], tuple[str, ...]]:
    """Return the lines of each page, and warnings of what was left out."""
    pages: list[list[Line]] = []
    size = hidden = 0
    warnings: list[str] = []
    for number, page in enumerate(reader.pages):
        found = _lines_of_page(page, number)
        pages.append(found.lines)
        hidden += found.hidden
        size += sum(len(line.text) for line in found.lines)
        if size > MOST_TEXT:
            warnings.append(f"Only the first {number + 1} pages were read; they hold {size:,} characters.")
            break
    if hidden:
        warnings.append(
            f"{hidden:,} characters that nobody can see (too small, beside the page, in the colour of the "
            "paper) were left out."
        )
    return pages, tuple(warnings)


def _lines_of_page(page: Any, number: int) -> _PageText:
    found = _painted(page, number, layer=False)
    return found or _painted(page, number, layer=True) or _PageText([], 0)


def _painted(page: Any, number: int, *, layer: bool) -> _PageText | None:
    """Return the lines of a page that are painted; None when what is not painted is most of a scan's
    text, which is to be read with `layer`.
    """
    runs: list[list[Line]] = [[]]
    paint = Paint(_graphics_states(page), layer)
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    hidden = 0

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        nonlocal hidden
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = ((tm[1] ** 2 + tm[3] ** 2) * (cm[1] ** 2 + cm[3] ** 2)) ** 0.5
        bold = BOLD.search(str((font or {}).get("/BaseFont", ""))) is not None
        seen = size * scale >= SMALLEST and left - OUTSIDE < x < right and bottom < y < top + OUTSIDE
        hidden += 0 if seen else len(text.strip())
        for index, part in enumerate(text.split("\n")):
            if index:
                runs.append([])
            runs[-1].append(Line(part, x, y, round(size * scale, 1), bold, number, seen))

    page.extract_text(visitor_text=visit, visitor_operand_before=paint.follow)
    if not layer and paint.image and paint.unpainted > paint.shown:
        return None
    left_out = paint.hidden + (0 if layer else paint.unpainted)
    written = sum(len(part.text.strip()) for run in runs for part in run)
    if 2 * hidden > written:  # some programs give sizes that mean nothing; then all is read
        return _PageText(_in_reading_order(runs), left_out)
    seen = [[part for part in run if part.seen] for run in runs]
    return _PageText(_in_reading_order(seen), hidden + left_out)


def _graphics_states(page: Any) -> Any:
    try:
        return page["/Resources"].get_object()["/ExtGState"].get_object()
    except (LookupError, TypeError, AttributeError):
        return {}


def _in_reading_order(runs: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of a page, column by column where it is set in columns.

    Some programs draw both columns row by row; then what is on one height is not one line.
    """
    starts = _columns([part for run in runs for part in run if part.text.strip()])
    if len(starts) < 2:
        return [_line(run) for run in runs if any(part.text.strip() for part in run)]
    placed = [
        (column, _line(list(parts)))
        for run in runs
        for column, parts in groupby(run, key=lambda part: _column(part, starts))
    ]
    lines = sorted(((c, line) for c, line in placed if line.text), key=lambda found: -found[1].y)
    widest = _width_of_column(lines)
    ordered: list[Line] = []
    band: list[tuple[int, Line]] = []
    for column, line in lines:
        if column == 0 and len(line.text) > WIDER_LINE * widest:  # a title over all columns
            ordered += [held for _, held in sorted(band, key=lambda found: found[0])]
            ordered.append(line)
            band = []
        else:
            band.append((column, line))
    return ordered + [held for _, held in sorted(band, key=lambda found: found[0])]


def _columns(parts: Sequence[Line]) -> list[float]:
    """Return where the columns of a page begin: places at which many long lines do, side by side."""
    long = [part for part in parts if len(part.text.strip()) >= COLUMN_LINE]
    if len(long) > MOST_LINES:
        return []
    found: list[float] = []
    for x, count in sorted(Counter(round(part.x / 3) * 3 for part in long).items()):
        if count >= max(LEAST_COLUMN, COLUMN_SHARE * len(long)) and (
            not found or x - found[-1] > COLUMN_WIDTH
        ):
            found.append(x - 3.0)
    beside = sum(_is_beside(part, long, found[1]) for part in long) if len(found) > 1 else 0
    return found if beside >= LEAST_COLUMN else []


def _is_beside(part: Line, parts: Sequence[Line], second: float) -> bool:
    """Tell whether a line of the first column has one of another beside it."""
    return part.x < second and any(p.x >= second and abs(p.y - part.y) < part.size for p in parts)


def _column(part: Line, starts: Sequence[float]) -> int:
    return max((n for n, x in enumerate(starts) if part.x >= x), default=0)


def _width_of_column(lines: Sequence[tuple[int, Line]]) -> int:
    """Return the length of the longest lines in the first column that have another beside them."""
    others = [line.y for column, line in lines if column]
    beside = sorted(
        len(line.text)
        for column, line in lines
        if column == 0 and any(abs(y - line.y) < 0.7 * max(line.size, 1) for y in others)
    )
    return beside[int(0.95 * (len(beside) - 1))] if beside else 10_000


def _line(parts: Sequence[Line]) -> Line:
    """Return the parts of a line as one; its longest part says how it is set."""
    text = LIGATURES.sub(lambda m: unicodedata.normalize("NFKC", m[0]), "".join(p.text for p in parts))
    first = next((p for p in parts if p.text.strip()), parts[0])
    main = max(parts, key=lambda p: len(p.text.strip()))
    return replace(main, text=tidy(SOFT_END.sub("-", text)), x=first.x)


def _without_running(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of all pages without page numbers, and heads and feet that come again."""
    edges = [_edge(page) for page in pages]
    seen = Counter(key for edge in edges for key in {_key(line) for line in edge})
    often = min(MOST_NEEDED, max(2, len(pages) // 2))
    running = {key for key, count in seen.items() if count >= often}
    return [
        line
        for page, edge in zip(pages, edges, strict=True)
        for line in page
        if line.text and not (line in edge and (_key(line) in running or PAGE_NUMBER.match(line.text)))
    ]


def _edge(page: Sequence[Line]) -> list[Line]:
    """Return the highest and the lowest lines, whatever the order in which they were drawn."""
    ordered = sorted(page, key=lambda line: -line.y)
    return ordered[:EDGE] + ordered[EDGE:][-EDGE:]


def _key(line: Line) -> tuple[str, int]:
    """Return what equal heads have in common: words and height, not the page number in them."""
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3)


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    """Yield headings and paragraphs, lists as one paragraph with an item a line."""
    body = _body_size(lines)
    bold_body = 2 * sum(len(line.text) for line in lines if line.bold) > sum(len(line.text) for line in lines)
    leading = _leading(lines, body)
    full = FULL * _long(lines)
    words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text.casefold()))
    held: list[str] = []
    page = 0
    for group in _groups(lines, body, leading, full):
        text = _joined(group, words)
        heading = is_label(NUMBERED.sub("", text)) and (
            group[0].size > LARGER * body or (group[0].bold and not bold_body)
        )
        found = None if heading else ITEM.match(text)
        if held and not found:
            yield Block("\n".join(held), page=page)
            held = []
        if LEADERS.search(text):
            continue  # a table of contents
        if found:
            page = page if held else group[0].page + 1
            held.append((f"{found['number']}. " if found["number"] else "- ") + text[found.end() :])
        else:
            yield Block(text, int(heading), group[0].page + 1)
    if held:
        yield Block("\n".join(held), page=page)


def _body_size(lines: Sequence[Line]) -> float:
    """Return the size in which most letters are set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _leading(lines: Sequence[Line], body: float) -> float:
    """Return the usual distance between two lines of text."""
    steps = [
        a.y - b.y
        for a, b in pairwise(lines)
        if a.page == b.page and a.size == b.size == body and 0 < a.y - b.y < 4 * max(body, 1)
    ]
    # Where each paragraph is two lines, every second step is a gap: the lower third is safe.
    return sorted(steps)[len(steps) // 3] if steps else 1.2 * body


def _long(lines: Sequence[Line]) -> float:
    """Return the length of a full line in letters."""
    lengths = sorted(len(line.text) for line in lines)
    return lengths[int(0.9 * (len(lengths) - 1))]


def _groups(lines: Sequence[Line], body: float, leading: float, full: float) -> Iterator[list[Line]]:
    group = [lines[0]]
    for line, following in pairwise(lines):
        if _parts(line, following, body, leading, full):
            yield group
            group = []
        group.append(following)
    yield group


def _parts(line: Line, following: Line, body: float, leading: float, full: float) -> bool:
    """Tell whether a paragraph or heading ends between two lines."""
    if abs(line.size - following.size) > (LARGER - 1) * body:
        return True
    if ITEM.match(following.text) and following.text[0] not in "–-":
        return True
    ended = STOP.search(line.text) is not None
    if line.page != following.page or following.y > line.y:  # the next page or column
        return ended or _is_short_label(line, full)
    if line.y - following.y > WIDER_GAP * leading:
        return True
    indented = following.x - line.x > 0.7 * body and not ITEM.match(line.text)
    return (ended and (indented or len(line.text) < full)) or (
        line.bold != following.bold and _is_short_label(line if line.bold else following, full)
    )


def _is_short_label(line: Line, full: float) -> bool:
    return line.bold and len(line.text) < full and is_label(line.text)


def _joined(group: Sequence[Line], words: Counter[str]) -> str:
    text = group[0].text
    for line in group[1:]:
        if HYPHEN_END.search(text) and line.text[:1].islower():
            text = _mended(text, line.text, words)
        else:
            text += " " + line.text
    return tidy(text)


def _mended(text: str, following: str, words: Counter[str]) -> str:
    """Join a word broken at a line end; its hyphen stays when the text has it so elsewhere."""
    before = re.findall(r"[\w-]+-$", text)
    after = re.match(r"[\w-]+", following)
    whole = f"{before[0]}{after[0]}".casefold() if before and after else ""
    keep = bool(whole) and words[whole] > words[whole.replace("-", "")]
    return (text if keep else text[:-1]) + following


def _title(given: str, blocks: Sequence[Block]) -> str:
    """Return the metadata title, or the first heading where that says more or a program made it up."""
    first = next((b.text for b in blocks[:4] if b.level and len(b.text) <= 300), "")
    if given and not BAD_TITLE.match(given):
        return first if given.casefold() in first.casefold() else given
    return first


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    for index, block in enumerate(blocks[:6]):
        if title and block.text.casefold() == title.casefold():
            return blocks[:index] + blocks[index + 1 :]
    return blocks


def _sniff(head: bytes) -> bool:
    return MAGIC in head[:MAGIC_WITHIN]


FORMAT = Format("pdf", (".pdf",), one(read), sniff=_sniff, overrules=True, seconds=SECONDS)
