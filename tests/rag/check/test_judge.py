import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.rag.check.alignment import prepare, tokens
from footnote.rag.check.judge import (
    BEGINNING,
    ENTAILED,
    MOST_TOKENS,
    SHORT,
    TOGETHER,
    inputs_of,
    opinion,
    shipped_judge,
    shown,
    windows,
)

EVIDENCE = (
    "Hedda Moll won the ski race on Sunday. Berit Aas came second, a minute behind. The prize is a goat."
)
LONG = " ".join(f"Clerk number {n} filed a form about drains and gutters in ward {n}." for n in range(40))


def entailed(claim, *evidence):
    return np.exp(shipped_judge()(claim, evidence)[:, ENTAILED])


def test_there_is_a_distribution_for_each_window():
    found = shipped_judge()("Hedda Moll won.", [EVIDENCE, LONG])
    assert found.shape == (2, 3)
    assert np.exp(found).sum(axis=1) == pytest.approx(1.0)


def test_no_window_gives_no_row():
    assert shipped_judge()("Hedda Moll won.", []).shape == (0, 3)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("Hedda Moll took first place in the ski race.", "Berit Aas took first place in the ski race."),
        ("The winner of the race was Hedda Moll.", "The winner of the race was Berit Aas."),
        ("Who came second? Berit Aas", "Who came second? Hedda Moll"),
        ("Did Hedda Moll win the race? yes", "Did Hedda Moll win the race? no"),
    ],
)
def test_who_did_what_is_told_apart_where_all_words_are_there(true, false):
    assert entailed(true, EVIDENCE)[0] > entailed(false, EVIDENCE)[0] + 0.05


def test_what_is_too_long_is_cut():
    assert len(inputs_of(LONG, LONG).ids) == MOST_TOKENS
    inputs = inputs_of("Hedda won.", "She won.")
    assert inputs.ids[inputs.second - 1] == inputs.ids[-1]  # each part ends alike


def test_short_evidence_is_read_whole():
    assert windows(tokens("Hedda Moll won."), prepare(EVIDENCE)) == [(0, 1, 2)]


def test_of_long_evidence_the_telling_sentences_are_read_together_and_with_the_one_before():
    whole = prepare(f"{LONG} Hedda Moll is a baker. She won. {LONG} The race was on Sunday. {LONG}")
    assert len(whole.tokens) > SHORT
    found = [shown(w, whole) for w in windows(tokens("The baker Hedda Moll won the race on Sunday."), whole)]
    assert "Hedda Moll is a baker." in found[0]
    assert "The race was on Sunday." in found[0]
    assert found[0].startswith("Clerk number 0 filed")  # the beginning says what all is about
    assert all(
        len(w) <= max(TOGETHER, BEGINNING + 2) for w in windows(tokens("Hedda Moll won the race."), whole)
    )


def test_of_several_sentences_the_worst_counts():
    whole = prepare(EVIDENCE)
    good = opinion("Hedda Moll won the race.", whole, shipped_judge())
    both = opinion("Hedda Moll won the race. Berit Aas won the race.", whole, shipped_judge())
    assert both.entailed < good.entailed
    assert both.contradicted > good.contradicted


def test_another_language_is_not_judged():
    german = "Die alte Brücke wurde am Montag geschlossen, weil Ingenieure Risse gefunden hatten."
    assert np.isnan(opinion(german, prepare(german), shipped_judge()).entailed)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=600))
def test_any_text_is_judged(claim, evidence):
    found = opinion(claim, prepare(evidence), shipped_judge())
    assert not np.isinf(found.entailed)
    assert not np.isinf(found.contradicted)
