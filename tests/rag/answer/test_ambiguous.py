from footnote.rag.answer.ambiguous import elsewhere, namesakes
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


ADA = sentence("The baker Ada Venn said no.")
TOM = sentence("The diver Tom Venn said yes.", "b", -0.5)


def test_people_of_one_surname_are_found_each_with_a_sentence():
    assert namesakes("What did Venn say?", [ADA, TOM]) == {"Ada Venn": ADA, "Tom Venn": TOM}


def test_a_whole_name_or_one_person_leaves_nothing_open():
    assert namesakes("What did Ada Venn say?", [ADA, TOM]) == {}
    assert namesakes("What did Venn say?", [ADA, sentence("Then Mr Venn said yes.", "b")]) == {}


def test_a_sentence_far_below_the_best_counts_for_nobody():
    assert namesakes("What did Venn say?", [ADA, sentence("The diver Tom Venn swam.", "b", -1.5)]) == {}


def test_a_word_that_only_opens_a_sentence_or_tells_of_a_time_is_no_given_name():
    early = sentence("In Early Venn studies, all began early.", "b", 0.5)
    assert namesakes("What did Venn say?", [ADA, early]) == {}
    assert namesakes("What did Venn say?", [ADA, sentence("So Although Venn came, it rained.", "b")]) == {}
