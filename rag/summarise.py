"""One paragraph on an article, on several, or on a pasted text, a citation on each sentence.

Extractive, in the tradition of LexRank (Erkan and Radev 2004) and maximal marginal relevance
(Carbonell and Goldstein 1998): sentences that are central, early and new, in article order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.antecedent import CONNECTIVE, Reading, read_alone
from rag.errors import QuestionError
from rag.extractive import quote
from rag.retrieve import passage_of
from rag.types import CitedSentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ingest.library import ParagraphRecord
    from ingest.sentences import Span
    from rag.support import SupportChecker
    from rag.types import Citation

NAME = "extractive"

FEWEST_WORDS, MOST_WORDS = 8, 42  # of a sentence: shorter ones say little, longer ones fill the paragraph
SIMILAR_FROM = 0.2  # cosine from which two sentences count as being about the same, as in LexRank's threshold
W_CENTRAL = 1.0
W_EARLY = 0.6
W_REPEAT = 0.8
SHORTEST, LONGEST = 0.7, 1.3  # of the asked number of words
OPEN_QUOTE, CLOSE_QUOTE = "“„«", "”»"
FIRST_PERSON = re.compile(r"\b(?:I|I’m|I’ve|I'm|I've|we|We|my|My|our|Our|us)\b")
QUOTED = re.compile(r"[“\"][^”\"]*[”\"]")
SPEECH = re.compile(r"[“\"].{20,}[”\"]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article with where it stands and how it reads alone."""

    paragraph: ParagraphRecord
    span: Span
    order: int
    reading: Reading
    vector: NDArray[np.float32]

    @property
    def raw(self) -> str:
        """The sentence as it stands in the paragraph."""
        return self.paragraph.text[self.span.start : self.span.end]

    @property
    def length(self) -> int:
        """Number of words."""
        return len(self.raw.split())


Parts = tuple["ParagraphRecord", tuple["Span", ...], "NDArray[np.float32]"]


def summarise(
    articles: Sequence[Sequence[Parts]], words: int, check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return one paragraph of about `words` words on the given articles, in their order.

    Each article is its paragraphs with their sentence spans and unit vectors `[sentences, d]`. Every
    article gets at least one sentence.

    Raises:
        QuestionError: If there is no sentence to take.
    """
    share = max(words // max(1, len(articles)), 1)
    chosen = [s for parts in articles for s in select(read(parts), share)]
    if not chosen:
        raise QuestionError("There is no whole sentence here to summarise.")
    return _cite(chosen, check)


def read(parts: Sequence[Parts]) -> list[Sentence]:
    """Return every sentence of an article in order."""
    found: list[Sentence] = []
    before: list[str] = []
    for paragraph, spans, rows in parts:
        for span, row in zip(spans, rows, strict=True):
            text = paragraph.text[span.start : span.end]
            found.append(Sentence(paragraph, span, len(found), read_alone(text, before[-6:]), row))
            before.append(text)
    return found


def select(sentences: Sequence[Sentence], words: int) -> list[Sentence]:
    """Return the sentences of a summary of about `words` words, in article order."""
    pool = [s for s in sentences if fits(s)] or [s for s in sentences if s.raw.strip()]
    if not pool:
        return []
    vectors = np.stack([s.vector for s in pool])
    worth = W_CENTRAL * _centrality(vectors, sentences) + W_EARLY * _earliness(pool, sentences)
    repeats = np.zeros(len(pool), dtype=np.float32)
    chosen: list[int] = []
    total = 0
    while total < words * SHORTEST or not chosen:
        room = [
            i
            for i in range(len(pool))
            if i not in chosen and (not chosen or total + pool[i].length <= words * LONGEST)
        ]
        if not room:
            break
        best = max(room, key=lambda i: (worth[i] - W_REPEAT * repeats[i], -i))
        chosen.append(best)
        total += pool[best].length
        repeats = np.maximum(repeats, vectors @ vectors[best])
    return [pool[i] for i in sorted(chosen)]


def fits(sentence: Sentence) -> bool:
    """Tell whether a sentence can stand in a summary: whole, of fair length, and clear alone."""
    text = sentence.raw
    if not FEWEST_WORDS <= sentence.length <= MOST_WORDS or sentence.reading.leans:
        return False
    if text[-1] not in '.!”"。！)' or text.startswith(("-", "•", "*", "(")):
        return False
    if "\n" in text or text[0].islower() or not _balanced(text):
        return False
    return not _speech_alone(text) and not FIRST_PERSON.search(QUOTED.sub("", text))


def _balanced(text: str) -> bool:
    opened = sum(text.count(q) for q in OPEN_QUOTE)
    closed = sum(text.count(q) for q in CLOSE_QUOTE)
    return opened == closed and text.count('"') % 2 == 0


def _speech_alone(text: str) -> bool:
    """Tell whether a sentence is a quotation without who said it."""
    outside = QUOTED.sub(" ", text)
    return bool(SPEECH.search(text)) and len(outside.split()) < 2 + bool(text[0] in '“"')


def _centrality(vectors: NDArray[np.float32], sentences: Sequence[Sentence]) -> NDArray[np.float32]:
    """Return each row's mean similarity to the whole article over the threshold, scaled to at most 1."""
    similar = vectors @ np.stack([s.vector for s in sentences]).T
    degree = np.where(similar >= SIMILAR_FROM, similar, 0.0).sum(axis=1)
    return np.asarray(degree / (degree.max() or 1.0), dtype=np.float32)


def _earliness(pool: Sequence[Sentence], sentences: Sequence[Sentence]) -> NDArray[np.float32]:
    """Return 1 for the first sentence, falling fast: news says first what matters."""
    last = max(1, len(sentences) - 1)
    return np.array([1 / (1 + 12 * s.order / last) for s in pool], dtype=np.float32)


def _cite(
    chosen: Sequence[Sentence], check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    sentences, citations = [], []
    previous: Sentence | None = None
    for number, s in enumerate(chosen, start=1):
        follows = (
            previous is not None
            and previous.order + 1 == s.order
            and previous.paragraph.article_id == s.paragraph.article_id
        )
        text = s.raw if follows else _without_connective(s.reading.text)
        previous = s
        passage = passage_of(s.paragraph)
        citations.append(quote(passage, number, s.span.start, s.span.end))
        evidence = [f"{s.paragraph.title}. {s.paragraph.text}"]
        if s.reading.inserted:
            evidence.append(s.reading.inserted)
        sentences.append(CitedSentence(text, (number,), check(text, evidence)))
    return tuple(sentences), tuple(citations)


def _without_connective(text: str) -> str:
    """Return `text` without a leading "But" or "However": what it answers is not shown."""
    rest = CONNECTIVE.sub("", text)
    return rest if rest == text else rest[:1].upper() + rest[1:]
