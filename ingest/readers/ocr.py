"""Pictures of pages read by OCR: the lines on them, in the order in which a person reads them.

The one home of rapidocr (PP-OCR's networks, whose weights the wheel has), which `footnote[ocr]` installs.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from footnote.ingest import limits
from footnote.ingest.readers import pdf_table
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.pdf_line import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.Image import Image

HOW = "Reading pictures needs the extra “ocr”: pip install 'footnote[ocr]'."
SECONDS = 90.0  # for a page; one of 50 lines takes 8 to 14 on one core, on a busy computer several times that
SIDE = (
    1_600  # pixels of the longer side at which lines are looked for; their letters are read from all pixels
)
LARGEST = 2_400  # pixels of the longer side of a picture; with more, no letter is read better
SURE = 0.8  # a line with less is read wrong in places; a page turned upside down has 0.6 at the most
WIDE = 3.0  # times as wide as high: a line that tells how the page is turned
TALL = 1.5  # times as high as wide: a line of a page that lies on its side
WIDTH = 595.0  # points that a page is wide, so that its lines measure as those of a PDF do
SAME_SIZE = (0.72, 1.15)  # times the usual height: the box of a line is higher where its letters have tails
NEAR = 4  # lines before and after one that tell its usual height
SAME_ROW = 0.5  # of a line's height between the middles of two boxes side by side
SLANTS = tuple(n / 100 for n in range(-14, 15, 2))  # of the gap between two columns, as a camera sees it
PLACES = 40  # where a gap is looked for, from a fifth to four fifths of the width
FEW = 2  # lines of a column at least
LETTERS = 15  # of its middle line; cells of a table have fewer
MANY = 4  # lines that do not end by chance where others begin
APART = 1.0  # times a line's height between columns of fewer; blanks between words are narrower
CROSSING = 0.12  # of the lines may run over a gap: titles
MOST_DEPTH = 2  # of columns cut in two: four


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of a line as it was found; `corners` in pixels of the upright picture, from the upper left."""

    text: str
    sure: float
    corners: tuple[tuple[float, float], ...]

    @property
    def left(self) -> tuple[float, float]:
        """The middle of its left edge."""
        (x, y), _, _, (u, v) = self.corners
        return (x + u) / 2, (y + v) / 2

    @property
    def right(self) -> tuple[float, float]:
        """The middle of its right edge."""
        _, (x, y), (u, v), _ = self.corners
        return (x + u) / 2, (y + v) / 2

    @property
    def height(self) -> float:
        """The length of its left edge, a pixel at least."""
        return max(math.dist(self.corners[0], self.corners[3]), 1.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines of a picture in order, and how many of them were hard to read."""

    lines: list[Line]
    unsure: int


@dataclass(frozen=True, slots=True)
class _Set:
    """A line where it would stand were the page straight: pixels, y downwards."""

    box: Box
    x: float
    y: float
    end: float


def is_there() -> bool:
    """Tell whether pictures can be read."""
    return importlib.util.find_spec("rapidocr") is not None


def read(picture: Image, page: int) -> Reading:
    """Read a picture of a page, counted from 0, whichever way it is turned."""
    limits.allow_most()
    picture = picture.convert("RGB")
    picture.thumbnail((LARGEST, LARGEST))
    found = _boxes(picture)
    size = (picture.width, picture.height)
    rows = [_rows(column) for column in _columns(_straight(found))]
    unsure = sum(_joined(row).box.sure < SURE for column in rows for row in column)
    return Reading(_lines(rows, size, page), unsure)


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": SIDE,
            # It takes a line for upside down now and then, and what it turns is lost: of 13 lines on a clean
            # page one. A page is turned as a whole.
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_batch_num": 1,  # six at a time take half a gigabyte more and no less time
        }
    )


def _boxes(picture: Image) -> list[Box]:
    """Return what stands on a picture; when little of it makes sense, on the picture turned around."""
    from PIL.Image import Transpose

    best = _turned(picture, None)
    if _is_sure(best) and not _on_its_side(best):
        return best
    aside = (Transpose.ROTATE_90, Transpose.ROTATE_270)
    for turn in (*aside, Transpose.ROTATE_180) if _on_its_side(best) else (Transpose.ROTATE_180, *aside):
        found = _turned(picture, turn)
        best = max(best, found, key=_sense)
        if _is_sure(found) and best is found:
            break
    return best


def _on_its_side(boxes: Sequence[Box]) -> bool:
    return sum(map(_is_tall, boxes)) * 2 >= len(boxes)


def _turned(picture: Image, turn: Any) -> list[Box]:
    import numpy as np

    shown = picture if turn is None else picture.transpose(turn)
    return _upright(_found(np.asarray(shown)[:, :, ::-1]), turn, picture.size)


def _found(pixels: Any) -> list[Box]:
    said = _engine()(pixels)
    if said.boxes is None or said.txts is None:
        return []
    return [
        Box(tidy(text), float(sure), tuple((float(x), float(y)) for x, y in corners))
        for text, sure, corners in zip(said.txts, said.scores, said.boxes, strict=True)
        if tidy(text)
    ]


def _sense(boxes: Iterable[Box]) -> float:
    return sum(len(box.text) * box.sure**4 for box in boxes)


def _is_sure(boxes: Sequence[Box]) -> bool:
    letters = sum(len(box.text) for box in boxes)
    return sum(len(box.text) * box.sure for box in boxes) >= SURE * letters


def _is_tall(box: Box) -> bool:
    (left, top), _, (right, bottom), _ = box.corners
    return abs(bottom - top) > TALL * abs(right - left) and len(box.text) > 2


def _upright(boxes: Sequence[Box], turned: Any, size: tuple[int, int]) -> list[Box]:
    """Return boxes of a turned picture with their corners on the picture as it was."""
    from PIL.Image import Transpose

    width, height = size

    def back(x: float, y: float) -> tuple[float, float]:
        if turned == Transpose.ROTATE_180:
            return width - x, height - y
        return (width - y, x) if turned == Transpose.ROTATE_90 else (y, height - x)

    if turned is None:
        return list(boxes)
    return [replace(box, corners=tuple(back(*corner) for corner in box.corners)) for box in boxes]


def _in_parts(corners: Iterable[tuple[float, float]], size: tuple[int, int]) -> tuple[int, ...]:
    """Return corners in ten thousandths of the picture."""
    parts = (round(10_000 * at / side) for corner in corners for at, side in zip(corner, size, strict=True))
    return tuple(min(max(part, 0), 10_000) for part in parts)


def _lines(columns: Sequence[Sequence[Sequence[_Set]]], size: tuple[int, int], page: int) -> list[Line]:
    """Return the lines of rows of pieces, column by column; the rows of a table in words."""
    joined = [_joined(row) for column in columns for row in column]
    heights = [row.box.height for row in joined]
    usual = statistics.median(heights) if heights else 1.0
    scale = WIDTH / size[0]

    def high(number: int) -> float:
        # What is nearer to a camera is larger: a line is measured by those around it.
        near = statistics.median(heights[max(number - NEAR, 0) : number + NEAR + 1])
        height = heights[number]
        return round(min(_size(height / near), _size(height / usual)) * usual * scale, 1)

    def pieces(row: Sequence[_Set], number: int) -> list[Line]:
        whole = joined[number]
        corners = _in_parts(whole.box.corners, size)
        return [
            Line(
                p.box.text,
                p.x * scale,
                -whole.y * scale,
                high(number),
                bold=False,
                page=page,
                corners=corners,
            )
            for p in row
        ]

    lines: list[Line] = []
    number = 0
    for column in columns:
        runs = [pieces(row, n) for n, row in enumerate(column, start=number)]
        number += len(column)
        lines += [replace(run[0], text=_text(run)) for run in pdf_table.with_tables(runs)]
    return lines


def _text(run: Sequence[Line]) -> str:
    return run[0].text if run[0].table else " ".join(line.text for line in run)


def _size(height: float) -> float:
    least, most = SAME_SIZE
    return 1.0 if least < height < most else height


def _straight(boxes: Sequence[Box]) -> list[_Set]:
    """Return boxes where they would stand if the page were not tilted."""
    angles = sorted(
        math.atan2(b.right[1] - b.left[1], b.right[0] - b.left[0])
        for b in boxes
        if math.dist(b.left, b.right) > WIDE * b.height
    )
    # Each line and the page may be turned around: the middle one of the angles is that of the page.
    angle = angles[len(angles) // 2] if angles else 0.0
    cos, sin = math.cos(angle), math.sin(angle)

    def straight(at: tuple[float, float]) -> tuple[float, float]:
        return at[0] * cos + at[1] * sin, at[1] * cos - at[0] * sin

    placed = ((box, straight(box.left), straight(box.right)) for box in boxes)
    return [_Set(box, x, (y + v) / 2, u) for box, (x, y), (u, v) in placed]


def _columns(lines: Sequence[_Set], depth: int = MOST_DEPTH) -> list[list[_Set]]:
    """Return the lines column by column; what runs over several parts what is above from the rest."""
    ordered = sorted(lines, key=lambda line: line.y)
    gap = _gap(ordered) if depth else None
    if gap is None:
        return [ordered]
    found: list[list[_Set]] = []
    sides: tuple[list[_Set], list[_Set]] = ([], [])
    for line in ordered:
        if _side(line, gap) == 0:
            found += [c for side in sides if side for c in _columns(side, depth - 1)]
            found.append([line])
            sides = ([], [])
        else:
            sides[_side(line, gap) > 0].append(line)
    return found + [c for side in sides if side for c in _columns(side, depth - 1)]


Gap = tuple[float, float]  # x at the height 0, and how much it moves for each pixel down


def _side(line: _Set, gap: Gap) -> int:
    """Return -1 for a line left of a gap, 1 for one right of it, 0 for one that crosses it."""
    at = gap[0] + gap[1] * line.y
    return -1 if line.end <= at else int(line.x >= at)


def _gap(lines: Sequence[_Set]) -> Gap | None:
    """Return the gap between two columns that fewest lines cross, if there are lines side by side."""
    if len(lines) < 2 * FEW:
        return None
    left, right = min(line.x for line in lines), max(line.end for line in lines)
    middle = statistics.median(line.y for line in lines)
    found: list[tuple[int, int, Gap]] = []
    for place in range(PLACES + 1):
        x = left + (right - left) * (0.2 + 0.6 * place / PLACES)
        for slant in SLANTS:
            gap = (x - slant * middle, slant)
            sides = [_side(line, gap) for line in lines]
            crossing = sides.count(0)
            if crossing <= CROSSING * len(lines) + 1 and min(sides.count(-1), sides.count(1)) >= FEW:
                found.append((crossing, -_beside(lines, sides), gap))
    if not found:
        return None
    fewest = min(found)[:2]
    best = [gap for *kind, gap in found if tuple(kind) == fewest]
    gap = best[len(best) // 2]
    return gap if -fewest[1] >= FEW and _parts_text(lines, gap) else None


def _parts_text(lines: Sequence[_Set], gap: Gap) -> bool:
    """Tell whether text stands left and right of a gap, and of a wide one where it is little."""
    left, right = ([line for line in lines if _side(line, gap) == side] for side in (-1, 1))
    for side in (left, right):
        if statistics.median(len(line.box.text) for line in side) < LETTERS:
            return False
    if min(len(left), len(right)) >= MANY:
        return True
    height = statistics.median(line.box.height for line in lines)
    before = min(gap[0] + gap[1] * line.y - line.end for line in left)
    after = min(line.x - gap[0] - gap[1] * line.y for line in right)
    return before + after >= APART * height


def _beside(lines: Sequence[_Set], sides: Sequence[int]) -> int:
    """Return how many lines left of a gap have one beside them at the right."""
    heights = [line.y for line, side in zip(lines, sides, strict=True) if side > 0]
    return sum(
        side < 0 and any(abs(y - line.y) < line.box.height for y in heights)
        for line, side in zip(lines, sides, strict=True)
    )


def _rows(lines: Sequence[_Set]) -> list[list[_Set]]:
    """Return the lines of a column, each as the pieces that it was found in."""
    rows: list[list[_Set]] = []
    for line in lines:
        if rows and abs(rows[-1][-1].y - line.y) < SAME_ROW * min(line.box.height, rows[-1][-1].box.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.x) for row in rows]


def _joined(row: Sequence[_Set]) -> _Set:
    if len(row) == 1:
        return row[0]
    first, last = row[0].box, row[-1].box
    box = Box(
        " ".join(line.box.text for line in row),
        min(line.box.sure for line in row),
        (first.corners[0], last.corners[1], last.corners[2], first.corners[3]),
    )
    return _Set(box, row[0].x, row[0].y, row[-1].end)
