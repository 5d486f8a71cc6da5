import json

import pytest

from evals.cases import question_cases, sample_cases
from ingest.samples import sample_folder
from ingest.sources import read_sources

CASES = sample_cases()


@pytest.fixture(scope="module")
def articles():
    return {a.source.replace("\\", "/").rsplit("/", 1)[-1]: a for a in read_sources([str(sample_folder())])}


def test_the_sample_library_is_as_large_and_long_as_promised(articles):
    assert len(articles) >= 14
    assert all(8 <= len(a.paragraphs) <= 25 for a in articles.values())
    assert all(a.title and a.author and a.date and a.url for a in articles.values())


def test_the_suite_has_enough_cases_of_every_kind():
    count = {kind: sum(c.kind == kind for c in CASES) for kind in ("answerable", "unanswerable", "followup")}
    assert count["answerable"] >= 90
    assert count["unanswerable"] >= 40
    assert count["followup"] >= 20
    assert sum(c.wording == "different" for c in CASES) >= count["answerable"] / 2
    assert len({c.id for c in CASES}) == len({c.question for c in CASES if not c.history}) + count["followup"]


@pytest.mark.parametrize("case", [c for c in CASES if c.gold], ids=lambda c: c.id)
def test_every_accepted_answer_stands_in_its_gold_paragraph(case, articles):
    article, number = case.gold[0]
    text = articles[article].paragraph_text(number).lower()
    assert case.answers
    assert all(answer.lower() in text for answer in case.answers)


def test_every_follow_up_has_a_conversation():
    assert all(c.history and c.history[0].role == "user" for c in CASES if c.kind == "followup")


def test_every_article_has_a_reference_summary_of_fair_length(articles):
    from importlib.resources import files

    rows = [
        json.loads(x)
        for x in files("evals.suites").joinpath("summaries.jsonl").read_text("utf-8").splitlines()
    ]
    assert {r["article"] for r in rows} == set(articles)
    assert all(60 <= len(r["reference"].split()) <= 120 for r in rows)


def test_paragraphs_of_a_persons_data_are_counted_from_one(tmp_path):
    rows = [
        {
            "id": 1,
            "article_id": "a",
            "question": "Q?",
            "answers": ["x"],
            "gold_paragraphs": [0, 4],
            "answerable": True,
        },
        {
            "id": 2,
            "article_id": "a",
            "question": "R?",
            "answers": [],
            "gold_paragraphs": [0],
            "answerable": False,
        },
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    first, second = question_cases(path)
    assert first.gold == (("a", 1), ("a", 5))
    assert (second.kind, second.gold) == ("unanswerable", ())
