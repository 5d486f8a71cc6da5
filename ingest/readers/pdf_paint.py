"""Which text of a PDF page can be seen: in what colour it is painted, and on what.

A page is a list of operators (ISO 32000-1, 8 and 9). Those that set the colour, the mode and the
opacity of text are followed, and those that fill areas, as far as they tell what lies under a text:
white letters on a dark box are there to be read, on bare paper they are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Colour = tuple[float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
SAME = 0.06  # of the way from black to white in each of red, green and blue: nobody sees the difference
MOST_BOXES = 2_000  # of a page; with more, what lies under a text cannot be told
EVERYWHERE: Box = (float("-inf"), float("-inf"), float("inf"), float("inf"))
MARGIN = 3.0  # points by which the foot of a letter may stand beside the box it is printed on
FILLS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
ENDS = FILLS | {b"n", b"S", b"s"}
NEITHER = frozenset({3, 7})  # text modes that paint nothing


@dataclass(frozen=True, slots=True)
class _State:
    """What `q` keeps and `Q` brings back."""

    fill: Colour | None = BLACK  # None: a pattern, or a colour of which we cannot tell how it looks
    mode: int = 0
    opaque: bool = True


@dataclass(slots=True)
class Paint:
    """Follows the operators of one page, and takes away the text that cannot be seen.

    `states` are the page's graphics states (`/ExtGState`). With `layer`, text that paints nothing is
    kept: the layer that OCR lays over a scan is of that kind.
    """

    states: Any
    layer: bool = False
    hidden: int = 0  # characters in the colour of what is under them, or transparent
    unpainted: int = 0  # characters that paint nothing
    shown: int = 0
    image: bool = False
    _now: _State = _State()
    _kept: list[_State] = field(default_factory=list)
    _path: list[Box] = field(default_factory=list)
    _boxes: list[tuple[Box, Colour | None]] = field(default_factory=list)

    def follow(self, operator: bytes, operands: list[Any], cm: Sequence[float], tm: Sequence[float]) -> None:
        """Take in one operator before it is carried out; `operands` of hidden text are emptied."""
        if operator in (b"Tj", b"TJ", b"'", b'"'):
            self._show(operator, operands, cm, tm)
        elif operator in (b"re", b"m", b"l", b"c", b"v", b"y") or operator in ENDS:
            self._draw(operator, operands, cm)
        elif operator == b"q":
            self._kept.append(self._now)
        elif operator == b"Q":
            self._now = self._kept.pop() if self._kept else self._now
        elif operator in (b"Do", b"sh"):
            self._picture(operator, cm)
        else:
            self._set(operator, operands)

    def _set(self, operator: bytes, operands: list[Any]) -> None:
        numbers = [float(o) for o in operands if isinstance(o, (int, float))]
        if operator in (b"g", b"rg", b"k", b"sc", b"scn"):
            plain = len(numbers) == len(operands) and operator != b"scn"
            known = plain or (len(numbers) == len(operands) and len(numbers) in (3, 4))
            self._now = replace(self._now, fill=_colour(numbers) if known else None)
        elif operator == b"cs":
            self._now = replace(self._now, fill=BLACK)
        elif operator == b"Tr" and numbers:
            self._now = replace(self._now, mode=int(numbers[0]))
        elif operator == b"gs" and operands:
            self._now = replace(self._now, opaque=self._opaque(operands[0]))

    def _opaque(self, name: Any) -> bool:
        try:
            alpha = self.states[name].get_object().get("/ca")
        except (LookupError, TypeError, AttributeError):
            return self._now.opaque
        return self._now.opaque if alpha is None else float(alpha) > SAME

    def _draw(self, operator: bytes, operands: list[Any], cm: Sequence[float]) -> None:
        if operator not in ENDS:
            numbers = [float(o) for o in operands if isinstance(o, (int, float))]
            if operator == b"re" and len(numbers) == 4:
                x, y, width, height = numbers
                numbers = [x, y, x + width, y + height, x, y + height, x + width, y]
            if len(numbers) >= 2 and len(self._path) < MOST_BOXES:
                self._path.append(_box(numbers, cm))
            return
        if operator in FILLS and self._path and self._now.opaque:
            lefts, bottoms, rights, tops = zip(*self._path, strict=True)
            self._cover((min(lefts), min(bottoms), max(rights), max(tops)), self._now.fill)
        self._path = []

    def _picture(self, operator: bytes, cm: Sequence[float]) -> None:
        self.image = True  # or a form, which may hold one
        self._cover(EVERYWHERE if operator == b"sh" else _box([0, 0, 1, 0, 0, 1, 1, 1], cm), None)

    def _cover(self, box: Box, colour: Colour | None) -> None:
        if len(self._boxes) < MOST_BOXES:
            self._boxes.append((box, colour))
        elif self._boxes[-1] != (EVERYWHERE, None):
            self._boxes.append((EVERYWHERE, None))

    def _show(self, operator: bytes, operands: list[Any], cm: Sequence[float], tm: Sequence[float]) -> None:
        size = _length(operands)
        if self._now.mode in NEITHER:
            self.unpainted += size
            seen = self.layer
        else:
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            seen = self._now.opaque and not _alike(self._now.fill, self._under(x, y))
            self.hidden += 0 if seen else size
        if seen:
            self.shown += size
        elif operands:
            operands[-1] = [] if operator == b"TJ" else type(operands[-1])()

    def _under(self, x: float, y: float) -> Colour | None:
        """Return the colour of the last box painted under a point; None when that cannot be told."""
        for (left, bottom, right, top), colour in reversed(self._boxes):
            if left - MARGIN <= x <= right + MARGIN and bottom - MARGIN <= y <= top + MARGIN:
                return colour
        return WHITE


def _colour(numbers: Sequence[float]) -> Colour | None:
    """Return gray, RGB or CMYK as red, green and blue, 0 to 1 each."""
    if len(numbers) == 1:
        return (numbers[0], numbers[0], numbers[0])
    if len(numbers) == 3:
        return (numbers[0], numbers[1], numbers[2])
    if len(numbers) == 4:
        cyan, magenta, yellow, black = numbers
        return ((1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black))
    return None


def _alike(one: Colour | None, other: Colour | None) -> bool:
    if one is None or other is None:
        return False
    return all(abs(a - b) < SAME for a, b in zip(one, other, strict=True))


def _box(points: Sequence[float], cm: Sequence[float]) -> Box:
    """Return the box around points given as x, y, x, y, …, where the page has them."""
    pairs = list(zip(points[::2], points[1::2], strict=False))
    xs = [x * cm[0] + y * cm[2] + cm[4] for x, y in pairs]
    ys = [x * cm[1] + y * cm[3] + cm[5] for x, y in pairs]
    return min(xs), min(ys), max(xs), max(ys)


def _length(operands: Sequence[Any]) -> int:
    """Return about how many characters an operator shows."""
    if not operands:
        return 0
    shown = operands[-1] if isinstance(operands[-1], list) else [operands[-1]]
    return sum(len(part) for part in shown if isinstance(part, (str, bytes)))
