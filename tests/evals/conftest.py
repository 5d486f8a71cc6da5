"""A small library of two articles, and rows made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footnote import Assistant, Settings
from footnote.evals.metrics.rows import JudgedSentence, Row
from footnote.evals.suite.cases import Case, Gold, Suite
from footnote.evals.suite.corpus import fill
from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

LIGHTHOUSE = [
    "The lighthouse on Skarv Point was lit for the first time in 1887.",
    "Its keeper, Maren Holt, lived there with two goats and a barometer.",
    "The lamp burned whale oil until it was replaced by electric light in 1931.",
]
ORCHARD = [
    "The orchard at Quillby grows forty kinds of pear.",
    "Every October the village presses the pears into perry and sings to the trees.",
]


def articles():
    yield make_article([("", p) for p in LIGHTHOUSE], title="The lighthouse", source="small#lighthouse")
    yield make_article([("", p) for p in ORCHARD], title="The orchard", source="small#orchard")


CASES = (
    Case(
        "lit",
        "answerable",
        "When was the lighthouse on Skarv Point lit for the first time?",
        (Gold("lighthouse", 1),),
        ("1887",),
        article="lighthouse",
    ),
    Case(
        "pears",
        "answerable",
        "How many kinds of pear does the orchard at Quillby grow?",
        (Gold("orchard", 1),),
        ("forty",),
        article="orchard",
    ),
    Case("moon", "unanswerable", "Who first walked on the moon?"),
)


@pytest.fixture
def small_suite() -> Suite:
    return Suite("small", CASES, "0123456789abcdef", articles=articles)


@pytest.fixture
def small_assistant(tmp_path, fake_encoder) -> Iterator[Assistant]:
    home = tmp_path / "library"
    library = open_library(home, fake_encoder.name, fake_encoder.dimension)
    with Assistant(Settings(home=home), library, fake_encoder) as assistant:
        yield assistant


@pytest.fixture
def small_corpus(small_assistant, small_suite):
    return fill(small_assistant, small_suite)


def judged_sentence(text, verdict="supported", score=0.9, citations=(1,), lost=()) -> JudgedSentence:
    support = Support(Verdict(verdict), score, f"It is {verdict}.")
    return JudgedSentence(
        text, tuple(citations), support, support, (verdict == "supported",) * len(citations), lost
    )


@pytest.fixture
def make_row():
    """Return a function that makes the row of a question."""

    def make(case_id="c1", kind="answerable", error="", judged=(), given=None, reply=None, **values):
        asked = {"question": f"What of {case_id}?", "answers": ["this"], "gold": [], "history": []}
        return Row(
            case_id,
            kind,
            {**asked, **(given or {})},
            reply or {"answer": "This [1].", "citations": []},
            (),
            tuple(judged),
            {k.replace("__", "@"): float(v) for k, v in values.items()},
            error,
        )

    return make


@pytest.fixture
def make_judged():
    return judged_sentence


@pytest.fixture
def changed():
    return replace
