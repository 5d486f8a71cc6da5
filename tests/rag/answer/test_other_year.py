import pytest

from footnote.rag.answer.other_year import of_another_year
from footnote.rag.types import Passage, Refusal
from tests.rag.answer.made import candidate


def told(text, date="", above="", title="The mill"):
    passage = Passage("a", title, "a.txt", date, 2, "", text, 1.0)
    return candidate(passage, above=above)


@pytest.mark.parametrize(
    ("question", "of"),
    [
        ("What did the mill lose in 2005?", told("It lost 2 million in 2004.")),
        ("What did the mill lose in 2005?", told("It lost 2 million.", above="Now for 2004.")),
        ("What did the mill lose in 2005?", told("It lost 2 million.", date="2019-03-01")),
        ("Who ran it in 1950?", told("Ada Venn ran it from 1914 to 1938.")),
    ],
)
def test_another_year_is_told(question, of):
    assert of_another_year(question, of)


@pytest.mark.parametrize(
    ("question", "of"),
    [
        ("What did the mill lose?", told("It lost 2 million in 2004.")),
        ("What did the mill lose in 2005?", told("It lost 2 million.")),
        ("What did the mill lose in 2005?", told("It lost 2 million in 2005, and 3 in 2004.")),
        ("What did the mill lose in 2005?", told("It lost £2000.")),
        ("What did the mill lose in 2005?", told("It lost 2 million last year.", date="2006-01-31")),
        ("What did the mill lose in 2005?", told("It lost 2 million in 2004/05.")),
        ("What did the mill lose in 2005?", told("It lost 2 million.", title="The mill in 2005")),
        ("Who ran it in 1916?", told("Ada Venn ran it from 1914 to 1938.")),
        ("Who ran it in 1916?", told("Ada Venn ran it in the 1910s.")),
        ("Does it hold 2005 sacks?", told("It holds 2005 sacks.")),
    ],
)
def test_a_year_that_may_be_meant_is_no_other(question, of):
    assert not of_another_year(question, of)


def test_what_is_told_of_another_year_only_is_refused(sample_assistant):
    assert isinstance(sample_assistant.ask("By how much did the Ambel rise at Orlay in June 1913?"), Refusal)
    assert "6.4 metres" in sample_assistant.ask("By how much did the Ambel rise at Orlay in June 2013?").text
