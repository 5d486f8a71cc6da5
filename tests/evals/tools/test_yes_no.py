import json
from importlib.resources import files

from footnote.evals.tools.yes_no import summary


def test_a_claim_where_there_is_no_answer_is_wrong():
    assert summary([("yes", "yes"), ("no", None), (None, "no")]) == (
        "3 questions, 2 claims, 1 right: precision 50.0 (9.5–90.5), 1 of the 2 that have an answer"
    )


def test_the_suite_is_well_formed():
    rows = [
        json.loads(x)
        for x in files("footnote.evals.suite.built_in").joinpath("yes_no.jsonl").read_text().splitlines()
    ]
    assert len({r["id"] for r in rows}) == len({r["question"] for r in rows}) == len(rows) >= 60
    assert {r["yes_no"] for r in rows} == {"yes", "no", None}
    articles = {p.name for p in files("footnote.ingest.samples").iterdir()}
    assert all(r["article"] in articles for r in rows)
