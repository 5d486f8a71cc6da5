"""The sources' acts: open the paragraph behind a footnote, and the whole article around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest import sandbox
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.original import Drawn, Wanted
from footnote.rag.types import Answer
from footnote.ui.html import reader as reader_html
from footnote.ui.html import sources as sources_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.library import ParagraphRecord
    from footnote.rag.types import Citation
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Exchange, Session

REFERENCE = re.compile(r"([1-9]\d{0,5})-([1-9]\d{0,2})")
NO_PLACE = "This paragraph is no longer in the library."
NO_PAGE = "This page cannot be shown:"
NO_ORIGINAL = "The file that it was read from is not kept in the library. Add it again to see its pages."
NO_VERSION = "That version is no longer kept."


class SourcesPanel:
    """What a reader does at the right of the page, and in the reader over it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def cite(self, session: Session, reference: object) -> Shown:
        """Return the paragraphs behind a footnote of any exchange, that one marked as chosen."""
        found = _found(session, reference)
        if found is None:
            return {"sources": sources_html.lost_source()}
        number, footnote, _ = found
        return self.desk.show_sources(session, number, footnote)

    def read(self, article: object) -> Shown:
        """Open an article in full."""
        record = self.desk.known(article)
        if record is None:
            return self.desk.show_dialog("reader", reader_html.none(NO_PLACE))
        library = self.desk.assistant.library
        paragraphs, versions = library.paragraphs(record.article_id), library.versions(record.article_id)
        dialog = reader_html.reader(
            record, paragraphs, versions=versions, pages=self._pages(record.article_id, paragraphs)
        )
        return self.desk.show_dialog("reader", dialog)

    def picture(self, article: object, paragraph: int, start: int, end: int) -> Drawn | str:
        """Return the page on which words of a paragraph stand as a picture, or why there is none."""
        record = self.desk.known(article)
        found = self.desk.assistant.library.fetch([(record.article_id, paragraph)]) if record else {}
        if record is None or not found:
            return NO_PLACE
        data = self.desk.assistant.library.original(record.article_id)
        if not data:
            return NO_ORIGINAL
        (here,) = found.values()
        try:
            return sandbox.drawn(data, Wanted(here.page, here.text, start, end, here.scan))
        except UnreadableSource as error:
            return f"{NO_PAGE} {error}"

    def _pages(self, article_id: str, paragraphs: Sequence[ParagraphRecord]) -> reader_html.Pages:
        if not any(p.page or p.scan for p in paragraphs):
            return "none"
        return "kept" if self.desk.assistant.library.has_original(article_id) else "gone"

    def changes(self, article: object, version: object) -> Shown:
        """Show what changed in an article since a version of it."""
        from footnote.ingest.library.changes import compare

        record = self.desk.known(article)
        earlier = self.desk.assistant.library.versions(record.article_id) if record else []
        before = next((v for v in earlier if v.version == version), None)
        if record is None or before is None:
            return self.desk.show_dialog("reader", reader_html.none(NO_VERSION))
        now = [p.text for p in self.desk.assistant.library.paragraphs(record.article_id)]
        found = compare([text for _, text in before.paragraphs], now)
        return self.desk.show_dialog("reader", reader_html.changes(record, before, found))

    def read_source(self, session: Session, reference: object) -> Shown:
        """Open the article behind a footnote, at its paragraph, with the quoted words marked."""
        found = _found(session, reference)
        record = self.desk.known(found[2].article_id) if found else None
        if found is None or record is None:
            return self.desk.show_dialog("reader", reader_html.none(NO_PLACE))
        citation = found[2]
        exchange = session.find(found[0])
        paragraphs = self.desk.assistant.library.paragraphs(record.article_id)
        here = next((p for p in paragraphs if p.number == citation.paragraph), None)
        same = here is not None and here.text == citation.paragraph_text
        quote = (citation.quote_start, citation.quote_end) if same else (0, 0)
        dialog = reader_html.reader(
            record,
            paragraphs,
            at=citation.paragraph,
            quote=quote,
            answer=_answer(exchange, citation) if exchange and same else (0, 0),
            pages=self._pages(record.article_id, paragraphs),
        )
        return self.desk.show_dialog("reader", dialog)


def _found(session: Session, reference: object) -> tuple[int, int, Citation] | None:
    """Return exchange, footnote and citation of a reference that a browser sent."""
    match = REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if not match:
        return None
    number, footnote = int(match[1]), int(match[2])
    exchange = session.find(number)
    if exchange is None or footnote > len(exchange.citations):
        return None
    return number, footnote, exchange.citations[footnote - 1]


def _answer(exchange: Exchange, citation: Citation) -> tuple[int, int]:
    """Return where the short answer stands in the paragraph that a footnote of its sentence cites."""
    reply = exchange.reply
    short = reply.short_answer if isinstance(reply, Answer) else None
    if short is None or not isinstance(reply, Answer):
        return 0, 0
    sentence = reply.sentences[short.sentence]
    if citation.number not in sentence.citations:
        return 0, 0
    whole = citation.quote.find(sentence.text)
    start = whole + short.start if whole >= 0 else citation.quote.find(short.text)
    if start < 0 or (whole < 0 and citation.quote.count(short.text) > 1):
        return 0, 0  # it is worded otherwise there, or stands there more than once
    return citation.quote_start + start, citation.quote_start + start + len(short.text)
