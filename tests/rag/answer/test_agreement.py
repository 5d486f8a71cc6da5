import pytest

from footnote.rag.answer.agreement import agrees
from footnote.rag.answer.answerer import Written
from footnote.rag.answer.candidates import Draft
from footnote.rag.find.retrieve import passage_of
from footnote.rag.types import Citation, CitedSentence, ShortAnswer, Support, Verdict
from tests.contracts.written import PARAGRAPHS, parts

SUPPORTED = Support(Verdict.SUPPORTED, 1.0, "")
FERRIES = "Ferries run every ten minutes while the bridge is closed."


def citing(paragraph):
    passage = passage_of(parts(*PARAGRAPHS)[paragraph][0])
    return (Citation.of(passage, 1, 0, passage.text.index(".") + 1),)


def written(text, paragraph=1):
    return Written((CitedSentence(text, (1,), SUPPORTED),), citing(paragraph))


def draft(short="", paragraph=1):
    at = FERRIES.find(short)
    own = ShortAnswer(short, 0, at, at + len(short)) if short else None
    return Draft((CitedSentence(FERRIES, (1,), SUPPORTED),), citing(paragraph), 0.9, own)


@pytest.mark.parametrize(
    ("said", "agreed"),
    [
        ("A ferry leaves every ten minutes.", True),
        ("Every ten-minute wait ends with a ferry, each and every one.", True),
        ("A ferry leaves every twelve minutes.", False),
        ("Ferries run while the bridge is closed.", False),
    ],
)
def test_the_short_answer_must_be_among_the_words(said, agreed):
    assert agrees(draft("every ten minutes"), written(said)) is agreed


@pytest.mark.parametrize(("paragraph", "agreed"), [(1, True), (2, False)])
def test_without_a_short_answer_a_cited_paragraph_must_be_the_same(paragraph, agreed):
    assert agrees(draft(), written("They run often.", paragraph)) is agreed
