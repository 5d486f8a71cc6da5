import pytest

from footnote.rag.check.alignment import prepare
from footnote.rag.check.facts import findings

TEXT = (
    "Profits at the salt works rose 76% to $1.13bn in the three months to December. Rosa Lindt, who runs the "
    "works, said that sales did not fall on Monday. She thanked Emil Hartog. “We were lucky with the weather,” "
    "she added. Analysts had expected most mines to close after the flood of 2004."
)


def reasons(sentence: str, text: str = TEXT) -> list[str]:
    return [f.reason for f in findings(sentence, prepare(text))]


def kinds(sentence: str, text: str = TEXT) -> set[str]:
    return {f.kind for f in findings(sentence, prepare(text))}


@pytest.mark.parametrize(
    "sentence",
    [
        "Profits at the salt works rose 76% to $1.13bn in the three months to December.",
        "In the three months to December, profits at the salt works rose 76 per cent to 1.13 billion dollars.",
        "Profits at the salt works rose to $1.13bn.",
        "Sales did not fall on Monday, Rosa Lindt said.",
        "Lindt said that sales didn’t fall on Monday.",
        "Rosa Lindt thanked Emil Hartog.",
        "Emil Hartog was thanked by Rosa Lindt.",
        "“We were lucky with the weather,” Lindt added.",
    ],
)
def test_the_same_said_otherwise_has_no_finding(sentence):
    assert reasons(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "kind", "reason"),
    [
        ("Profits at the salt works rose 67% to $1.13bn.", "number", "The paragraph says “76%”, the sentence says “67%”."),
        ("Profits at the salt works rose 76% to £1.13bn.", "number", "the sentence says “£1.13bn”"),
        ("Profits at the salt works fell 76% to $1.13bn.", "direction", "says “rose”, the sentence says “fell”"),
        ("Sales did fall on Monday, Rosa Lindt said.", "negation", "The paragraph says “not”"),
        ("Profits at the salt works did not rise 76%.", "negation", "The sentence says “not”"),
        ("Lindt said that sales did not fall on Friday.", "date", "“Monday”, the sentence says “Friday”"),
        ("Emil Hartog, who runs the works, said that sales did not fall on Monday.", "name", "the sentence says “Emil”"),
        ("Rosa Lindt thanked Otto Kern.", "name", "“Otto” does not appear"),
        ("Analysts had expected most mines to close after the flood of 2005.", "number", "“2004”"),
        ("Analysts had expected most mines to close before the flood of 2004.", "direction", "“after”"),
    ],
)  # fmt: skip
def test_one_changed_fact_is_found_and_named(sentence, kind, reason):
    assert kind in kinds(sentence)
    assert any(reason in r for r in reasons(sentence))


def test_a_number_of_another_sentence_does_not_stand_in():
    text = "The north mill employs 40 people. The south mill employs 90 people and two dogs."
    assert "number" in kinds("The north mill employs 90 people.", text)


def test_a_name_of_another_sentence_does_not_stand_in():
    text = "Ida Voss paints boats in Tarn. Karl Brenner paints houses in Lund."
    assert "name" in kinds("Karl Brenner paints boats in Tarn.", text)


def test_a_word_that_stands_elsewhere_in_the_same_sentence_does_not_stand_in():
    text = "The yard announced net profits of 400m crowns, compared with a loss of 984m crowns a year before."
    assert kinds(text.replace("profits", "losses"), text) == {"direction"}


def test_a_name_that_stands_in_a_sentence_near_by_does_not_stand_in():
    text = (
        "Tarn’s Ida Voss finished fifth in 7.35. Karl Brenner of Tarn won in 7.30. "
        "Tarn’s Karl Brenner finished the long race too."
    )
    assert kinds("Tarn’s Karl Brenner finished fifth in 7.35.", text) == {"name"}


def test_nations_and_acronyms_go_by_several_names():
    text = "The United Nations praised the French minister and the British fleet."
    assert kinds("The UN praised the minister of France and the fleet of Britain.", text) == set()


def test_a_number_that_is_nowhere_is_said_to_be_missing():
    assert reasons("The works employ 312 people.") == ["“312” does not appear in the cited paragraph."]


def test_a_claim_of_several_sentences_is_compared_sentence_by_sentence():
    claim = "Rosa Lindt runs the works. Profits at the salt works fell 76% to $1.13bn."
    assert kinds(claim) == {"direction"}


@pytest.mark.parametrize("sentence", ["", "…", "?", "[1]", "“”", "A", "\x00", "🙂 " * 50])
def test_odd_sentences_do_no_harm(sentence):
    assert isinstance(reasons(sentence), list)
