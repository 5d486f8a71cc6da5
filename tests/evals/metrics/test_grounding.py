import pytest

from footnote.evals.metrics.grounding import judge, lost_facts, numbers_in, sentence_counts
from footnote.evals.metrics.rows import JudgedSentence
from footnote.rag.types import Support, Verdict


def words_checker(sentence, evidence):
    """Supported when every word stands in the evidence, partial when one does."""
    held = set(" ".join(evidence).lower().split())
    found = [w in held for w in sentence.lower().split()]
    if all(found):
        return Support(Verdict.SUPPORTED, 1.0, "all")
    return Support(Verdict.PARTIAL if any(found) else Verdict.UNSUPPORTED, sum(found) / len(found), "some")


def values_of(said, cited, evidence=None):
    return sentence_counts(judge(said, cited, evidence or list(cited.values()), words_checker))


def test_a_sentence_that_needs_both_citations_has_both_precise():
    values = values_of([("bridge closed", (1, 2))], {1: "bridge", 2: "closed"})
    assert (values["recalled"], values["precise"], values["citations"]) == (1, 2, 2)


def test_a_citation_that_adds_nothing_is_not_precise():
    values = values_of([("bridge closed", (1, 2))], {1: "bridge closed", 2: "goats"})
    assert (values["recalled"], values["precise"], values["citations"]) == (1, 1, 2)


def test_two_citations_that_each_suffice_are_both_precise():
    values = values_of([("bridge closed", (1, 2))], {1: "bridge closed", 2: "the bridge closed"})
    assert values["precise"] == 2


def test_no_citation_is_precise_when_the_sentence_is_not_supported():
    values = values_of([("bridge sank", (1,))], {1: "bridge"})
    assert (values["recalled"], values["precise"], values["partly_supported"]) == (0, 0, 1)


def test_a_sentence_may_be_faithful_to_the_reply_and_yet_cite_the_wrong_paragraph():
    values = values_of([("bridge closed", (2,)), ("goats", (1,))], {1: "bridge closed", 2: "goats"})
    assert (values["supported"], values["recalled"]) == (2, 0)


def test_a_sentence_without_a_citation_is_not_recalled():
    values = values_of([("bridge closed", ())], {}, ["bridge closed"])
    assert (values["supported"], values["recalled"], values["citations"]) == (1, 0, 0)


def test_what_makes_no_claim_is_not_counted():
    asked = Support(Verdict.NONE, 0.0, "It is a question.")
    said = judge([("bridge closed", (1,))], {1: "bridge closed"}, ["bridge closed"], words_checker)
    question = JudgedSentence("Why?", (), asked, asked, (), ())
    values = sentence_counts([*said, question])
    assert (values["sentences"], values["supported"], values["share_supported"]) == (1, 1, 1)


def test_a_citation_of_nothing_is_passed_over():
    (sentence,) = judge([("bridge", (1, 7))], {1: "bridge"}, ["bridge"], words_checker)
    assert sentence.citations == (1,)


def test_a_judged_sentence_comes_back_from_json_as_it_was():
    (sentence,) = judge([("bridge", (1,))], {1: "bridge"}, ["bridge"], words_checker)
    assert JudgedSentence.from_json(sentence.as_json()) == sentence


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.2 million", 4_200_000), ("£4.2m", 4_200_000), ("1,400", 1400), ("1,400,000", 1_400_000), ("3bn", 3e9),
        ("2 trillion", 2e12), ("0.5", 0.5), ("5,5", 5.5), ("12k", 12_000), ("22", 22),
    ],
)  # fmt: skip
def test_numbers_are_read_by_value(text, value):
    assert [v for _, v in numbers_in(text)] == [value]


def test_a_changed_number_or_name_is_lost_and_an_equal_one_is_not():
    evidence = ["Maren Holt sold 1,400 pears in March for 4.2 million crowns."]
    assert lost_facts("In March Maren Holt sold 1400 pears for 4,200,000 crowns.", evidence) == ()
    assert lost_facts("In April Maren Holm sold 1500 pears.", evidence) == ("1500", "April", "Holm")


def test_a_word_that_opens_the_sentence_is_no_name():
    assert lost_facts("Yesterday it rained.", ["It rained."]) == ()
