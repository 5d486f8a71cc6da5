"""What everything else calls: ask, stream, search, summarise. `build` is where parts are chosen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from ingest.encode import DEFAULT_ENCODER, Encoder, SentenceTransformerEncoder, verify_packaged_model
from ingest.library import Library, ParagraphRecord, open_library
from ingest.sentences import sentences as split
from ingest.sources import read_text
from rag import extractive
from rag.errors import QuestionError
from rag.extractive import candidates, quote, term_weights
from rag.followup import stand_alone
from rag.question import analyse
from rag.retrieve import NO_FILTERS, Retrieved, retrieve
from rag.summarise import NAME as SUMMARISER
from rag.summarise import summarise
from rag.support import SupportChecker, check_support
from rag.types import Answer, Citation, Filters, Passage, Refusal, Reply, Summary, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.article import Article
    from rag.settings import Settings
    from rag.summarise import Parts

CLOSEST = 3
REFUSED = "The articles do not answer this. These paragraphs come closest."
NOTHING_CLOSE = "The articles do not answer this, and nothing in them comes close."
NO_ARTICLES = "No articles yet. Add some with `footnote ingest PATH`."
NO_ARTICLES_LEFT = "No article fits the chosen articles and dates."
PASTED = "pasted"


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions about the articles of a library and summarises them.

    Safe to use from several threads. A context manager: leaving it closes the library.
    """

    settings: Settings
    library: Library
    encoder: Encoder
    check: SupportChecker = field(default=check_support)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def warm(self) -> None:
        """Load the encoder now, so that the first question does not wait for it."""
        self.encoder.encode(["warm"])

    def ask(self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Turn] = ()) -> Reply:
        """Answer a question from the articles, or refuse.

        Raises:
            QuestionError: If the question is empty or too long.
            UnknownArticle: If the filters name an article that is not there.
        """
        clock = _Clock()
        asked = self._usable(question)
        standalone = stand_alone(asked, history)
        if not self.library.articles():
            return Refusal(asked, standalone, NO_ARTICLES, (), extractive.NAME, timings_ms=clock.total())
        found = retrieve(standalone, self.library, self.encoder, k=self.settings.passages, filters=filters)
        clock.lap("retrieve")
        draft = extractive.answer(standalone, found, self.library, self.check)
        clock.lap("answer")
        if not draft.sentences or draft.confidence < self.settings.answer_threshold:
            return self._refusal(asked, standalone, found, draft.confidence, clock)
        return Answer(
            asked,
            standalone,
            draft.sentences,
            draft.citations,
            extractive.NAME,
            timings_ms=clock.total(),
            confidence=draft.confidence,
        )

    def stream(
        self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Turn] = ()
    ) -> Iterator[Reply]:
        """Yield growing replies, a sentence more each; the last is what `ask` returns."""
        reply = self.ask(question, filters=filters, history=history)
        if isinstance(reply, Answer):
            for shown in range(1, len(reply.sentences)):
                part = reply.sentences[:shown]
                numbers = {n for s in part for n in s.citations}
                cited = tuple(c for c in reply.citations if c.number in numbers)
                yield replace(reply, sentences=part, citations=cited, complete=False)
        yield reply

    def search(self, query: str, *, k: int = 10, filters: Filters = NO_FILTERS) -> list[Passage]:
        """Return the `k` best paragraphs for `query`, best first."""
        return list(retrieve(self._usable(query), self.library, self.encoder, k=k, filters=filters).passages)

    def summarise(self, articles: Sequence[str], *, words: int | None = None) -> Summary:
        """Return one paragraph on the articles, given by id or any reference the library resolves.

        Raises:
            UnknownArticle: If one is not there.
            QuestionError: If none is given, or there is no sentence to take.
        """
        if not articles:
            raise QuestionError("Name at least one article to summarise.")
        clock = _Clock()
        ids = list(dict.fromkeys(self.library.resolve(a) for a in articles))
        records = [self.library.article(i) for i in ids]
        records.sort(key=lambda r: r.date or "9999")
        parts = [self._parts(r.article_id) for r in records]
        sentences, citations = summarise(parts, words or self.settings.summary_words, self.check)
        return Summary(
            tuple(r.article_id for r in records),
            "; ".join(r.title for r in records),
            sentences,
            citations,
            SUMMARISER,
            timings_ms=clock.total(),
        )

    def summarise_text(self, text: str, *, title: str = "", words: int | None = None) -> Summary:
        """Return one paragraph on a pasted text; the library is neither read nor changed.

        Raises:
            UnreadableSource: If there is no paragraph in it.
        """
        clock = _Clock()
        article = read_text(text, title=title)
        parts = self._parts_of_text(article)
        sentences, citations = summarise([parts], words or self.settings.summary_words, self.check)
        return Summary((), article.title, sentences, citations, SUMMARISER, timings_ms=clock.total())

    def _usable(self, question: str) -> str:
        asked = " ".join(question.split())
        if not asked:
            raise QuestionError("The question is empty. Type what you would like to know.")
        if len(asked) > self.settings.max_question:
            raise QuestionError(
                f"The question has {len(asked):,} characters; at most {self.settings.max_question:,} "
                "can be asked at once. Shorten it, or add the text as an article."
            )
        return asked

    def _refusal(
        self, asked: str, standalone: str, found: Retrieved, confidence: float, clock: _Clock
    ) -> Refusal:
        closest = self._closest(standalone, found)
        text = REFUSED if closest else NO_ARTICLES_LEFT
        return Refusal(asked, standalone, text, closest, extractive.NAME, (), clock.total(), confidence)

    def _closest(self, question: str, found: Retrieved) -> tuple[Citation, ...]:
        """Return the best paragraphs, each quoted with its sentence nearest to the question."""
        asked = analyse(question)
        scored = candidates(asked, found, term_weights(asked, self.library))
        shown = []
        for number, passage in enumerate(found.passages[:CLOSEST], start=1):
            own = [c for c in scored if c.passage is passage]
            best = max(own, key=lambda c: c.score, default=None)
            shown.append(
                quote(passage, number)
                if best is None
                else quote(passage, number, best.span.start, best.span.end)
            )
        return tuple(shown)

    def _parts(self, article_id: str) -> list[Parts]:
        paragraphs = self.library.paragraphs(article_id)
        vectors = self.library.sentence_vectors([(article_id, p.number) for p in paragraphs])
        return [
            (p, *vectors[(article_id, p.number)]) for p in paragraphs if (article_id, p.number) in vectors
        ]

    def _parts_of_text(self, article: Article) -> list[Parts]:
        texts = [article.paragraph_text(p.number) for p in article.paragraphs]
        spans = [tuple(split(t)) for t in texts]
        rows = self.encoder.encode(
            [t[s.start : s.end] for t, ss in zip(texts, spans, strict=True) for s in ss]
        )
        parts: list[Parts] = []
        position = 0
        for p, text, ss in zip(article.paragraphs, texts, spans, strict=True):
            record = ParagraphRecord(
                PASTED, p.number, p.section, text, article.title, article.source, article.date
            )
            parts.append((record, ss, rows[position : position + len(ss)]))
            position += len(ss)
        return parts


class _Clock:
    """Milliseconds since the start and since the last lap."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round((now - self._last) * 1000, 2)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self._laps, "total": round((time.perf_counter() - self._start) * 1000, 2)}


def build(settings: Settings, *, read_only: bool = False) -> Assistant:
    """Choose the parts after `settings` and open the library.

    Raises:
        LibraryError: If the library cannot be opened.
        EncoderError: If the packaged encoder's files are not the official ones.
    """
    encoder = SentenceTransformerEncoder(settings.encoder)
    fresh = not settings.home.is_dir()
    if encoder.name == DEFAULT_ENCODER and fresh and not read_only:
        verify_packaged_model()
    library = open_library(settings.home, encoder.name, encoder.dimension, read_only=read_only)
    return Assistant(settings, library, encoder)
