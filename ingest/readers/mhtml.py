"""A web page saved with its pictures in one file (MHTML, RFC 2557): the page in it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import eml, html
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.format import Format, one, text_start

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Document

PAGE_AND_MORE = re.compile(rb"(?im)^content-type:\s*multipart/related")


def read(data: bytes) -> Document:
    """Read a saved page; its address is where it was saved from.

    Raises:
        UnreadableSource: If it holds no page, or the page no article.
    """
    message = eml.parse(data)
    address = tidy(str(message.get("Snapshot-Content-Location", "")))
    parts = list(islice(message.walk(), eml.MOST_PARTS * 10))
    styles = {
        tidy(str(p.get("Content-Location", ""))): p for p in parts if p.get_content_type() == "text/css"
    }

    def sheet(link: str) -> str | None:
        return eml.content(styles[link]) if link in styles else None

    for part in parts:
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            # The mark says how it is encoded, whatever the page itself believes.
            found = html.read(eml.content(part).encode("utf-8-sig", "replace"), sheet)
            address = address or tidy(str(part.get("Content-Location", "")))
            return replace(found, url=found.url or (address if address.startswith("http") else ""))
    raise UnreadableSource("it holds no page. Save the page again as HTML.")


def _sniff(head: bytes) -> bool:
    return PAGE_AND_MORE.search(text_start(head)) is not None


FORMAT = Format("mhtml", (".mhtml", ".mht"), one(read), sniff=_sniff, overrules=True)
