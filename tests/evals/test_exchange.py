import json

import pytest

from footnote.evals.exchange import exchange_rows
from footnote.evals.run import run_suite
from footnote.evals.suite.data import response_suite


@pytest.fixture
def report(small_assistant, small_suite, small_corpus):
    return run_suite(small_assistant, small_suite, corpus=small_corpus)


def test_rows_have_the_fields_that_ragas_reads(report):
    rows = list(exchange_rows(report))
    assert [r["id"] for r in rows] == ["lit", "pears", "moon"]
    for row in rows:
        assert isinstance(row["user_input"], str)
        assert all(isinstance(c, str) for c in row["retrieved_contexts"])
        assert isinstance(row["response"], str)
        assert isinstance(row["reference"], str)


def test_the_markers_of_a_response_count_its_contexts(report):
    row = next(iter(exchange_rows(report)))
    assert "[1]" in row["response"]
    assert row["response"].split(" [1]")[0] in row["retrieved_contexts"][0]
    assert len(set(row["retrieved_contexts"])) == len(row["retrieved_contexts"])


def test_what_was_exported_scores_the_same_when_it_comes_back(report, small_assistant, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in exchange_rows(report)))
    again = run_suite(small_assistant, response_suite(path)).sections[0]
    first = report.sections[0]
    assert again.bad == ()
    for key in ("faithfulness", "citation_recall", "refusal_recall", "correct", "right"):
        one, other = first.figure(key), again.figure(key)
        assert (one is None) == (other is None), key
        if one is not None:
            assert other.value == pytest.approx(one.value), key


def test_responses_are_exported_as_they_came(report, small_assistant, tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = list(exchange_rows(report))
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    again = list(exchange_rows(run_suite(small_assistant, response_suite(path))))
    assert again == rows
