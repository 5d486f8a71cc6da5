"""Claims that a sceptical journalist would try on the sample articles, each with the verdict it deserves.

Written by hand: numbers rounded, units and shares converted, dates and times in other forms, roles exchanged,
quotations bent, hopes told as facts. A learned judge is held to a share of them, not to each.
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


def right(row):
    verdicts = {
        s.support.verdict.value for s in check_against(row["claim"], passages(row["article"])).sentences
    }
    return (verdicts == {"supported"}) is (row["expect"] == "supported")


@pytest.mark.parametrize(("expect", "least"), [("supported", 0.7), ("not supported", 0.65)])
def test_most_claims_on_the_sample_articles_get_the_verdict_they_deserve(expect, least):
    found = [right(row) for row in ROWS if row["expect"] == expect]
    assert sum(found) >= least * len(found), f"{sum(found)} of {len(found)}"
