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
    figures = {figure.key: (figure.value, figure.n) for figure in again.figures}
    assert {
        "faithfulness",
        "citation_recall",
        "refusal_recall",
        "correct",
        "right",
        "exact_match",
    } <= figures.keys()
    assert figures == {f.key: (f.value, f.n) for f in first.figures if f.key in figures}


def test_all_accepted_answers_and_the_short_answer_come_back(small_assistant, tmp_path):
    row = {"user_input": "Who?", "retrieved_contexts": ["Runa Moe built it."], "response": "It was Runa Moe [1].",
           "reference": ["R. Moe", "Runa Moe"], "short_answer": "Runa Moe"}  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))
    report = run_suite(small_assistant, response_suite(path))
    assert report.sections[0].figure("exact_match").value == 1.0
    (exported,) = exchange_rows(report)
    assert (exported["reference"], exported["references"]) == ("R. Moe", ["R. Moe", "Runa Moe"])
    assert exported["short_answer"] == "Runa Moe"


def test_responses_are_exported_as_they_came(report, small_assistant, tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = list(exchange_rows(report))
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    again = list(exchange_rows(run_suite(small_assistant, response_suite(path))))
    assert again == rows
