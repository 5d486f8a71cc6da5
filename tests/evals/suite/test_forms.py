"""The forms in which other systems' answers come: lists, tables, other encodings, several turns, standard input."""

from __future__ import annotations

import gzip
import io
import json
import sys

import pandas as pd
import pytest

from footnote.evals.suite.data import response_suite
from footnote.ingest.errors import UnreadableSource

ROWS = [
    {
        "user_input": "When?",
        "response": "In 1931, she said.\nYes.",
        "retrieved_contexts": ["It's 1931.", 'A "b", c'],
    },
    {"user_input": "Who?", "response": "Krogh “H”", "retrieved_contexts": ["x" * 200_000]},
]
TABLE = pd.DataFrame(ROWS)
FORMS = {
    "a.json": json.dumps(ROWS).encode(),
    "a.jsonl.gz": gzip.compress("\n".join(map(json.dumps, ROWS)).encode()),
    "a.jsonl": "\ufeff".encode("utf-16") + "\n".join(json.dumps(r, ensure_ascii=False) for r in ROWS).encode("utf-16")[2:],
    "a.csv": TABLE.to_csv(index=False).encode(),
    "a.csv.gz": gzip.compress(TABLE.to_csv().encode()),
    "b.csv": TABLE.assign(retrieved_contexts=TABLE["retrieved_contexts"].map(json.dumps)).to_csv(index=False).encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_rows_are_the_same_in_every_form(tmp_path, name):
    (tmp_path / name).write_bytes(FORMS[name])
    suite = response_suite(tmp_path / name)
    assert [(c.question, c.response, list(c.contexts)) for c in suite.cases] == [
        (r["user_input"], r["response"], r["retrieved_contexts"]) for r in ROWS
    ]


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FORMS["a.json"])))
    assert len(response_suite("-").cases) == 2


def turns(*said):
    return [{"type": kind, "content": text} for kind, text in said]


def test_of_several_turns_the_last_is_judged(tmp_path):
    said = turns(("human", "Who?"), ("ai", "Krogh."), ("human", "When?"), ("ai", ""), ("ai", "1931."))
    (tmp_path / "a.json").write_text(json.dumps([{"user_input": said, "retrieved_contexts": ["x"]}]))
    (case,) = response_suite(tmp_path / "a.json").cases
    assert (case.question, case.response) == ("When?", "1931.")


@pytest.mark.parametrize("said", [[], turns(("ai", "1931.")), turns(("human", "When?")), ["When?"], [5]])
def test_turns_in_which_nobody_asks_or_answers_are_told(tmp_path, said):
    (tmp_path / "a.json").write_text(json.dumps([{"user_input": said}]))
    with pytest.raises(UnreadableSource, match="nobody"):
        response_suite(tmp_path / "a.json")


def test_a_table_that_is_none_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x00\xff,;\n\n")
    with pytest.raises(UnreadableSource):
        response_suite(tmp_path / "a.csv")
