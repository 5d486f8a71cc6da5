"""How answers from tables are judged, and that each question of the data has its table."""

import html

import pytest

from footnote.evals.tools.bench_tables import Replied, summary, verdict
from footnote.evals.tools.table_questions import DATA, EVERYDAY, KEPT, LEARNT, TUNED, lines_of
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


def test_each_kind_of_question_is_counted_apart():
    rows = [
        Replied("cell", "", "1", "right", ""),
        Replied("cell", "", "1", "refused", ""),
        Replied("none", "", "", "wrong", ""),
    ]
    first, second = summary(rows).split("\n")
    assert first.startswith("2 of kind cell: 1 right, 0 wrong, 1 refused")
    assert second.startswith("1 of kind none: 0 right, 1 wrong, 0 refused")


@pytest.mark.parametrize("folder", [DATA, KEPT, EVERYDAY, *TUNED, *LEARNT], ids=lambda path: path.name)
def test_every_cell_that_is_asked_for_stands_in_its_table(folder):
    lines = list(lines_of(folder / "questions.tsv"))
    assert len(lines) > 150
    for line in lines:
        if line.get("kind", "cell") == "cell":
            assert line["answer"] in html.unescape((folder / line["file"]).read_text(encoding="utf-8"))


def test_nothing_that_is_kept_is_learnt_from_or_tuned_on():
    kept = {line["question"] for folder in (KEPT, EVERYDAY) for line in lines_of(folder / "questions.tsv")}
    for folder in (*TUNED, *LEARNT):
        assert not kept & {line["question"] for line in lines_of(folder / "questions.tsv")}
