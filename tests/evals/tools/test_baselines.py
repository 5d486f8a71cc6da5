import numpy as np
import pytest

from footnote.evals.metrics.summaries import section_coverage
from footnote.evals.suite.data import sample_suite
from footnote.evals.tools.baselines import compare, lead_of_length, lex_rank, referenced, table, text_rank
from footnote.ingest.article import make_article
from footnote.rag.summary.extractive import parts_of, read

TEXT = (
    "The harbour bridge was closed on Monday after deep cracks were found.",
    "Ferries will carry people over the harbour while the bridge is closed.",
    "Honey is sold on the market square by four old women.",
    "The cracks in the bridge were found by a diver in the harbour.",
)


@pytest.fixture
def article():
    return make_article([("", " ".join(TEXT))], title="Bridge", source="b.txt")


@pytest.fixture
def sentences(article, fake_encoder):
    return read(parts_of(article, fake_encoder))


def test_the_lead_of_a_length_stops_where_it_comes_nearest(sentences):
    assert [len(lead_of_length(sentences, n).places) for n in (1, 13, 24, 500)] == [1, 1, 2, 4]


@pytest.mark.parametrize("rank", [text_rank, lex_rank])
def test_graph_ranks_leave_the_odd_sentence_for_last(rank, sentences):
    taken = rank(sentences, 36)
    assert taken.said == (TEXT[0], TEXT[1], TEXT[3])
    assert len(rank(sentences, 500).said) == 4


@pytest.mark.parametrize("rank", [text_rank, lex_rank])
def test_one_sentence_without_a_neighbour_is_still_taken(rank, fake_encoder):
    alone = make_article([("", "Bridge.")], title="B", source="b.txt")
    assert rank(read(parts_of(alone, fake_encoder)), 40).said == ("Bridge.",)


def test_every_system_is_measured_on_every_article(article, fake_encoder):
    found = compare([(article, [TEXT[0]]), (article, [TEXT[2]])], fake_encoder, 30)
    assert {len(v) for values in found.values() for v in values.values()} == {2}
    assert found["lead-3"]["rouge1"][0] > found["lead-3"]["rouge1"][1] > 0
    shown = table(found)
    assert "over lead, same length" in shown
    assert f"{100 * np.mean(found['Footnote']['rouge1']):.1f} (" in shown


def test_parts_are_sections_or_fourths():
    assert section_coverage([0, 1], ["", "", "Cost", "Cost"]) == 0.5
    assert section_coverage([0, 1, 7], [""] * 8) == 0.5
    assert section_coverage([], []) == 0.0


def test_the_samples_have_their_references():
    found = referenced(sample_suite())
    assert len(found) == 16
    assert all(references for _, references in found)
