"""A Jupyter notebook: its Markdown as text, its code as paragraphs; of its results the tables."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import md
from footnote.ingest.readers.format import Format, one
from footnote.ingest.readers.jsonl import is_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.readers.document import Document

TABLE = re.compile(r"<table\b.*?</table\s*>", re.DOTALL | re.IGNORECASE)
FENCE = "`" * 12  # longer than any in a cell, so that no cell ends it


def read(data: bytes) -> Document:
    """Read a notebook.

    Raises:
        UnreadableSource: If it is not one.
    """
    try:
        book = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableSource("it is not a notebook: its JSON is broken.") from error
    cells = book.get("cells") if isinstance(book, dict) else None
    if not isinstance(cells, list):
        raise UnreadableSource("it is not a notebook of version 4 or later. Open and save it in Jupyter.")
    document = md.read_text(
        "\n\n".join(text for cell in cells for text in (_cell(cell), *_tables(cell)) if text)
    )
    metadata = book.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    title = about.get("title")
    return replace(
        document,
        title=document.title or (title if isinstance(title, str) else ""),
        author=document.author or md.names(about.get("authors")),
    )


def _tables(cell: Any) -> Iterator[str]:
    """Yield the tables among the results of a cell, as HTML in Markdown: each on one line."""
    outputs = cell.get("outputs") if isinstance(cell, dict) else None
    for output in outputs if isinstance(outputs, list) else ():
        shown = output.get("data") if isinstance(output, dict) else None
        page = _joined(shown.get("text/html")) if isinstance(shown, dict) else ""
        for found in TABLE.findall(page):
            flat = re.sub(r"\s+", " ", found)
            yield f"<div>{flat}</div>"


def _joined(source: Any) -> str:
    """Return text that a notebook holds whole or in lines; of anything else nothing."""
    text = "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else source
    return text if isinstance(text, str) else ""


def _cell(cell: Any) -> str:
    """Return a cell as Markdown; empty when it is neither Markdown nor code."""
    if not isinstance(cell, dict):
        return ""
    text = _joined(cell.get("source"))
    if not text.strip():
        return ""
    match cell.get("cell_type"):
        case "markdown":
            return text
        case "code":
            return f"{FENCE}\n{text}\n{FENCE}"
        case _:
            return ""


def _sniff(head: bytes) -> bool:
    return is_object(head) and (b'"nbformat"' in head or b'"cell_type"' in head)


FORMAT = Format("ipynb", (".ipynb",), one(read), sniff=_sniff, may_begin_as=frozenset({"html", "mhtml"}))
