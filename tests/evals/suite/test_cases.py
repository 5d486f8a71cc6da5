import json
from pathlib import Path

import pytest

from footnote.evals.suite.cases import Case, Suite, case_digest
from footnote.evals.suite.data import sample_suite
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources

CASES = [c for c in sample_suite().cases if isinstance(c, Case)]


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
    text = articles[case.gold[0].article].paragraph_text(case.gold[0].paragraph).lower()
    assert case.answers
    assert all(answer.lower() in text for answer in case.answers)


def test_every_follow_up_has_a_conversation():
    assert all(c.history and c.history[0].role == "user" for c in CASES if c.kind == "followup")


def test_every_article_has_a_reference_summary_of_fair_length(articles):
    from importlib.resources import files

    rows = [
        json.loads(x)
        for x in files("footnote.evals.suite.built_in")
        .joinpath("summaries.jsonl")
        .read_text("utf-8")
        .splitlines()
    ]
    assert {r["article"] for r in rows} == set(articles)
    assert all(60 <= len(r["reference"].split()) <= 120 for r in rows)


def suite(n):
    return Suite("s", tuple(Case(str(i), "answerable", "Q?") for i in range(n)), "digest")


def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_order():
    chosen = suite(50).sample(10, 3)
    assert chosen == suite(50).sample(10, 3) != suite(50).sample(10, 4)
    assert [int(c.id) for c in chosen.cases] == sorted(int(c.id) for c in chosen.cases)


def test_a_limit_beyond_the_cases_takes_all():
    assert suite(5).sample(10) == suite(5).sample(None) == suite(5)


def test_a_case_that_changes_has_another_digest():
    one = Case("1", "answerable", "Q?", answers=("a",))
    assert case_digest(one) == case_digest(Case("1", "answerable", "Q?", answers=("a",)))
    assert case_digest(one) != case_digest(Case("1", "answerable", "Q?", answers=("b",)))


def test_the_built_in_claims_are_on_paragraphs_of_the_samples_and_balanced(articles):
    from footnote.evals.suite.data import claims_path

    claims = [json.loads(line) for line in Path(claims_path()).read_text("utf-8").splitlines()]
    held = {a.paragraph_text(p.number) for a in articles.values() for p in a.paragraphs}
    assert all(c["source"] in held for c in claims)
    assert len({c["claim"] for c in claims}) == len(claims) >= 50
    assert sum(c["label"] for c in claims) == len(claims) / 2
