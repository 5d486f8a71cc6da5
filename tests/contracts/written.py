"""What answerers and summarisers have in common: the footnotes of what they write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.article import make_article
from footnote.rag.summary.extractive import parts_of
from footnote.rag.types import Verdict
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footnote.rag.answer.answerer import Written
    from footnote.rag.types import Parts


PARAGRAPHS = [
    "The city closed its old harbour bridge on Monday. Engineers had found deep cracks in the steel.",
    "Ferries run every ten minutes while the bridge is closed. The company has hired twelve more sailors.",
    "The repairs cost two million euros. Shop owners near the bridge fear for their trade.",
]


def parts(*texts: str, title: str = "The bridge") -> list[Parts]:
    """Return the parts of an article with these paragraphs, none for none; its id is its title."""
    if not texts:
        return []
    article = make_article([("", text) for text in texts], title=title, source=f"/{title}.txt")
    return [
        (replace(record, article_id=title), spans, rows)
        for record, spans, rows in parts_of(article, HashingEncoder())
    ]


def check_citations(written: Written, paragraphs: Mapping[tuple[str, int], str]) -> None:
    """Hold the footnotes to the paragraphs given: numbered as they come, words that stand there, all used."""
    assert [c.number for c in written.citations] == list(range(1, len(written.citations) + 1))
    for citation in written.citations:
        assert citation.paragraph_text == paragraphs[citation.article_id, citation.paragraph]
        assert citation.quote == citation.paragraph_text[citation.quote_start : citation.quote_end]
    used = [n for s in written.sentences for n in s.citations]
    assert set(used) == {c.number for c in written.citations}
    assert all(s.text.strip() and s.support.verdict in Verdict for s in written.sentences)
