"""Does the cited text support a sentence? One checker for answers, summaries, checks and evaluations.

A sentence that stands in the evidence word for word is supported. Any other is aligned with the evidence
(`rag.check.alignment`), its facts are held against the part that tells of the same thing
(`rag.check.facts`), and a
logistic model over eleven figures gives the score. A contradiction, or a number, date or name that is not
there, is never supported whatever the score, nor is a question, which states nothing; other words in a word's
place are a doubt.

The model is `support_model.json`, a file to read: trained by `python -m
footnote.evals.tools.train_support`, its weights may
only speak against a sentence, so that it cannot learn a data set's habits, and the file names the data and
the figures with each set left out. Sentence vectors (all-MiniLM-L6-v2: best sentence, clauses, span of the
best four) were tried and left out: none moved the mean AUC by more than .001 upwards, and one costs 16 ms.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import stems
from footnote.rag.check.alignment import (
    Evidence,
    Measures,
    Token,
    content_of,
    measure,
    narrow,
    prepare,
    tokens,
    with_synonyms,
)
from footnote.rag.check.facts import findings
from footnote.rag.check.local_part import Finding, LocalAlignment
from footnote.rag.check.retelling import retold
from footnote.rag.english.lists import in_a_row
from footnote.rag.english.quotation import OPENS
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

INSERTED = re.compile(r" ?\[([^\[\]]+)\]")
GAP = "\n\n"  # between evidence texts: a sentence never runs over it
VERBATIM = "The sentence stands word for word in the cited paragraph."
HELD = "The cited paragraph holds what the sentence says."
QUESTION = "It is a question: it states nothing that a paragraph could support."
NO_STATEMENT = "The sentence says nothing that could be checked."
CLOSING = " \"'”’»)]"  # may follow a question mark
NO_EVIDENCE = "There is no cited paragraph to hold it against."
# A contradiction keeps the score below that of a supported sentence, and the order among such sentences:
# capping costs no data set more than .003 AUC, scaling by .4 to .8 up to .012. A doubt leaves the score as it
# is: capping that too costs BEGIN .030 and QAGS .022.
CAP_STEP = 1e-3
# Share of its words of content from which, when the evidence lacks them, a sentence is not even partly
# supported: "The moon is made of cheese" beside a paragraph on cheese. Of 466 claims of the faith sets that
# the score alone would call partly supported people support 10%, of the other 1,037 it is 37%.
LACKING = 0.5


class SupportChecker(Protocol):
    """Judges a sentence against the texts that it cites."""

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with the words it rests on: `evidence[index][start:end]`, empty when there are none."""

    support: Support
    index: int = 0
    start: int = 0
    end: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """The logistic model: standardised figures, clipped, times their weights.

    Every figure speaks against a sentence (`order` turned round): `weights` are zero or more and taken off.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    supported_from: float
    partial_from: float

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Model:
        """Return the model of a model file."""
        return cls(
            tuple(data["features"]),
            tuple(data["mean"]),
            tuple(data["scale"]),
            tuple(data["weights"]),
            data["intercept"],
            data["supported_from"],
            data["partial_from"],
        )

    def score(self, figures: Sequence[float]) -> float:
        """Return the probability, 0..1, that a person would call the sentence supported."""
        z = self.intercept
        for figure, mean, scale, weight in zip(figures, self.mean, self.scale, self.weights, strict=True):
            z -= weight * max(-CLIP, min(CLIP, (figure - mean) / scale))
        return 1 / (1 + math.exp(-z))


CLIP = 4.0  # standard deviations: one wild figure does not decide alone
FEATURES = (*Measures._fields, "contradicted")


def figures(measures: Measures, found: Sequence[Finding]) -> tuple[float, ...]:
    """Return what the model reads, in the order of `FEATURES`; each speaks against the sentence."""
    against = measures._replace(order=1 - measures.order)
    return (*against, float(any(f.hard for f in found)))


class Examined(NamedTuple):
    """A sentence aligned with a text: its words, the text prepared, the figures, and what does not match."""

    words: list[Token]
    evidence: Evidence
    measures: Measures
    findings: list[Finding]
    local: LocalAlignment


def examine(sentence: str, text: str) -> Examined:
    """Lay a sentence along a text; its figures in the text's words where that leaves no contradiction."""
    told = retold(sentence, text)
    found = _examine(told, text)
    return _examine(sentence, text) if told != sentence and any(f.hard for f in found.findings) else found


def _examine(sentence: str, text: str) -> Examined:
    whole = prepare(text)
    words = with_synonyms(tokens(sentence), whole)
    near = narrow(whole, {t.key for t in words if t.content})
    return Examined(words, whole, measure(words, whole, near), *findings(sentence, near))


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Return the model that comes with Footnote."""
    text = files("footnote.rag.check").joinpath("support_model.json").read_text(encoding="utf-8")
    return Model.from_json(json.loads(text))


@dataclass(frozen=True, slots=True)
class AlignedSupport:
    """The embedded checker: no network, no encoder, the same verdict every time.

    Safe to use from several threads. Prepared evidence is remembered, so that the second sentence on the same
    paragraph costs less.
    """

    model: Model = field(default_factory=shipped_model)

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""
        return self.judge(sentence, evidence).support

    def check_many(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[Support]:
        """Return a verdict for each pair of sentence and cited texts, in order."""
        return [self(sentence, evidence) for sentence, evidence in pairs]

    def judge(self, sentence: str, evidence: Sequence[str]) -> Judged:
        """Return the verdict on `sentence` with the stretch of the evidence that it rests on."""
        texts = [text for text in evidence if text.strip()]
        if not texts:
            return Judged(Support(Verdict.UNSUPPORTED, 0.0, NO_EVIDENCE))
        # Square brackets that stand in the evidence are its own words.
        own = any("[" in text for text in texts)
        inserted = (
            [] if own else [i.removesuffix("’s").removesuffix("'s") for i in INSERTED.findall(sentence)]
        )
        bare = INSERTED.sub("", sentence) if inserted else sentence
        missing = _missing_insertion(inserted, texts)
        place = _verbatim(bare, evidence)
        if place and not missing:
            return Judged(Support(Verdict.SUPPORTED, 1.0, VERBATIM), *place)
        return self._aligned(bare, evidence, missing)

    def _aligned(self, sentence: str, evidence: Sequence[str], missing: str) -> Judged:
        if not tokens(sentence):
            return Judged(Support(Verdict.UNSUPPORTED, 0.0, "There is no word in the sentence."))
        words, whole, measures, found, local = examine(sentence, GAP.join(evidence))
        if missing:
            found.insert(0, Finding("name", True, f"“{missing}” does not appear in the cited paragraph."))
        score = self.model.score(figures(measures, found))
        nothing = states_nothing(sentence, words)
        if nothing:
            found.insert(0, Finding("statement", True, nothing))
        support = self._verdict(score, found, words, whole, measures)
        return Judged(support, *_place(local, evidence), tuple(found))

    def _verdict(
        self,
        score: float,
        found: Sequence[Finding],
        words: Sequence[Token],
        whole: Evidence,
        measures: Measures,
    ) -> Support:
        model = self.model
        if found and found[0].hard:
            below = min(score, model.supported_from - CAP_STEP * (1 - score))
            return Support(Verdict.UNSUPPORTED, below, found[0].reason)
        if not found and score >= model.supported_from:
            return Support(Verdict.SUPPORTED, score, HELD)
        partly = score >= model.partial_from and measures.missing < LACKING and not _expanded(words, measures)
        verdict = Verdict.PARTIAL if partly else Verdict.UNSUPPORTED
        reason = found[0].reason if found and partly else _what_is_missing(words, whole)
        return Support(verdict, score, reason)


def _expanded(words: Sequence[Token], measures: Measures) -> bool:
    """Tell whether the two words of content that a sentence has stand nowhere near each other."""
    return len(content_of(words)) == 2 and measures.order == 0


def states_nothing(sentence: str, words: Sequence[Token]) -> str:
    """Say why there is nothing in a text that evidence could support, or "": only questions, no content."""
    if not content_of(words):
        return NO_STATEMENT
    asked = [_asks(sentence[s.start : s.end]) for s in split(sentence)]
    return QUESTION if asked and all(asked) else ""


def _asks(sentence: str) -> bool:
    """Tell whether a sentence is a question, and not a statement that ends with the one it quotes."""
    bare = sentence.rstrip(CLOSING)
    quoted = bare != sentence.rstrip() and len(OPENS.split(bare, maxsplit=1)[0].split()) > 1
    return bare.endswith("?") and not quoted


def _verbatim(sentence: str, evidence: Sequence[str]) -> tuple[int, int, int] | None:
    """Return where a sentence stands word for word (text, start, end), blanks apart; None when nowhere.

    It has to begin and end at a word's edge: "art opened" does not stand in "The cart opened".
    """
    parts = sentence.split()
    joined = " ".join(parts)
    for index, text in enumerate(evidence):
        if joined and joined in " ".join(text.split()):
            for match in re.finditer(r"\s+".join(map(re.escape, parts)), text):
                if _on_word_edges(text, match.start(), match.end()):
                    return index, match.start(), match.end()
    return None


def _on_word_edges(text: str, start: int, end: int) -> bool:
    begins = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    ends = end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
    return begins and ends


def _missing_insertion(inserted: Sequence[str], texts: Sequence[str]) -> str:
    """Return the first insertion in square brackets whose words the evidence does not hold, or ""."""
    if not inserted:
        return ""
    known = set(stems(" ".join(texts)))
    return next((i for i in inserted if not set(stems(i)) <= known), "")


def _place(local: LocalAlignment, evidence: Sequence[str]) -> tuple[int, int, int]:
    """Return the stretch that a sentence rests on as (text, start, end) in the given evidence.

    Whole sentences; where several were drawn on, the one that holds most of its words.
    """
    counts: dict[int, int] = {}
    for place in local.places:
        if place >= 0:
            number = int(local.evidence.sentence[place])
            counts[number] = counts.get(number, 0) + 1
    if not counts:
        return 0, 0, 0
    span = local.evidence.spans[max(counts, key=lambda n: (counts[n], -n))]
    offset = 0
    for index, text in enumerate(evidence):
        if span.start < offset + len(text):
            return index, span.start - offset, min(span.end - offset, len(text))
        offset += len(text) + len(GAP)
    return 0, 0, 0


def _what_is_missing(words: Sequence[Token], evidence: Evidence) -> str:
    missing = list(dict.fromkeys(t.text for t in words if t.content and t.key not in evidence.places))
    if not missing:
        return "The words are in the cited paragraph, but it does not say this of them."
    shown = in_a_row([f"“{w}”" for w in missing[:3]])
    return f"The cited paragraph does not mention {shown}."


def check_support(sentence: str, evidence: Sequence[str]) -> Support:
    """Judge a sentence with the embedded checker and its shipped model; see `AlignedSupport`."""
    return AlignedSupport()(sentence, evidence)
