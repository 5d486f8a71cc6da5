from footnote.rag.answer.ambiguous import elsewhere
from footnote.rag.types import Passage
from tests.rag.answer.made import candidate


def sentence(text, article="a", score=1.0):
    return candidate(Passage(article, article, "", "", 1, "", text, 1.0), score=score, kind=1.0)


def test_the_best_of_each_article_that_answers_about_as_well_is_found():
    best, same, other, far = (
        sentence("It cost 4 euros."),
        sentence("It cost 5 euros.", score=0.9),
        sentence("It cost 6 euros.", "b", 0.5),
        sentence("It cost 7 euros.", "c", 0.1),
    )
    assert elsewhere([best, same, other, far]) == [best, other]


def test_one_article_leaves_nothing_open():
    assert elsewhere([sentence("It cost 4 euros."), sentence("It cost 5 euros.", score=0.9)]) == []
