import os
from pathlib import Path

import pytest
from rich.console import Console

from footnote.evals.report.report import Report, Section
from footnote.evals.report.table import report_tables
from footnote.evals.suite.cases import BadRow, Suite

GOLDEN = Path(__file__).parent / "golden"


def printed(report, width=80):
    console = Console(width=width, highlight=False, markup=False, force_terminal=False, record=True)
    with console.capture() as capture:
        for part in report_tables(report):
            console.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


@pytest.fixture
def report(make_row):
    rows = [
        make_row(
            f"c{n}", in_two=n % 2, in_first=0, right=n % 2, wrong=1 - n % 2, success__1=1, success__5=1, answered=1,
            refused=0, unanswerable=0, answerable=1, rightly_refused=0, refused_or_unanswerable=0, confidence=n / 10,
            milliseconds=10 + n, supported=2, sentences=2, recalled=2, citations=2, precise=1, hard_errors=0,
        )
        for n in range(8)
    ]  # fmt: skip
    rows.append(make_row("broken", error="The wires\nare crossed. \x1b[31m"))
    section = Section.of(
        Suite("mine", tuple(rows), "d", (BadRow("f.jsonl", 7, "it is not JSON"),)),
        rows,
        facts={"seconds": 2.0},
    )
    return Report("2026-05-01T10:00:00+00:00", {}, (section,))


def test_the_table_is_the_golden_one(report):
    path = GOLDEN / "table.txt"
    found = printed(report)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_faithfulness_never_stands_alone(report):
    lines = printed(report).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("Faithfulness"))
    names = [line.split()[0] for line in lines[first : first + 8] if line and line[0].isalpha()]
    assert names[:4] == ["Faithfulness", "Relevance", "Refusal", "Correctness"]


def test_what_went_wrong_is_listed_safe_for_a_terminal(report):
    text = printed(report)
    assert "broken: The wires are crossed." in text
    assert "f.jsonl, line 7: it is not JSON" in text
    assert "\x1b" not in text
