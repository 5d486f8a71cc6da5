"""Evaluation for programs: rows in, figures out.

>>> from footnote.evals import evaluate
>>> found = evaluate([{"user_input": "When did it open?", "response": "It opened in 1931. [1]",
...                    "retrieved_contexts": ["The bridge opened in 1931."], "model": "a"}])
>>> found["faithfulness"], found.under("faithfulness=0.9")
(1.0, [])
>>> list(found.by("model"))
['a']
"""

from __future__ import annotations

import json
import math
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.evals.report.floors import parse_floor, under_floors, under_pinned
from footnote.evals.report.forms import as_csv, github, junit, markdown, table
from footnote.evals.report.gate import pin
from footnote.evals.report.report import Report, Section
from footnote.evals.run import run_suite, silent
from footnote.evals.suite.cases import BadRow, Suite, digest_of
from footnote.evals.suite.jsonl import RowReader
from footnote.rag.assistant import Assistant, build
from footnote.rag.errors import UnreadableSource
from footnote.rag.model.judge import BY_MODEL, chosen_judge, close
from footnote.rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from footnote.evals.report.floors import Floor

ANSWERED = ("response", "claim")  # kinds of row that need no assistant
NO_RESPONSE = "it has no response: give the assistant that is to be asked"


@dataclass(frozen=True, repr=False)
class Evaluation:
    """What came of rows: `report` is the whole, `given` each row as it was given, by its id."""

    report: Report
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def figures(self) -> dict[str, float]:
        """Every figure that could be measured; one that is missing had nothing to be measured on."""
        return {f.key: f.value for section in self.report.sections for f in section.figures}

    def __getitem__(self, figure: str) -> float:
        return self.figures[figure]

    def __repr__(self) -> str:
        cases = sum(section.cases for section in self.report.sections)
        shown = ", ".join(f"{name}={value:.4g}" for name, value in self.figures.items())
        return f"<Evaluation of {cases} cases: {shown}>"

    def under(self, *bounds: str) -> list[str]:
        """Return which bounds, as `faithfulness=0.9`, are not held, a sentence each.

        Raises:
            ValueError: If it is no bound on a figure that there can be.
            FootnoteError: If the figure could not be measured.
        """
        return under_floors(self.report, self._floors(bounds))

    def pin(self, path: str | Path, *, lower: bool = False) -> list[str]:
        """Write floors a little under the figures to a file; return what was changed there.

        Raises:
            FootnoteError: If a floor would fall and `lower` is not given.
        """
        return pin(self.report, Path(path), lower=lower)[1]

    def under_pinned(self, path: str | Path) -> list[str]:
        """Return which floors of a file are not held, a sentence each.

        Raises:
            FootnoteError: If the file is not there, or holds no floors.
        """
        return under_pinned(self.report, Path(path))

    def by(self, column: str) -> dict[Any, Evaluation]:
        """Return the evaluation of the rows of each value of a column of theirs, in order of appearance.

        Raises:
            KeyError: If no row has such a column.
        """
        values = list(dict.fromkeys(_key(row[column]) for row in self.given.values() if column in row))
        if not values:
            raise KeyError(column)
        return {value: self._part(column, value) for value in values}

    def to_pandas(self) -> Any:
        """Return a DataFrame with a row a case: its own columns, the answer, every value."""
        import pandas as pd

        return pd.DataFrame(table(self.report, self.given))

    def figures_to_pandas(self) -> Any:
        """Return a DataFrame with a row a figure: value, 95% interval, n."""
        import pandas as pd

        return pd.DataFrame([f.as_json() for s in self.report.sections for f in s.figures]).set_index("key")

    def junit(self, *bounds: str) -> str:
        """Return JUnit's XML: a test a case and one a bound."""
        return junit(self.report, self._floors(bounds))

    def markdown(self, *bounds: str) -> str:
        """Return a summary in Markdown."""
        return markdown(self.report, self._floors(bounds))

    def github(self, *bounds: str) -> str:
        """Return what failed as GitHub's runners read it, a line each."""
        return github(self.report, self._floors(bounds))

    def csv(self) -> str:
        """Return the cases as CSV."""
        return as_csv(table(self.report, self.given))

    def _repr_markdown_(self) -> str:
        return self.markdown()

    @staticmethod
    def _floors(bounds: Sequence[str]) -> list[Floor]:
        return [parse_floor(bound) for bound in bounds]

    def _part(self, column: str, value: Any) -> Evaluation:
        kept = {i: row for i, row in self.given.items() if column in row and _key(row[column]) == value}
        sections = []
        for section in self.report.sections:
            rows = [row for row in section.rows if row.id in kept]
            suite = Suite(f"{section.suite}: {column}={value}", (), section.digest)
            part = Section.of(suite, rows, facts=section.facts, corpus=section.corpus)
            sections.append(replace(part, cases=len(rows)))
        return Evaluation(replace(self.report, sections=tuple(sections)), kept)


def evaluate(
    rows: Any,
    *,
    assistant: Assistant | None = None,
    judge: str = "",
    name: str = "rows",
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure rows: mappings, a DataFrame of pandas or polars, a dataset of Hugging Face.

    Rows with a response are another system's answers, under the names of RAGAS or DeepEval: `user_input`,
    `response`, `retrieved_contexts`, `reference`. Rows with a question and no response are asked of
    `assistant`, whose library holds the articles that they name; `footnote.evals.suite.jsonl` has all forms.
    `judge` names who judges, as the setting does; empty: the judge of `assistant`, else the built-in checker.
    Columns of yours are kept.

    Raises:
        UnreadableSource: If no row can be used. One that cannot is else a bad row of the report.
    """
    records = [_plain(row) for row in _records(rows)]
    reader = RowReader(name)
    reader.read(name, [json.dumps(row, default=str).encode() for row in records])
    if not (reader.cases or reader.bad):
        raise UnreadableSource("No row can be measured: there is none.")
    cases, bad = reader.cases, list(reader.bad)
    if assistant is None:
        cases = [case for case in reader.cases if case.kind in ANSWERED]
        unasked = (case for case in reader.cases if case.kind not in ANSWERED)
        bad += [BadRow(name, reader.line(case), NO_RESPONSE) for case in unasked]
    if not cases:
        raise UnreadableSource(f"No row can be measured. Row {bad[0].line}: {bad[0].reason}.")
    suite = Suite(name, tuple(cases), digest_of(*records), tuple(bad))
    with ExitStack() as stack:
        report = run_suite(_judging(stack, assistant, judge), suite, progress=progress or silent)
    return Evaluation(report, {case.id: records[reader.line(case) - 1] for case in cases})


def _judging(stack: ExitStack, assistant: Assistant | None, judge: str) -> Assistant:
    """Return who judges: the assistant that was given, else one over an empty library of its own."""
    if assistant is None:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-evaluation-")))
        loaded = Settings.load()
        judge = judge or loaded.judge
        model = loaded.model if judge == BY_MODEL else ""
        settings = replace(loaded.in_folder(home), judge=judge, model=model)
        return stack.enter_context(build(settings))
    if not judge:
        return assistant
    check = chosen_judge(replace(assistant.settings, judge=judge))
    stack.callback(close, check)
    return replace(assistant, check=check)


def _records(rows: Any) -> Iterable[Any]:
    """Yield the rows of whatever holds them."""
    if hasattr(rows, "to_dicts"):  # polars
        return list(rows.to_dicts())
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):  # pandas
        return list(rows.to_dict("records"))
    if isinstance(rows, (str, bytes)) or not hasattr(rows, "__iter__") or hasattr(rows, "keys"):
        raise TypeError("Give rows: mappings, a DataFrame or a dataset. A file is for `footnote evaluate`.")
    return list(rows)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: what a frame has for missing is None, arrays are lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "items"):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _plain(value.tolist()) if hasattr(value, "tolist") else value


def _key(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else json.dumps(value, default=str)
