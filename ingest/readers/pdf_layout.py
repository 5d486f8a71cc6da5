"""Lines of a page, wherever they come from, put together again as headings, paragraphs and lists."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers.document import Block, tidy
from footnote.ingest.readers.pdf_table import with_tables
from footnote.ingest.readers.references import NUMBERED
from footnote.ingest.readers.txt import ITEM, STOP, is_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.article import Scan
    from footnote.ingest.readers.pdf_line import Line

COLUMN_LINE = 18  # characters; the cells of tables are shorter
COLUMN_SHARE = 0.15  # of the long lines begin at the left edge of a column
COLUMN_WIDTH = 80.0  # points, at least
LEAST_COLUMN = 5  # lines
MOST_LINES = 3_000  # of a page; what has more is no page that somebody set
WIDER_LINE = 1.35  # times as long as the lines of a column: it runs over several
EDGE = 3  # lines at the top and bottom of a page where running heads and page numbers stand
PAGE_NUMBER = re.compile(
    r"^[-–—\s|]*(?:(?:page|seite|p\.)\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|von|sur|de)\s*\d{1,4})?[-–—\s|]*$",
    re.IGNORECASE,
)
MOST_NEEDED = 3  # pages on which a running head stands at least; heads change with the chapter
LEADERS = re.compile(r"(?:[.…·]\s?){6,}\s*(?:\d+|[ivx]+)\b")
BETWEEN = re.compile(
    r"(?:table|tab\.|figure|fig\.|photo|source)\b|\d{1,3}\.?\s+[^\W\d_]|[*†‡]", re.IGNORECASE
)
MOST_BETWEEN = 3  # captions and notes within one sentence
NOTE_MARK = re.compile(r"\d{1,3}(?:\s?[,–-]\s?\d{1,3})*|[*†‡]")
SMALL = 0.8  # times the size of its line: what stands above the line
LARGER = 1.08  # times the size of the text: a heading
WIDER_GAP = 1.3  # times the usual distance of lines: a new paragraph
FULL = 0.8  # of the longest lines: letters differ in width, so that lengths in letters are rough
SOFT_END = re.compile(r"\u00ad\s*$")
HYPHEN_END = re.compile(r"[^\W\d_]-$")
LIGATURES = re.compile("[\ufb00-\ufb06]")


def in_reading_order(runs: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of a page, column by column where it is set in columns.

    Some programs draw both columns row by row; then what is on one height is not one line.
    """
    starts = _columns([part for run in runs for part in run if part.text.strip()])
    if len(starts) < 2:
        return [_line(run) for run in with_tables(runs) if any(part.text.strip() for part in run)]
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
    first = next((p for p in parts if p.text.strip()), parts[0])
    main = max(parts, key=lambda p: len(p.text.strip()))
    if main.table:
        return main  # a row in words, with the blanks that tell its cells apart
    text = LIGATURES.sub(lambda m: unicodedata.normalize("NFKC", m[0]), _without_marks(parts, main.size))
    return replace(main, text=tidy(SOFT_END.sub("-", text)), x=first.x)


def _without_marks(parts: Sequence[Line], size: float) -> str:
    """Return the text of a line without the small figures behind a stop, which are marks of notes."""
    text = ""
    for part in parts:
        if not (part.size < SMALL * size and NOTE_MARK.fullmatch(part.text.strip()) and STOP.search(text)):
            text += part.text
    return text


def without_running(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of all pages without page numbers, and heads and feet that come again.

    What would leave nothing are no heads: pages of a line or two that are alike.
    """
    edges = [_edge(page) for page in pages]
    seen = Counter(key for edge in edges for key in {_key(line) for line in edge})
    often = min(MOST_NEEDED, max(2, len(pages) // 2))
    running = {key for key, count in seen.items() if count >= often}
    numbered = [
        (line, line in edge and _key(line) in running)
        for page, edge in zip(pages, edges, strict=True)
        for line in page
        if line.text and not (line in edge and PAGE_NUMBER.match(line.text))
    ]
    return [line for line, runs in numbered if not runs] or [line for line, _ in numbered]


def _edge(page: Sequence[Line]) -> list[Line]:
    """Return the highest and the lowest lines, whatever the order in which they were drawn."""
    ordered = sorted(page, key=lambda line: -line.y)
    return ordered[:EDGE] + ordered[EDGE:][-EDGE:]


def _key(line: Line) -> tuple[str, int]:
    """Return what equal heads have in common: words and height, not the page number in them."""
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3)


def blocks_of(lines: Sequence[Line]) -> Iterator[Block]:
    """Yield headings and paragraphs, lists as one paragraph with an item a line.

    What stands in the midst of a sentence, a caption or a note at the foot of a page, comes after it.
    """
    held: list[Block] = []  # a paragraph without its end, and what came since
    for block in _blocks(lines):
        if len(held) > 1 and not block.level and block.text[:1].islower():
            yield _one(held[0], block)
            yield from held[1:]
            held = []
        elif held and len(held) <= MOST_BETWEEN and not block.level and BETWEEN.match(block.text):
            held.append(block)
        else:
            yield from held
            open_end = not block.level and "\n" not in block.text and not STOP.search(block.text)
            held = [block] if open_end and len(block.text) >= COLUMN_LINE else []
            yield from () if held else (block,)
    yield from held


def _one(block: Block, rest: Block) -> Block:
    """Return a paragraph and its rest as one; of what is on another page the places are not kept."""
    text = block.text[:-1] if HYPHEN_END.search(block.text) else f"{block.text} "
    on = rest.scan if block.page == rest.page else ()
    scan = tuple((line[0] + len(text), line[1] + len(text), *line[2:]) for line in on)
    return replace(block, text=text + rest.text, scan=(*block.scan, *scan))


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    body = _body_size(lines)
    bold_body = 2 * sum(len(line.text) for line in lines if line.bold) > sum(len(line.text) for line in lines)
    leading = _leading(lines, body)
    full = FULL * _long(lines)
    words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text.casefold()))
    held: list[str] = []
    of_list: list[Line] = []
    page = 0
    for group in _groups(lines, body, leading, full):
        text = _joined(group, words)
        heading = (
            not group[0].table
            and is_label(NUMBERED.sub("", text))
            and (group[0].size > LARGER * body or (group[0].bold and not bold_body))
        )
        found = None if heading or group[0].table else ITEM.match(text)
        if held and not found:
            yield _list(held, of_list, page)
            held, of_list = [], []
        if LEADERS.search(text):
            continue  # a table of contents
        if found:
            page = page if held else group[0].page + 1
            held.append((f"{found['number']}. " if found["number"] else "- ") + text[found.end() :])
            of_list += group
        else:
            yield Block(text, int(heading), group[0].page + 1, scan_of_lines(text, group))
    if held:
        yield _list(held, of_list, page)


def _list(items: Sequence[str], lines: Sequence[Line], page: int) -> Block:
    text = "\n".join(items)
    return Block(text, page=page, scan=scan_of_lines(text, lines))


def scan_of_lines(text: str, lines: Sequence[Line]) -> Scan:
    """Return from and to which character of a paragraph each of its lines goes, with its corners.

    Only letters and digits are counted: hyphens, blanks and the signs of items differ between the two.
    """
    at = [n for n, letter in enumerate(text) if letter.isalnum()]
    found: list[tuple[int, ...]] = []
    done = 0
    for line in lines:
        count = min(sum(map(str.isalnum, line.text)), len(at) - done)
        if line.corners and count:
            found.append((at[done], at[done + count - 1] + 1, *line.corners))
        done += count
    # What ends a line belongs to it: a full stop, a bracket.
    ends = [min(following[0], line[1] + 1) for line, following in pairwise(found)] + [len(text)] * bool(found)
    return tuple((line[0], end, *line[2:]) for line, end in zip(found, ends, strict=True))


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
    """Tell whether a paragraph, table or heading ends between two lines."""
    if line.table or following.table:
        return line.table != following.table or line.page != following.page
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
    if group[0].table:
        return "\n".join(line.text for line in group)
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
