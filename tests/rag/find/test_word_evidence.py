import pytest

from footnote.ingest.text.sentences import sentences
from footnote.ingest.text.words import stems
from footnote.rag.find.word_evidence import WordsAsked

FAR = "over five small quiet northern grey stone villages without any river, road, bridge, shop, mill or"


def evidence(question, text, **weights):
    return WordsAsked(question, weights).evidence(
        [stems(text[s.start : s.end], "en") for s in sentences(text)]
    )


@pytest.mark.parametrize(
    ("text", "pairs", "together", "phrases"),
    [
        ("The night train runs.", 1.0, 1.0, 1.0),
        ("A night of the long train.", 1.0, 1.0, 0.0),
        ("A train at night.", 0.5, 1.0, 0.0),
        (f"The night fell {FAR} train.", 0.0, 0.0, 1 / 3),
        ("The night fell.", 0.0, 0.0, 1 / 3),
    ],
)
def test_words_count_by_how_near_they_are_and_in_which_order(text, pairs, together, phrases):
    found = evidence("the night train", text, night=1.0, train=1.0)
    assert found == pytest.approx((pairs, together, phrases))


def test_two_rare_words_together_count_more_than_two_common_ones():
    question, weights = "orrin ferry ticket", {"orrin": 5.0, "ferri": 1.0, "ticket": 1.0}
    rare = evidence(question, "The Orrin ferry sails.", **weights)
    common = evidence(question, "The ferry ticket is sold.", **weights)
    assert rare.together == pytest.approx(5 / 11)
    assert common.together == pytest.approx(1 / 11)


def test_nothing_to_compare_is_no_evidence():
    assert evidence("what is it", "It is a train.") == (0.0, 0.0, 0.0)
    assert WordsAsked("night train", {"night": 1.0, "train": 1.0}).evidence([]) == (0.0, 0.0, 0.0)
