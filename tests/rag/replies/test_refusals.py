import json
from pathlib import Path

import pytest

from footnote.rag.answer.refusal import Scope, refusal_text
from footnote.rag.replies.refusals import declines

ROWS = [
    json.loads(line) for line in Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("half", "found", "mistaken"), [("tuned", 30, 0), ("kept", 30, 1)], ids=["tuned", "kept"]
)
def test_refusals_are_told_from_answers_that_sound_alike(half, found, mistaken):
    rows = [row for row in ROWS if row["half"] == half]
    assert len(rows) == 60
    assert sum(declines(row["text"]) for row in rows if row["refusal"]) >= found
    assert sum(declines(row["text"]) for row in rows if not row["refusal"]) <= mistaken


@pytest.mark.parametrize(
    "text",
    [
        *("", "  \n", "[1]", "N/A", "Unanswerable."),
        *("<think>Who paid? Per paid.</think>", "<reasoning>Per paid.</reasoning>", "[THINK]Per paid."),
        "The passages leave out who paid.",
        "Per may have paid.</think>The sources do not say who paid.",
    ],
)
def test_a_reply_without_a_word_of_an_answer_declines(text):
    assert declines(text)


@pytest.mark.parametrize("missing", [[], ["Atlantis"], ["capital", "Atlantis"]])
def test_our_own_refusals_are_read_like_those_of_others(missing):
    assert declines(refusal_text("What is the capital of Atlantis?", missing, Scope(7, 7), close=2))


def test_what_is_told_after_thinking_aloud_is_an_answer():
    assert not declines("<reflection>The sources do not say who paid.</reflection>Per paid.")
    assert not declines("The sources do not say who paid.</think>Per paid.")


def test_what_is_told_all_the_same_is_an_answer():
    assert declines("The sources do not say who paid, but I can look again. They only mention the opening.")
    assert not declines("The sources do not say who paid, but it opened in 1931.")
    assert not declines("The sources do not say who paid. It opened in 1931.")


def test_evidence_that_was_not_found_in_the_world_is_an_answer():
    assert not declines("No evidence of a leak was found, the council said.")
    assert declines("No evidence of a leak is given in the passages.")
