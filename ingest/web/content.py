"""What an answer of a web server is: by what it says, and by its first bytes. Both must agree."""

from __future__ import annotations

import codecs
import re

from footnote.ingest.web.addresses import UnreadableLink

TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/x-markdown": "md",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/vtt": "vtt",
    "application/x-subrip": "srt",
    "application/ttml+xml": "ttml",
    "application/pdf": "pdf",
    "application/rss+xml": "xml",
    "application/atom+xml": "xml",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/feed+json": "json",
    "application/json": "json",
    "application/gzip": "gzip",
    "application/x-gzip": "gzip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/epub+zip": "epub",
}
"""Media types that are read: `xml` and `json` may be feeds, `gzip` a sitemap, all others are articles."""
MAGIC = {
    "pdf": b"%PDF-",
    "gzip": b"\x1f\x8b",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "odt": b"PK\x03\x04",
    "epub": b"PK\x03\x04",
}
UNNAMED = frozenset({"", "application/octet-stream", "binary/octet-stream"})  # these claim nothing

SAMPLE = 2048  # bytes
# Beginnings of what is no text at all, whatever a server calls it.
BINARY = {
    "a PDF": (b"%PDF-",),
    "a picture": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
    "a picture or sound": (b"RIFF", b"ID3"),
    "an archive": (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ"),
    "a program": (b"\x7fELF", b"MZ\x90\x00", b"\xca\xfe\xba\xbe", b"\x00asm"),
    "an old Office file": (b"\xd0\xcf\x11\xe0",),
    "a database": (b"SQLite format 3",),
}
MARK = re.compile(rb"\s*(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*")
# Possessive: else a page of nothing but comments would keep them busy for ever.
HTML = re.compile(rb"(?is)(?:<!--.*?-->|<\?xml.*?\?>|\s++)*+<(?:!doctype\s+html|html|head|body)\b")
FEED = re.compile(rb"(?is)(?:<!--.*?-->|<[?!].*?>|\s++)*+<(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex)[\s>]")
TAG = re.compile(rb"<[a-zA-Z!/?]")
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{2,40})""", re.IGNORECASE)


def kind_of(content_type: str, data: bytes) -> str:
    """Return what an answer is.

    What says `html` or `xml` may be the other of the two, as browsers and feed readers have it. An
    answer that does not say what it is must be plainly a page or a PDF.

    Raises:
        UnreadableLink: If it is of a type that is not read.
    """
    named = content_type.partition(";")[0].strip().lower()
    start = _start(data)
    kind = TYPES.get(named, "")
    if named in UNNAMED:
        kind = "html" if not named and HTML.match(start) else "pdf" if start.startswith(b"%PDF-") else ""
    if kind == "html" and FEED.match(start):
        return "xml"
    if kind == "xml" and HTML.match(start):
        return "html"
    if not kind:
        shown = re.sub(r"[^\w.+/-]", "", named)[:60] or "unknown"
        raise UnreadableLink(
            f"it is of the type {shown}. Footnote reads web pages, documents, plain text, Markdown and feeds"
        )
    return kind


def check_kind(kind: str, content_type: str, data: bytes) -> None:
    """Check that the first bytes are of the kind that an answer claims to be.

    Raises:
        UnreadableLink: If they are not, or there are none.
    """
    if not data.strip():
        raise UnreadableLink("it is empty")
    found = _found(kind, data)
    if found:
        named = re.sub(r"[^\w.+/-]", "", content_type.partition(";")[0])[:60]
        raise UnreadableLink(f"it says that it is {named}, but it is {found}")


def _found(kind: str, data: bytes) -> str:
    """Return what `data` is when it is not of `kind`."""
    start = _start(data)
    binary = next((what for what, magic in BINARY.items() if start.startswith(magic)), "")
    if kind in MAGIC:
        return "" if MAGIC[kind] in data[:1024] else binary or "something else"
    if binary:
        return binary
    if b"\x00" in start and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary data"
    return _text_found(kind, start)


def _text_found(kind: str, start: bytes) -> str:
    plain = start.replace(b"\x00", b"")  # UTF-16
    if kind in {"txt", "md", "csv", "srt", "vtt"}:
        return "a web page" if HTML.match(plain) else ""
    if kind == "json":
        return "" if plain.startswith((b"{", b"[")) else "something else"
    if kind == "xml":
        return "" if plain.startswith(b"<") else "something else"
    return "" if TAG.search(plain) else "plain text"


def _start(data: bytes) -> bytes:
    mark = MARK.match(data)
    return data[mark.end() if mark else 0 :][:SAMPLE]


def with_charset(data: bytes, kind: str, content_type: str) -> bytes:
    """Return text in UTF-8 where the header names its encoding, and neither a mark nor UTF-8 does."""
    found = CHARSET.search(content_type)
    if kind in MAGIC or found is None or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return data
    try:
        name = codecs.lookup(found[1]).name
        # Browsers read "latin-1" as Windows-1252, which adds the typographic quotation marks.
        # With a mark, so that what the page itself says of its encoding is no more believed.
        return data.decode("cp1252" if name == "iso8859-1" else name).encode("utf-8-sig")
    except (LookupError, UnicodeError, TypeError):
        return data
