"""One paragraph on an article, on several, or on a pasted text, a citation on each sentence.

Extractive: sentences that come early, hold the words that the article keeps using, are near its centre, are
short and new (maximal marginal relevance, Carbonell and Goldstein 1998), taken until the length is reached
and shown in article order. Where an article has sections, those not told of yet count for their sentences.
A sentence that leans on the one before it is taken with it or not at all (`rag.summary.eligibility`). Rows of
tables are no sentences; of a conversation the answers are shown, with their speaker (`rag.summary.turns`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.library.library import ParagraphRecord
from footnote.ingest.text.cells import cells_of
from footnote.ingest.text.languages import language_of
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import content_stems, word_count
from footnote.rag.answer.across_articles import differ_in_words
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.answer.disagreement import Statement, difference, figures
from footnote.rag.english.antecedent import CONNECTIVE, Resolved, read_alone
from footnote.rag.errors import QuestionError
from footnote.rag.find.retrieve import passage_of
from footnote.rag.summary.eligibility import (
    can_stand,
    in_quotation,
    introduced,
    is_interview,
    own_voice,
    points_back,
    without_lead_in,
)
from footnote.rag.summary.turns import NARRATION, headings_asked, turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.ingest.article import Article
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Citation, CitedSentence, Parts

NAME = "extractive"
PASTED = "pasted"  # what stands for the id of an article that is in no library

# Chosen over two sets of news with people's summaries (CNN/DM, n=52; Newsroom, n=30) and the sample articles,
# which have sections (n=16): sum of ROUGE-1 and -2 over the three in percent, around the values below.
# Early: times exp(-sentences before it / EARLY_OVER), and times its rank among the article's sentences in
# what it tells or in being central, so that the scene that a long read opens with counts less: 69.1 → 68.9,
# but 73% for 61% of the sections told of. 1.0: 66.8, 2.0: 69.1.
W_EARLY = 1.5
EARLY_OVER = 3.0
W_CENTRAL = 1.0  # cosine to the article's mean vector; 0.5 and 1.5 within 0.4
W_TELLING = 1.0  # sum of log counts of its content words over TELLING_OVER + words; 0: 68.0, 2: 68.4
TELLING_OVER = 10  # the mean instead prefers a punch line of six words: 68.0
W_LONG = 0.5  # taken off by degrees from LONG to TOO_LONG words; 0: 69.3 at 5 words more, 1: 68.0
LONG, TOO_LONG = 20, 40
W_SHORT = 0.3  # taken off by degrees below SHORT words; 0 to 0.6 within 0.3, but short ones read badly
SHORT = 12
W_TITLE = 0.3  # share of the title's content words in it; 0: 69.1, 0.3: 69.5, 1: 69.0
W_REPEAT = 3.0  # its greatest cosine to a sentence taken before, over REPEAT_FROM; within 0.7 from 2 to 4
REPEAT_FROM = 0.4
W_SECTION = (
    0.6  # its section has not been told of; 0.3: 12 points fewer of the sections are, 0.9: 0.7 less ROUGE
)
# Of the asked number of words; a sentence that leads farther past it than what is there falls short is not
# taken.
SHORTEST = 0.86
ALIKE = 0.5  # cosine from which two sentences are held against each other, as for answers
MOST_COMPARED, MOST_DIFFERENCES = 200, 3  # of two articles, nearest first; of all
MOST_TOGETHER = 3  # sentences in a row that lean on one another


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article: where it stands, how it reads alone, and whether it can be shown at all."""

    paragraph: ParagraphRecord
    start: int
    end: int
    order: int
    reading: Resolved
    vector: NDArray[np.float32]
    fits: bool
    leans: bool  # on the sentence before it
    speaker: str = ""  # whose turn of a conversation it is of
    asked: str = ""  # the question that its paragraph answers

    @property
    def raw(self) -> str:
        """The sentence as it stands in the paragraph."""
        return self.paragraph.text[self.start : self.end]


def summarise(
    articles: Sequence[Sequence[Parts]], length: int, check: SupportChecker, most: int | None = None
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return one paragraph of about `length` words on the given articles, in their order.

    Each article is its paragraphs with their sentence spans and unit vectors `[sentences, d]`. Every
    article gets at least one sentence. With `most` the length is so many sentences, shared out alike.

    Raises:
        QuestionError: If there is no sentence to take.
    """
    share = max(length // max(1, len(articles)), 1)
    most = None if most is None else max(1, most // max(1, len(articles)))
    taken: list[Sentence] = []
    shown: list[Unit] = []
    for parts in articles:
        sentences = read(parts)
        chosen = select(sentences, share, [s.vector for s in taken], most)
        taken += chosen
        asked = ""
        for sentence, text, names in _as_read(chosen, introduced([s.raw for s in sentences])):
            rests = [sentence, *(_naming(name, sentence, sentences) for name in names)]
            apart = {s.order: s for s in rests[1:] if s.paragraph is not sentence.paragraph}
            own = (Place(passage_of(s.paragraph), s.start, s.end) for s in (sentence, *apart.values()))
            new = f"[{sentence.asked}] " if sentence.asked not in ("", asked) else ""
            asked = sentence.asked
            shown.append(Unit(text, tuple(own), new))
    if not shown:
        raise QuestionError("There is no whole sentence here to summarise.")
    return cited(shown, check)


def disagreements(articles: Sequence[Sequence[Parts]]) -> tuple[str, ...]:
    """Return in words where sentences of two articles give different figures for one thing; at most three."""
    told = [_statements(parts) for parts in articles]
    found: dict[str, None] = {}
    for (one, rows), (other, columns) in combinations(told, 2):
        if not one or not other:
            continue
        near = np.stack(rows) @ np.stack(columns).T
        places = np.argwhere(near >= ALIKE)
        for i, j in sorted(places.tolist(), key=lambda place: -near[place[0], place[1]])[:MOST_COMPARED]:
            if difference_found := difference(one[i], other[j]):
                found[differ_in_words(difference_found)] = None
    return tuple(found)[:MOST_DIFFERENCES]


def _statements(parts: Sequence[Parts]) -> tuple[list[Statement], list[NDArray[np.float32]]]:
    """Return the sentences of an article that give a figure or a date, with their vectors."""
    statements, rows = [], []
    for p, spans, vectors in parts:
        for span, row in zip(spans, vectors, strict=True):
            text = p.text[span.start : span.end]
            if figures(text):
                statements.append(Statement(text, p.article_id, p.title, p.date))
                rows.append(row)
    return statements, rows


def parts_of(article: Article, encoder: Encoder) -> list[Parts]:
    """Return the parts of an article that is in no library."""
    texts = [article.paragraph_text(p.number) for p in article.paragraphs]
    spans = [tuple(split(t)) for t in texts]
    rows = encoder.encode([t[s.start : s.end] for t, ss in zip(texts, spans, strict=True) for s in ss])
    parts: list[Parts] = []
    position = 0
    for p, text, found in zip(article.paragraphs, texts, spans, strict=True):
        record = ParagraphRecord(
            PASTED, p.number, p.section, text, article.title, article.source, article.date
        )
        parts.append((record, found, rows[position : position + len(found)]))
        position += len(found)
    return parts


def read(parts: Sequence[Parts]) -> list[Sentence]:
    """Return every sentence of an article in order."""
    texts = [p.text[s.start : s.end] for p, spans, _ in parts for s in spans]
    language, we, interview = language_of(" ".join(texts)), own_voice(texts), is_interview(texts)
    said = turns([p.text for p, _, _ in parts], interview=interview)
    asked = headings_asked([p.section for p, _, _ in parts])
    found: list[Sentence] = []
    for number, (paragraph, spans, rows) in enumerate(parts):
        quoted = in_quotation(paragraph.text, spans)
        turn = said.get(number, NARRATION)
        for span, row, inside in zip(spans, rows, quoted, strict=True):
            order = len(found)
            start = max(span.start + without_lead_in(texts[order]), turn.start)
            text = paragraph.text[start : span.end]
            reading = read_alone(text, texts[max(0, order - 6) : order])
            leans = reading.leans or (not reading.inserted and points_back(text, language))
            fits = not inside and not turn.asks and not _is_row(paragraph.text, start)
            fits = fits and can_stand(text, we=we, you=not interview, speaker=bool(turn.speaker))
            found.append(
                Sentence(
                    paragraph,
                    start,
                    span.end,
                    order,
                    reading,
                    row,
                    fits,
                    leans and order > 0,
                    turn.speaker,
                    asked.get(number, ""),
                )
            )
    return found


def _is_row(text: str, start: int) -> bool:
    """Tell whether the line that has the character at `start` is a row of a table."""
    line = text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
    return bool(cells_of(line))


def select(
    sentences: Sequence[Sentence],
    length: int,
    told: Sequence[NDArray[np.float32]] = (),
    at_most: int | None = None,
) -> list[Sentence]:
    """Return the sentences of a summary of about `length` words, or of `at_most` sentences, in article order.

    `told` are the vectors of what was said already, about other articles. Where nothing can stand
    alone, as in an article that is all table, what comes first is taken.
    """
    units = [u for s in sentences if s.fits and (u := _unit(s, sentences))]
    if not units:
        return _first(sentences, length, at_most)
    vectors = np.stack([s.vector for s in sentences])
    sizes = [word_count(s.raw) + word_count(s.asked) for s in sentences]
    worth = _worth(sentences, sizes, vectors)
    repeats = np.max(vectors @ np.stack(told).T, axis=1) if told else np.zeros(len(sentences))
    sections: set[str] = set()
    chosen: set[int] = set()
    total = 0
    units = [u for u in units if at_most is None or len(u) <= at_most] or units[:1]
    while not chosen or (total < length * SHORTEST if at_most is None else len(chosen) < at_most):
        best: list[int] = []
        most = -math.inf
        for unit in units:
            new = [i for i in unit if i not in chosen]
            size = total + sum(sizes[i] for i in new)
            long = (
                size - length > abs(length - total) if at_most is None else len(chosen) + len(new) > at_most
            )
            if not new or (chosen and long):
                continue
            value = float(np.mean([worth[i] - W_REPEAT * max(0.0, repeats[i] - REPEAT_FROM) for i in new]))
            value += W_SECTION * (sentences[unit[-1]].paragraph.section not in sections)
            best, most = (new, value) if value > most else (best, most)
        if not best:
            break
        chosen.update(best)
        total += sum(sizes[i] for i in best)
        repeats = np.maximum(repeats, np.max(vectors @ vectors[best].T, axis=1))
        sections.update(sentences[i].paragraph.section for i in best)
    return [sentences[i] for i in sorted(chosen)]


def _first(sentences: Sequence[Sentence], length: int, at_most: int | None) -> list[Sentence]:
    """Return the first sentences, or rows, up to `length` words or `at_most`; one at least."""
    found: list[Sentence] = []
    for s in sentences:
        size = sum(word_count(other.raw) for other in (*found, s))
        if found and (size > length if at_most is None else len(found) == at_most):
            break
        found += [s] if s.raw.strip() else []
    return found


def _unit(sentence: Sentence, sentences: Sequence[Sentence]) -> tuple[int, ...]:
    """Return the sentence's number with those before it that it leans on; none when they cannot be shown."""
    unit = [sentence.order]
    while sentences[unit[0]].leans:
        before = unit[0] - 1
        if len(unit) == MOST_TOGETHER or not sentences[before].fits:
            return ()
        unit.insert(0, before)
    return tuple(unit)


def _worth(
    sentences: Sequence[Sentence], sizes: Sequence[int], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what each sentence is worth by itself."""
    size = np.array(sizes)
    centre = vectors.mean(axis=0)
    central = vectors @ (centre / (np.linalg.norm(centre) or 1.0))
    telling = _telling(sentences) / (TELLING_OVER + size)
    lead = np.exp(-np.arange(len(sentences)) / EARLY_OVER) * np.maximum(_rank(telling), _rank(central))
    return np.asarray(
        W_EARLY * lead
        + W_CENTRAL * central
        + W_TELLING * telling
        + W_TITLE * _titled(sentences)
        - W_LONG * np.clip((size - LONG) / (TOO_LONG - LONG), 0, 1)
        - W_SHORT * np.clip((SHORT - size) / (SHORT / 2), 0, 1),
        dtype=np.float32,
    )


def _rank(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return which share of the values each one is not below."""
    return np.searchsorted(np.sort(values), values, side="right") / len(values)


def _titled(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Return which share of the title's content words each sentence has."""
    title = set(content_stems(sentences[0].paragraph.title))
    return np.array([len(title.intersection(content_stems(s.raw))) / max(1, len(title)) for s in sentences])


def _telling(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Return the sum of the log counts in the article of each sentence's content words.

    What an article keeps speaking of is what summaries of it say (Nenkova and Vanderwende 2005).
    """
    terms = [content_stems(s.raw) for s in sentences]
    counts = Counter(t for found in terms for t in found)
    return np.array([sum(math.log(counts[t]) for t in found) for found in terms])


def _naming(name: str, sentence: Sentence, sentences: Sequence[Sentence]) -> Sentence:
    """Return the sentence at or before one, the nearest, that gives a name put into it; else itself."""
    near = (s for s in reversed(sentences[: sentence.order + 1]) if name in s.raw)
    return next(near, next((s for s in sentences if name in s.raw), sentence))


def _as_read(
    chosen: Sequence[Sentence], given_names: dict[str, str]
) -> list[tuple[Sentence, str, list[str]]]:
    """Return each sentence with its text as shown, and the names that square brackets in it complete.

    After the sentence that it followed in the article, one is shown as it stands.
    """
    shown: list[tuple[Sentence, str, list[str]]] = []
    known = ""
    previous = None
    for s in chosen:
        follows = previous is not None and previous.order + 1 == s.order
        text = s.raw if follows else _without_connective(s.reading.text)
        inserted = [s.reading.inserted] if s.reading.inserted and not follows else []
        for surname, given in given_names.items():
            if surname in text and not re.search(rf"\b{re.escape(surname)}\b", known):
                introduced_text = _introduce(text, surname, given)
                inserted += [f"{given} {surname}"] if introduced_text != text else []
                text = introduced_text
        if s.speaker and not (previous and previous.paragraph is s.paragraph):
            text = f"[{s.speaker.split()[-1] if s.speaker in known else s.speaker}:] {text}"
        known += f" {text}"
        previous = s
        shown.append((s, text, inserted))
    return shown


def _introduce(text: str, surname: str, given: str) -> str:
    """Return `text` with the given name in brackets before a surname that comes first without it.

    >>> _introduce("Lankov said so.", "Lankov", "Andrei")
    '[Andrei] Lankov said so.'
    >>> _introduce("Mr Lankov said so.", "Lankov", "Andrei")
    'Mr Lankov said so.'
    """
    first = re.search(rf"\b{re.escape(surname)}\b", text)
    if first is None or re.search(r"(?:\b[A-Z][\w.’'-]*|\]|\bthe)[ -]$|\[$", text[: first.start()]):
        return text
    if re.match(r"[ -][A-Z]", text[first.end() :]):
        return text  # part of a longer name
    return f"{text[: first.start()]}[{given}] {text[first.start() :]}"


def _without_connective(text: str) -> str:
    """Return `text` without a leading "But" or "However": what it answers is not shown."""
    rest = CONNECTIVE.sub("", text)
    return rest if rest == text else rest[:1].upper() + rest[1:]
