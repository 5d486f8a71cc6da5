import random
from itertools import pairwise

import pytest

from footnote.evals.tools.reader_examples import NUMBER, _changed, _read, examples, plainly, written
from footnote.evals.tools.reader_questions import LEARNT, TUNED, Asked, Story, questions, stories

ARTICLES = [
    {
        "article_id": "a",
        "title": "Harbour bridge",
        "paragraphs": [
            "The old Harbour Bridge closed in 1962 after a storm. Engineers under Hedda Krogh found 14 cracks in it. "
            "The largest crack was in the northern tower.",
            "A ferry took people to Sundhaven instead. It was built by Olsen Yard in 1958 and carried 300 people.",
            "The bridge opened again in 1963, when King Harald of Norway cut the ribbon near Sundhaven.",
        ],
    }
]
QUESTIONS = [
    {
        "article_id": "a",
        "question": "How many cracks did Hedda Krogh find?",
        "answers": ["14"],
        "gold_paragraphs": [0],
        "answerable": True,
    },
    {
        "article_id": "a",
        "question": "When did the Harbour Bridge close?",
        "answers": ["1962"],
        "gold_paragraphs": [0],
        "answerable": True,
    },
    {
        "article_id": "a",
        "question": "Where was the largest crack?",
        "answers": ["the northern tower"],
        "gold_paragraphs": [0],
        "answerable": True,
    },
    {
        "article_id": "a",
        "question": "Who built the ferry in 1958?",
        "answers": ["Olsen Yard"],
        "gold_paragraphs": [1],
        "answerable": True,
    },
    {
        "article_id": "a",
        "question": "Who is mayor?",
        "answers": [],
        "gold_paragraphs": [],
        "answerable": False,
    },
]
WRITTEN = [
    {
        "article_id": "a",
        "asked_on_paragraph": 0,
        "question": "Who found 14 cracks?",
        "answers": ["Hedda Krogh"],
    }
    | {"answerable": True},
    {"article_id": "a", "asked_on_paragraph": 0, "question": "Who closed the tower?", "answers": []}
    | {"answerable": False},
]


def made(seed=1, rounds=30):
    return [e for n in range(rounds) for e in examples(ARTICLES, QUESTIONS, seed + n)]


def test_an_answer_stands_where_the_example_says():
    answers = {a for q in QUESTIONS for a in q["answers"]}
    for example in made():
        if example.end:
            assert example.window[example.start : example.end] in answers


def test_a_window_without_the_answer_does_not_hold_it():
    by_question = {q["question"]: q["answers"] for q in QUESTIONS}
    without = [e for e in made() if not e.end and e.question in by_question]
    assert without
    for example in without:
        assert not any(a.lower() in example.window.lower() for a in by_question[example.question])


def test_examples_without_an_answer_are_a_third_or_more():
    all_of_them = made()
    assert 1 / 3 <= sum(not e.end for e in all_of_them) / len(all_of_them) <= 2 / 3


def test_some_questions_are_changed_so_that_their_window_no_longer_answers():
    asked = {q["question"] for q in QUESTIONS}
    changed = [e for e in made() if e.question not in asked]
    assert changed
    assert all(not e.end for e in changed)


@pytest.mark.parametrize("seed", range(20))
def test_a_number_is_swapped_for_one_the_window_does_not_hold(seed):
    article = _read(ARTICLES[0])
    window = ARTICLES[0]["paragraphs"][1]
    changed = _changed("Who built it in 1958?", window, article, random.Random(seed))
    assert changed is not None
    assert not set(NUMBER.findall(changed)) & set(NUMBER.findall(window))


def test_the_same_seed_gives_the_same_examples():
    assert made(seed=3, rounds=2) == made(seed=3, rounds=2)
    assert made(seed=3, rounds=2) != made(seed=4, rounds=2)


def test_a_paragraph_beside_that_holds_the_answer_is_no_negative():
    told_twice = {
        **ARTICLES[0],
        "paragraphs": [*ARTICLES[0]["paragraphs"], "The Harbour Bridge did close in 1962, they say."],
    }
    close = QUESTIONS[1]
    made = [e for n in range(60) for e in examples([told_twice], [close], n)]
    without = [e for e in made if not e.end and e.question == close["question"]]
    assert without
    assert all("1962" not in e.window for e in without)


def test_written_questions_come_with_every_window_of_their_paragraph():
    found = list(written(ARTICLES, WRITTEN))
    assert {e.question for e in found} == {"Who found 14 cracks?", "Who closed the tower?"}
    held = [e.window[e.start : e.end] for e in found if e.end]
    assert set(held) == {"Hedda Krogh"}
    assert all(e.end == 0 for e in found if "closed" in e.question)


def test_windows_of_a_long_paragraph_share_a_sentence_and_reach_its_end():
    text = " ".join(f"Sentence number {n} says that {'very ' * 30}little happened." for n in range(8))
    long = [{"article_id": "a", "title": "T", "paragraphs": [text]}]
    asked = [{"article_id": "a", "asked_on_paragraph": 0, "question": "Why?", "answers": []}]
    windows = [e.window for e in written(long, [asked[0] | {"answerable": False}])]
    assert len(windows) > 2
    assert windows[0].startswith("Sentence number 0")
    assert windows[-1].endswith("happened.")
    assert "number 7" in windows[-1]
    for one, other in pairwise(windows):
        assert one.rpartition("Sentence number")[2][:2] == other.partition("Sentence number")[2][:2]


def test_plain_questions_are_shown_their_answer_and_other_paragraphs_without_it():
    told = {
        "a": Story("Bridge", ("Krogh found 14 cracks. The bridge closed.", "A ferry carried 300 people.")),
        "b": Story("Ferry", ("The ferry of Olsen carried 300 people to Sundhaven in 1958.",)),
    }
    asked = [
        Asked("a", "how many could the boat carry", 1, 16, 19),
        Asked("a", "Who closed the ferry?", 0, 0, 0),
        Asked("b", "Whose boat was it?", 0, 13, 18),
    ]
    made = [e for seed in range(40) for e in plainly(asked, told, seed)]
    assert {e.window[e.start : e.end] for e in made if e.question == asked[0].question} == {"300", ""}
    assert not any(e.end for e in made if e.question == asked[1].question)
    assert {e.title for e in made if e.question == asked[1].question} >= {"Bridge", "Ferry"}
    assert not any("300" in e.window for e in made if e.question == asked[0].question and not e.end)


@pytest.mark.parametrize("path", [LEARNT, TUNED])
def test_each_plain_question_names_a_place_of_a_story(path):
    read = stories()
    for one in questions(path):
        paragraph = read[one.story].paragraphs[one.paragraph]
        assert one.end == 0 or paragraph[one.start : one.end].strip() == paragraph[one.start : one.end] != ""


def test_no_story_is_learnt_from_that_chooses():
    learnt, tuned = ({one.story for one in questions(path)} for path in (LEARNT, TUNED))
    assert not learnt & tuned
