"""A PDF with a text layer: its lines put together again as paragraphs."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.errors import UnreadableSource
from ingest.readers.dates import iso_date
from ingest.readers.draft import Draft, Piece, sections, tidy
from ingest.readers.txt import ITEM, STOP, is_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pypdf import PdfReader

MOST_PAGES = 2_000
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


def read(data: bytes) -> Draft:
    """Read the text layer of a PDF.

    Raises:
        UnreadableSource: If it is protected, broken, too long, or a scan without text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return _read(data)
    except UnreadableSource:
        raise
    except Exception as error:
        raise UnreadableSource(f"the PDF is damaged ({type(error).__name__}).") from error


def _read(data: bytes) -> Draft:
    reader = _open(data)
    pages, warnings = _lines(reader)
    lines = _without_running(pages)
    if not lines:
        raise UnreadableSource("it has no text layer, so it is probably a scan. Run OCR on it first.")
    pieces = list(_pieces(lines))
    about = reader.metadata or {}
    title = _title(_about(about, "/Title"), pieces)
    pieces = _without_title(pieces, title)
    return Draft(
        sections(pieces),
        title=title,
        author=_about(about, "/Author"),
        date=_date(_about(about, "/CreationDate")),
        language=_language(reader),
        warnings=warnings,
    )


def _open(data: bytes) -> PdfReader:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableSource("it is password protected. Save a copy without the password.")
    if len(reader.pages) > MOST_PAGES:
        raise UnreadableSource(f"it has more than {MOST_PAGES:,} pages. Split it first.")
    return reader


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
    """Return the lines of each page, and a warning when the rest was left out."""
    pages: list[list[Line]] = []
    size = 0
    for number, page in enumerate(reader.pages):
        lines = _lines_of_page(page, number)
        pages.append(lines)
        size += sum(len(line.text) for line in lines)
        if size > MOST_TEXT:
            return pages, (f"Only the first {number + 1} pages were read; they hold {size:,} characters.",)
    return pages, ()


def _lines_of_page(page: Any, number: int) -> list[Line]:
    lines: list[Line] = []
    run: list[Line] = []

    def flush() -> None:
        if any(part.text.strip() for part in run):
            lines.append(_line(run))
        run.clear()

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = ((tm[1] ** 2 + tm[3] ** 2) * (cm[1] ** 2 + cm[3] ** 2)) ** 0.5
        bold = BOLD.search(str((font or {}).get("/BaseFont", ""))) is not None
        for index, part in enumerate(text.split("\n")):
            if index:
                flush()
            run.append(Line(part, x, y, round(size * scale, 1), bold, number))

    page.extract_text(visitor_text=visit)
    flush()
    return lines


def _line(parts: Sequence[Line]) -> Line:
    """Return the parts of a line as one; its longest part says how it is set."""
    text = LIGATURES.sub(lambda m: unicodedata.normalize("NFKC", m[0]), "".join(p.text for p in parts))
    first = next(p for p in parts if p.text.strip())
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


def _pieces(lines: Sequence[Line]) -> Iterator[Piece]:
    """Yield headings and paragraphs, lists as one paragraph with an item a line."""
    body = _body_size(lines)
    bold_body = 2 * sum(len(line.text) for line in lines if line.bold) > sum(len(line.text) for line in lines)
    leading = _leading(lines, body)
    full = FULL * _long(lines)
    words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text.casefold()))
    held: list[str] = []
    for group in _groups(lines, body, leading, full):
        text = _joined(group, words)
        heading = is_label(NUMBERED.sub("", text)) and (
            group[0].size > LARGER * body or (group[0].bold and not bold_body)
        )
        found = None if heading else ITEM.match(text)
        if held and not found:
            yield Piece("\n".join(held))
            held = []
        if LEADERS.search(text):
            continue  # a table of contents
        if found:
            held.append((f"{found['number']}. " if found["number"] else "- ") + text[found.end() :])
        else:
            yield Piece(text, int(heading))
    if held:
        yield Piece("\n".join(held))


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


def _title(given: str, pieces: Sequence[Piece]) -> str:
    """Return the metadata title, or the first heading where that says more or a program made it up."""
    first = next((p.text for p in pieces[:4] if p.level and len(p.text) <= 300), "")
    if given and not BAD_TITLE.match(given):
        return first if given.casefold() in first.casefold() else given
    return first


def _without_title(pieces: list[Piece], title: str) -> list[Piece]:
    for index, piece in enumerate(pieces[:6]):
        if title and piece.text.casefold() == title.casefold():
            return pieces[:index] + pieces[index + 1 :]
    return pieces
