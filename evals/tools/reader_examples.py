"""Examples to train the reader on: a question, a window of sentences, where the answer stands if it does.

Made from questions with extractive answers (SQuAD 1.1 and the like). Half of them carry the lesson that a
reader needs most and that such data do not teach: what a passage about the same thing does not answer.
Negatives are windows of the same article that share words with the question, other sentences of the same
paragraph, and questions changed so that the window no longer answers them: a name, number or date swapped
for another of the article, an opposite put in, a negation (the kinds of SQuAD 2.0, Rajpurkar et al. 2018,
section 4, made by rule). `written` takes questions that people wrote to be unanswerable, `plainly` those that
people ask of news in their own words, beside which the other paragraphs are what does not answer.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import content_stems, stems
from footnote.rag.english.lists import AUXILIARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.evals.tools.reader_questions import Asked, Story

MOST_BEFORE = MOST_AFTER = 2  # sentences round the one that holds the answer
WINDOW_WORDS = 90
WIDE, WIDE_WORDS = 0.4, 165  # the share of windows that take in all that fits, up to this many words
HARD, SAME_PARAGRAPH, CHANGED = 0.55, 0.2, 0.35  # negatives of each kind for a question with an answer

BESIDE, ELSEWHERE = 0.6, 0.5  # a window of another paragraph, of another story
COMMON = 300  # paragraphs that have a word which finds no other story
NEAREST = 4

NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d\b")
NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w’'-]+(?: (?:of |the |de )?[A-Z][\w’'-]+)*")
PAIRS = """
    first/last largest/smallest highest/lowest before/after more/less most/least increase/decrease
    north/south east/west northern/southern eastern/western begin/end began/ended start/stop
    started/stopped won/lost win/lose male/female men/women above/below older/younger
    oldest/youngest import/export imported/exported buy/sell bought/sold early/late earliest/latest
    inside/outside maximum/minimum major/minor positive/negative upper/lower longest/shortest
    arrive/leave arrived/left gain/lose gained/lost rise/fall rose/fell open/close opened/closed
    accepted/rejected allowed/banned supported/opposed succeeded/failed common/rare old/new
    born/died father/mother son/daughter brother/sister husband/wife internal/external
    public/private domestic/foreign fewer/more never/always included/excluded join/leave joined/left
    created/destroyed strongest/weakest richest/poorest best/worst hot/cold warm/cool fast/slow
    heavy/light hard/soft rural/urban
"""
OPPOSITE = {
    a: b
    for one, other in (pair.split("/") for pair in PAIRS.split())
    for a, b in ((one, other), (other, one))
}
ASKS = re.compile(rf"\b{AUXILIARY}\b")


class Example(NamedTuple):
    """A question on a window of text; the answer is `window[start:end]`, or there is none when `end` is 0."""

    question: str
    title: str
    window: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    spans: tuple[tuple[int, int], ...]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Article:
    title: str
    paragraphs: tuple[_Paragraph, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    rarity: Mapping[str, float]


def examples(
    articles: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]], seed: int
) -> Iterator[Example]:
    """Yield the examples of all questions, those of one question together, in shuffled order."""
    dice = random.Random(seed)  # noqa: S311 - examples, not secrets
    read = {a["article_id"]: _read(a) for a in articles}
    order = list(range(len(questions)))
    dice.shuffle(order)
    for number in order:
        row = questions[number]
        article = read[row["article_id"]]
        if row["answerable"] and row["gold_paragraphs"]:
            yield from _of_question(row, article, dice)


def written(
    articles: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]
) -> Iterator[Example]:
    """Yield every window of the paragraph that each question was asked on, with its answer if it has one.

    A row holds `asked_on_paragraph` (counted from 0); windows follow each other and share a sentence.
    """
    read = {a["article_id"]: _read(a) for a in articles}
    for row in questions:
        article = read[row["article_id"]]
        paragraph = article.paragraphs[row["asked_on_paragraph"]]
        question = row["question"].strip()
        found = _locate(question, row["answers"], paragraph) if row["answerable"] else None
        if row["answerable"] and found is None:
            continue
        for low, high in _cut(paragraph):
            start = paragraph.spans[low][0]
            holds = found is not None and low <= found[0] <= high
            answer = (found[1] - start, found[2] - start) if found and holds else (0, 0)
            yield Example(question, article.title, _text(paragraph, low, high), *answer)


def plainly(asked: Sequence[Asked], stories: Mapping[str, Story], seed: int) -> Iterator[Example]:
    """Yield a window that answers each question, and windows of the same and of another story that do not."""
    dice = random.Random(seed)  # noqa: S311 - examples, not secrets
    read = {name: _read(stories[name]._asdict()) for name in sorted({one.story for one in asked})}
    near = _Near(read)
    for one in dice.sample(asked, len(asked)):
        article = read[one.story]
        paragraph = article.paragraphs[one.paragraph]
        title = "" if dice.random() < 0.1 else article.title
        yield from _asked_on(one, paragraph, title, dice)
        answer = paragraph.text[one.start : one.end].lower()
        for own_title, other in near.others(one, title, paragraph, dice):
            window = _text(other, *dice.choice(list(_cut(other))))
            if not answer or answer not in window.lower():
                yield Example(one.question, own_title, window, 0, 0)


def _asked_on(one: Asked, paragraph: _Paragraph, title: str, dice: random.Random) -> Iterator[Example]:
    if not one.end:
        for low, high in _cut(paragraph):
            yield Example(one.question, title, _text(paragraph, low, high), 0, 0)
        return
    place = next(n for n, (_, end) in enumerate(paragraph.spans) if one.start < end)
    low, high = _window(paragraph, place, dice)
    yield Example(one.question, title, paragraph.text[low:high], one.start - low, min(one.end, high) - low)


class _Near:
    """Paragraphs that share most words with a question: of its story, and of others."""

    def __init__(self, read: Mapping[str, _Article]) -> None:
        self._read = read
        self._places = [(name, p) for name, article in read.items() for p in article.paragraphs if p.spans]
        self._having: dict[str, list[int]] = {}
        for number, (_, paragraph) in enumerate(self._places):
            for stem in paragraph.stems:
                self._having.setdefault(stem, []).append(number)

    def others(
        self, one: Asked, title: str, paragraph: _Paragraph, dice: random.Random
    ) -> Iterator[tuple[str, _Paragraph]]:
        """Yield some that are not the one asked about, with the titles of their stories."""
        words = set(content_stems(one.question))
        same = [p for p in self._read[one.story].paragraphs if p is not paragraph and p.spans]
        same.sort(key=lambda p: -len(words & p.stems) - dice.random())
        yield from ((title, p) for p in same[:2] if dice.random() < BESIDE)
        if dice.random() < ELSEWHERE:
            rated = Counter[int]()
            for stem in words:
                having = self._having.get(stem, ())
                rated.update(having if len(having) < COMMON else ())
            far = [n for n, _ in rated.most_common(3 * NEAREST) if self._places[n][0] != one.story][:NEAREST]
            if far:
                name, other = self._places[dice.choice(far)]
                yield self._read[name].title, other


def _text(paragraph: _Paragraph, low: int, high: int) -> str:
    return paragraph.text[paragraph.spans[low][0] : paragraph.spans[high][1]]


def _cut(paragraph: _Paragraph) -> Iterator[tuple[int, int]]:
    """Yield first and last sentence of windows of about `WINDOW_WORDS` words that cover a paragraph."""
    low = high = 0
    while high < len(paragraph.spans):
        while high + 1 < len(paragraph.spans) and _words(paragraph, low, high + 1) <= WINDOW_WORDS:
            high += 1
        yield low, high
        if high + 1 == len(paragraph.spans):
            return
        low = high if high > low and _words(paragraph, high, high + 1) <= WINDOW_WORDS else high + 1
        high = low


def _read(article: Mapping[str, Any]) -> _Article:
    paragraphs = []
    seen: Counter[str] = Counter()
    for text in article["paragraphs"]:
        own = frozenset(stems(text))
        seen.update(own)
        paragraphs.append(_Paragraph(text, tuple((s.start, s.end) for s in split(text)), own))
    whole = "\n".join(article["paragraphs"])
    return _Article(
        article["title"],
        tuple(paragraphs),
        tuple(dict.fromkeys(NAME.findall(whole))),
        tuple(dict.fromkeys(NUMBER.findall(whole))),
        {stem: 1.0 / count for stem, count in seen.items()},
    )


def _of_question(row: Mapping[str, Any], article: _Article, dice: random.Random) -> Iterator[Example]:
    question = row["question"].strip()
    paragraph = article.paragraphs[row["gold_paragraphs"][0]]
    found = _locate(question, row["answers"], paragraph)
    if found is None:
        return
    place, start, end = found
    title = "" if dice.random() < 0.1 else article.title
    low, high = _window(paragraph, place, dice)
    window = paragraph.text[low:high]
    yield Example(question, title, window, start - low, end - low)
    if dice.random() < HARD:
        other = _hard(question, row["answers"], paragraph, article, dice)
        if other:
            yield Example(question, title, other, 0, 0)
    if dice.random() < SAME_PARAGRAPH:
        other = _beside(row["answers"], paragraph, place, dice)
        if other:
            yield Example(question, title, other, 0, 0)
    if dice.random() < CHANGED:
        changed = _changed(question, window, article, dice)
        if changed:
            yield Example(changed, title, window, 0, 0)


def _locate(question: str, answers: Sequence[str], paragraph: _Paragraph) -> tuple[int, int, int] | None:
    """Return sentence and characters of the answer's occurrence whose sentence is nearest to the question."""
    asked = set(content_stems(question))
    best: tuple[int, int, int, int] | None = None
    for answer in answers[:1]:
        for match in re.finditer(re.escape(answer), paragraph.text):
            place = next((i for i, (a, b) in enumerate(paragraph.spans) if a <= match.start() < b), None)
            if place is None:
                continue
            a, b = paragraph.spans[place]
            shared = len(asked & set(stems(paragraph.text[a:b])))
            if best is None or shared > best[0]:
                best = (shared, place, match.start(), match.end())
    return best[1:] if best else None


def _window(paragraph: _Paragraph, place: int, dice: random.Random) -> tuple[int, int]:
    """Return the characters of a window of sentences round `place`: a few, or all that fits."""
    low = high = place
    before, after, most = dice.randint(0, MOST_BEFORE), dice.randint(0, MOST_AFTER), WINDOW_WORDS
    if dice.random() < WIDE:
        before = after = len(paragraph.spans)
        most = WIDE_WORDS
    for step in range(max(before, after)):
        if step < before and low > 0 and _words(paragraph, low - 1, high) <= most:
            low -= 1
        if step < after and high + 1 < len(paragraph.spans) and _words(paragraph, low, high + 1) <= most:
            high += 1
    return paragraph.spans[low][0], paragraph.spans[high][1]


def _words(paragraph: _Paragraph, low: int, high: int) -> int:
    return len(paragraph.text[paragraph.spans[low][0] : paragraph.spans[high][1]].split())


def _hard(
    question: str, answers: Sequence[str], gold: _Paragraph, article: _Article, dice: random.Random
) -> str | None:
    """Return a window of another paragraph that shares most with the question and holds no answer."""
    asked = set(content_stems(question))
    rated = sorted(
        (
            (sum(article.rarity.get(s, 0.0) for s in asked & p.stems) + 0.02 * dice.random(), i)
            for i, p in enumerate(article.paragraphs)
            if p is not gold and p.spans
        ),
        reverse=True,
    )[:3]
    if not rated:
        return None
    paragraph = article.paragraphs[dice.choice(rated)[1]]
    place = max(
        range(len(paragraph.spans)),
        key=lambda i: len(asked & set(stems(paragraph.text[slice(*paragraph.spans[i])]))),
    )
    low, high = _window(paragraph, place, dice)
    return _without(paragraph.text[low:high], answers)


def _beside(answers: Sequence[str], paragraph: _Paragraph, place: int, dice: random.Random) -> str | None:
    """Return a window of the same paragraph that leaves the answer's sentence out."""
    sides = [(0, place - 1), (place + 1, len(paragraph.spans) - 1)]
    sides = [(a, b) for a, b in sides if b >= a]
    if not sides:
        return None
    low, high = dice.choice(sides)
    high = min(high, low + 2)
    return _without(paragraph.text[paragraph.spans[low][0] : paragraph.spans[high][1]], answers)


def _without(window: str, answers: Sequence[str]) -> str | None:
    lower = window.lower()
    return None if any(a.lower() in lower for a in answers) or len(window) < 30 else window


def _changed(question: str, window: str, article: _Article, dice: random.Random) -> str | None:
    """Return the question changed so that the window should not answer it, or None."""
    ways = [_other_name, _other_number, _opposite, _opposite]
    dice.shuffle(ways)
    if dice.random() < 0.06:
        ways.insert(0, _negated)
    for way in ways:
        changed = way(question, window, article, dice)
        if changed and changed != question:
            return changed
    return None


def _swap(question: str, match: re.Match[str], other: str) -> str:
    return question[: match.start()] + other + question[match.end() :]


def _other_name(question: str, window: str, article: _Article, dice: random.Random) -> str | None:
    known = set(stems(window)) | set(stems(article.title))
    named = [m for m in NAME.finditer(question) if known & set(stems(m[0]))]
    if not named:
        return None
    match = dice.choice(named)
    near = [n for n in NAME.findall(window) if not set(stems(n)) & set(stems(question))]
    pool = near if near and dice.random() < 0.35 else article.names
    for _ in range(6):
        other = dice.choice(pool) if pool else ""
        alike = abs(len(other.split()) - len(match[0].split())) <= 1
        if other and alike and not set(stems(other)) & set(stems(match[0])):
            return _swap(question, match, other)
    return None


def _other_number(question: str, window: str, article: _Article, dice: random.Random) -> str | None:
    numbers = list(NUMBER.finditer(question))
    if not numbers:
        return None
    match = dice.choice(numbers)
    said = set(NUMBER.findall(window))
    same = [n for n in article.numbers if len(n) == len(match[0]) and n != match[0] and n not in said]
    if same:
        return _swap(question, match, dice.choice(same))
    if match[0].isdigit() and len(match[0]) <= 4:
        other = str(max(1, int(match[0]) + dice.choice((-11, -7, -3, -2, 2, 3, 5, 9, 20))))
        return _swap(question, match, other)
    return None


def _opposite(question: str, _window: str, _article: _Article, dice: random.Random) -> str | None:
    found = [m for m in re.finditer(r"[A-Za-z]+", question) if m[0].lower() in OPPOSITE]
    if not found:
        return None
    match = dice.choice(found)
    other = OPPOSITE[match[0].lower()]
    return _swap(question, match, other.capitalize() if match[0][0].isupper() else other)


def _negated(question: str, _window: str, _article: _Article, dice: random.Random) -> str | None:
    match = ASKS.search(question)
    if not match or " not " in question or " never " in question:
        return None
    words = question[match.end() :].split()
    cut = 2 if len(words) > 3 and words[0].lower() in ("the", "a", "an") else 1
    never = dice.choice(("not", "never"))
    return " ".join([question[: match.end()], *words[:cut], never, *words[cut:]])
