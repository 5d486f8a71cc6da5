"""Books in EPUB 2 and 3: the chapters in reading order, by zipfile and lxml (ebooklib is AGPL)."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import hidden, markup
from footnote.ingest.readers.decode import decode
from footnote.ingest.readers.document import Block, Document, sections, tidy
from footnote.ingest.readers.format import Format, Part, Upcoming
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

    from footnote.ingest.readers.package import Package

CONTAINER = "META-INF/container.xml"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
FONT_METHODS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
MOST_CHAPTERS = 1_000
LEAST_CHAPTER = 100  # characters: a cover, a half title or a list of contents is no chapter of its own


def read(package: Package, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:
    """Yield the book as one document whose sections are its chapters, or one a chapter.

    Raises:
        UnreadableSource: If it is damaged, protected against reading, or empty.
    """
    root = package.xml(CONTAINER)
    named = [e.get("full-path", "") for e in root.iter("{*}rootfile")]
    if not named or not named[0]:
        raise UnreadableSource("it does not name its contents. It is damaged or cut off.")
    book = _Book(package, named[0])
    if chapters:
        yield from book.chapters(start)
    else:
        yield Part("", "", book.whole())


class _Book:
    def __init__(self, package: Package, opf: str) -> None:
        self.package = package
        self.folder = posixpath.dirname(opf)
        self.root = package.xml(opf)
        self._refuse_protected()
        self.about = Document(
            (),
            title=self._meta("title"),
            author=", ".join(filter(None, (tidy(e.text or "") for e in self.root.iter(DC + "creator")))),
            date=iso_date(self._meta("date")[:10]),
            language=self._meta("language"),
        )

    def whole(self) -> Document:
        blocks: list[Block] = []
        missing: list[UnreadableSource] = []
        for name in self._spine():
            try:
                found, label = self._chapter(name)
            except UnreadableSource as error:
                missing.append(error)
                continue
            # A chapter without a heading still begins a section.
            opened = bool(found) and bool(found[0].level)
            blocks += found if opened or not found else [Block(label, 1), *found]
        if not any(b.text.strip() and not b.level for b in blocks):
            raise (
                missing[0] if missing else UnreadableSource("it holds no text. It may be a book of pictures.")
            )
        return self._document(blocks, self.about.title, len(missing))

    def chapters(self, start: int) -> Iterator[Part | Upcoming]:
        """Yield every chapter that has more than a few words as an article of its own."""
        number = 0
        for place, name in enumerate(self._spine(), start=1):
            key = f"{place}"
            try:
                found, label = self._chapter(name)
            except UnreadableSource as error:
                found, label, reason = [], "", str(error)
            else:
                reason = ""
            if not reason and sum(len(b.text) for b in found if not b.level) < LEAST_CHAPTER:
                continue
            number += 1
            if number <= start:
                continue
            yield Upcoming(key)
            yield Part(key, label, reason or self._of_chapter(found, label))
        if not number:
            raise UnreadableSource("it holds no chapter with text. It may be a book of pictures.")

    def _of_chapter(self, found: list[Block], label: str) -> Document:
        heading = found[0].text if found[0].level else label
        title = ": ".join(dict.fromkeys(filter(None, (self.about.title, heading))))
        return self._document(found[1:] if found[0].level else found, title, 0)

    def _document(self, blocks: list[Block], title: str, missing: int) -> Document:
        about = self.about
        chapters = "One chapter is" if missing == 1 else f"{missing:,} chapters are"
        warning = (f"{chapters} missing or broken, and left out.",) if missing else ()
        return Document(
            sections(blocks), title=title, author=about.author, date=about.date, language=about.language,
            warnings=warning,
        )  # fmt: skip

    def _chapter(self, name: str) -> tuple[list[Block], str]:
        """Return the blocks of a chapter, and what its page calls itself."""
        root = markup.parse(decode(self.package.read(name), markup=True))
        hidden.inline(root, partial(self._sheet, name))
        return [b for b in markup.blocks(root) if b.text.strip()], markup.title_of(root)

    def _sheet(self, page: str, link: str) -> str | None:
        """Return the style sheet that a page links to, if it is in the book."""
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(link)))
        try:
            return self.package.read(name).decode("utf-8", "replace") if name in self.package else None
        except UnreadableSource:
            return None  # a broken sheet costs no chapter

    def _spine(self) -> list[str]:
        """Return the members that hold the chapters, in reading order, each once."""
        pages = {
            item.get("id", ""): self._member(item.get("href", ""))
            for item in self.root.iter(OPF + "item")
            if item.get("media-type") in PAGES and "nav" not in (item.get("properties") or "").split()
        }
        order = [ref.get("idref", "") for ref in self.root.iter(OPF + "itemref") if ref.get("linear") != "no"]
        names = list(dict.fromkeys(pages[key] for key in order if key in pages))
        if not names:
            raise UnreadableSource("it does not say which chapters it has. It is damaged or cut off.")
        if len(names) > MOST_CHAPTERS:
            raise UnreadableSource(f"it has more than {MOST_CHAPTERS:,} chapters. Split it first.")
        return names

    def _member(self, href: str) -> str:
        path = unquote(href.partition("#")[0])
        return posixpath.normpath(posixpath.join(self.folder, path))

    def _meta(self, name: str) -> str:
        return tidy(self.root.findtext(f".//{DC}{name}") or "")

    def _refuse_protected(self) -> None:
        """Raise when the text is encrypted; scrambled fonts are common and do not matter."""
        name = "META-INF/encryption.xml"
        if name not in self.package:
            return
        for method in self.package.xml(name).iter("{*}EncryptedData"):
            if not any(font in _serialised(method) for font in FONT_METHODS):
                raise UnreadableSource("it is copy protected (DRM), so that its text cannot be read.")


def _serialised(element: _Element) -> bytes:
    from lxml import etree  # type: ignore[import-untyped]

    return bytes(etree.tostring(element))


FORMAT = Format("epub", (".epub",), unpack=read, member=CONTAINER, may_begin_as=frozenset({"zip"}))
