import pytest

from footnote.rag.check.alignment import prepare
from footnote.rag.check.facts import findings

TEXT = (
    "Rosa Lindt, who runs the salt works, said on Monday that the works expects to reopen the second pan in May. "
    "The north mill employs 40 people and makes flour, the south mill employs 90 and makes paper. Wages rose from "
    "14 to 16 crowns.\n\nOtto Kern painted the gate. It may be listed next year."
)


def found(sentence, text=TEXT):
    return [(f.kind, f.reason) for f in findings(sentence, prepare(text))[0]]


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("Wages rose from 16 to 14 crowns.", TEXT, "the other way round"),
        ("The rust was caused by salt.", "The salt was caused by rust.", "the other way round"),
        ("The city sued the company over the bridge.", "The company sued the city over the bridge.", "the other way round"),
        ("The works reopened the second pan in May.", TEXT, "expects to reopen"),
        ("It was listed next year.", TEXT, "may be listed"),
        ("Officials said that the works expects to reopen the second pan.",
         "Researchers said that the works expects to reopen the second pan.", "Researchers"),
        ("A spokeswoman said that the pan leaks.", "A spokesman said that the pan leaks.", "spokesman"),
        ("The union said that the pan leaks.", "The US said that the pan leaks.", "US"),
        ("Otto Kern said that the works expects to reopen the second pan in May.", TEXT, "Lindt"),
    ],
)  # fmt: skip
def test_what_words_say_of_each_other_is_held_to_the_evidence(sentence, text, reason):
    assert any(reason in r for _, r in found(sentence, text))


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("The city was sued by the company.", "The company sued the city."),
        ("Saws, ladders and drills were bought.", "Drills, saws and ladders were bought."),
        ("Saws, ladders and drills were bought.", "Drills, ladders and saws were bought."),
        ("On Monday the mill closed in Lund.", "In Lund the mill closed on Monday."),
        ("Rosa Lindt said: “We will mend the pan.”", "“We will mend the pan,” said Rosa Lindt."),
        ("The works expects to reopen the second pan in May.", TEXT),
        ("The works hopes to reopen the second pan.", "The works hopes to reopen the second pan in May."),
        ("Lindt said that the pan leaks.", "Rosa Lindt runs the works. She said that the pan leaks."),
        ("He said that the pan leaks.", "Otto Kern said that the pan leaks."),
    ],
)
def test_the_same_in_another_order_has_no_finding(sentence, text):
    assert found(sentence, text) == []


def test_words_given_to_somebody_of_another_paragraph_are_noticed():
    text = (
        "Ada Venn, the engineer, said that the matter was settled. “One crack is a repair, two are a pattern for a "
        "bridge,” she told reporters.\n\nMayor Ida Holt asked for patience."
    )
    claim = "Mayor Ida Holt said that one crack is a repair and two are a pattern for a bridge."
    assert found(claim, text) == [("speaker", "The paragraph has “Venn” say it, the sentence “Holt”.")]
