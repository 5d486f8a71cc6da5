"""The sources' acts: open the paragraph behind a footnote, and the whole article around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ui.html import reader as reader_html
from footnote.ui.html import sources as sources_html

if TYPE_CHECKING:
    from footnote.rag.types import Citation
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session

REFERENCE = re.compile(r"([1-9]\d{0,5})-([1-9]\d{0,2})")
NO_PLACE = "This paragraph is no longer in the library."
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
        return self.desk.show_dialog("reader", reader_html.reader(record, paragraphs, versions=versions))

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
        paragraphs = self.desk.assistant.library.paragraphs(record.article_id)
        here = next((p for p in paragraphs if p.number == citation.paragraph), None)
        same = here is not None and here.text == citation.paragraph_text
        quote = (citation.quote_start, citation.quote_end) if same else (0, 0)
        return self.desk.show_dialog(
            "reader", reader_html.reader(record, paragraphs, at=citation.paragraph, quote=quote)
        )


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
