"""Evaluation for programs: rows of any shape in, figures, frames and files for a CI out."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pandas as pd
import pytest

from footnote.evals import evaluate
from footnote.evals.report.forms import as_csv
from footnote.evals.suite.jsonl import RowReader
from footnote.rag.errors import UnreadableSource

BRIDGE = "The bridge was designed by Hedda Krogh. It opened in 1931."
ROWS = [
    {
        "user_input": "Who designed the bridge?",
        "response": "Hedda Krogh designed the bridge. [1]",
        "retrieved_contexts": [BRIDGE],
        "reference": "Hedda Krogh",
        "model": "good",
        "human": 1,
    },
    {
        "user_input": "When did it open?",
        "response": "It opened in 1958 after a war. [1]",
        "retrieved_contexts": [BRIDGE],
        "reference": "1931",
        "model": "bad | <b>",
        "human": 0,
    },
]


@pytest.fixture(scope="module")
def found():
    return evaluate(ROWS)


def test_figures_are_those_of_the_rows(found):
    assert found["faithfulness"] == 0.5
    assert found.under("faithfulness=0.4") == []
    (reason,) = found.under("faithfulness=0.9")
    assert "50.0" in reason or "0.5" in reason
    with pytest.raises(ValueError, match="No figure is called"):
        found.under("faith=0.9")


def test_rows_may_come_as_a_frame_with_what_frames_have_for_nothing(found):
    frame = pd.DataFrame(ROWS)
    frame.loc[1, "reference"] = float("nan")
    again = evaluate(frame)
    assert again["faithfulness"] == found["faithfulness"]
    assert again.report.sections[0].rows[1].given["reference"] == ""


def test_a_dataset_that_yields_rows_will_do(found):
    class Dataset:
        def __iter__(self):
            return iter(ROWS)

        column_names = list(ROWS[0])

    assert evaluate(Dataset()).figures == found.figures


def test_ones_own_columns_are_kept_and_slice(found):
    frame = found.to_pandas()
    assert list(frame["human"]) == [1, 0]
    assert list(frame["unsupported"]) == [0, 1]
    parts = found.by("model")
    assert {name: part["faithfulness"] for name, part in parts.items()} == {"good": 1.0, "bad | <b>": 0.0}
    with pytest.raises(KeyError):
        found.by("nothing")
    assert found.figures_to_pandas().loc["faithfulness", "n"] == 2


def test_questions_are_asked_of_the_assistant(sample_assistant):
    rows = [
        {"question": "Who designed the harbour bridge?", "answers": ["Hedda Krogh"]},
        {"question": "Who won the chess olympiad of 1984?", "answerable": False},
    ]
    found = evaluate(rows, assistant=sample_assistant)
    assert found.report.sections[0].rows[0].values["refused"] == 0
    assert found.report.sections[0].rows[1].values["refused"] == 1
    with pytest.raises(UnreadableSource, match="give the assistant"):
        evaluate(rows)


@pytest.mark.parametrize("rows", ["rows.jsonl", {"user_input": "x"}, 5, None])
def test_what_holds_no_rows_is_refused(rows):
    with pytest.raises(TypeError):
        evaluate(rows)


def test_rows_that_cannot_be_used_are_told():
    with pytest.raises(UnreadableSource, match=r"Row 1: it has none of"):
        evaluate([{"x": 1}])
    found = evaluate([ROWS[0], {"x": 1}])
    assert [bad.line for bad in found.report.sections[0].bad] == [2]


def test_junit_has_a_test_for_each_case_and_bound(found):
    bad = evaluate([{**ROWS[0], "user_input": "A <b> & \x0b “c”?"}, {"x": 1}])
    tree = ET.fromstring(bad.junit("faithfulness=1.0", "faithfulness=0.5").encode())
    names = [case.get("name") for case in tree.iter("testcase")]
    assert names == ["1: A <b> & \ufffd “c”?", "line 2", "faithfulness=1", "faithfulness=0.5"]
    assert [s.get("errors") for s in tree.iter("testsuite")] == ["1", "0"]
    failing = ET.fromstring(found.junit("faithfulness=0.9").encode())
    assert [f.get("message") for f in failing.iter("failure")] == found.under("faithfulness=0.9")


def test_what_fails_is_an_annotation_a_line_that_no_words_can_end(found):
    bad = evaluate([{**ROWS[0]}, {"x": 1}], name="a,b:c")
    failed = replace(bad.report.sections[0].rows[0], error="100%\r\n::error::forged")
    section = replace(bad.report.sections[0], rows=(failed,))
    told = replace(bad, report=replace(bad.report, sections=(section,))).github()
    lines = told.splitlines()
    assert lines[0] == "::error title=a%2Cb%3Ac%2C 1::100%25%0D%0A::error::forged"
    assert lines[1].startswith("::error title=a%2Cb%3Ac%2C line 2::it has none of")
    assert len(lines) == 2
    (under,) = found.github("faithfulness=0.9").splitlines()
    assert under == f"::error title=bound::{found.under('faithfulness=0.9')[0]}"
    assert found.github("faithfulness=0.5") == ""


def test_the_summary_is_markdown(found):
    text = found.markdown("faithfulness=0.9")
    assert "| sentences supported | 50.0% | 0.0% – 100.0% | 2 |" in text
    assert text.rstrip().endswith("**")
    assert found._repr_markdown_() in text
    assert r"bad \| \<b\>" in found.by("model")["bad | <b>"].markdown()


def test_a_score_has_as_many_digits_in_the_summary_as_in_the_table():
    claims = [
        {"source": BRIDGE, "claim": "It opened in 1931.", "label": 1},
        {"source": BRIDGE, "claim": "It opened in 1958.", "label": 0},
    ]
    assert "| AUC of the score | 1.000 | 1.000 – 1.000 | 2 |" in evaluate(claims).markdown()


def test_the_cases_are_csv(found):
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert [row["model"] for row in rows] == ["good", "bad | <b>"]
    assert rows[0]["question"] == ROWS[0]["user_input"]


def test_no_cell_is_carried_out_by_a_spreadsheet():
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|x!A", "@SUM(1)", "\t=1", "\r=1", "\uff1d1+1"]
    rows = list(csv.reader(io.StringIO(as_csv([{e: e, "plain": "a = b"} for e in evil]), newline="")))
    cells = [cell for row in rows for cell in row if cell]
    assert {cell for cell in cells if cell not in ("plain", "a = b")} == {
        f"'{e}".replace("\r", "\n") for e in evil
    }
    assert next(csv.reader(io.StringIO(as_csv([{"-4.5": "+1,000"}])))) == ["-4.5"]


def test_each_given_row_is_that_of_its_case():
    rows = [{"id": 7, **ROWS[0]}, {"id": "x", **ROWS[1]}]
    found = evaluate(rows)
    assert [found.given[row.id]["model"] for row in found.report.sections[0].rows] == ["good", "bad | <b>"]
    assert len(RowReader("n").cases) == 0


def test_a_row_that_nobody_can_be_asked_is_a_bad_one_beside_others():
    found = evaluate([ROWS[0], {"user_input": "When?", "reference": "1931"}])
    assert [(bad.line, bad.reason.partition(":")[0]) for bad in found.report.sections[0].bad] == [
        (2, "it has no response")
    ]


def test_of_two_rows_with_one_id_the_columns_shown_are_those_of_the_one_that_is_measured():
    found = evaluate([{"id": "a", **ROWS[0]}, {"id": "a", **ROWS[1]}])
    assert [bad.line for bad in found.report.sections[0].bad] == [2]
    assert found.given["a"]["model"] == "good"


def test_a_row_that_is_no_mapping_is_a_bad_one_beside_others():
    found = evaluate([ROWS[0], "It opened in 1931."])
    assert [bad.line for bad in found.report.sections[0].bad] == [2]
