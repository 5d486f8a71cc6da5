"""A web page saved with its pictures in one file (MHTML, RFC 2557): the page in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import eml
from footnote.ingest.readers.document import tidy

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Document


def read(data: bytes) -> Document:
    """Read a saved page; its address is where it was saved from.

    Raises:
        UnreadableSource: If it holds no page, or the page no article.
    """
    from footnote.ingest.readers import html

    message = eml.parse(data)
    address = tidy(str(message.get("Snapshot-Content-Location", "")))
    for number, part in enumerate(message.walk()):
        if number > eml.MOST_PARTS * 10:
            break
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            # The mark says how it is encoded, whatever the page itself believes.
            found = html.read(eml.content(part).encode("utf-8-sig", "replace"))
            address = address or tidy(str(part.get("Content-Location", "")))
            return replace(found, url=found.url or (address if address.startswith("http") else ""))
    raise UnreadableSource("it holds no page. Save the page again as HTML.")
