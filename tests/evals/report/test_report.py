"""Figures agree with a second computation from the JSON that shares no code with the first."""

import json
import math

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from footnote.evals.report.report import Report, Section, read_report
from footnote.evals.run import run_suite
from footnote.evals.suite.cases import BadRow, Suite
from footnote.evals.suite.data import sample_suite
from footnote.ingest.errors import SourceNotFound, UnreadableSource


@pytest.fixture(scope="module")
def report(sample_assistant):
    """A report on 40 cases of the samples, from JSON text and back."""
    return run_suite(sample_assistant, sample_suite().sample(40, seed=5))


@pytest.fixture(scope="module")
def row(report):
    return json.loads(json.dumps(report.as_json()))


@pytest.fixture(scope="module")
def section(row):
    return row["sections"][0]


@pytest.fixture(scope="module")
def figure(section):
    return {f["key"]: f for f in section["figures"]}


def questions(section, *kinds):
    return [r for r in section["rows"] if r["kind"] in kinds]


def test_a_report_comes_back_from_json_as_it_was(report, row):
    assert Report.from_json(row).as_json() == row


def test_relevance_follows_from_the_rankings_and_the_gold_paragraphs(section, figure):
    ranks, recalls, gains = [], [], []
    for r in questions(section, "answerable", "followup"):
        gold = {(section["corpus"]["ids"][g["article"]], g["paragraph"]) for g in r["given"]["gold"]}
        places = [n for n, (a, p) in enumerate(r["ranking"], start=1) if (a, p) in gold]
        ranks.append(places[0] if places else math.inf)
        recalls.append(len([n for n in places if n <= 5]) / len(gold))
        ideal = sum(1 / math.log2(i + 2) for i in range(min(len(gold), 10)))
        gains.append(sum(1 / math.log2(n + 1) for n in places) / ideal)
    assert figure["success@1"]["value"] == pytest.approx(np.mean([r <= 1 for r in ranks]), abs=1e-6)
    assert figure["success@5"]["value"] == pytest.approx(np.mean([r <= 5 for r in ranks]), abs=1e-6)
    assert figure["mrr@10"]["value"] == pytest.approx(np.mean([1 / r for r in ranks]), abs=1e-6)
    assert figure["recall@5"]["value"] == pytest.approx(np.mean(recalls), abs=1e-6)
    assert figure["ndcg@10"]["value"] == pytest.approx(np.mean(gains), abs=1e-6)


def test_refusals_follow_from_the_replies(section, figure):
    asked = questions(section, "answerable", "followup", "unanswerable")
    truth = [r["kind"] == "unanswerable" for r in asked]
    refused = [r["reply"]["refused"] for r in asked]
    assert figure["refusal_precision"]["value"] == pytest.approx(precision_score(truth, refused), abs=1e-6)
    assert figure["refusal_recall"]["value"] == pytest.approx(recall_score(truth, refused), abs=1e-6)
    assert figure["refusal_f1"]["value"] == pytest.approx(f1_score(truth, refused), abs=1e-6)
    assert figure["refusal_precision"]["n"] == sum(refused)
    confidence = [r["reply"]["confidence"] for r in asked]
    expected = roc_auc_score([not t for t in truth], confidence)
    assert figure["auroc"]["value"] == pytest.approx(expected, abs=1e-3)  # replies round to four places


def test_faithfulness_follows_from_the_verdicts(section, figure):
    said = [s for r in questions(section, "answerable", "followup", "unanswerable") for s in r["sentences"]]
    supported = [s["support"]["verdict"] == "supported" for s in said]
    assert figure["faithfulness"]["value"] == pytest.approx(np.mean(supported), abs=1e-6)
    assert figure["faithfulness"]["n"] == len(said)
    precise = [p for s in said for p in s["precise"]]
    assert figure["citation_precision"]["value"] == pytest.approx(np.mean(precise), abs=1e-6)


def test_correctness_follows_from_the_texts(section, figure):
    held = []
    for r in questions(section, "answerable", "followup"):
        shown = " ".join(s["text"] for s in r["reply"]["sentences"][:2]).lower()
        held.append(any(a.lower() in shown for a in r["given"]["answers"]))
    assert figure["correct"]["value"] == pytest.approx(np.mean(held), abs=1e-6)


def test_rouge_follows_from_the_summaries(section, figure):
    scorer = RougeScorer(["rouge1"], use_stemmer=True)
    scores = [
        scorer.score(r["given"]["references"][0], " ".join(s["text"] for s in r["reply"]["sentences"]))[
            "rouge1"
        ]
        for r in questions(section, "summary")
    ]
    assert figure["rouge1"]["value"] == pytest.approx(np.mean([s.fmeasure for s in scores]), abs=1e-6)


def test_times_follow_from_the_rows(section, figure):
    times = [
        r["values"]["milliseconds"] for r in questions(section, "answerable", "followup", "unanswerable")
    ]
    expected = np.quantile(times, 0.95, method="inverted_cdf")
    assert figure["latency_p95"]["value"] == pytest.approx(expected, abs=1e-3)


def test_every_interval_holds_its_figure_and_every_figure_says_what_it_is(figure):
    for f in figure.values():
        assert f["n"] > 0
        assert f["about"].endswith(".")
        assert f["formula"]
        if f["key"] != "calibration_error":  # biased upwards in small samples, as it is known to be
            assert f["low"] <= f["value"] <= f["high"], f["key"]


def test_the_interval_of_a_mean_follows_from_the_rows(section, figure):
    held = np.array([r["values"]["in_two"] for r in section["rows"] if "in_two" in r["values"]])
    rng = np.random.default_rng(99)
    means = held[rng.integers(0, len(held), size=(4000, len(held)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    assert (figure["correct"]["low"], figure["correct"]["high"]) == pytest.approx((low, high), abs=0.03)


def test_what_replies_depend_on_is_named(row):
    versions = row["versions"]
    assert versions["encoder"] == "all-MiniLM-L6-v2"
    assert len(versions["code"]) == 16
    assert versions["settings"]["answer_threshold"] > 0
    assert not {"home", "api_key"} & set(versions["settings"])


def test_counts_tell_what_was_run_what_failed_and_what_was_bad(make_row):
    suite = Suite("s", (), "d", (BadRow("f", 3, "why"),))
    section = Section.of(suite, [make_row("a"), make_row("b", error="broken")])
    counts = section.as_json()["counts"]
    assert (counts["run"], counts["failed"], counts["bad_rows"], counts["answerable"]) == (2, 1, 1, 2)


def test_refusals_say_nothing_where_every_question_can_be_answered(make_row):
    rows = [
        make_row(
            str(n),
            refused=n == 0,
            unanswerable=0,
            rightly_refused=0,
            refused_or_unanswerable=n == 0,
            answered=n != 0,
        )
        for n in range(3)
    ]
    section = Section.of(Suite("s", (), "d"), rows)
    assert section.figure("refusal_f1") is section.figure("refusal_precision") is None
    assert section.figure("answered").value == pytest.approx(2 / 3)


def test_a_figure_without_its_columns_is_left_out(make_row):
    assert Section.of(Suite("s", (), "d"), [make_row("a")]).figures == ()


def test_a_report_is_read_from_its_file(report, row, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(row))
    assert read_report(path).as_json() == row


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "other/1"}', '{"format": "footnote-evaluation/1"}']
)
def test_another_file_is_no_report(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UnreadableSource, match="not a report"):
        read_report(path)


def test_a_report_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceNotFound, match="--out"):
        read_report(tmp_path / "x.json")
