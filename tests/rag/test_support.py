import pytest

from rag.support import check_support
from rag.types import Verdict

EVIDENCE = [
    "The city closed the old bridge on 2 March after engineers found 14 cracks. Ada Venn, the mayor, apologised."
]


def test_a_verbatim_sentence_is_supported():
    verdict = check_support("Ada Venn, the mayor, apologised.", EVIDENCE)
    assert (verdict.verdict, verdict.score) == (Verdict.SUPPORTED, 1.0)


def test_an_inserted_name_must_stand_in_the_evidence():
    good = check_support("She [Ada Venn] closed the old bridge.", EVIDENCE)
    bad = check_support("The mayor [Otto Lind] apologised.", EVIDENCE)
    assert good.verdict is not Verdict.UNSUPPORTED
    assert bad.verdict is Verdict.UNSUPPORTED


def test_a_changed_number_is_unsupported_and_named():
    verdict = check_support("Engineers found 41 cracks.", EVIDENCE)
    assert verdict.verdict is Verdict.UNSUPPORTED
    assert "“41”" in verdict.reason


def test_a_changed_name_is_unsupported():
    assert check_support("The mayor, Otto Lind, apologised.", EVIDENCE).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize("sentence", ["Bananas taste of moonlight.", "Fishing boats sank."])
def test_what_the_evidence_does_not_mention_is_unsupported(sentence):
    assert check_support(sentence, EVIDENCE).verdict is Verdict.UNSUPPORTED


def test_nothing_supports_a_sentence_without_evidence():
    assert check_support("The city closed the bridge.", []).verdict is Verdict.UNSUPPORTED
