"""The values that flow from a question to the screen. Frozen; impossible ones do not build."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Self

from footnote.ingest.article import clean
from footnote.rag.notebook import Note, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.library.record import ParagraphRecord
    from footnote.ingest.text.sentences import Span

DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
FINAL_STOPS = ".!?。！？"
QUESTION_MARKS = ("?", "？", "؟")
SHORTENED = re.compile(r"(?:\b[^\W\d_]\.){2}$")  # its last stop belongs to the word: p.m., U.S.A.


class Verdict(StrEnum):
    """How far the cited text supports a sentence."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    NONE = "none"  # it makes no claim

    @property
    def rank(self) -> int:
        """How much it says for a sentence: of two verdicts the higher counts."""
        return {Verdict.SUPPORTED: 2, Verdict.PARTIAL: 1}.get(self, 0)


class Relation(StrEnum):
    """What the cited text makes of a sentence: the classes of language inference, and two beside them.

    `UNCLEAR`: the checker cannot tell. `NO_CLAIM`: the sentence states nothing.
    """

    ENTAILED = "entailed"
    UNCLEAR = "unclear"
    CONTRADICTED = "contradicted"
    NOT_SAID = "not_said"
    NO_CLAIM = "no_claim"


# What a reader is told, in the order of a tally.
IN_WORDS = {
    Relation.ENTAILED: "supported",
    Relation.UNCLEAR: "cannot tell",
    Relation.CONTRADICTED: "contradicted",
    Relation.NOT_SAID: "not supported",
    Relation.NO_CLAIM: "no claim",
}
NO_VERDICT = "no verdict"


# What a verdict says of the relation where no more is known.
IMPLIED = {
    Verdict.SUPPORTED: Relation.ENTAILED,
    Verdict.PARTIAL: Relation.UNCLEAR,
    Verdict.UNSUPPORTED: Relation.NOT_SAID,
    Verdict.NONE: Relation.NO_CLAIM,
}


@dataclass(frozen=True, slots=True)
class Support:
    """A verdict with its score in 0..1 and its reason in words.

    `contradicted`: the cited text says otherwise; else it does not say it. `failed`: there is no verdict, the
    judge could not be asked, or gave none that can be read. Nothing is shown as supported then, and a figure
    on the judge's verdicts leaves it out.
    """

    verdict: Verdict
    score: float
    reason: str
    contradicted: bool = False
    failed: bool = False

    @property
    def relation(self) -> Relation:
        """What the cited text makes of the sentence."""
        if self.failed:
            return Relation.UNCLEAR
        return Relation.CONTRADICTED if self.contradicted else IMPLIED[self.verdict]

    @property
    def in_words(self) -> str:
        """What a reader is told."""
        return NO_VERDICT if self.failed else IN_WORDS[self.relation]

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `failed` stands in it only where it is true."""
        found = {
            "verdict": self.verdict.value,
            "score": round(self.score, 4),
            "reason": self.reason,
            "relation": self.relation.value,
        }
        return {**found, "failed": True} if self.failed else found

    @classmethod
    def of_failure(cls, reason: str) -> Self:
        """Return what stands for a verdict that was not given."""
        return cls(Verdict.UNSUPPORTED, 0.0, reason, failed=True)


def tallied(supports: Iterable[Support]) -> list[tuple[str, int]]:
    """Return how many sentences fared how, in words: those that occur.

    >>> tallied([Support(Verdict.NONE, 0, ""), Support(Verdict.SUPPORTED, 1, "")])
    [('supported', 1), ('no claim', 1)]
    """
    counts = Counter(s.in_words for s in supports)
    return [(words, counts[words]) for words in (*IN_WORDS.values(), NO_VERDICT) if counts[words]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", clean(self.content))


@dataclass(frozen=True, slots=True)
class Understood:
    """What is known of a question: its words, made to stand alone, and the topic that they lean on.

    `topic` holds words of the conversation. The question is searched for with them, `str(…)`, and read
    without them.

    >>> str(Understood("Who leads it?", ("Anna Keller", "bridge")))
    'Who leads it (Anna Keller bridge)?'
    """

    question: str
    topic: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.topic:
            return self.question
        return f"{self.question.rstrip(' ?.!')} ({' '.join(self.topic)})?"

    def in_words(self) -> str:
        """Return it as a person would read it: the topic, if there is one, behind the question.

        >>> Understood("Who leads it?", ("Anna", "Keller", "opposed", "bridge")).in_words()
        'Who leads it? About: Anna Keller, opposed, bridge'
        """
        return (
            f"{self.question} About: {_listed(' '.join(self.topic).split())}" if self.topic else self.question
        )

    def corrected(self, mended: Mapping[str, str]) -> Understood:
        """Return it with misspelt words put right, each wherever it stands as a whole word."""
        question, topic = self.question, self.topic
        for wrong, right in mended.items():
            word = re.compile(rf"\b{re.escape(wrong)}\b")
            question, topic = word.sub(right, question), tuple(word.sub(right, t) for t in topic)
        return Understood(question, topic)


def _listed(words: Sequence[str]) -> str:
    """Return words with commas between them, but for those of one name."""
    listed = words[0] if words else ""
    for word, following in pairwise(words):
        listed += f"{' ' if word[0].isupper() and following[0].isupper() else ', '}{following}"
    return listed


def is_day(text: str) -> bool:
    """Tell whether a text is a date, or the year or the month of one.

    >>> is_day("2026"), is_day("2026-05"), is_day("2026-05-31"), is_day("2026-02-31"), is_day("yesterday")
    (True, True, True, False, False)
    """
    try:
        return bool(DAY.fullmatch(text)) and bool(date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. `articles=None` means all; dates are ISO 8601, inclusive.

    A date is a day, a month or a year: `2026-05-31`, `2026-05`, `2026`; another raises ValueError.

    With a date bound, articles without a date are left out. Where collections are named, only articles in any
    of them answer; where tags are, only those with any of them.
    """

    articles: tuple[str, ...] | None = None
    since: str = ""
    until: str = ""
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for given in (self.since, self.until):
            if given and not is_day(given):
                raise ValueError(f"“{given}” is no date such as 2026, 2026-05 or 2026-05-31.")

    def __bool__(self) -> bool:
        return self.articles is not None or bool(self.since or self.until or self.collections or self.tags)


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved paragraph with its score; higher is better, comparable within one question."""

    article_id: str
    title: str
    source: str
    date: str
    paragraph: int
    section: str
    text: str
    score: float
    page: int = 0  # where the paragraph begins; 0 when the article has no pages
    time: str = ""  # when it begins in a recording; empty when it is of none
    ocr: bool = False  # whether it was read from a picture

    @property
    def asked(self) -> str:
        """The heading, where that is a question, which the paragraph then answers; else ""."""
        return self.section if self.section.endswith("?") else ""

    @property
    def evidence(self) -> str:
        """What a sentence is checked against; an article's head, paragraph 0, has the title in it."""
        return f"{self.title}. {self.text}" if self.paragraph else self.text

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `page`, `time` and `ocr` are there only where known."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "paragraph": self.paragraph,
            **_place(self),
            "text": self.text,
            "score": round(self.score, 6),
        }


class Searched(list[Passage]):
    """Paragraphs, best first; `unanswered` says what of the library could not be asked, in a sentence."""

    def __init__(self, passages: Iterable[Passage] = (), unanswered: str = "") -> None:
        super().__init__(passages)
        self.unanswered = unanswered

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `notices` are there only where there are any."""
        told = {"notices": [self.unanswered]} if self.unanswered else {}
        return {"passages": [p.as_json() for p in self], **told}


def _place(of: Passage | Citation) -> dict[str, int | str]:
    known: dict[str, int | str] = {"page": of.page, "time": of.time, "ocr": of.ocr}
    return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote: the words `quote` of a paragraph, `paragraph_text[quote_start:quote_end]`."""

    number: int
    article_id: str
    title: str
    source: str
    paragraph: int
    paragraph_text: str
    quote_start: int
    quote_end: int
    page: int = 0  # where the paragraph begins; 0 when the article has no pages
    time: str = ""  # when it begins in a recording; empty when it is of none
    ocr: bool = False  # whether it was read from a picture

    def __post_init__(self) -> None:
        if not 0 <= self.quote_start < self.quote_end <= len(self.paragraph_text):
            raise ValueError("a Citation quotes at least one character of its paragraph")

    @classmethod
    def of(cls, passage: Passage, number: int, start: int = 0, end: int | None = None) -> Self:
        """Return the citation of `passage.text[start:end]`."""
        return cls(
            number=number,
            article_id=passage.article_id,
            title=passage.title,
            source=passage.source,
            paragraph=passage.paragraph,
            paragraph_text=passage.text,
            quote_start=start,
            quote_end=len(passage.text) if end is None else end,
            page=passage.page,
            time=passage.time,
            ocr=passage.ocr,
        )

    @property
    def quote(self) -> str:
        """The quoted words."""
        return self.paragraph_text[self.quote_start : self.quote_end]

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `page`, `time` and `ocr` are there only where known."""
        return {
            "number": self.number,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "paragraph": self.paragraph,
            **_place(self),
            "paragraph_text": self.paragraph_text,
            "quote": self.quote,
            "quote_start": self.quote_start,
            "quote_end": self.quote_end,
        }


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of a reply, the numbers of its citations, and the verdict of the checker."""

    text: str
    citations: tuple[int, ...]
    support: Support

    @property
    def marked(self) -> str:
        """The sentence with its markers before the final stop: `So it was [1].`; but `Until 5 p.m. [1]`."""
        markers = "".join(f"[{n}]" for n in self.citations)
        if not markers:
            return self.text
        if self.text and self.text[-1] in FINAL_STOPS and not SHORTENED.search(self.text):
            return f"{self.text[:-1]} {markers}{self.text[-1]}"
        return f"{self.text} {markers}"

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "text": self.text,
            "citations": list(self.citations),
            "support": self.support.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The name, number, date or phrase that answers: `sentences[sentence].text[start:end]`."""

    text: str
    sentence: int
    start: int
    end: int

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `sentence` counts from 0."""
        return {"text": self.text, "sentence": self.sentence, "start": self.start, "end": self.end}


def _check_numbers(sentences: tuple[CitedSentence, ...], citations: tuple[Citation, ...]) -> None:
    """Hold sentences and citations to the same set of numbers, 1 to n."""
    used = {n for s in sentences for n in s.citations}
    if [c.number for c in citations] != list(range(1, len(citations) + 1)):
        raise ValueError("citations are numbered 1, 2, 3 in order")
    if used != {c.number for c in citations}:
        raise ValueError("sentences and citations must name the same numbers")


def _notes(citations: Iterable[Citation]) -> list[Note]:
    return [
        Note(c.number, f"{c.title}, {f'paragraph {c.paragraph}' if c.paragraph else 'its head'}", c.quote)
        for c in citations
    ]


def _used(usage: dict[str, int]) -> dict[str, Any]:
    """Return the tokens that a language model took; nothing when none was asked."""
    return {"usage": usage} if usage else {}


@dataclass(frozen=True, slots=True)
class Answer(Shown):
    """An answer that can be checked: it cannot be built without a citation.

    `standalone_question` and `topic` are the question as it was understood. `confidence`, 0..1, is the
    estimated probability that it answers the question. `yes_no` answers a yes/no question, where its
    sentences plainly say so. While a reply grows, `complete` is False; the last is complete, unless a
    language model's words were cut. Two answers are equal that say the same, however long each took.
    """

    question: str
    standalone_question: str
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    answerer: str
    complete: bool = True
    notices: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)
    usage: dict[str, int] = field(default_factory=dict)
    confidence: float = 1.0
    short_answer: ShortAnswer | None = None
    yes_no: Literal["yes", "no"] | None = None
    topic: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not any(s.citations for s in self.sentences):
            raise ValueError("an Answer needs a citation; return a Refusal instead")
        _check_numbers(self.sentences, self.citations)
        short = self.short_answer
        if short and self.sentences[short.sentence].text[short.start : short.end] != short.text:
            raise ValueError("a ShortAnswer stands in its sentence")

    @property
    def understood(self) -> Understood:
        """The question as it was understood."""
        return Understood(self.standalone_question, self.topic)

    @property
    def lead(self) -> str:
        """What is said before the sentences: “Yes.”, “No.” or nothing."""
        return f"{self.yes_no.capitalize()}." if self.yes_no else ""

    @property
    def text(self) -> str:
        """The whole answer with its markers."""
        return " ".join(s.marked for s in self.sentences)

    def _shown(self) -> tuple[str, list[Note]]:
        return f"{self.lead} {self.text}".strip(), _notes(self.citations)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "question": self.question,
            "standalone_question": str(self.understood),
            "refused": False,
            "answerer": self.answerer,
            "answer": self.text,
            "short_answer": self.short_answer.as_json() if self.short_answer else None,
            "yes_no": self.yes_no,
            "confidence": round(self.confidence, 4),
            "sentences": [s.as_json() for s in self.sentences],
            "citations": [c.as_json() for c in self.citations],
            "complete": self.complete,
            "notices": list(self.notices),
            "closest": [],
            "timings_ms": self.timings_ms,
            **_used(self.usage),
        }


class OfNoArticle(Shown):
    """A reply that says nothing of the articles, and so cites nothing."""

    __slots__ = ()
    text: str

    @property
    def sentences(self) -> tuple[CitedSentence, ...]:
        """None: it says nothing of the articles."""
        return ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """None: it says nothing of the articles."""
        return ()

    def _shown(self) -> tuple[str, list[Note]]:
        return self.text, []


@dataclass(frozen=True, slots=True)
class Refusal(OfNoArticle):
    """The articles do not answer; `closest` holds the nearest paragraphs, best first.

    `confidence`, 0..1, is the estimated probability that what was found would have answered.
    """

    question: str
    standalone_question: str
    text: str
    closest: tuple[Citation, ...]
    answerer: str
    notices: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)
    usage: dict[str, int] = field(default_factory=dict)
    confidence: float = 0.0
    topic: tuple[str, ...] = ()

    @property
    def understood(self) -> Understood:
        """The question as it was understood."""
        return Understood(self.standalone_question, self.topic)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "question": self.question,
            "standalone_question": str(self.understood),
            "refused": True,
            "answerer": self.answerer,
            "answer": self.text,
            "short_answer": None,
            "yes_no": None,
            "confidence": round(self.confidence, 4),
            "sentences": [],
            "citations": [],
            "complete": True,
            "notices": list(self.notices),
            "closest": [c.as_json() for c in self.closest],
            "timings_ms": self.timings_ms,
            **_used(self.usage),
        }


@dataclass(frozen=True, slots=True)
class Remark(OfNoArticle):
    """A reply to what was said to the tool and not asked of the articles: a greeting, thanks, "help".

    It is about Footnote itself and claims nothing that an article says, so it cites nothing.
    """

    question: str
    text: str
    notices: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def understood(self) -> Understood:
        """The message as it was given: it leans on nothing."""
        return Understood(self.question)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `answerer` is `footnote` itself."""
        return {
            "question": self.question,
            "standalone_question": self.question,
            "refused": False,
            "answerer": "footnote",
            "answer": self.text,
            "short_answer": None,
            "yes_no": None,
            "confidence": 1.0,
            "sentences": [],
            "citations": [],
            "complete": True,
            "notices": list(self.notices),
            "closest": [],
            "timings_ms": self.timings_ms,
        }


Reply = Answer | Refusal | Remark


@dataclass(frozen=True, slots=True)
class Summary(Shown):
    """One paragraph on one article, on several, or on a pasted text, each sentence cited.

    `article_ids` is empty for a pasted text, whose citations carry the id `pasted`.
    """

    article_ids: tuple[str, ...]
    title: str
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    summariser: str
    notices: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)
    usage: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(s.citations for s in self.sentences):
            raise ValueError("every sentence of a Summary is cited")
        _check_numbers(self.sentences, self.citations)

    @property
    def text(self) -> str:
        """The paragraph with its markers."""
        return " ".join(s.marked for s in self.sentences)

    def _shown(self) -> tuple[str, list[Note]]:
        return self.text, _notes(self.citations)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `article_id` is null unless there is just one."""
        return {
            "article_id": self.article_ids[0] if len(self.article_ids) == 1 else None,
            "article_ids": list(self.article_ids),
            "title": self.title,
            "summary": self.text,
            "sentences": [s.as_json() for s in self.sentences],
            "citations": [c.as_json() for c in self.citations],
            "summariser": self.summariser,
            "notices": list(self.notices),
            "timings_ms": self.timings_ms,
            **_used(self.usage),
        }


# A paragraph of an article with its sentences' spans and their vectors, float32 `[sentences, d]`.
Parts = tuple["ParagraphRecord", tuple["Span", ...], "NDArray[np.float32]"]
