"""Answers under the heading that asks the same."""

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.answer.marked_questions import told_under_it
from footnote.rag.answer.question import analyse
from footnote.rag.check.support import check_support
from footnote.rag.find.retrieve import retrieve

ROOM = [
    ("", "The map room is on the third floor."),
    ("Do I need a card?", "Yes. It is free and valid for two years."),
    ("May I use a pen?", "No. Pencils only."),
    ("Why is the room dark?", "Light fades ink. It fades paper. It fades paint. It fades wood."),
    ("Pens", "Pens are kept in a box."),
]


@pytest.fixture
def told(tmp_path, fake_encoder):
    article = make_article(ROOM, title="Questions about the map room", source="/room.md")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as library:
        list(ingest([article], library, fake_encoder))

        def asked(question):
            found = told_under_it(
                analyse(question), retrieve(question, library, fake_encoder, k=8), check_support
            )
            return None if found is None else [s.text for s in found[0]]

        yield asked


@pytest.mark.parametrize("question", ["May I use a pen?", "May I use a pen in the map room?"])
def test_the_whole_answer_under_the_same_question_is_shown(told, question):
    assert told(question) == ["No.", "Pencils only."]


@pytest.mark.parametrize(
    "question",
    [
        "May I use a pencil?",
        "May I use a pen in the garden?",
        "Why is the room dark?",
        "Where are pens kept?",
    ],
)
def test_another_question_a_story_and_a_plain_heading_are_left_to_the_ranking(told, question):
    assert told(question) is None
