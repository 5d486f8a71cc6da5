"""What of a model's sentences may be shown."""

import pytest

from footnote.prompts import Messages
from footnote.rag.check.support import check_support
from footnote.rag.model.cite import Marked
from footnote.rag.model.draft import SentenceFilter
from footnote.rag.model.sources import Source
from footnote.rag.types import Passage
from tests.rag.conftest import by_words

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


@pytest.mark.parametrize(("article", "shown"), [("a", True), ("b", False)])
def test_two_paragraphs_carry_a_sentence_together_only_in_one_article(article, shown):
    texts = ["The miller of Aune is called Per Lund.", "The miller sold forty sacks of rye to the abbey."]
    sources = [
        Source(Passage(own, "Mills", "m.txt", "", n, "", text, 1.0), text)
        for n, (own, text) in enumerate(zip(("a", article), texts, strict=True), start=1)
    ]
    page = SentenceFilter([(s,) for s in sources], by_words, "drop", Messages("Answer.", "Question?"))
    assert page.take(Marked("The miller Per Lund sold forty sacks of rye.", ())) is shown


def held(text, question=""):
    passage = Passage("a", "The fen", "f.txt", "", 1, "", text, 1.0)
    prompt = Messages("Answer.", "Question?")
    return SentenceFilter([(Source(passage, text),)], check_support, "drop", prompt, question)


FEN = (
    "The fen lies behind the dyke. Draining it cost the parish 400 crowns, which the abbot refused to repay."
)


@pytest.mark.parametrize(
    "said", ["The passages leave out what draining it cost.", "No passage says what the dyke cost."]
)
def test_who_declines_of_the_sources_claims_nothing_even_in_words_of_theirs(said):
    page = held(FEN)
    assert not page.take(Marked(said, (1,)))
    assert (page.declined, page.dropped, page.kept) == (True, 0, [])


def test_who_declines_in_an_article_is_reported():
    text = "The paragraph on the dyke does not say who paid, the judge found. He sent it back."
    page = held(text)
    assert page.take(Marked("The paragraph on the dyke does not say who paid, the judge found.", (1,)))


@pytest.mark.parametrize(
    ("question", "said", "shown"),
    [
        ("Who refused to repay the parish?", "Who refused to repay the parish.", False),
        ("What did draining the fen cost the parish?", "Draining the fen cost the parish.", False),
        ("What did draining the fen cost the parish?", "Draining the fen cost the parish 400 crowns.", True),
        ("Does the fen lie behind the dyke?", "The fen lies behind the dyke.", True),
        ("Does the fen lie behind or before the dyke?", "The fen lies behind the dyke.", True),
        ("What lies behind the fen or the dyke?", "Behind the dyke lies the fen.", True),
    ],
)
def test_the_question_again_is_no_answer_unless_that_may_be_its_answer(question, said, shown):
    page = held(FEN, question)
    assert page.take(Marked(said, (1,))) is shown
    assert page.declined is not shown
