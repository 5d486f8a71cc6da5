"""How answers from tables are judged, and that each question of the data has its table."""

import csv

import pytest

from footnote.evals.tools.bench_tables import DATA, Asked, summary, verdict
from footnote.rag.check.support import check_support
from footnote.rag.types import Answer, Citation, CitedSentence, Passage, Refusal, ShortAnswer

ROW = "Crop Rye: 2023 171, 2024 186*."


def answered(short: str = "") -> Answer:
    passage = Passage("a", "Prices", "/p", "", 1, "", ROW, 1.0)
    start = ROW.find(short)
    return Answer(
        "?",
        "?",
        (CitedSentence(ROW, (1,), check_support(ROW, [ROW])),),
        (Citation.of(passage, 1, 0, len(ROW)),),
        "extractive",
        short_answer=ShortAnswer(short, 0, start, start + len(short)) if short else None,
    )


@pytest.mark.parametrize(
    ("reply", "cell", "wanted"),
    [
        (answered("171"), "171", "right"),
        (answered("186*"), "186", "right"),
        (answered("171"), "186", "wrong"),
        (answered(), "186", "right"),
        (answered(), "233", "wrong"),
        (answered("171"), "", "wrong"),
        (Refusal("?", "?", "No.", (), "extractive"), "171", "refused"),
        (Refusal("?", "?", "No.", (), "extractive"), "", "right"),
    ],
)
def test_only_the_cell_is_right_and_a_refusal_is_never_wrong(reply, cell, wanted):
    assert verdict(reply, cell) == wanted


def test_questions_with_and_without_a_cell_are_counted_apart():
    rows = [Asked("", "1", "right", ""), Asked("", "1", "refused", ""), Asked("", "", "wrong", "")]
    first, second = summary(rows).split("\n")
    assert first.startswith("2 questions with a cell: 1 right, 0 wrong, 1 refused")
    assert second.startswith("1 questions without one: 0 right, 1 wrong, 0 refused")


@pytest.mark.parametrize("name", ["questions.tsv", "held.tsv"])
def test_every_cell_that_is_asked_for_stands_in_its_table(name):
    rows = list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    assert len(rows) > 50
    assert all(row["answer"] in (DATA / row["file"]).read_text(encoding="utf-8") for row in rows)
