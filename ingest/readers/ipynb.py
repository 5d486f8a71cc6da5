"""A Jupyter notebook: its Markdown as text, its code as paragraphs, its printed results left out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import md
from footnote.ingest.readers.format import Format, one
from footnote.ingest.readers.jsonl import is_object

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Document

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
    document = md.read_text("\n\n".join(text for text in map(_cell, cells) if text))
    metadata = book.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    title = about.get("title")
    return replace(
        document,
        title=document.title or (title if isinstance(title, str) else ""),
        author=document.author or md.names(about.get("authors")),
    )


def _cell(cell: Any) -> str:
    """Return a cell as Markdown; empty when it is neither Markdown nor code."""
    if not isinstance(cell, dict):
        return ""
    source = cell.get("source")
    text = "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else source
    if not isinstance(text, str) or not text.strip():
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
