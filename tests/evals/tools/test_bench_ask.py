import json

import pytest

from footnote.evals.suite.cases import Case, Gold
from footnote.evals.tools import bench_ask
from footnote.evals.tools.bench_ask import distractors, labelled, run_footnote, table, write_pool


def test_the_pool_has_the_samples_and_made_paragraphs_up_to_the_number(tmp_path):
    path = tmp_path / "pool.jsonl"
    assert write_pool(path, [], 300, seed=1) == 300
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(len(row["paragraphs"]) for row in rows) == 300
    assert {"harbour-bridge-closure.md", "made-0"} <= {row["id"] for row in rows}


def test_distractors_come_from_a_file_when_one_is_given(tmp_path):
    (tmp_path / "more.jsonl").write_text('{"id": "x", "title": "X", "paragraphs": ["One.", "Two."]}\n')
    path = tmp_path / "pool.jsonl"
    write_pool(path, [str(tmp_path / "more.jsonl")], 10_000, seed=1)
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["paragraphs"] == ["One.", "Two."]


def test_made_paragraphs_are_the_same_for_a_seed_and_answer_nothing():
    one, again = list(distractors(20, 3)), list(distractors(20, 3))
    assert one == again != list(distractors(20, 4))
    texts = " ".join(p for row in one for p in row["paragraphs"])
    assert "Hedda Krogh designed" not in texts


def test_questions_have_answers_and_are_drawn_by_the_seed():
    assert len(labelled(7, 0)) == 7
    assert all(case.answers for case in labelled(7, 0))
    assert labelled(7, 0) == labelled(7, 0) != labelled(7, 1)


@pytest.mark.parametrize(
    ("found", "hits"),
    [
        ([("b.md", "Hedda Krogh"), ("a.md", "hedda krogh did")], (True, True)),
        ([("b.md", "Hedda Krogh"), ("c.md", "x" * 1000), ("a.md", "hedda krogh did")], (False, True)),
        ([("c.md", "x" * 5000), ("a.md", "hedda krogh did")], (False, False)),
        ([("a.md", "Hedda Krogh" + "x" * 9000)], (True, True)),
        ([("a.md", "somebody")], (False, False)),
    ],
)
def test_a_hit_is_of_the_right_article_holds_an_answer_and_comes_soon_enough(found, hits):
    case = Case("1", "answerable", "Who?", (Gold("a.md", 1),), ("Hedda Krogh",))
    assert bench_ask._hits(case, found) == hits


def test_each_step_of_a_question_is_timed(tmp_path, fake_encoder, monkeypatch):
    from footnote import Assistant
    from footnote.ingest.library.library import open_library

    opened = []

    def build(settings):
        library = open_library(settings.home, fake_encoder.name, fake_encoder.dimension)
        opened.append(Assistant(settings, library, fake_encoder))
        return opened[0]

    monkeypatch.setattr("footnote.build", build)
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"id": "a.md", "title": "Ferry", "paragraphs": ["The ferry leaves at nine."]}\n')
    marks = []
    steps = run_footnote(pool, tmp_path / "home", lambda: marks.append(1))
    assert len(marks) == 2
    assert steps["search"]("When does the ferry leave?") == [("a.md", "The ferry leaves at nine.")]
    assert steps["ask"]("When does the ferry leave?")[0][0] == "a.md"
    for name, step in steps.items():
        if name.startswith("  "):
            assert step("When does the ferry leave?") == []
    opened[0].close()


def test_the_table_gives_ratios():
    plain = {"ingest": 100.0, "ingest work": 90.0, "first": 0.5, "five": 0.8, "memory": 1000.0}
    plain["search"] = (10.0, 20.0, 15.0)
    ours = {
        **plain,
        "ingest": 50.0,
        "ingest work": 270.0,
        "ask": (20.0, 40.0, 60.0),
        "  FTS5": (5.0, 6.0, 5.0),
    }
    shown = table(plain, ours)
    assert "0.50" in shown.splitlines()[1]
    assert "3.00" in shown.splitlines()[2]
    assert "4.00" in next(line for line in shown.splitlines() if line.startswith("ask, ms of processor time"))
    assert "25% of ask" in shown


@pytest.mark.parametrize("wrong", [["--child", "other"], ["--paragraphs", "many"]])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(SystemExit):
        bench_ask.main(wrong)
