from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from footnote.ingest.text.sentences import Span
from footnote.rag.answer.across_articles import (
    compare,
    joined,
    newer_first,
    prefer_newer,
    same_story,
    without_outdated,
)
from footnote.rag.answer.candidates import Draft, Signs
from footnote.rag.answer.reader import Reading
from footnote.rag.find.retrieve import Retrieved
from footnote.rag.types import Answer, Citation, CitedSentence, Passage, ShortAnswer, Support, Verdict

OLD = Passage("old", "City closes harbour bridge", "o.md", "2026-03-02", 1, "", "It reopens on 14 June.", 0.8)
NEW = Passage(
    "new", "City closes harbour bridge", "n.md", "2026-03-19", 1, "", "It reopens on 30 August.", 0.7
)
ELSE = Passage("else", "Ferries sail on", "e.md", "2026-03-10", 1, "", "Boats leave every ten minutes.", 0.75)
PASSAGES = {p.article_id: p for p in (OLD, NEW, ELSE)}
SURE = Support(Verdict.SUPPORTED, 1.0, "")


@dataclass
class Scored:
    """A candidate as `compare` sees it."""

    passage: Passage
    score: float = 1.0
    cosine: float = 0.8
    coverage: float = 0.8
    kind: bool = True
    margin: float = 4.0

    @property
    def reading(self):
        return Reading(self.margin, 0.0, 0, 1)

    @property
    def signs(self):
        return Signs(cosine=self.cosine, coverage=self.coverage, kind=self.kind)

    @property
    def text(self):
        return self.passage.text

    @property
    def span(self):
        return Span(0, len(self.text))


def cited(*passages):
    return tuple(
        Citation(n, p.article_id, p.title, p.source, p.paragraph, p.text, 0, len(p.text))
        for n, p in enumerate(passages, start=1)
    )


def draft(*passages, short=None):
    sentences = tuple(CitedSentence(p.text, (n,), SURE) for n, p in enumerate(passages, start=1))
    return Draft(sentences, cited(*passages), 0.9, short)


def found(*passages):
    return Retrieved(np.zeros(1, np.float32), passages, {}, {})


def test_articles_of_one_title_and_two_days_tell_one_story():
    assert same_story(OLD, NEW)
    assert not same_story(OLD, ELSE)
    assert not same_story(OLD, replace(NEW, date=""))
    assert not same_story(OLD, replace(NEW, date=OLD.date))
    assert not same_story(replace(OLD, title="Weather report"), replace(NEW, title="Weather report"))


def test_the_older_of_two_near_paragraphs_falls_behind():
    near = replace(NEW, score=0.77)
    ranked = prefer_newer("When does it reopen?", found(OLD, near, ELSE)).passages
    assert [p.article_id for p in ranked] == ["new", "old", "else"]
    assert ranked[1].score < OLD.score


def test_what_only_the_older_article_tells_keeps_its_place():
    far = replace(NEW, score=0.2)
    assert prefer_newer("When does it reopen?", found(OLD, far)).passages == (OLD, far)


def test_who_asks_about_a_time_gets_the_article_of_that_time():
    both = found(OLD, replace(NEW, score=0.77))
    for question in ("When was it first to reopen?", "What was known in March 2026?"):
        assert prefer_newer(question, both) is both


def test_sentences_of_the_older_article_go_when_the_newer_answers():
    short = ShortAnswer("ten", 2, 18, 21)
    kept = without_outdated(draft(NEW, OLD, ELSE, short=short), PASSAGES)
    assert [c.article_id for c in kept.citations] == ["new", "else"]
    assert kept.short_answer == ShortAnswer("ten", 1, 18, 21)
    Answer("q", "q", kept.sentences, kept.citations, "x", short_answer=kept.short_answer)
    whole = draft(OLD, NEW)
    assert without_outdated(whole, PASSAGES) == whole


def test_a_newer_article_is_shown_beside_the_older_with_a_notice():
    compared = compare(cited(OLD), [Scored(OLD), Scored(NEW, 0.5)], PASSAGES)
    assert compared.extra is not None
    assert compared.extra.passage is NEW
    assert compared.notices == (
        "A newer article on this story, of 19 March 2026, is cited in [2]; [1] is from 2 March 2026.",
    )
    shown = compare(cited(OLD, ELSE, NEW), [Scored(OLD), Scored(NEW, 0.5)], PASSAGES)
    assert shown.extra is None
    assert "cited in [3]" in shown.notices[0]


def test_a_newer_article_that_says_nothing_of_it_is_not_shown():
    for silent in (Scored(NEW, cosine=0.4), Scored(NEW, coverage=0.1), Scored(NEW, kind=False)):
        assert compare(cited(OLD), [Scored(OLD), silent], PASSAGES).extra is None


def test_following_the_newer_article_is_said():
    [notice] = compare(cited(NEW), [Scored(NEW), Scored(OLD)], PASSAGES).notices
    assert (
        notice
        == "There are two articles on this story; this follows the newer, of 19 March 2026, not that of 2 March 2026."
    )


def test_two_figures_for_one_thing_are_both_shown_with_their_dates():
    one = replace(
        ELSE,
        article_id="a",
        title="Survey",
        text="Only 57 per cent of the homes in the valley have heat pumps.",
    )
    two = replace(
        one,
        article_id="b",
        title="Report",
        date="2025-11-20",
        text="Now 68 per cent of all homes in the valley have heat pumps.",
    )
    compared = compare(cited(one), [Scored(one), Scored(two)], {"a": one, "b": two})
    assert compared.extra is not None
    assert compared.extra.passage is two
    assert compared.notices == (
        "The articles differ: 57 per cent in “Survey” (10 March 2026), 68 per cent in “Report” (20 November 2025).",
    )


def test_a_sentence_that_is_added_is_numbered_on():
    more = joined(draft(OLD, ELSE), draft(NEW).sentences, draft(NEW).citations)
    assert [c.number for c in more.citations] == [1, 2, 3]
    assert more.sentences[2].citations == (3,)
    Answer("q", "q", more.sentences, more.citations, "x")


def test_nothing_is_compared_without_citations():
    assert compare((), [Scored(NEW)], PASSAGES).notices == ()
    empty = SimpleNamespace(citations=())
    assert without_outdated(empty, {}) is empty


def test_a_newer_article_that_answers_goes_before_the_older_on_its_story():
    old, new = Scored(OLD), Scored(NEW, 0.5)
    assert newer_first("When will it open?", [old, Scored(ELSE), new])[0] is new
    assert newer_first("When will it open?", [old, Scored(ELSE)])[0] is old


@pytest.mark.parametrize("lacks", [{"margin": -1.0}, {"coverage": 0.1}, {"kind": False}])
def test_a_newer_article_that_does_not_answer_stays_behind(lacks):
    old = Scored(OLD)
    assert newer_first("When will it open?", [old, Scored(NEW, 0.5, **lacks)])[0] is old


def test_who_asks_what_was_said_at_first_gets_the_older():
    old = Scored(OLD)
    assert newer_first("When was it first to open?", [old, Scored(NEW, 0.5)])[0] is old
    assert newer_first("When?", []) == []
