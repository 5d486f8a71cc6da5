"""The library that a suite is run over: filled with its articles, and with distractors beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from footnote.ingest.article import Article
from footnote.ingest.pipeline import Outcome, Progress, ingest
from footnote.ingest.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.evals.suite.cases import Suite
    from footnote.ingest.article import Read
    from footnote.rag.assistant import Assistant

SHOWN = 20  # rejected sources kept with their reasons; all are counted


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a library was filled with. `ids` maps the suite's names of articles to the library's ids."""

    ids: dict[str, str] = field(default_factory=dict)
    articles: int = 0
    paragraphs: int = 0
    rejected: int = 0
    reasons: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the first reasons as JSON values."""
        return {
            "articles": self.articles,
            "paragraphs": self.paragraphs,
            "rejected": self.rejected,
            "reasons": list(self.reasons),
        }


def fill(
    assistant: Assistant,
    suite: Suite,
    distractors: Sequence[str] = (),
    progress: Callable[[Progress], None] = lambda _: None,
) -> Corpus:
    """Bring the assistant's library up to the suite's articles and the distractors.

    What is there already is left alone, so a kept library is filled once.

    Raises:
        LibraryUnwritable: If the disk is full.
    """
    ids: dict[str, str] = {}
    reasons: list[str] = []
    rejected = 0
    found = chain(_named(suite.articles(), ids), read_sources(distractors))
    for event in ingest(found, assistant.library, assistant.encoder):
        match event:
            case Outcome(status="rejected"):
                rejected += 1
                reasons += [event.reason] if len(reasons) < SHOWN else []
            case Progress():
                progress(event)
            case _:
                pass
    library = assistant.library
    return Corpus(ids, len(library.articles()), library.paragraph_count(), rejected, tuple(reasons))


def _named(articles: Iterable[Read], ids: dict[str, str]) -> Iterator[Read]:
    """Pass articles on, and note by which names a suite may call each: source, its end, file name."""
    for article in articles:
        if isinstance(article, Article):
            source = article.source.replace("\\", "/")
            for name in (source.rpartition("/")[2], source.partition("#")[2], source):
                if name:
                    ids[name] = article.id
        yield article
