"""A model's sentences, one by one: which may be shown, with which citations, and which may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import content_stems, stems, words
from footnote.prompts import NO_ANSWER
from footnote.rag.answer.yes_no import ASKS
from footnote.rag.english.antecedent import read_alone
from footnote.rag.model.aloud import ABOUT_ITSELF, ABOUT_SOURCES, without_sources
from footnote.rag.model.cite import carrying
from footnote.rag.model.injection import addresses_a_model
from footnote.rag.replies.refusals import declines
from footnote.rag.types import Citation, CitedSentence, Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.text.sentences import Span
    from footnote.prompts import Messages
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.model.cite import Marked
    from footnote.rag.model.sources import Source, Sources

MOST_CITED = 3  # sources a sentence
COMPARED = 3  # paragraphs that an uncited sentence is compared with, those that share most words
TOGETHER = 2  # of those
SHARED_FROM = 0.3  # of a sentence's content words: a verbatim sentence in its place is about the same
LEAK_WORDS = 7  # in a row from the prompt: no article's sentence has that by chance
OR = re.compile(r"\bor\b", re.IGNORECASE)  # the answer to such a question may have no words but its own
FEWEST_WORDS = 4  # of a sentence that broke off: fewer say nothing


class CheckedSentence(NamedTuple):
    """A checked sentence with the sources that it cites and the words of each that carry it."""

    text: str
    places: tuple[tuple[Source, int, int], ...]
    support: Support

    @property
    def holds(self) -> bool:
        """Whether it has a citation that carries it, at least in part."""
        return bool(self.places) and self.support.verdict is not Verdict.UNSUPPORTED


@dataclass(slots=True)
class SentenceFilter:
    """Takes a model's sentences one by one and keeps those that may be shown.

    `numbered[n - 1]` holds what the number n stands for. `policy` is "mark", "drop" or "replace".
    `question` is what is answered, if anything.
    """

    numbered: Sequence[Sources]
    check: SupportChecker
    policy: str
    prompt: Messages
    question: str = ""
    kept: list[CheckedSentence] = field(default_factory=list)
    dropped: int = 0
    replaced: int = 0
    leaked: int = 0
    declined: bool = False
    restarts: int = 0
    _runs: frozenset[tuple[str, ...]] = field(init=False)
    _all: Sources = field(init=False)

    def __post_init__(self) -> None:
        self._runs = frozenset(_runs(self.prompt.system))
        self._all = tuple(dict.fromkeys(s for sources in self.numbered for s in sources))

    def take(self, marked: Marked) -> bool:
        """Take a sentence; return whether there is something more to show."""
        plain = self._plain(marked)
        judged = self._judged(plain)
        supported = judged.support.verdict is Verdict.SUPPORTED
        if not supported and not marked.sources and ABOUT_ITSELF.fullmatch(plain.text):
            return False
        if self._says_nothing(marked.text, supported=supported):
            self.declined = True
            return False
        if not supported and self.is_of_the_prompt(marked.text):
            self.leaked += 1
            return False
        kept = self._allowed(judged, whole=marked.whole)
        if kept is None or any(k.text == kept.text for k in self.kept):
            return False
        self.kept.append(kept)
        return True

    def _says_nothing(self, text: str, *, supported: bool) -> bool:
        """Tell whether a sentence declines, perhaps in the words of the prompt, or repeats the question.

        What an article says of somebody who declines is supported, and does not speak of the sources.
        """
        about = ABOUT_SOURCES.match(text)
        if _declines(text) and (not supported or (about and not self._spoken_of(about[0]))):
            return True
        asked = self.question
        told = set(content_stems(text)) if asked and not ASKS.match(asked) and not OR.search(asked) else set()
        return bool(told) and told == set(content_stems(asked))

    def follow(self, restarts: int) -> None:
        """Forget what was taken when the parser began anew: it was thought, and no part of the answer."""
        if restarts == self.restarts:
            return
        self.restarts = restarts
        self.kept.clear()
        self.dropped = self.replaced = self.leaked = 0
        self.declined = False

    def _plain(self, marked: Marked) -> Marked:
        """Return a sentence without the sources that it names in words; it cites those that are known."""
        plain = without_sources(marked.text, marked=bool(marked.sources), spoken_of=self._spoken_of)
        named = (n for n in plain.numbers if 1 <= n <= len(self.numbered))
        return marked._replace(text=plain.text, sources=tuple(dict.fromkeys((*marked.sources, *named))))

    def _spoken_of(self, phrase: str) -> bool:
        return any(phrase.lower() in s.evidence.lower() for s in self._all)

    def is_of_the_prompt(self, text: str) -> bool:
        """Tell whether a sentence repeats the prompt."""
        if self._runs & frozenset(_runs(text)) or self._repeats(text):
            return True
        return bool(re.search(r"<<\s*(?:source|end|conversation)\b", text))

    def _repeats(self, text: str) -> bool:
        own = " ".join(words(text.lower()))
        return (
            len(own.split()) >= FEWEST_WORDS
            and f" {own} " in f" {' '.join(words(self.prompt.system.lower()))} "
        )

    def _judged(self, marked: Marked) -> CheckedSentence:
        """Return the sentence with the sources that carry it, or with those that it names in vain."""
        text = marked.text
        named = tuple(dict.fromkeys(s for n in marked.sources for s in self.numbered[n - 1]))
        cited = self._fewest(text, named)
        support = self._support(text, cited)
        if support.verdict is Verdict.UNSUPPORTED:
            found = self._matching(text)
            if found is not None:
                cited, support = found
        return CheckedSentence(text, self._places(text, cited), support)

    def _support(self, text: str, cited: Sequence[Source]) -> Support:
        if addresses_a_model(text):
            return Support(
                Verdict.UNSUPPORTED, 0.0, "It follows an order in the article, it reports nothing."
            )
        if not cited:
            return Support(
                Verdict.UNSUPPORTED, 0.0, "It names no source, and no retrieved paragraph says it."
            )
        return self.check(text, [s.evidence for s in cited])

    def _fewest(self, text: str, named: Sources) -> Sources:
        """Return the named sources without those that carry nothing of the sentence."""
        if len(named) <= 1:
            return named
        alone = {s: self.check(text, [s.evidence]) for s in named}
        good = [s for s in named if alone[s].verdict is not Verdict.UNSUPPORTED]
        ranked = sorted(good or named, key=lambda s: -alone[s].score)[:MOST_CITED]
        return tuple(s for s in named if s in ranked)

    def _matching(self, text: str) -> tuple[Sources, Support] | None:
        """Return the source that supports a sentence best, or the best two together; None when none does.

        Two of one article, because one paragraph often names whom another speaks of: “I taught for nineteen
        years.” Of two articles each may have half the words of what neither says.
        """
        wanted = set(content_stems(text))
        if not wanted or addresses_a_model(text):
            return None
        near = sorted(self._all, key=lambda s: -len(wanted & set(stems(s.evidence))))[:COMPARED]
        judged = [((s,), self.check(text, [s.evidence])) for s in near]
        judged.sort(key=lambda j: -j[1].score)
        whole = next((j for j in judged if j[1].verdict is Verdict.SUPPORTED), None)
        if whole is not None or not judged:
            return whole
        article = judged[0][0][0].passage.article_id
        best = tuple(s for (s,), _ in judged if s.passage.article_id == article)[:TOGETHER]
        if len(best) < TOGETHER:
            return None
        support = self.check(text, [s.evidence for s in best])
        return (best, support) if support.verdict is Verdict.SUPPORTED else None

    def _places(self, text: str, cited: Sources) -> tuple[tuple[Source, int, int], ...]:
        places: dict[tuple[str, int, int, int], tuple[Source, int, int]] = {}
        for source in cited:
            span = carrying(text, source.passage.text, self.check)
            if span is not None:
                key = (source.passage.article_id, source.passage.paragraph, span.start, span.end)
                places[key] = (source, span.start, span.end)
        return tuple(places.values())

    def _allowed(self, judged: CheckedSentence, *, whole: bool) -> CheckedSentence | None:
        """Return what is shown of a sentence: itself, the article's own sentence, or nothing."""
        if not whole:
            return _broken_off(judged)
        if judged.holds:
            return judged
        if addresses_a_model(judged.text) or self.policy == "drop":
            self.dropped += 1
            return None
        if self.policy == "mark":
            return judged
        verbatim = self._verbatim(judged)
        self.replaced += verbatim is not None
        self.dropped += verbatim is None
        return verbatim

    def _verbatim(self, judged: CheckedSentence) -> CheckedSentence | None:
        """Return the articles' sentence nearest to one that failed, from what that cites if it can be."""
        wanted = set(content_stems(judged.text))
        cited = tuple(s for s, _, _ in judged.places)
        for sources in (cited, self._all):
            best = max(_nearest(wanted, sources), key=lambda near: near[0], default=None)
            if best is not None:
                source, span, shown = best[1]
                return CheckedSentence(
                    shown, ((source, span.start, span.end),), self.check(shown, [source.evidence])
                )
        return None

    @property
    def holds(self) -> bool:
        """Whether one sentence at least has a citation that holds."""
        return any(k.holds for k in self.kept)

    def cited(self) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
        """Return the sentences with their citations, numbered as they are first used."""
        numbers: dict[tuple[str, int, int, int], int] = {}
        citations: list[Citation] = []
        shown: list[CitedSentence] = []
        for kept in self.kept:
            own: list[int] = []
            for source, start, end in kept.places:
                key = (source.passage.article_id, source.passage.paragraph, start, end)
                if key not in numbers:
                    numbers[key] = len(numbers) + 1
                    citations.append(Citation.of(source.passage, numbers[key], start, end))
                own.append(numbers[key])
            shown.append(CitedSentence(kept.text, tuple(own), kept.support))
        return tuple(shown), tuple(citations)


def _broken_off(judged: CheckedSentence) -> CheckedSentence | None:
    """Return what is left of a sentence that the stream broke off, without the word it broke in."""
    shown = judged.text.split()[:-1]
    if not judged.holds or len(shown) < FEWEST_WORDS:
        return None
    return judged._replace(text=f"{' '.join(shown)} …")


def _nearest(wanted: set[str], sources: Sequence[Source]) -> Iterator[tuple[float, tuple[Source, Span, str]]]:
    """Yield the sentences that share enough with the wanted words, with their share, readable alone."""
    for source in sources:
        text = source.passage.text
        before: list[str] = []
        for span in split(text):
            own = text[span.start : span.end]
            share = len(wanted & set(stems(own))) / (len(wanted) or 1)
            if share >= SHARED_FROM and _may_stand(own):
                yield share, (source, span, read_alone(own, before[-6:]).text)
            before.append(own)


def _may_stand(sentence: str) -> bool:
    return (
        len(sentence.split()) >= FEWEST_WORDS
        and not sentence.endswith("?")
        and not addresses_a_model(sentence)
    )


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    found = [w.lower() for w in words(text)]
    return (tuple(found[i : i + LEAK_WORDS]) for i in range(len(found) - LEAK_WORDS + 1))


def _declines(text: str) -> bool:
    """Tell whether a sentence says that the articles do not say."""
    return NO_ANSWER in text.upper().replace(" ", "_") or declines(text)


def cut_short(ended: str) -> str:
    """Say in what way an answer is not whole; "" when it is."""
    if ended == "stop":
        return ""
    if ended == "length":
        return "The answer reached its longest length and was cut (FOOTNOTE_ANSWER_TOKENS)."
    if "filter" in ended or "safety" in ended:
        return "The model’s server held back the rest of the answer (its content filter)."
    return "The connection ended before the answer did."


def notices(page: SentenceFilter, unknown: int, problem: str) -> tuple[str, ...]:
    """Return what a reader should know about an answer; `problem` says why it is not whole."""
    said = [f"This answer is incomplete. {problem}"] if problem else []
    if page.declined and page.kept:
        said.append("The articles do not say everything that was asked.")
    if unknown:
        said.append(f"{_plural(unknown, 'invalid citation')} removed.")
    return (*said, *counted(page))


def counted(page: SentenceFilter) -> tuple[str, ...]:
    """Say how many sentences were left out or replaced."""
    said = []
    if page.dropped:
        said.append(f"{_plural(page.dropped, 'sentence')} left out that no source supports.")
    if page.replaced:
        said.append(f"{_plural(page.replaced, 'sentence')} replaced by the article’s own words.")
    if page.leaked:
        said.append(f"{_plural(page.leaked, 'sentence')} left out that did not speak of the articles.")
    return tuple(said)


def hidden(count: int) -> tuple[str, ...]:
    """Say how many sentences of the articles a model was not shown."""
    if not count:
        return ()
    verb = "addresses a language model was" if count == 1 else "address a language model were"
    return (f"{_plural(count, 'sentence')} in the articles that {verb} kept from it.",)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
