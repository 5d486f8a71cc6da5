"""Does the cited text support a sentence? One checker for answers, summaries, checks and evaluations.

A sentence that stands in the evidence word for word is supported. Any other is judged in three ways: a
small model of natural language inference reads it beside the best windows of the evidence
(`rag.check.judge`), it is aligned with the evidence word by word (`rag.check.alignment`), and five plain
facts are held against the part that tells of the same thing (`rag.check.facts`), figures of a table against
their row and column (`rag.check.row_facts`). A logistic model over the
figures of all three gives the score. What states nothing, such as a question, gets no verdict.

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
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, get_args

from footnote.ingest.text.sentences import LIST_ITEM, lead_in_of
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import stems
from footnote.rag.check.alignment import (
    HEDGES,
    Evidence,
    Measures,
    Token,
    content_of,
    key,
    measure,
    narrow,
    prepare,
    tokens,
    with_synonyms,
)
from footnote.rag.check.facts import findings
from footnote.rag.check.judge import Judge, Opinion, opinion, respelt, shipped_judge, straight, telling
from footnote.rag.check.local_part import Finding, FindingKind
from footnote.rag.check.row_facts import row_findings
from footnote.rag.english.lists import in_a_row
from footnote.rag.english.quotation import OPENS
from footnote.rag.types import FINAL_STOPS, Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.text.sentences import Span

INSERTED = re.compile(r" ?\[([^\[\]]+)\]")
HEDGING = frozenset(map(key, HEDGES))
GAP = "\n\n"  # between evidence texts: a sentence never runs over it
VERBATIM = "The sentence stands word for word in the cited paragraph."
HELD = "The cited paragraph holds what the sentence says."
CANNOT_TELL = "The cited paragraph comes near it, but whether it says so cannot be told."
UNSTATED = "The cited paragraph comes near it, but “{}” stands nowhere there: it may have been worked out."
QUESTION = "It is a question: it states nothing that a paragraph could support."
NO_STATEMENT = "The sentence says nothing that could be checked."
CLOSING = " \"'”’»)]"  # may follow a question mark
NO_EVIDENCE = "There is no cited paragraph to hold it against."
FEWEST = 2  # words that a further sentence must hold for a verdict to rest on it too
# What is vetoed keeps a score below that of a supported sentence, and the order among such sentences.
CAP_STEP = 1e-3
ANYWHERE = frozenset({"name", "direction"})  # facts that tell true from false whatever the wording
# Cost of the alignment, a word, up to which a sentence is a piece of the evidence word for word: there the
# judge forbids nothing. Balanced accuracy, mean of the five public families: 72.5 → 72.7; of 99 sentences
# about news as many are right.
COPIED = 0.1


class SupportChecker(Protocol):
    """Judges a sentence against the texts that it cites."""

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""


class Place(NamedTuple):
    """Words of the evidence: `evidence[text][start:end]`."""

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with the words that it rests on, at most one place in each text."""

    support: Support
    places: tuple[Place, ...] = ()
    findings: tuple[Finding, ...] = ()


class Vetoes(NamedTuple):
    """What forbids to support a sentence, whatever its score.

    `facts_within` is the cost of the alignment, a word, up to which a sentence repeats the evidence, so that
    a number, a date or a denial that differs is an error. Of 1,800 claims that people wrote (kinds and
    writers that the judge did not learn from) 24 of 32 with such a number or date are false within .35, and
    beyond, where it is worked out as often as not (“two thirds”, “three years later”), 61 of 170. Of what
    models wrote it is false there too, 111 of 117; .35 was chosen on these claims.

    `lacking` is the share of its words of content from which, when the evidence lacks them, a sentence is not
    supported: “The moon is made of cheese” beside a paragraph on cheese. People who write anew use other
    words, true or false.
    """

    facts_within: float = math.inf
    lacking: float = math.inf


NONE = Vetoes()


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
    vetoes: Vetoes = NONE

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
            Vetoes(**data["vetoes"]),
        )

    def score(self, figures: Sequence[float]) -> float:
        """Return the probability, 0..1, that a person would call the sentence supported."""
        z = self.intercept
        for figure, mean, scale, weight in zip(figures, self.mean, self.scale, self.weights, strict=True):
            if not math.isnan(figure):  # not known: it speaks neither way
                z -= weight * max(-CLIP, min(CLIP, (figure - mean) / scale))
        return 1 / (1 + math.exp(-z))


CLIP = 4.0  # standard deviations: one wild figure does not decide alone
FACTS: tuple[FindingKind, ...] = get_args(FindingKind)
FEATURES = (*Measures._fields, *FACTS, "not_entailed", "rarely_entailed", "contradicted")


class Examined(NamedTuple):
    """A sentence held against a text: its words, the text prepared, and what was found in three ways."""

    words: list[Token]
    evidence: Evidence
    measures: Measures
    findings: list[Finding]
    opinion: Opinion
    unstated: str = ""  # a figure that the text does not have, where it may have been worked out

    def vetoed(self, vetoes: Vetoes) -> bool:
        """Tell whether a fact that does not match, the judge, or absent words forbid to support it."""
        doubted = self.opinion.unlikely and self.measures.cost > COPIED
        return bool(self.findings) or doubted or self.measures.missing >= vetoes.lacking

    @property
    def figures(self) -> tuple[float, ...]:
        """What the model reads, in the order of `FEATURES`; each speaks against the sentence."""
        kinds = {f.kind for f in self.findings}
        facts = (float(kind in kinds) for kind in FACTS)
        against = self.measures._replace(order=1 - self.measures.order)
        told = self.opinion
        return (*against, *facts, -told.entailed, -told.mean, told.contradicted)


def examine(sentence: str, text: str, judge: Judge, vetoes: Vetoes) -> Examined:
    """Hold a sentence against a text."""
    whole = prepare(text)
    words = with_synonyms(tokens(sentence), whole)
    near = narrow(whole, {t.key for t in words if t.content})
    measures = measure(words, whole, near)
    repeats = measures.cost <= vetoes.facts_within or _same_but_for_numbers(words, near)
    facts = findings(sentence, near)
    found = [f for f in facts if repeats or f.kind in ANYWHERE]
    of_row = row_findings(sentence, text)
    if of_row is not None:  # the numbers of a row stand for its columns: beside prose they would be mixed up
        found = [*of_row, *(f for f in found if f.kind != "number")]
    doubted = of_row is None and any(f.kind == "number" and f not in found for f in facts)
    unstated = _unstated(words, whole) if doubted else ""
    return Examined(words, whole, measures, found, opinion(sentence, whole, judge), unstated)


def _unstated(words: Sequence[Token], evidence: Evidence) -> str:
    """Return a figure of two digits or more that no sentence of the evidence has; "" where each is there."""
    there = {token.key for token in evidence.tokens}
    return next((t.text for t in words if t.number and t.key not in there and _is_figure(t.text)), "")


def _is_figure(number: str) -> bool:
    return sum(letter.isdigit() for letter in number) > 1


def _same_but_for_numbers(words: Sequence[Token], evidence: Evidence) -> bool:
    """Tell whether a sentence of the evidence has the same words in a row, numbers apart, however short."""
    rows: list[list[str]] = [[] for _ in evidence.spans]
    for token, row in zip(evidence.tokens, evidence.sentence, strict=True):
        rows[row] += [] if token.number else [token.key]
    said = [t.key for t in words if not t.number]
    return bool(said) and said in rows


@lru_cache(maxsize=2)
def shipped_model(name: str = "support_model") -> Model:
    """Return a model that comes with Footnote: of models' sentences, or `draft_model`, of people's."""
    text = files("footnote.rag.check").joinpath(f"{name}.json").read_text(encoding="utf-8")
    return Model.from_json(json.loads(text))


@dataclass(frozen=True, slots=True)
class AlignedSupport:
    """The embedded checker: no network, no encoder, the same verdict every time.

    Safe to use from several threads. Prepared evidence is remembered, so that the second sentence on the same
    paragraph costs less.
    """

    model: Model = field(default_factory=shipped_model)
    reader: Judge = field(default_factory=shipped_judge)

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
            return Judged(Support(Verdict.SUPPORTED, 1.0, VERBATIM), (place,))
        place = _nearly_verbatim(bare, evidence)
        if place and not missing and not states_nothing(bare, tokens(bare)):
            return Judged(Support(Verdict.SUPPORTED, 1.0, HELD), (place,))
        return self._aligned(bare, evidence, missing)

    def _aligned(self, sentence: str, evidence: Sequence[str], missing: str) -> Judged:
        words = tokens(sentence)
        nothing = states_nothing(sentence, words)
        if nothing:
            return Judged(Support(Verdict.NONE, 0.0, nothing))
        seen = examine(sentence, GAP.join(evidence), self.reader, self.model.vetoes)
        if missing:
            seen.findings.insert(0, Finding("name", f"“{missing}” does not appear in the cited paragraph."))
        support = self._verdict(self.model.score(seen.figures), seen, bool(missing))
        return Judged(support, _places(seen, support, evidence), tuple(seen.findings))

    def _verdict(self, score: float, seen: Examined, missing: bool) -> Support:
        model, found = self.model, seen.findings
        if seen.vetoed(model.vetoes) or missing or score < model.partial_from:
            contradicted = seen.opinion.denied or any(f.instead for f in found)
            below = min(score, model.supported_from - CAP_STEP * (1 - score))
            return Support(Verdict.UNSUPPORTED, below, _reason(seen), contradicted)
        if score >= model.supported_from and seen.unstated:
            below = model.supported_from - CAP_STEP * (1 - score)
            return Support(Verdict.PARTIAL, below, UNSTATED.format(seen.unstated))
        if score >= model.supported_from:
            return Support(Verdict.SUPPORTED, score, HELD)
        return Support(Verdict.PARTIAL, score, CANNOT_TELL)


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


def _verbatim(sentence: str, evidence: Sequence[str]) -> Place | None:
    """Return where a sentence stands word for word, blanks apart; None when nowhere.

    It has to begin and end at a word's edge: "art opened" does not stand in "The cart opened".
    """
    parts = sentence.split()
    joined = " ".join(parts)
    for index, text in enumerate(evidence):
        if joined and joined in " ".join(text.split()):
            for match in re.finditer(r"\s+".join(map(re.escape, parts)), text):
                if _on_word_edges(text, match.start(), match.end()):
                    return Place(index, match.start(), match.end())
    return None


def _nearly_verbatim(sentence: str, evidence: Sequence[str]) -> Place | None:
    """Return where a sentence stands but for the form of its numbers and marks, or a word in front.

    “Shops closed.” stands in “However, shops closed.”; in “Allegedly, shops closed.” it does not.
    """
    texts = [straight(text) for text in evidence]
    said = straight(respelt(sentence, prepare(GAP.join(evidence))))
    if place := _verbatim(said, texts):
        return place
    place = _verbatim(said[:1].lower() + said[1:], texts)
    if place is None:
        return None
    before = re.search(r"(?:^|[.!?\n] *)(\w+), $", texts[place.text][: place.start])
    return place if before and key(before[1]) not in HEDGING else None


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


def _places(seen: Examined, support: Support, evidence: Sequence[str]) -> tuple[Place, ...]:
    """Return the sentences that a verdict rests on, in the given texts.

    Those that contradict the sentence, or that together hold most of its words and each at least two that
    neither stand in those before nor in the first sentence or title, which says what all is about; what
    introduces the list of one.
    """
    chosen = seen.opinion.against if support.contradicted else telling(seen.words, seen.evidence)
    texts = seen.evidence.texts
    wanted = {t.key for t in seen.words if t.content}
    found: dict[int, Place] = {}
    for number in sorted(chosen, key=lambda n: -len(wanted & seen.evidence.sets[n])):
        held = wanted & seen.evidence.sets[number]
        if held and (not found or len(held) >= FEWEST):
            place = _in_its_text(seen.evidence.spans[number], evidence)
            lead = lead_in_of(texts, number)
            for one in (
                [place] if lead is None else [_in_its_text(seen.evidence.spans[lead], evidence), place]
            ):
                known = found.get(one.text, one)
                found[one.text] = Place(one.text, min(known.start, one.start), max(known.end, one.end))
            wanted -= held | seen.evidence.sets[0]
    return tuple(found.values())


def _in_its_text(span: Span, evidence: Sequence[str]) -> Place:
    offset = 0
    for index, text in enumerate(evidence):
        if span.start < offset + len(text):
            return Place(index, span.start - offset, min(span.end - offset, len(text)))
        offset += len(text) + len(GAP)
    raise ValueError("the span lies behind the evidence")


def _reason(seen: Examined) -> str:
    """Say in words why a sentence is not supported: a fact, the sentence against it, or what is missing."""
    if seen.findings:
        return seen.findings[0].reason
    if seen.opinion.denied:
        return f"The paragraph says otherwise: “{_against(seen).rstrip(FINAL_STOPS)}”."
    missing = list(
        dict.fromkeys(t.text for t in seen.words if t.content and t.key not in seen.evidence.places)
    )
    if not missing:
        return "The words are in the cited paragraph, but it does not say this of them."
    shown = in_a_row([f"“{w}”" for w in missing[:3]])
    return f"The cited paragraph does not mention {shown}."


def _against(seen: Examined) -> str:
    """Return which of the sentences that contradict shares most words, an item of a list with its lead-in."""
    held = {t.key for t in seen.words if t.content}
    texts = seen.evidence.texts
    nearest = max(seen.opinion.against, key=lambda n: len(held & seen.evidence.sets[n]))
    lead = lead_in_of(texts, nearest)
    item = texts[nearest]
    return item if lead is None else f"{texts[lead]} {LIST_ITEM.sub('', item, count=1)}"


def check_support(sentence: str, evidence: Sequence[str]) -> Support:
    """Judge a sentence with the embedded checker and its shipped model; see `AlignedSupport`."""
    return AlignedSupport()(sentence, evidence)


def draft_support() -> AlignedSupport:
    """Return the embedded checker for what a person wrote about articles.

    A model that answers copies, and where it errs the words do not fit; a person says it anew, and what is
    false of it is made of the same words. So here the judge weighs most.
    """
    return AlignedSupport(shipped_model("draft_model"))
