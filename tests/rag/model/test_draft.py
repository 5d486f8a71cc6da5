"""What of a model's sentences may be shown."""

import pytest

from footnote.prompts import Messages
from footnote.rag.check.support import check_support
from footnote.rag.model.cite import Marked
from footnote.rag.model.draft import SentenceFilter
from footnote.rag.model.sources import Source
from footnote.rag.types import Passage

TEXT = "Permits are free. If you want a permit, ask the council at the town hall."


@pytest.fixture
def page():
    passage = Passage("a", "Permits", "p.txt", "", 1, "", TEXT, 1.0)
    return SentenceFilter([(Source(passage, TEXT),)], check_support, "drop", Messages("Answer.", "Question?"))


def test_a_sentence_of_the_articles_that_opens_like_an_aside_is_shown(page):
    assert page.take(Marked("If you want a permit, ask the council at the town hall.", ()))


def test_an_aside_of_the_model_is_not(page):
    assert not page.take(Marked("If you want more details, let me know.", ()))
    assert page.dropped == 0


def test_nor_is_one_of_the_articles_that_a_model_might_say_too():
    said = "Let me know by Friday, the mayor told the council."
    passage = Passage("a", "Permits", "p.txt", "", 1, "", f"Permits are free. {said}", 1.0)
    prompt = Messages("Answer.", "Question?")
    page = SentenceFilter([(Source(passage, passage.text),)], check_support, "drop", prompt)
    assert page.take(Marked(said, ()))
