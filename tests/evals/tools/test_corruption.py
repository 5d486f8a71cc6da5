import random

import pytest

from footnote.evals.tools.corruption import (
    CHANGED,
    MAKERS,
    SAME,
    Place,
    Trial,
    is_right,
    judge,
    places,
    tallies,
    trials,
)
from footnote.rag.types import Support, Verdict

ARTICLE = """Sales at the pottery rose 12% to £3.5m last year, Ms Tilda Brandt said. She will not open a second shop.

After the kiln was repaired, the team fired 1,400 cups in May. Mr Ola Renn said the mood was better than in 2019.

The council rejected the plan on Tuesday. Karin Holt of the Weavers bought three looms in Malmen."""


def place(sentence: str, **changes) -> Place:
    given = {
        "paragraph": sentence,
        "before": "",
        "article": sentence,
        "names": ("Karin Holt", "Malmen"),
    } | changes
    return Place(sentence, **given)


def made(kind: str, sentence: str, **changes) -> str | None:
    return MAKERS[kind](place(sentence, **changes), random.Random(0))


def test_the_sentences_of_an_article_come_with_their_paragraph():
    found = list(places([ARTICLE]))
    assert all(p.sentence in " ".join(p.paragraph.split()) for p in found)
    assert any("Ola Renn" in p.names or "Weavers" in p.names for p in found)


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        ("clauses swapped", "After the kiln was repaired, the team fired many cups.", "The team fired many cups after the kiln was repaired."),
        ("speech turned round", "Ms Brandt said the mood was better than ever.", "The mood was better than ever, Ms Brandt said."),
        ("passive", "The council rejected the plan on Tuesday.", "The plan was rejected by the council on Tuesday."),
        ("number format", "Sales rose 12% to a record.", "Sales rose 12 per cent to a record."),
        ("negation", "She will open a second shop in Malmen.", "She will not open a second shop in Malmen."),
        ("negation", "She will not open a second shop.", "She will open a second shop."),
        ("direction", "Sales at the pottery rose again.", "Sales at the pottery fell again."),
        ("attribution", "Tilda Brandt said the mood was good.", "Malmen said the mood was good."),
        ("name", "The looms went to Lund by boat.", "The looms went to Malmen by boat."),
    ],
)  # fmt: skip
def test_a_sentence_is_changed_in_one_way(kind, sentence, expected):
    assert made(kind, sentence) == expected


def test_a_changed_number_is_another_number():
    assert made("number", "The team fired 1,400 cups.") not in (None, "The team fired 1,400 cups.")


def test_a_changed_date_is_another_date():
    assert made("date", "The council met on Tuesday.") not in (None, "The council met on Tuesday.")


def test_a_pronoun_is_resolved_by_the_person_before():
    sentence = "She will open a second shop."
    found = made("pronoun resolved", sentence, paragraph=f"Ms Brandt spoke. {sentence}")
    assert found == "Ms Brandt will open a second shop."


@pytest.mark.parametrize("kind", ["number", "date", "direction", "passive", "number format"])
def test_what_cannot_be_changed_is_left_alone(kind):
    assert made(kind, "The mood among all of them was calm.") is None


def test_the_same_seed_makes_the_same_trials():
    assert trials([ARTICLE], limit=5, seed=3) == trials([ARTICLE], limit=5, seed=3)


def test_every_sentence_is_tried_as_it_is():
    found = trials([ARTICLE], limit=100)
    assert sum(t.kind == "as it is" for t in found) == len(list(places([ARTICLE])))
    assert {t.kind for t in found} <= {*SAME, *CHANGED}


def test_a_trial_is_right_when_only_what_holds_is_supported():
    yes, no = Support(Verdict.SUPPORTED, 1.0, "."), Support(Verdict.PARTIAL, 0.5, ".")
    same, changed = Trial("as it is", "A.", "A.", ("A.",)), Trial("number", "B.", "A.", ("A.",))
    assert is_right(same, yes)
    assert is_right(changed, no)
    assert not is_right(same, no)
    assert not is_right(changed, yes)


def test_a_judge_that_supports_everything_is_caught():
    tried = trials([ARTICLE], limit=100)
    judged = judge(lambda *_: Support(Verdict.SUPPORTED, 1.0, "."), tried)
    shares = {t.kind: t.share for t in tallies(tried, judged)}
    assert all(share == (1.0 if kind in SAME else 0.0) for kind, share in shares.items())


def test_the_shipped_checker_passes_on_the_sample_articles():
    from footnote.evals.tools.corruption import article_texts
    from footnote.rag.check.support import check_support

    tried = trials(article_texts([]), limit=150, seed=1)
    for tally in tallies(tried, judge(check_support, tried)):
        least = 0.75 if tally.kind in SAME else 0.9
        assert tally.n < 20 or tally.share >= least, tally
