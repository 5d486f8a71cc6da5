import csv
import json
from dataclasses import replace

import pytest

import footnote.ui.commands.evaluate  # noqa: F401 - adds the command
from footnote import Assistant
from footnote.evals.report import gate as gates
from footnote.evals.report.report import read_report
from footnote.ingest.library.library import open_library
from footnote.rag.model.generative import writer
from footnote.ui import cli
from tests.misbehaving_server import ModelServer, says

ARTICLES = [
    {
        "article_id": "lighthouse",
        "title": "The lighthouse",
        "paragraphs": ["The lighthouse was lit in 1887."],
    },
    {
        "article_id": "orchard",
        "title": "The orchard",
        "paragraphs": ["The orchard grows forty kinds of pear."],
    },
]
QUESTIONS = [
    {"id": 1, "article_id": "lighthouse", "question": "When was the lighthouse lit?", "answers": ["1887"],
     "gold_paragraphs": [0]},
    {"id": 2, "article_id": "orchard", "question": "How many kinds of pear does the orchard grow?",
     "answers": ["forty"], "gold_paragraphs": [0]},
    {"id": 3, "article_id": "orchard", "question": "Who walked on the moon?", "answers": [], "gold_paragraphs": [],
     "answerable": False},
]  # fmt: skip


def lines(path, rows):
    path.write_text(
        "".join(f"{r}\n" if isinstance(r, str) else json.dumps(r) + "\n" for r in rows), encoding="utf-8"
    )
    return str(path)


@pytest.fixture
def questions(tmp_path):
    lines(tmp_path / "town_articles.jsonl", ARTICLES)
    return lines(tmp_path / "town_questions.jsonl", QUESTIONS)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def run(tmp_path, fake_encoder, capsys, monkeypatch, asked):
    """Run `footnote evaluate` in a folder of its own; `stop_after` presses Ctrl-C."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    ask = Assistant.ask

    def run(*argv, stop_after=None):
        def counted(self, question, **more):
            if stop_after is not None and len(asked) >= stop_after:
                raise KeyboardInterrupt
            asked.append(question)
            return ask(self, question, **more)

        monkeypatch.setattr(Assistant, "ask", counted)

        def build(settings, *, read_only=False):
            library = open_library(
                settings.home, fake_encoder.name, fake_encoder.dimension, read_only=read_only
            )
            assistant = Assistant(settings, library, fake_encoder)
            if not settings.model:
                return assistant
            model = writer(settings, assistant.check)
            return replace(assistant, answerer=model, summariser=model)

        capsys.readouterr()
        status = cli.run(["evaluate", *map(str, argv)], build=build)
        return (status, *capsys.readouterr())

    return run


def figures(out):
    return {f["key"]: f for f in json.loads(out)["sections"][0]["figures"]}


def test_a_persons_questions_are_asked_and_the_table_printed(run, questions, asked):
    status, out, err = run(questions)
    assert (status, err) == (0, "")
    assert "town_questions" in out
    assert all(
        name in out for name in ("Faithfulness", "Relevance", "Refusal", "Correctness", "95% interval")
    )
    assert len(asked) == 3


def test_json_is_one_object_and_nothing_else(run, questions):
    status, out, err = run(questions, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["format"] == "footnote-evaluation/1"
    assert [r["id"] for r in found["sections"][0]["rows"]] == ["1", "2", "3"]
    assert figures(out)["success@1"]["value"] == 1.0


def test_reports_are_written_where_asked(run, questions, tmp_path):
    status, _, _ = run(questions, "--out", tmp_path / "new" / "report", "--export", tmp_path / "rows.jsonl")
    assert status == 0
    report = read_report(tmp_path / "new" / "report" / "report.json")
    assert report.complete
    assert "<!doctype html>" in (tmp_path / "new" / "report" / "report.html").read_text()
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 3
    written = {path.name for path in (tmp_path / "new" / "report").iterdir()}
    assert written == {"report.json", "report.html", "junit.xml", "summary.md", "annotations.txt", "rows.csv"}


def test_a_limit_draws_the_same_cases_for_the_same_seed(run, questions, asked):
    run(questions, "--limit", "2", "--seed", "7")
    run(questions, "--limit", "2", "--seed", "7")
    assert len(asked) == 4
    assert asked[:2] == asked[2:]


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(run, questions, asked):
    status, out, err = run(questions, stop_after=1)
    assert (status, out) == (130, "")
    assert "1 of 3 cases are done" in err
    status, out, err = run(questions)
    assert status == 0
    assert "Going on: 1 of 3" in err
    assert len(asked) == 3


def test_a_complete_run_leaves_nothing_in_the_home(run, questions, tmp_path):
    run(questions)
    assert not (tmp_path / "home" / "evaluations").exists()


def test_a_kept_library_is_filled_once(run, questions, tmp_path, fake_encoder, monkeypatch):
    kept = tmp_path / "kept"
    run(questions, "--home", kept)
    encoded = []
    encode = type(fake_encoder).encode
    monkeypatch.setattr(
        type(fake_encoder), "encode", lambda self, texts: encoded.extend(texts) or encode(self, texts)
    )
    status, _, _ = run(questions, "--home", kept)
    assert status == 0
    assert not any("forty kinds" in text for text in encoded)
    assert any(kept.glob("town_questions-*/library"))


def test_article_scope_asks_the_article_alone(run, questions):
    _, out, _ = run(questions, "--article-scope", "--json")
    rows = json.loads(out)["sections"][0]["rows"]
    assert all(len(r["ranking"]) == 1 for r in rows)


def test_distractors_join_the_pool(run, questions, tmp_path):
    (tmp_path / "cod.txt").write_text("Cod is a fish that is eaten with chips on Fridays.\n")
    _, out, _ = run(questions, "--distractors", tmp_path / "cod.txt", "--json")
    assert json.loads(out)["sections"][0]["corpus"]["articles"] == 3


def test_bad_rows_are_told_and_the_rest_runs(run, tmp_path):
    lines(tmp_path / "town_articles.jsonl", ARTICLES)
    path = lines(tmp_path / "town_questions.jsonl", ["{broken", *QUESTIONS])
    status, out, _ = run(path)
    assert status == 1
    assert "town_questions.jsonl, line 1: it is not JSON" in out
    assert "3 cases" in out


def test_a_floor_that_is_not_held_ends_with_status_one(run, questions):
    assert run(questions, "--fail-under", "success@1=0.9")[0] == 0
    status, _, err = run(questions, "--fail-under", "refusal_f1=1", "--threshold", "0")
    assert status == 1
    assert "refusal_f1 is 0.0000, below 1" in err


@pytest.mark.parametrize(
    "given",
    [
        "nonsense=1",
        "faithfulness",
        "faithfulness=high",
        "faithfulness=nan",
        "faithfulness=99",
        "faithfulness=-0.1",
    ],
)
def test_a_floor_for_nothing_is_wrong_usage_before_anything_runs(run, questions, asked, given):
    assert run(questions, "--fail-under", given)[0] == 2
    assert asked == []


def test_two_reports_are_compared(run, questions, tmp_path):
    run(questions, "--out", tmp_path / "a")
    run(questions, "--out", tmp_path / "b", "--threshold", "1.0")
    paths = (tmp_path / "a" / "report.json", tmp_path / "b" / "report.json")
    status, out, _ = run("--compare", *paths)
    assert status == 0
    assert "2 worse" in out
    _, out, _ = run("--compare", *paths, "--json")
    (part,) = json.loads(out)["parts"]
    assert {c["id"] for c in part["worse"]} == {"1", "2"}


def test_a_comparison_may_be_a_step_of_ci(run, questions, tmp_path):
    run(questions, "--out", tmp_path / "a")
    run(questions, "--out", tmp_path / "b", "--threshold", "1.0")
    pair = ("--compare", tmp_path / "a" / "report.json", tmp_path / "b" / "report.json")
    status, _, err = run(*pair, "--fail-under", "correct=-0.02", "--out", tmp_path / "cmp")
    assert status == 1
    assert "correct changed by -1.0000, below -0.02" in err
    assert json.loads((tmp_path / "cmp" / "comparison.json").read_text())["parts"][0]["worse"]
    page = (tmp_path / "cmp" / "comparison.html").read_text("utf-8")
    assert "2 became worse, 0 better" in page
    assert run(*pair, "--fail-under", "success@1=-0.02")[0] == 0


@pytest.mark.parametrize(
    "more", [("--gate",), ("--responses", "a.jsonl"), ("--export", "b.jsonl"), ("samples",), ("--judges",)]
)
def test_what_would_have_no_effect_beside_a_comparison_is_refused(run, more):
    status, _, err = run("--compare", "a.json", "b.json", *more)
    assert status == 2
    assert "does not go with --compare" in err


def test_what_would_have_no_effect_beside_judges_is_refused(run):
    status, _, err = run("--judges", "--gate")
    assert status == 2
    assert "--gate does not go with --judges" in err


def test_a_judge_that_cannot_be_reached_is_an_error(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_MODEL", "openai:local")
    monkeypatch.setenv("FOOTNOTE_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("FOOTNOTE_API_KEY", "sk-not-to-be-shown")
    claims = lines(
        tmp_path / "claims.jsonl", [{"source": "The lamp burned oil.", "claim": "It burned.", "label": 1}]
    )
    status, out, err = run("--judges", claims, "--judge", "model", "--json")
    assert status == 1
    assert "model on claims: no verdict on 1 claims" in err
    assert [r["failed"] for r in json.loads(out)["judges"]][:2] == [0, 1]


def test_judges_show_counts_calibration_and_disagreements_and_are_written(run, tmp_path):
    status, out, err = run("--judges", "--out", tmp_path, "--fail-under", "balanced_accuracy=0.99")
    assert status == 1
    assert "balanced_accuracy is" in err
    assert all(name in out for name in ("verdicts against labels", "calibration", "disagreements", "kappa"))
    (ours, *_) = json.loads((tmp_path / "judges.json").read_text())["judges"]
    assert {
        "confusion",
        "supported_from",
        "calibration",
        "suggested_threshold",
        "disagreements",
    } <= ours.keys()
    assert "threshold: 0." in (tmp_path / "judges.html").read_text("utf-8")


def test_a_threshold_of_ones_own_judges_responses(run, tmp_path):
    row = {
        "user_input": "When?",
        "retrieved_contexts": ["It was lit in 1887."],
        "response": "Zeus lit it in 1902.",
    }
    path = lines(tmp_path / "rows.jsonl", [row])
    found = [figures(run("--responses", path, "--json", *more)[1])["faithfulness"]["value"]
             for more in ((), ("--supported-from", "0"))]  # fmt: skip
    assert found == [0.0, 1.0]
    assert run("--supported-from", "0.5")[0] == 2


def test_another_systems_answers_are_scored(run, tmp_path):
    rows = [
        {"user_input": "When?", "retrieved_contexts": ["It was lit in 1887."], "response": "It was lit in 1887 [1].",
         "reference": "1887"},
        {"user_input": "Who?", "retrieved_contexts": ["It was lit in 1887."], "response": "Zeus lit it in 1902 [1].",
         "reference": "Maren"},
    ]  # fmt: skip
    status, out, _ = run("--responses", lines(tmp_path / "rows.jsonl", rows), "--json")
    assert status == 0
    found = figures(out)
    assert (
        found["faithfulness"]["value"]
        == found["citation_recall"]["value"]
        == found["correct"]["value"]
        == 0.5
    )


def test_a_library_of_ones_own_may_be_asked(run, questions, tmp_path, fake_encoder):
    from footnote.ingest.pipeline import ingest
    from footnote.ingest.sources import read_sources

    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as library:
        for _ in ingest(read_sources([str(tmp_path / "town_articles.jsonl")]), library, fake_encoder):
            pass
    status, out, _ = run(questions, "--library", "--json")
    assert status == 0
    assert figures(out)["success@1"]["value"] == 1.0


def test_judges_are_held_against_people(run, tmp_path):
    rows = [
        {"source": "The lamp burned oil.", "claim": "The lamp burned oil.", "label": 1},
        {"source": "The lamp burned oil.", "claim": "Zeus broke 40 lamps.", "label": 0},
        "broken",
    ]
    path = lines(tmp_path / "claims.jsonl", rows)
    status, out, err = run("--judges", path, "--json")
    assert status == 1
    assert "line 3" in err
    assert {r["judge"] for r in json.loads(out)["judges"]} >= {"footnote", "overlap of words"}
    assert "AUC" in run("--judges", path)[1]


def test_without_files_the_judges_are_held_against_the_built_in_claims(run):
    status, out, err = run("--judges", "--json")
    assert (status, err) == (0, "")
    ours = [r for r in json.loads(out)["judges"] if r["judge"] == "footnote"]
    assert [(r["dataset"], r["n"]) for r in ours] == [
        ("samples, one fact changed", 52),
        ("samples, by inference", 58),
    ]


def test_the_gate_runs_the_samples_and_pins_floors(run, tmp_path, monkeypatch):
    path = tmp_path / "gate.json"
    monkeypatch.setattr(gates, "gate_path", lambda: path)
    assert run("--gate", "--limit", "2")[0] == 1
    assert not path.exists()


def test_what_is_not_there_is_named(run, tmp_path):
    status, out, err = run(tmp_path / "nowhere.jsonl")
    assert (status, out) == (1, "")
    assert "nowhere.jsonl" in err


def test_a_report_that_cannot_be_written_says_so(run, questions, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = run(questions, "--out", tmp_path / "file")
    assert status == 1
    assert "could not be written" in err


def test_a_folder_that_cannot_be_made_says_what_to_do(run, questions, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = run(questions, "--home", tmp_path / "file")
    assert status == 1
    assert "--home" in err


def first_source(exchange):
    """Say the first source's text with its number, as a model that copies would."""
    return f"{exchange.sources[1].splitlines()[-1]} [1]"


def test_a_model_answers_the_suite_and_is_compared_with_the_offline_answerer(
    run, questions, tmp_path, monkeypatch
):
    run(questions, "--out", tmp_path / "offline", "--model", "none")
    with ModelServer(says(first_source)) as server:
        monkeypatch.setenv("FOOTNOTE_BASE_URL", server.url)
        monkeypatch.setenv("FOOTNOTE_API_KEY", "sk-not-to-be-shown")
        monkeypatch.setenv("FOOTNOTE_MODEL_CONNECT", "60")  # a busy computer is no fault
        status, out, err = run(
            questions, "--model", "openai:scripted", "--out", tmp_path / "model", "--json", "--threads", "2"
        )
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["versions"]["model"] == "openai:scripted"
    replies = [r["reply"] for r in found["sections"][0]["rows"]]
    assert {r["answerer"] for r in replies if not r["refused"]} == {"openai:scripted"}, replies
    assert len(server.exchanges) >= 2
    assert "sk-not-to-be-shown" not in out + (tmp_path / "model" / "report.html").read_text("utf-8")
    status, out, err = run(
        "--compare", tmp_path / "offline" / "report.json", tmp_path / "model" / "report.json", "--json"
    )
    assert (status, err) == (0, "")
    compared = json.loads(out)
    assert (compared["a"]["model"], compared["b"]["model"]) == ("none: extractive", "openai:scripted")
    assert {d["key"] for d in compared["parts"][0]["differences"]} >= {"faithfulness", "correct"}


def test_several_judges_stand_in_one_table(run, tmp_path, tiny_cross_encoder):
    rows = [
        {"source": "The lamp burned oil.", "claim": "The lamp burned oil.", "label": 1},
        {"source": "The lamp burned oil.", "claim": "Zeus broke 40 lamps.", "label": 0},
        {"source": "The ferry sails at nine.", "claim": "The ferry sails at ten.", "label": 0},
    ]
    path = lines(tmp_path / "claims.jsonl", rows)
    status, out, err = run("--judges", path, "--judge", tiny_cross_encoder, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)["judges"]
    assert [r["judge"] for r in found] == [
        "footnote", tiny_cross_encoder, "overlap of words", "overlap of bigrams", "overlap of trigrams",
    ]  # fmt: skip
    assert all(r["auc"] is not None for r in found)
    status, out, _ = run("--judges", path, "--judge", tiny_cross_encoder, "--limit", "2", "--json")
    assert {r["n"] for r in json.loads(out)["judges"]} == {2}


def test_a_judge_without_judges_is_wrong_usage(run, questions, asked):
    assert run(questions, "--judge", "model")[0] == 2
    assert not asked


def test_columns_of_ones_own_are_kept_and_sliced_by(run, tmp_path):
    told = {"user_input": "When did it open?", "retrieved_contexts": ["The bridge opened in 1931."]}
    rows = [
        {**told, "response": "It opened in 1931. [1]", "model": "first", "cost": 0.5},
        {**told, "response": "It opened in 1958. [1]", "model": "second"},
        {**told, "response": "It opened in 1931. [1]", "model": "first"},
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    status, out, _ = run("--responses", file, "--by", "model", "--json", "--out", tmp_path / "report")
    assert status == 0
    slices = [
        (
            one["suite"],
            one["column"],
            one["value"],
            one["cases"],
            {f["key"]: f["value"] for f in one["figures"]},
        )
        for one in json.loads(out)["by"]
    ]
    assert [one[:4] for one in slices] == [
        ("answers", "model", "first", 2),
        ("answers", "model", "second", 1),
    ]
    assert [one[4]["faithfulness"] for one in slices] == [1.0, 0.0]
    with (tmp_path / "report" / "rows.csv").open(newline="") as written:
        assert [(r["model"], r["cost"]) for r in csv.DictReader(written)] == [
            ("first", "0.5"),
            ("second", ""),
            ("first", ""),
        ]
    _, shown, _ = run("--responses", file, "--by", "model")
    assert "first: 2 cases" in shown
    assert "second: 1 case" in shown


def test_a_column_that_no_row_has_is_told_before_anything_runs(run, questions, asked):
    status, _, err = run(questions, "--by", "colour")
    assert status == 2
    assert "No row has a column “colour”" in err
    assert asked == []
