"""Check a text sentence by sentence against the library or one article: verdict, reason, citation."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from footnote.ingest.article import clean
from footnote.ingest.readers.references import heads_references, outside_references
from footnote.ingest.readers.txt import is_heading, unbroken
from footnote.rag.check.alignment import tokens
from footnote.rag.check.support import (
    AlignedSupport,
    Judged,
    Place,
    check_support,
    draft_support,
    states_nothing,
)
from footnote.rag.errors import QuestionError
from footnote.rag.find.retrieve import passage_of
from footnote.rag.replies.markers import unmarked
from footnote.rag.types import (
    FINAL_STOPS,
    NO_FILTERS,
    Citation,
    CitedSentence,
    Filters,
    Passage,
    Support,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.ingest.article import Article
    from footnote.rag.assistant import Assistant
    from footnote.rag.check.support import SupportChecker

NEAREST = 5  # paragraphs that say which articles a sentence may be from
ARTICLES = 2  # that it is judged against
READ = 8  # paragraphs of an article, those nearest to it, that it is judged against together
NEAR_ENOUGH = 0.2  # score from which an unsupported sentence still cites the paragraph that comes closest
NOTHING = Support(Verdict.UNSUPPORTED, 0.0, "No paragraph comes near what the sentence says.")
NOTHING_HEARD = "No paragraph that could be searched comes near what the sentence says."
NOT_CHECKED = "Its list of references was not checked."
HEADING = Support(Verdict.NONE, 0.0, "It is a heading.")
BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
MARKDOWN_HEADING = re.compile(r"^#{1,6}\s+(?=\S)")
LIST_MARK = re.compile(r"^(?:[-*•–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with a verdict on each of its sentences; every citation is that of some sentence."""

    text: str
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    notices: tuple[str, ...] = ()  # what of the library could not be asked

    @property
    def unsupported(self) -> int:
        """How many sentences are not supported."""
        lacking = (s.support for s in self.sentences if s.support.verdict is Verdict.UNSUPPORTED)
        return sum(not support.failed for support in lacking)

    @property
    def unjudged(self) -> tuple[CitedSentence, ...]:
        """The sentences on which the judge gave no verdict."""
        return tuple(s for s in self.sentences if s.support.failed)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "text": self.text,
            "sentences": [s.as_json() for s in self.sentences],
            "citations": [c.as_json() for c in self.citations],
            **({"notices": list(self.notices)} if self.notices else {}),
        }


class _Best(NamedTuple):
    """What became of one sentence: the verdict and where it rests, as (passage, start, end)."""

    support: Support
    places: tuple[tuple[Passage, int, int], ...]


def check_text(
    text: str,
    assistant: Assistant,
    *,
    filters: Filters = NO_FILTERS,
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    """Check each sentence of `text` against the paragraphs of the library that come nearest to it.

    `progress` hears how many of how many sentences are done.

    Raises:
        QuestionError: If there is no sentence in the text.
        UnknownArticle: If the filters name an article that is not there.
    """
    longest = assistant.settings.max_question
    unanswered: dict[str, None] = {}
    known: dict[str, _Ground] = {}

    def nearest(sentence: str) -> list[list[Passage]]:
        found = assistant.search(sentence[:longest], k=NEAREST, filters=filters)
        unanswered.update(dict.fromkeys(filter(None, [found.unanswered])))
        near = list(dict.fromkeys(p.article_id for p in found))[:ARTICLES]
        for article in near:
            if article not in known:
                left = assistant.library.paragraphs_left(article)
                known[article] = _Ground.of([passage_of(p) for p in left])
        return [known[article].near(sentence) for article in near]

    return _heard(_check(text, nearest, assistant.check, progress), tuple(unanswered))


def _heard(checked: Checked, notices: tuple[str, ...]) -> Checked:
    """Return a checked text that says of nothing that it is nowhere, where not all could be asked."""
    if not notices:
        return checked
    unheard = replace(NOTHING, reason=NOTHING_HEARD)
    sentences = [replace(s, support=unheard) if s.support == NOTHING else s for s in checked.sentences]
    return replace(checked, sentences=tuple(sentences), notices=(*checked.notices, *notices))


def check_against(text: str, passages: Sequence[Passage], check: SupportChecker = check_support) -> Checked:
    """Check each sentence of `text` against the paragraphs of one article; no library, no encoder.

    Raises:
        QuestionError: If there is no sentence in the text.
    """
    ground = _Ground.of(passages)
    return _check(text, lambda sentence: [ground.near(sentence)], check)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The paragraphs of an article with the words of content of each."""

    passages: Sequence[Passage]
    held: Sequence[frozenset[str]]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> _Ground:
        return cls(passages, [frozenset(t.key for t in tokens(p.text) if t.content) for p in passages])

    def near(self, sentence: str) -> list[Passage]:
        """Return what a sentence is judged by: the nearest paragraphs, the ones before them, and the first.

        In their order; none when no paragraph shares a word with it.
        """
        asked = {t.key for t in tokens(sentence) if t.content}
        sharing = [i for i, held in enumerate(self.held) if asked & held]
        best = sorted(sharing, key=lambda i: (-len(asked & self.held[i]), i))[:READ]
        return [self.passages[i] for i in sorted({0, *best, *(i - 1 for i in best if i)})] if best else []


def passages_of(article: Article) -> list[Passage]:
    """Return the paragraphs of an article that is in no library as passages."""
    return [
        Passage(
            article.id, article.title, article.source, article.date, p.number, p.section,
            article.paragraph_text(p.number), 0.0, p.page, p.time,
        )
        for p in article.paragraphs
    ]  # fmt: skip


def passages_in(assistant: Assistant, reference: str) -> list[Passage]:
    """Return the paragraphs of an article of the library, given by any reference that the library resolves.

    Raises:
        UnknownArticle: If there is no such article.
    """
    library = assistant.library
    return [passage_of(p) for p in library.paragraphs(library.resolve(reference))]


def _check(
    text: str,
    nearest: Callable[[str], list[list[Passage]]],
    check: SupportChecker,
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    blocks, notices = _without_references(BLANK_LINE.split(clean(text).strip()))
    blocks = [unbroken(block) for block in blocks]
    headings = _headings(blocks)
    said = unmarked("\n\n".join(blocks))
    if not said:
        raise QuestionError("There is no sentence to check. Give a text, or a file that holds one.")
    numbers: dict[tuple[str, int, int, int], int] = {}
    citations: list[Citation] = []
    sentences = []
    for one in said:
        sentence = LIST_MARK.sub("", MARKDOWN_HEADING.sub("", one))
        heading = sentence in headings
        best = _Best(HEADING, ()) if heading else _best(sentence, nearest(sentence), check)
        cited = []
        for passage, start, end in best.places:
            place = (passage.article_id, passage.paragraph, start, end)
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                citations.append(Citation.of(passage, numbers[place], start, end))
            cited.append(numbers[place])
        sentences.append(CitedSentence(sentence, tuple(cited), best.support))
        if progress is not None:
            progress(len(sentences), len(said))
    return Checked(text, tuple(sentences), tuple(citations), notices)


def _without_references(blocks: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the blocks of a text that are no part of a list of references, and a word on such a list."""
    parts = [part for block in blocks for part in _below_its_heading(block)]
    headings, section = _headings(parts), ""
    sections, bodies = [], []
    for part in parts:
        line = MARKDOWN_HEADING.sub("", part).strip()
        if line in headings or heads_references(line):
            section = line
        else:
            bodies.append((section, part))
        sections.append(section)
    keep = outside_references(bodies)
    lists = {section for (section, _), kept in zip(bodies, keep, strict=True) if not kept}
    if not lists or not any(keep):
        return list(blocks), ()
    outside = [part for part, section in zip(parts, sections, strict=True) if section not in lists]
    return outside, (NOT_CHECKED,)


def _below_its_heading(block: str) -> list[str]:
    """Return a block in two where its first line is the heading of a list of references."""
    first, _, rest = block.partition("\n")
    return [first, rest] if rest.strip() and heads_references(MARKDOWN_HEADING.sub("", first)) else [block]


def _headings(blocks: Sequence[str]) -> set[str]:
    """Return the lines that stand alone above a paragraph, or are marked, and have no stop.

    Of 40 drawn from 329 that MTRAG's pages have 37 are headings, and none of the 40 claims anything.
    """
    bare = [MARKDOWN_HEADING.sub("", block).strip() for block in blocks]
    return {
        line
        for block, line, following in zip(blocks, bare, [*bare[1:], ""], strict=True)
        if "\n" not in line
        and not line.endswith(tuple(FINAL_STOPS))
        and (block != line or (is_heading(line) and following.endswith(tuple(FINAL_STOPS))))
    }


def _best(sentence: str, articles: Sequence[Sequence[Passage]], check: SupportChecker) -> _Best:
    """Judge a sentence by the paragraphs of each article; the article that supports it best counts."""
    judged = [
        (own, _judge(check, sentence, [own[0].title, *(p.text for p in own)])) for own in articles if own
    ]
    if not judged:
        nothing = states_nothing(sentence, tokens(sentence))
        return _Best(Support(Verdict.NONE, 0.0, nothing) if nothing else NOTHING, ())
    passages, found = max(judged, key=lambda pair: _worth(pair[1].support))
    lost = next((j.support for _, j in judged if j.support.failed), None)
    if lost is not None and found.support.verdict is not Verdict.SUPPORTED:
        return _Best(lost, ())  # what the judge would have said of that article nobody knows
    if found.support.verdict is Verdict.NONE:
        return _Best(found.support, ())
    far = found.support.verdict is Verdict.UNSUPPORTED and found.support.score < NEAR_ENOUGH
    if far and not found.support.contradicted:
        return _Best(found.support if found.findings else NOTHING, ())
    return _Best(found.support, tuple(_in_passage(place, passages) for place in found.places))


def _worth(support: Support) -> tuple[int, float]:
    return support.verdict.rank, support.score


def _judge(check: SupportChecker, sentence: str, evidence: Sequence[str]) -> Judged:
    """Return the verdict of `check` with the places that the embedded checker finds."""
    aligned = check if isinstance(check, AlignedSupport) else draft_support()
    found = aligned.judge(sentence, evidence)
    if check is check_support or check is aligned:
        return found
    return Judged(check(sentence, evidence), found.places)


def _in_passage(place: Place, passages: Sequence[Passage]) -> tuple[Passage, int, int]:
    """Return where a verdict rests: all of the first paragraph, when it rests on the title."""
    if place.text == 0:
        return passages[0], 0, len(passages[0].text)
    return passages[place.text - 1], place.start, place.end
