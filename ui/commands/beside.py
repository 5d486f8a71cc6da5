"""What `footnote evaluate` shows beside runs: two reports compared, judges held against people."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.run import Run, emit

if TYPE_CHECKING:
    from footnote.evals.report.floors import Floor
    from footnote.evals.report.sheets import Sheet
    from footnote.rag.check.support import SupportChecker

GIVEN = "COMMANDLINE"


def refuse_others(context: typer.Context, option: str, allowed: Iterable[str]) -> None:
    """Refuse what was given beside `option` and would have no effect there.

    Raises:
        typer.BadParameter: If there is such a thing.
    """
    may = {option.lstrip("-"), "as_json", *allowed}
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in may and source is not None and source.name == GIVEN:
            told = "SUITE" if name == "suites" else f"--{name.replace('_', '-')}"
            raise typer.BadParameter(f"{told} does not go with {option}", context)


def compare_reports(
    session: Run, paths: tuple[Path, Path], floors: "Sequence[Floor]", out: Path | None, *, as_json: bool
) -> int:
    """Show what differs between two reports; what is beyond a bound ends with status 1."""
    from footnote.evals.report.compare import compare
    from footnote.evals.report.floors import under_changes
    from footnote.evals.report.report import read_report
    from footnote.evals.report.sheets import comparison_html, comparison_sheets

    comparison = compare(read_report(paths[0]), read_report(paths[1]))
    sheets = list(comparison_sheets(comparison))
    _show(comparison.as_json(), sheets, "comparison", comparison_html(comparison), out, as_json=as_json)
    for reason in under_changes(comparison, floors):
        session.complain(reason)
    return session.status


@dataclass(frozen=True, slots=True)
class JudgesWanted:
    """What a person chose for a table of judges."""

    files: Sequence[str]
    names: Sequence[str]
    model: str | None
    limit: int | None
    seed: int
    supported_from: float | None
    floors: "Sequence[Floor]"
    out: Path | None
    as_json: bool


def show_judges(session: Run, wanted: JudgesWanted) -> int:
    """Show how each judge agrees with people on labelled claims, by default those on the samples."""
    from footnote.evals.metrics.meta_evaluation import by_dataset, drawn, judge_table
    from footnote.evals.report.floors import under_judges
    from footnote.evals.report.sheets import judge_sheets, sheets_html
    from footnote.ui.commands import terminal

    with ExitStack() as stack:
        judges = _judges(session, wanted, stack)
        claims = _claims(session, wanted.files)
        datasets = {name: drawn(of, wanted.limit, wanted.seed) for name, of in by_dataset(claims).items()}
        total = len(judges) * sum(map(len, datasets.values()))
        with terminal.progress_bar(terminal.messages(), "claims") as bar:
            task = bar.add_task("Judging", total=total, known=f"{total:,}", units=0)
            rows = judge_table(
                judges,
                datasets,
                seed=wanted.seed,
                done=lambda done: bar.update(task, completed=done, units=done),
            )
    shown = {"judges": [row.as_json() for row in rows]}
    sheets = list(judge_sheets(rows))
    page = sheets_html("Judges against people", sheets)
    _show(shown, sheets, "judges", page, wanted.out, as_json=wanted.as_json)
    for row in rows:
        if row.failed:
            session.complain(f"{row.judge} on {row.dataset}: no verdict on {row.failed:,} claims.")
    for reason in under_judges(rows, wanted.floors):
        session.complain(reason)
    return session.status


def _judges(session: Run, wanted: JudgesWanted, stack: ExitStack) -> "dict[str, SupportChecker]":
    from footnote.evals.metrics.agreement import AtThreshold
    from footnote.rag.check.support import check_support
    from footnote.rag.model.judge import chosen_judge, close

    settings = session.settings(model=wanted.model)
    judges: dict[str, SupportChecker] = {"footnote": check_support}
    for name in dict.fromkeys([*([settings.judge] if settings.judge else []), *wanted.names]):
        judges[name] = chosen_judge(replace(settings, judge=name))
        stack.callback(close, judges[name])
    bound = wanted.supported_from
    return judges if bound is None else {name: AtThreshold(judge, bound) for name, judge in judges.items()}


def _claims(session: Run, files: Sequence[str]) -> list[Any]:
    from footnote.evals.metrics.meta_evaluation import load_faithfulness
    from footnote.evals.suite.data import claims_path

    claims = []
    for name in files or [claims_path()]:
        found, bad = load_faithfulness(name)
        claims += found
        for row in bad:
            session.complain(f"{name}, line {row.line}: {row.reason}")
    return claims


def _show(
    value: dict[str, Any], sheets: "list[Sheet]", name: str, page: str, out: Path | None, *, as_json: bool
) -> None:
    from footnote.evals.report.table import sheet_tables
    from footnote.ui.commands import terminal

    if out is not None:
        save(out / f"{name}.json", json.dumps(value, ensure_ascii=True) + "\n")
        save(out / f"{name}.html", page)
    if as_json:
        emit(value)
        return
    console = terminal.output()
    for part in sheet_tables(sheets):
        console.print(part)


def save(path: Path, text: str) -> None:
    """Write a file and the folders above it.

    Raises:
        FootnoteError: If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise FootnoteError(f"“{path}” could not be written: {error.strerror or error}.") from error
