"""Whom “he” and “her” may mean."""

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.pipeline import ingest
from footnote.rag.assistant import build
from footnote.rag.converse.followup import understand
from footnote.rag.converse.people import people_among
from footnote.rag.settings import Settings
from footnote.rag.types import Turn


@pytest.fixture(scope="module")
def encoder():
    return PackagedEncoder()


@pytest.mark.parametrize(
    ("names", "people"),
    [
        (["Irish", "Marta Lindqvist"], ["Marta Lindqvist"]),
        (["Tomas Berg", "Oslo", "Anna Keller", "Nobel Prize"], ["Tomas Berg", "Anna Keller"]),
        (["Oslo"], ["Oslo"]),  # nothing else is there to choose from
        ([], []),
    ],
)
def test_of_names_those_are_taken_that_are_as_likely_a_persons(encoder, names, people):
    assert people_among(names, encoder) == people


def test_another_encoders_vectors_tell_nothing(fake_encoder):
    assert people_among(["Oslo", "Ane Solheim"], fake_encoder) == ["Oslo", "Ane Solheim"]


def test_he_is_the_person_of_the_answer_and_not_what_else_it_names(encoder):
    history = [
        Turn("user", "Who opened the new ferry hall?"),
        Turn("assistant", "Norwegian Rail’s chairman Tomas Berg opened it in the port of Bergen. [1]"),
    ]
    found = understand("What did he say there?", history, people=lambda names: people_among(names, encoder))
    assert found.question == "What did Tomas Berg say there?"


def test_an_assistant_takes_he_for_a_person_though_more_is_found_of_what_is_none(tmp_path):
    told = ["Irish musicians say much of the hall: what Irish ears like.", "Tomas Berg came late."]
    article = make_article([("", text) for text in told], title="A hall", source="hall.txt", date="")
    history = [
        Turn("user", "Who opened the hall?"),
        Turn("assistant", "Tomas Berg opened it with Irish musicians. [1]"),
    ]
    with build(Settings(home=tmp_path / "home")) as assistant:
        list(ingest([article], assistant.library, assistant.encoder))
        found = assistant.understood("What did he say of the hall?", history=history)
    assert found.question == "What did Tomas Berg say of the hall?"
