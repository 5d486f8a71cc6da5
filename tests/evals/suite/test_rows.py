import csv
import json
from pathlib import Path

import pytest

from footnote.evals.suite.rows import _cells, rows_of
from footnote.ingest.errors import UnreadableSource


def test_long_cells_of_a_suite_leave_other_readers_their_limit():
    usual = csv.field_size_limit()
    (row,) = _cells(f"question,answer\nWho?,{'x' * (usual + 1)}\n")
    assert len(row) > usual
    assert csv.field_size_limit() == usual


def test_a_table_in_another_encoding_is_refused_by_its_name_and_not_damaged():
    table = "question,answer\nWer?,Jürgen Möbius\n"
    (row,) = rows_of(table.encode(), Path("mine.csv"))
    assert json.loads(row)["answer"] == "Jürgen Möbius"
    with pytest.raises(UnreadableSource, match=r"“mine\.csv” is not UTF-8: save it as “CSV UTF-8”"):
        rows_of(table.encode("cp1252"), Path("mine.csv"))
