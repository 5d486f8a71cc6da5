import csv

from footnote.evals.suite.rows import _cells


def test_long_cells_of_a_suite_leave_other_readers_their_limit():
    usual = csv.field_size_limit()
    (row,) = _cells(f"question,answer\nWho?,{'x' * (usual + 1)}\n")
    assert len(row) > usual
    assert csv.field_size_limit() == usual
