"""Pictures of pages with the words that stand on them: set by fpdf2, drawn by pdfium, then spoilt as paper is.

Text and spoiling are of our own making, and the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from fpdf import FPDF
from PIL import Image, ImageFilter
from rapidfuzz.distance import Levenshtein

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "The weir at Aldermill is to be rebuilt"
STORY = (
    "The weir at Aldermill will be rebuilt next spring, the river board said on Thursday. The old one, of oak and "
    "stone, was laid in 1874 and gave way in the flood of 9 March, when the Teal rose 2.6 metres in a night.",
    "The work is to cost 3.4 million crowns, of which the county pays two thirds. Ingrid Vasley, who chairs the "
    "board, said that a pass for eels and salmon will run beside it: “No fish has come up here since my "
    "grandmother was a girl.”",
    "Not everyone is pleased. The miller, Tom Brackett, fears that his wheel will stand still from April to "
    "September; he asked the board for 48,000 crowns and was offered 15,500. A second hearing is on 12 June at "
    "the Corn Hall.",
    "Upstream, at Sallow Bridge, the swimmers have other cares. Their bathing place lost half a metre of water "
    "after the flood, and the club's oldest member, Olive Trench (91), now wades where she used to dive.",
    "The board has asked three firms for plans. Two of them want to keep the oak posts that still stand, as the "
    "museum in Harrowby wishes; the third would take them out, which is cheaper by a tenth.",
    "Until the work is done, boats must be carried around the weir on the left bank. The path is steep and, "
    "after rain, slippery; the board has put up a rope and a lamp, and asks that nobody goes there alone at night.",
    "Children of the school in Fenny Lane have counted herons since January: 14 on the left bank, 9 on the right and "
    "2 on the weir itself. Their teacher, Mr Oduya, keeps the list in a blue tin and will hand it to the museum.",
    "Whoever owns land within 200 metres of the water gets a letter by the end of this month. It says how high the "
    "Teal may stand in a wet year, what a wall costs, and that the county lends up to 20,000 crowns at 1.5 per cent.",
    "The last time that the weir was mended, in 1931, it took eleven weeks and 64 men. A photograph of them hangs in "
    "the Plough; one holds a pike that, as the landlord tells it, weighed more than the boy beside him.",
    "Petra Lindqvist, an engineer at the university of Holm, has measured the bed of the river for the board. Below "
    "the weir it lies 1.8 metres deeper than in 1990, because the water digs where it falls. She wants it paved.",
    "Paving is what the anglers fear. Gravel is where trout spawn, says their chairman, Joseph Quill, and a paved "
    "river is a drain. He has gathered 1,207 names against it, which is every second grown person of the valley.",
    "The board meets again on 3 July. Its papers lie open at the town hall, room 12, on weekdays from nine to four, "
    "and whoever cannot climb the stairs may ask for them at the library, where Mrs Amory reads them out on Fridays.",
)


@dataclass(frozen=True)
class Scan:
    """A picture of a page, as PNG or JPEG, and its words in the order in which they are read."""

    picture: bytes
    words: str


def page(
    paragraphs=STORY, *, columns: int = 1, font: str = "Times", size: float = 11.5, title: str = TITLE
) -> bytes:
    """Return a PDF page with a title and paragraphs, in columns."""
    paper = FPDF()
    paper.set_auto_page_break(True, 20)
    paper.add_page()
    paper.set_font(font, "B", 20)
    paper.multi_cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)
    paper.set_font(font, size=size)
    with paper.text_columns(ncols=columns, gutter=8, line_height=1.4, balance=columns > 1) as cols:
        for text in paragraphs:
            with cols.paragraph(bottom_margin=3) as paragraph:
                paragraph.write(text.translate(str.maketrans("“”", '""')))
    return bytes(paper.output())


def drawn(pdf: bytes, dpi: int = 150) -> Image.Image:
    """Return the first page of a PDF as a picture."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    document.close()
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **how) -> bytes:
    held = BytesIO()
    picture.save(held, kind, **how)
    return held.getvalue()


def tilted(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def noisy(picture: Image.Image, much: float, seed: int = 1) -> Image.Image:
    noise = np.random.default_rng(seed).normal(0, much, (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.asarray(picture, float) + noise, 0, 255).astype(np.uint8))


def shaded(picture: Image.Image, dark: float = 0.45) -> Image.Image:
    """Return `picture` with a shadow that deepens towards one corner, on yellowish paper."""
    y, x = np.mgrid[0 : picture.height, 0 : picture.width]
    light = 1 - dark * (x / picture.width + y / picture.height) / 2
    colour = np.array([1.0, 0.96, 0.86])
    return Image.fromarray((np.asarray(picture, float) * light[..., None] * colour).astype(np.uint8))


def slanting(picture: Image.Image, by: float = 0.06) -> Image.Image:
    """Return `picture` as a camera sees it that is not held straight over the paper, on a dark table."""
    width, height = picture.size
    table = Image.new("RGB", (round(width * 1.15), round(height * 1.1)), (70, 55, 45))
    corners = [(0.08 + by, 0.04), (0.93 - by / 3, 0.06), (0.97, 0.96), (0.04, 0.93)]
    seen = [(x * table.width, y * table.height) for x, y in corners]
    lies = [(0, 0), (width, 0), (width, height), (0, height)]
    # The eight numbers of the projective map from what is seen to the paper, as Pillow wants them.
    rows, right = [], []
    for (x, y), (u, v) in zip(seen, lies, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    map_ = np.linalg.solve(np.array(rows, float), np.array(right, float))
    white = Image.new("L", picture.size, 255)
    moved = picture.transform(table.size, Image.Transform.PERSPECTIVE, map_, Image.Resampling.BICUBIC)
    inside = white.transform(table.size, Image.Transform.PERSPECTIVE, map_)
    return Image.composite(moved, table, inside)


def _words(title: str, paragraphs=STORY) -> str:
    return " ".join([title, *paragraphs])


def _scan(make: Callable[[], bytes]) -> Scan:
    return Scan(make(), _words(TITLE))


PAGES: dict[str, Callable[[], Scan]] = {
    "plain": lambda: _scan(lambda: encoded(drawn(page()))),
    "two-columns": lambda: _scan(lambda: encoded(drawn(page(columns=2, size=10.5)))),
    "two-columns-sans": lambda: _scan(lambda: encoded(drawn(page(columns=2, font="Helvetica", size=9.5)))),
    "tilted-left": lambda: _scan(lambda: encoded(tilted(drawn(page()), 3.0))),
    "tilted-right": lambda: _scan(lambda: encoded(tilted(noisy(drawn(page()), 20), -5.0))),
    "two-columns-tilted": lambda: _scan(lambda: encoded(tilted(drawn(page(columns=2, size=10.5)), 2.5))),
    "faint-fax": lambda: _scan(
        lambda: encoded(
            drawn(page(font="Courier", size=10.5), 110).convert("L").point(lambda v: 120 + v // 2)
        )
    ),
    "photographed": lambda: _scan(
        lambda: encoded(noisy(shaded(slanting(drawn(page(), 170))), 12), "JPEG", quality=70)
    ),
    "photographed-two-columns": lambda: _scan(
        lambda: encoded(
            noisy(shaded(slanting(drawn(page(columns=2, size=10.5), 180), 0.04)), 10), "JPEG", quality=75
        )
    ),
    "blurred-photograph": lambda: _scan(
        lambda: encoded(
            noisy(shaded(slanting(drawn(page(), 160).filter(ImageFilter.GaussianBlur(1.1)))), 8),
            "JPEG",
            quality=60,
        )
    ),
}


def right(found: str, words: str) -> float:
    """Return the share of characters of `words` that were read right, blanks and the form of quotes aside."""
    plain = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-"})
    found, words = ("".join(text.translate(plain).split()) for text in (found, words))
    return 1 - Levenshtein.distance(found, words) / len(words)
