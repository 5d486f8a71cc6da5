"""A page of a PDF as a picture, drawn by pdfium. The one home of pypdfium2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 200.0  # at most; letters of 8 points are read, and a page takes a tenth of a second


def drawn(data: bytes, number: int, side: int) -> Image:
    """Return page `number` of a PDF, counted from 0; its longer side has at most `side` pixels."""
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        page = document[number]
        scale = min(DPI / 72, side / max(*page.get_size(), 1.0))
        picture: Image = page.render(scale=scale).to_pil().convert("RGB")
        page.close()
    return picture
