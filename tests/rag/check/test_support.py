import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.rag.check.support import (
    FEATURES,
    AlignedSupport,
    Vetoes,
    check_support,
    draft_support,
    examine,
    shipped_model,
)
from footnote.rag.types import Relation, Verdict
from tests.contracts.support import SupportContract

EVIDENCE = [
    "The city closed the old bridge on 2 March after engineers found 14 cracks. Ada Venn, the mayor, apologised."
]
LONGER = [
    "The library on Weir Street will lend tools from May. Members may borrow up to three at once, for two weeks.",
    "It bought 120 drills, saws and ladders with a grant of £18,000 from the county. Jonas Field, who runs the "
    "project, said that repairs were “a habit to be learnt”. He does not expect many tools to go missing.",
]


class TestAlignedSupport(SupportContract):
    supported_from = shipped_model().supported_from

    @pytest.fixture
    def check(self):
        return check_support


def test_a_verbatim_sentence_is_supported():
    verdict = check_support("Ada Venn, the mayor, apologised.", EVIDENCE)
    assert (verdict.verdict, verdict.score) == (Verdict.SUPPORTED, 1.0)


def test_line_breaks_do_not_make_a_sentence_less_verbatim():
    assert (
        check_support("Ada Venn, the mayor, apologised.", ["Ada Venn,\nthe mayor,\n apologised."]).score
        == 1.0
    )


def test_a_piece_of_a_word_is_not_verbatim():
    assert check_support("art was sold", ["The cart was sold."]).score < 1.0


def test_an_inserted_name_must_stand_in_the_evidence():
    good = check_support("She [Ada Venn] closed the old bridge.", EVIDENCE)
    bad = check_support("The mayor [Otto Lind] apologised.", EVIDENCE)
    assert good.verdict is not Verdict.UNSUPPORTED
    assert bad.verdict is Verdict.UNSUPPORTED
    assert "“Otto Lind”" in bad.reason


def test_square_brackets_of_the_evidence_are_its_own_words():
    text = "“They [the divers] came up at noon,” she said."
    assert check_support(text, [text]).score == 1.0


def test_a_changed_number_is_unsupported_and_named():
    verdict = check_support("Engineers found 41 cracks.", EVIDENCE)
    assert verdict.verdict is Verdict.UNSUPPORTED
    assert "“41”" in verdict.reason


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Some 240 runners left the race because of the weather.", False),
        ("Some 163 runners left the race because of the weather.", None),  # whatever the judge thinks of it
        ("The lamps could still come later, at £30,000.", False),
    ],
)
def test_a_figure_that_stands_nowhere_is_never_supported_however_it_is_said(sentence, supported):
    text = (
        "Some 2,840 runners finished the race on Sunday; 163 gave up in heavy rain. Lamps can be added later for £20,000 "
        "and would pay for themselves, the mayor said."
    )
    said = draft_support()(sentence, [text])
    if supported is False:
        assert said.verdict is not Verdict.SUPPORTED
    else:
        assert "stands nowhere" not in said.reason


def test_a_changed_name_is_unsupported():
    assert check_support("The mayor, Otto Lind, apologised.", EVIDENCE).verdict is Verdict.UNSUPPORTED


SAME = [
    "The library on Weir Street will lend tools from May.",
    "From May, the library on Weir Street will lend tools.",
    "Members may borrow up to 3 at once, for 2 weeks.",
    "Jonas Field does not expect many tools to go missing.",
    "With a grant of 18,000 pounds from the county it bought 120 drills, saws and ladders.",
    "Repairs were “a habit to be learnt”, said Jonas Field, who runs the project.",
]
CHANGED = [
    "The library on Weir Street will lend tools from June.",
    "Members may borrow up to five at once, for two weeks.",
    "Jonas Field does expect many tools to go missing.",
    "He does not expect few tools to go missing.",
    "It sold 120 drills, saws and ladders with a grant of £18,000 from the county.",
    "Maud Hale, who runs the project, said that repairs were “a habit to be learnt”.",
    "The library on Mill Street will lend tools from May.",
    "Campaigners bought 120 drills and will lend tools on Weir Street from July.",
]


def test_most_that_is_said_otherwise_is_supported_and_most_that_is_changed_is_not():
    """A learned judge is held to a share, not to each sentence."""
    kept = [s for s in SAME if check_support(s, LONGER).verdict is Verdict.SUPPORTED]
    missed = [s for s in CHANGED if check_support(s, LONGER).verdict is Verdict.SUPPORTED]
    assert len(kept) >= len(SAME) - 1, set(SAME) - set(kept)
    assert len(missed) <= 1, missed


def test_a_contradiction_never_scores_like_a_supported_sentence():
    found = check_support("Members may borrow up to five at once, for two weeks.", LONGER)
    assert found.score < shipped_model().supported_from


def test_the_verdict_rests_on_words_that_stand_where_it_says():
    judged = AlignedSupport().judge("He does not expect tools to go missing.", LONGER)
    assert [LONGER[p.text][p.start : p.end] for p in judged.places] == [
        "He does not expect many tools to go missing."
    ]


def test_a_verbatim_verdict_rests_on_the_very_words():
    judged = AlignedSupport().judge("Ada Venn, the mayor, apologised.", EVIDENCE)
    (place,) = judged.places
    assert EVIDENCE[place.text][place.start : place.end] == "Ada Venn, the mayor, apologised."


def test_many_are_judged_as_one_by_one():
    pairs = [("Engineers found 41 cracks.", EVIDENCE), ("Engineers found 14 cracks.", EVIDENCE)]
    assert AlignedSupport().check_many(pairs) == [check_support(*pair) for pair in pairs]


def test_the_shipped_model_only_speaks_against_a_sentence():
    model = shipped_model()
    assert model.features == FEATURES
    assert all(w >= 0 for w in model.weights)
    assert 0 < model.partial_from < model.supported_from < 1


def test_a_sentence_in_the_middle_of_a_long_source_is_found():
    filler = " ".join(f"Clerk number {n} filed a form about drains." for n in range(400))
    source = f"{filler} The otter returned to the Tarn in spring, wardens said. {filler}"
    judged = AlignedSupport().judge("Wardens said the otter returned to the Tarn in spring.", [source])
    assert judged.support.verdict is Verdict.SUPPORTED
    (place,) = judged.places
    assert source[place.start : place.end] == "The otter returned to the Tarn in spring, wardens said."


@settings(max_examples=60)
@given(st.text(max_size=120), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_gets_a_verdict_with_a_score_and_a_place_in_the_evidence(sentence, evidence):
    judged = AlignedSupport().judge(sentence, evidence)
    assert 0.0 <= judged.support.score <= 1.0
    assert judged.support.reason.endswith((".", "…"))
    assert all(0 <= p.start < p.end <= len(evidence[p.text]) for p in judged.places)


@settings(max_examples=40)
@given(st.text(alphabet="abc AB12,.’“”-%$", min_size=1, max_size=60))
def test_every_text_supports_itself_when_it_holds_a_word(text):
    found = check_support(text, [text])
    assert found.verdict is Verdict.SUPPORTED or not text.split()


SAID_OTHERWISE = [
    ("The mill used 41 km of cable.", "The mill used 41 kilometres of cable, which is heavy."),
    ("It opened on 4 March 2004 in the United Kingdom.", "It opened on March 4th, 2004 in the UK with a feast."),
    ("It opened on 2004-03-04 with a feast.", "It opened on March 4th, 2004 with a feast for all."),
    ("Dr Venn organised the film in the 1990's.", "Doctor Venn organized the movie in the 1990s for fun."),
    ("They're not open at 9:30.", "They are not open at 9.30 because of the frost."),
    ("The fleet has 45\u202f700 sailors.", "The fleet has 45,700 sailors and a cook."),
    ("It took two and a half million crowns.", "It took 2.5 million crowns and a week."),
    ("The twenty-first mill burned in World War Two.", "The 21st mill burned in World War II at night."),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text"), SAID_OTHERWISE)
def test_the_same_in_another_form_is_supported(sentence, text):
    assert check_support(sentence, [text]).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("It opened on 2004-05-04 with a feast.", "It opened on March 4th, 2004 with a feast for all."),
        (
            "Dr Venn organised the film in the 1980's.",
            "Doctor Venn organized the movie in the 1990s for fun.",
        ),
        ("They are open at 9.30.", "They aren't open at 9.30 because of the frost."),
        ("It took three and a half million crowns.", "It took 2.5 million crowns and a week."),
        ("The mill burned in World War I.", "The mill burned in World War II at night."),
    ],
)
def test_another_fact_in_another_form_is_not(sentence, text):
    assert check_support(sentence, [text]).verdict is not Verdict.SUPPORTED


def test_a_question_gets_no_verdict_and_it_is_said_why():
    text = ["The mill on Weir Street closed in May because the river was too low."]
    asked = check_support("Did the mill on Weir Street close in May?", text)
    assert (asked.verdict, asked.relation) == (Verdict.NONE, Relation.NO_CLAIM)
    assert "question" in asked.reason
    assert check_support("That is so.", text).verdict is Verdict.NONE


def test_a_statement_that_ends_with_a_question_it_quotes_is_one():
    text = ['At the gate a boy asked the miller: "Will the mill on Weir Street open in May?" Nobody knew.']
    told = check_support(
        "At the gate a boy asked the miller: “Will the mill on Weir Street open in May?”", text
    )
    assert told.verdict is Verdict.SUPPORTED
    assert check_support("“Will the mill on Weir Street open in May?”", text).verdict is not Verdict.SUPPORTED


def test_a_negation_put_to_another_is_noticed():
    text = ["None of the pumps is expensive, the engineer said, and two cost nothing at all."]
    claim = "None of the pumps is not expensive, the engineer said, and two cost nothing at all."
    assert check_support(claim, text).verdict is Verdict.UNSUPPORTED


def test_a_disclaimer_denies_nothing():
    text = ["The ferry holds 40 cars."]
    assert "“not”" not in check_support("I'm not sure, but the ferry holds 40 cars.", text).reason


@pytest.mark.parametrize(
    "sentence", ["The moon is made of cheese.", "It was a sunny day.", "He is a good man."]
)
def test_a_word_or_two_in_common_is_no_support(sentence):
    text = (
        "The animals do not mind wet feet; their milk becomes a white cheese for which restaurants pay well. One man "
        "comes every other day. Nobody spotted it for eight years, said the dairyman, and the dog knows the way."
    )
    assert check_support(sentence, [text]).verdict is not Verdict.SUPPORTED


def test_a_word_in_front_may_be_left_out_unless_it_hedges():
    said = "Shops near the harbour closed early on Monday."
    rest = "shops near the harbour closed early on Monday."
    assert check_support(said, [f"It rained. However, {rest}"]).score == 1.0
    assert check_support(said, [f"It rained. Allegedly, {rest}"]).score < 1.0


def test_a_judge_that_doubts_forbids_nothing_where_a_sentence_is_a_piece_of_the_text():
    text = "The old windmill on the hill was built in stone by a carpenter for the lord of the manor."

    def doubting(claim, evidence):
        return np.log(np.full((len(evidence), 3), [0.9, 0.05, 0.05]))

    piece = "The old windmill on the hill was built in stone by a carpenter."
    retold = "A carpenter built the old windmill on the hill, in stone."
    assert not examine(piece, text, doubting, Vetoes()).vetoed(Vetoes())
    assert examine(retold, text, doubting, Vetoes()).vetoed(Vetoes())


def test_a_number_that_people_worked_out_is_no_error_and_one_that_they_copied_wrong_is():
    text = "Of the 60 boats that left the harbour at Quay on Monday morning, 20 came home before the storm."
    checker = draft_support()
    copied = "Of the 60 boats that left the harbour at Quay on Monday morning, 12 came home before the storm."
    assert [f.kind for f in checker.judge(copied, [text]).findings] == ["number"]
    assert [f.kind for f in checker.judge("It cost 25,000 euros.", ["It cost 52,000 euros."]).findings] == [
        "number"
    ]
    assert not checker.judge("Two thirds of Quay's fleet were still at sea in bad weather.", [text]).findings
