from dataclasses import replace

import pytest

from footnote.rag.answer.across_articles import (
    compare,
    from_when,
    joined,
    newer_first,
    not_outdated,
    same_story,
)
from footnote.rag.answer.candidates import Draft
from footnote.rag.answer.reader import Reading
from footnote.rag.types import Answer, Citation, CitedSentence, Passage, Support, Verdict
from tests.rag.answer.made import candidate

OLD = Passage("old", "City closes harbour bridge", "o.md", "2026-03-02", 1, "", "It reopens on 14 June.", 0.8)
NEW = Passage(
    "new", "City closes harbour bridge", "n.md", "2026-03-19", 1, "", "It reopens on 30 August.", 0.7
)
ELSE = Passage("else", "Ferries sail on", "e.md", "2026-03-10", 1, "", "Boats leave every ten minutes.", 0.75)
PASSAGES = {p.article_id: p for p in (OLD, NEW, ELSE)}
SURE = Support(Verdict.SUPPORTED, 1.0, "")


def scored(passage, score=1.0, *, cosine=0.8, coverage=0.8, kind=True, margin=4.0):
    reading = Reading(margin, 0.0, 0, 1)
    return candidate(passage, score=score, reading=reading, cosine=cosine, coverage=coverage, kind=kind)


def cited(*passages):
    return tuple(
        Citation(n, p.article_id, p.title, p.source, p.paragraph, p.text, 0, len(p.text))
        for n, p in enumerate(passages, start=1)
    )


def draft(*passages):
    sentences = tuple(CitedSentence(p.text, (n,), SURE) for n, p in enumerate(passages, start=1))
    return Draft(sentences, cited(*passages), 0.9)


def test_articles_of_one_title_and_two_days_tell_one_story():
    assert same_story(OLD, NEW)
    assert not same_story(OLD, ELSE)
    assert not same_story(OLD, replace(NEW, date=""))
    assert not same_story(OLD, replace(NEW, date=OLD.date))
    assert not same_story(replace(OLD, title="Weather report"), replace(NEW, title="Weather report"))


def test_sentences_of_the_older_article_go_when_the_newer_comes_first():
    new, other, old = scored(NEW), scored(ELSE), scored(OLD)
    assert not_outdated([new, old, other]) == [new, other]
    assert not_outdated([old, new, other]) == [old, new, other]


def test_a_newer_article_is_shown_beside_the_older_with_a_notice():
    compared = compare(cited(OLD), [scored(OLD), scored(NEW, 0.5)], PASSAGES)
    assert compared.extra is not None
    assert compared.extra.passage is NEW
    assert compared.notices == (
        "A newer article on this story, of 19 March 2026, is cited in [2]; [1] is from 2 March 2026.",
    )
    shown = compare(cited(OLD, ELSE, NEW), [scored(OLD), scored(NEW, 0.5)], PASSAGES)
    assert shown.extra is None
    assert "cited in [3]" in shown.notices[0]


def test_a_newer_article_that_says_nothing_of_it_is_not_shown():
    for silent in (scored(NEW, cosine=0.4), scored(NEW, coverage=0.1), scored(NEW, kind=False)):
        assert compare(cited(OLD), [scored(OLD), silent], PASSAGES).extra is None


def test_following_the_newer_article_is_said():
    [notice] = compare(cited(NEW), [scored(NEW), scored(OLD)], PASSAGES).notices
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
    compared = compare(cited(one), [scored(one), scored(two)], {"a": one, "b": two})
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
    assert compare((), [scored(NEW)], PASSAGES).notices == ()


def test_a_newer_article_that_answers_goes_before_the_older_on_its_story():
    old, new = scored(OLD), scored(NEW, 0.5)
    assert newer_first("When will it open?", [old, scored(ELSE), new])[0] is new
    assert newer_first("When will it open?", [old, scored(ELSE)])[0] is old


@pytest.mark.parametrize("lacks", [{"margin": -1.0}, {"coverage": 0.1}, {"kind": False}])
def test_a_newer_article_that_does_not_answer_stays_behind(lacks):
    old = scored(OLD)
    assert newer_first("When will it open?", [old, scored(NEW, 0.5, **lacks)])[0] is old


def test_who_asks_what_was_said_at_first_gets_the_older():
    old = scored(OLD)
    assert newer_first("When was it first to open?", [old, scored(NEW, 0.5)])[0] is old
    assert newer_first("When?", []) == []


def test_who_asks_for_the_latest_gets_the_newest_article_that_answers_and_from_when_it_is():
    old, other = scored(OLD), scored(ELSE, 0.5)
    newest = scored(replace(ELSE, article_id="last", date="2026-04-01"), 0.4)
    assert newer_first("What is the latest on the boats?", [old, other, newest])[0] is newest
    assert newer_first("What of the boats?", [old, other, newest])[0] is old
    told = from_when("What is the latest on the boats?", cited(ELSE), [OLD, ELSE])
    assert told == ("[1] is from “Ferries sail on”, of 10 March 2026.",)
    assert from_when("What of the boats?", cited(ELSE), [ELSE]) == ()


def test_what_does_not_bear_on_the_question_is_not_the_latest():
    old, far = scored(OLD), scored(NEW, 0.5, cosine=0.2)
    far = far._replace(passage=replace(NEW, title="Gulls breed"))
    assert newer_first("What is the latest on the boats?", [old, far])[0] is old
