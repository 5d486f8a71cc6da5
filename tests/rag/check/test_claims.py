"""Claims that a sceptical journalist would try on the sample articles, each with the verdict it deserves.

Written by hand: numbers rounded, units and shares converted, dates and times in other forms, roles exchanged,
quotations bent, hopes told as facts. `expect` is a verdict or "not" one; `open` marks what the checker still
gets wrong, so that a claim that comes right is noticed.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from footnote.rag.review import check_against, passages_of

ROWS = [json.loads(line) for line in Path(__file__).with_name("claims.jsonl").read_text("utf-8").splitlines()]


@cache
def passages(slug):
    (article,) = read_sources([str(sample_folder() / f"{slug}.md")])
    return passages_of(article)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=pytest.mark.xfail(strict=True, reason="known") if row.get("open") else (), id=row["claim"])
        for row in ROWS
    ],
)  # fmt: skip
def test_a_claim_on_a_sample_article_gets_the_verdict_it_deserves(row):
    verdicts = {
        s.support.verdict.value for s in check_against(row["claim"], passages(row["article"])).sentences
    }
    negated = row["expect"].startswith("not ")
    assert (verdicts == {row["expect"].removeprefix("not ")}) is not negated, verdicts
