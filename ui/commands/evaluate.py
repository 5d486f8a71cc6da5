"""`footnote evaluate`: how good the answers are, on the built-in suite or on a person's own data."""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.beside import JudgesWanted, compare_reports, refuse_others, save, show_judges
from footnote.ui.commands.by_workers import ALONG, run_by_workers
from footnote.ui.commands.run import PROBLEM, Json, Run, app, emit, say

if TYPE_CHECKING:
    from footnote.evals.journal import Journal
    from footnote.evals.program import Evaluation
    from footnote.evals.report.floors import Floor
    from footnote.evals.report.report import Report, Section
    from footnote.evals.suite.cases import Suite
    from footnote.evals.suite.corpus import Corpus
    from footnote.rag.assistant import Assistant
    from footnote.rag.settings import Settings

FOLDER = "evaluations"  # in the library's folder: where a run is kept until it is complete
MOST_THREADS = 64
OFFLINE = "none"  # the model that is none: the offline answerer, whatever the settings say


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a person chose for one call of the command."""

    session: Run
    settings: "Settings"
    base: Path
    keep: bool
    articles: tuple[str, ...]
    distractors: tuple[str, ...]
    limit: int | None
    seed: int
    by_article: bool
    threads: int
    own_library: bool
    quiet: bool
    supported_from: float | None
    threshold: float | None
    offline: bool
    queue: str  # where it is put in line for workers; empty: it is run here


def _complete_figure(incomplete: str) -> list[str]:
    """Offer the figures that a bound can be on."""
    from footnote.evals.report.floors import FIGURES

    return [f"{name}=" for name in FIGURES if name.startswith(incomplete)]


@app.command(
    short_help="Measure answers, refusals and summaries.",
    epilog="""\b
Examples:
  footnote evaluate                                   the built-in suite
  footnote evaluate questions.jsonl --articles articles.jsonl --limit 200
  footnote evaluate dev-v2.0.json --article-scope --out report/
  footnote evaluate --model ollama:llama3.2 --out with-model/
  footnote evaluate --responses other-system.jsonl    score another system's answers
  footnote evaluate --responses several.csv --by model
  footnote evaluate --compare before.json after.json --fail-under faithfulness=-0.02
  footnote evaluate --fail-under faithfulness=0.95 --fail-under correct.low=0.4
  footnote evaluate mine.jsonl --floors floors.json   --pin as well writes the file
  footnote evaluate --judges labelled-claims.jsonl
  footnote evaluate --library questions.jsonl --job   let a worker do it
""",
)
def evaluate(
    context: typer.Context,
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE",
            help="samples, a file (.jsonl, .json, .csv, gzipped or not; -), SQuAD’s .json, or a BEIR folder. "
            "Default: samples.",
        ),
    ] = None,
    articles: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="The articles that questions are about.")
    ] = None,
    distractors: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="More articles in the same library.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many cases, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="Draws the cases.")] = 0,
    article_scope: Annotated[
        bool,
        typer.Option("--article-scope", help="Ask each question of the article it was written for only."),
    ] = False,
    library: Annotated[
        bool, typer.Option("--library", help="Ask your own library, which holds the articles already.")
    ] = False,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the libraries of suites here between runs.")
    ] = None,
    job: Annotated[
        bool,
        typer.Option(
            "--job", help="Leave it to a worker. With --library or --responses; needs FOOTNOTE_WORKERS."
        ),
    ] = False,
    threads: Annotated[
        int, typer.Option(min=1, max=MOST_THREADS, help="Cases at a time; helps with a language model only.")
    ] = 1,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Let this language model answer, as FOOTNOTE_MODEL would; none: offline."
        ),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Answer from this confidence on; 0 answers always.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the report here, in HTML, JSON, CSV and more."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write rows that RAGAS and DeepEval read.")
    ] = None,
    responses: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Score another system's answers: rows as RAGAS has them."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A.json B.json", help="What differs between two reports, case by case."),
    ] = None,
    judges: Annotated[
        bool,
        typer.Option(
            "--judges", help="How the checker agrees with people: SUITEs are files of labelled claims."
        ),
    ] = False,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="With --judges: one more, “model” or a cross-encoder by name or path; repeatable.",
        ),
    ] = None,
    supported_from: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="With --judges or --responses: supported is what the judge scores so or higher.",
        ),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE=NUMBER",
            autocompletion=_complete_figure,
            help="End with status 1 when a figure is worse, or FIGURE.low, the lower end of its interval; "
            "with --compare -NUMBER bounds its fall.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Show the first figures for each value of this column of the rows too."
        ),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="End with status 1 when a pinned floor is not held.")
    ] = False,
    floors_of: Annotated[
        Path | None,
        typer.Option("--floors", metavar="FILE", help="Hold the run to the floors pinned in this file."),
    ] = None,
    pin: Annotated[
        bool,
        typer.Option("--pin", help="Pin floors anew, in the file of --floors or of the samples; they rise."),
    ] = False,
    lower: Annotated[bool, typer.Option("--lower", help="With --pin: let floors fall.")] = False,
    as_json: Json = False,
) -> int:
    """Measure faithfulness, relevance, refusals and correctness, with n and 95% intervals."""
    from footnote.evals.program import Evaluation
    from footnote.evals.report.report import Report

    session: Run = context.obj
    if compare:
        refuse_others(context, "--compare", ("fail_under", "out"))
    elif judges:
        given = ("suites", "judge", "model", "limit", "seed", "supported_from", "fail_under", "out")
        refuse_others(context, "--judges", given)
    elif judge:
        raise typer.BadParameter("--judge goes with --judges", context)
    elif supported_from is not None and (suites or not responses):
        raise typer.BadParameter("--supported-from goes with --judges, or with --responses alone", context)
    if floors_of and not _one_whole(suites, responses, limit):
        raise typer.BadParameter("--floors is about one whole suite", context)
    floors = _floors(context, fail_under or [], compare=bool(compare), judges=judges)
    if compare:
        return compare_reports(session, compare, floors, out, as_json=as_json)
    if judges:
        wanted = JudgesWanted(
            suites or [], judge or [], model, limit, seed, supported_from, floors, out, as_json
        )
        return show_judges(session, wanted)
    settings = session.settings(answer_threshold=threshold, model="" if model == OFFLINE else model)
    chosen = _Wanted(
        session,
        settings,
        (home.expanduser() if home else settings.home / FOLDER),
        home is not None,
        tuple(articles or ()),
        tuple(distractors or ()),
        limit,
        seed,
        article_scope,
        threads,
        library,
        as_json,
        supported_from,
        threshold,
        model == OFFLINE,
        _queue_of(context, settings, suites, responses) if job else "",
    )
    loaded = _suites(chosen, suites or [], responses or [], gated=gate or (pin and not floors_of))
    _must_have(context, loaded, by)
    parts = [
        Evaluation(report, suite.rows) for report, suite in zip(_reports(chosen, loaded), loaded, strict=True)
    ]
    report = Report.joined([part.report for part in parts])
    _write(report, parts, out, export, floors)
    _show(report, parts, by, as_json=as_json)
    return _judge_report(session, report, floors, floors_of, gate=gate, pin=pin, lower=lower)


def _queue_of(
    context: typer.Context, settings: "Settings", suites: list[str] | None, responses: list[str] | None
) -> str:
    """Return where an evaluation is put in line for workers.

    Raises:
        typer.BadParameter: If something was given that does not travel.
        SettingsError: If there are no workers.
    """
    from footnote.rag.errors import SettingsError

    refuse_others(context, "--job", ALONG)
    if context.params["model"] not in (None, OFFLINE):
        raise typer.BadParameter("Of --model only none goes with --job: workers have their own", context)
    if not context.params["library"] and (suites or not responses):
        raise typer.BadParameter("--job goes with --library, or with --responses alone", context)
    if not settings.queue:
        raise SettingsError(
            "--job needs workers: set FOOTNOTE_RECORD, FOOTNOTE_INDEX and FOOTNOTE_WORKERS=yes."
        )
    return settings.queue


def _reports(run: _Wanted, suites: "Sequence[Suite]") -> "Iterator[Report]":
    """Yield the report on each suite, run here or by workers."""
    if not run.queue:
        yield from (_run(run, suite) for suite in suites)
        return
    from footnote.evals.job import How

    facts = _facts(run)
    how = How(run.by_article, run.threads, run.threshold, run.supported_from, run.offline, facts)
    for report in run_by_workers(run.queue, suites, how):
        _note_failures(run.session, report)
        yield report


def _facts(run: _Wanted) -> dict[str, Any]:
    """Return what of a run is kept with its report."""
    threshold = {} if run.supported_from is None else {"supported_from": run.supported_from}
    return {"limit": run.limit, "seed": run.seed, "distractors": list(run.distractors), **threshold}


def _note_failures(session: Run, report: "Report") -> None:
    """Remember that a case failed, or could not be read."""
    if report.sections[0].bad or report.sections[0].failed:
        session.status = PROBLEM


def _floors(context: typer.Context, given: Sequence[str], *, compare: bool, judges: bool) -> "list[Floor]":
    """Return the bounds given, each on a figure that there can be."""
    from footnote.evals.report.floors import FIGURES, OF_JUDGES, parse_floor

    try:
        return [parse_floor(one, OF_JUDGES if judges else FIGURES, changes=compare) for one in given]
    except ValueError as error:
        raise typer.BadParameter(str(error), context) from None


def _suites(run: _Wanted, suites: Sequence[str], responses: Sequence[str], *, gated: bool) -> "list[Suite]":
    """Return every suite that was named, with as many cases as were wished for."""
    from footnote.evals.suite.data import SAMPLES, load_suite, response_suite

    named = list(suites) or ([] if responses else [SAMPLES])
    if gated and SAMPLES not in named:
        named.append(SAMPLES)
    loaded = [load_suite(name, run.articles, library=run.own_library) for name in named]
    loaded += [response_suite(name) for name in responses]
    return [suite.sample(run.limit, run.seed) for suite in loaded]


def _must_have(context: typer.Context, suites: "Sequence[Suite]", column: str | None) -> None:
    if column and not any(column in row for suite in suites for row in suite.rows.values()):
        raise typer.BadParameter(f"No row has a column “{column}”", context)


def _run(run: _Wanted, suite: "Suite") -> "Report":
    """Run one suite in its own library, or in the person's own, and keep what is done if it is stopped."""
    from footnote.evals.suite.cases import digest_of

    if run.own_library:
        with (
            run.session.build(run.settings, read_only=True) as assistant,
            _journal(run, suite, assistant) as journal,
        ):
            return _ask_all(run, suite, assistant, None, journal)
    corpus_key = digest_of(suite.digest, list(run.distractors), run.settings.encoder)
    folder = run.base / f"{suite.name}-{corpus_key}"
    settings = run.settings.in_folder(folder / "library")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FootnoteError(
            f"The library of the suite cannot be kept in “{run.base}”: {error.strerror or error}. "
            "Choose another folder with --home."
        ) from error
    with run.session.build(settings, read_only=False) as built:
        assistant = _judging(built, run.supported_from)
        corpus = _fill(run, suite, assistant)
        with _journal(run, suite, assistant) as journal:
            report = _ask_all(run, suite, assistant, corpus, journal)
    if not run.keep:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another run is in it
            run.base.rmdir()
    return report


def _judging(assistant: "Assistant", supported_from: float | None) -> "Assistant":
    """Return the assistant with a judge whose threshold a person chose."""
    if supported_from is None:
        return assistant
    from footnote.evals.metrics.agreement import AtThreshold

    return replace(assistant, check=AtThreshold(assistant.check, supported_from))


@contextmanager
def _journal(run: _Wanted, suite: "Suite", assistant: "Assistant") -> Iterator["Journal"]:
    """Open the journal of this very run; a complete run leaves none behind."""
    from footnote.evals.journal import Journal
    from footnote.evals.report.versions import environment
    from footnote.evals.suite.cases import digest_of

    scope = "article" if run.by_article else "pool"
    key = digest_of(
        suite.digest,
        environment(assistant),
        scope,
        list(run.distractors),
        str(assistant.settings.home),
        run.supported_from,
    )
    with Journal(run.base / "unfinished", f"{suite.name}-{key}") as journal:
        yield journal
        journal.discard()
    with contextlib.suppress(OSError):
        journal.path.parent.rmdir()


def _fill(run: _Wanted, suite: "Suite", assistant: "Assistant") -> "Corpus":
    """Bring the suite's library up to its articles, with a bar on a terminal."""
    from footnote.evals.suite.corpus import fill
    from footnote.ui.commands import terminal

    with terminal.progress_bar(terminal.messages(), "paragraphs") as bar:
        task = bar.add_task("Adding", total=None, known="?", units=0)
        corpus = fill(
            assistant,
            suite,
            run.distractors,
            lambda event: bar.update(task, completed=event.done, units=event.paragraphs),
        )
    for reason in corpus.reasons:
        run.session.complain(reason)
    return corpus


def _ask_all(
    run: _Wanted, suite: "Suite", assistant: "Assistant", corpus: "Corpus | None", journal: "Journal"
) -> "Report":
    """Run the cases, with a bar on a terminal; Ctrl-C keeps what is done."""
    from footnote.evals.run import run_suite
    from footnote.ui.commands import terminal

    total = len(suite.cases)
    if journal.finished and not run.quiet:
        say(f"Going on: {len(journal.finished):,} of {total:,} cases are done.", prefix="")
    with terminal.progress_bar(terminal.messages(), "cases") as bar:
        task = bar.add_task(suite.name, total=total, known=f"{total:,}", units=0)
        try:
            report = run_suite(
                assistant,
                suite,
                corpus=corpus,
                scope="article" if run.by_article else "pool",
                threads=run.threads,
                journal=journal,
                progress=lambda done, _: bar.update(task, completed=done, units=done),
                facts=_facts(run),
            )
        except KeyboardInterrupt:
            say(
                f"{len(journal.finished):,} of {total:,} cases are done; "
                "the same command again does the rest.",
                prefix="",
            )
            raise
    _note_failures(run.session, report)
    return report


def _write(
    report: "Report",
    parts: "Sequence[Evaluation]",
    out: Path | None,
    export: Path | None,
    floors: "Sequence[Floor]",
) -> None:
    from footnote.evals.exchange import exchange_rows
    from footnote.evals.report.forms import as_csv, github, junit, markdown, table
    from footnote.evals.report.page import report_html

    if out is not None:
        save(out / "report.json", json.dumps(report.as_json(), ensure_ascii=True) + "\n")
        save(out / "report.html", report_html(report))
        save(out / "junit.xml", junit(report, floors))
        save(out / "summary.md", markdown(report, floors))
        save(out / "annotations.txt", github(report, floors))
        save(out / "rows.csv", as_csv(one for part in parts for one in table(part.report, part.given)))
    if export is not None:
        save(export, "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in exchange_rows(report)))


def _show(report: "Report", parts: "Sequence[Evaluation]", by: str | None, *, as_json: bool) -> None:
    from footnote.evals.report.sheets import slices_sheet
    from footnote.evals.report.table import report_tables, sheet_tables

    sliced = [part.by(by) for part in parts if by and any(by in row for row in part.given.values())]
    slices = [{value: one.report.sections[0] for value, one in found.items()} for found in sliced]
    if not as_json:
        _print(report_tables(report))
        _print(sheet_tables(slices_sheet(str(by), found) for found in slices))
    elif by:
        told = [_slice(by, value, one) for found in slices for value, one in found.items()]
        emit({**report.as_json(), "by": told})
    else:
        emit(report.as_json())


def _slice(column: str, value: object, section: "Section") -> dict[str, Any]:
    """Return the form of a slice in the JSON contract."""
    figures = [figure.as_json() for figure in section.figures]
    suite = section.suite.removesuffix(f": {column}={value}")
    return {"suite": suite, "column": column, "value": value, "cases": len(section.rows), "figures": figures}


def _print(parts: Iterator[Any]) -> None:
    from footnote.ui.commands import terminal

    console = terminal.output()
    for part in parts:
        console.print(part)


def _one_whole(suites: list[str] | None, responses: list[str] | None, limit: int | None) -> bool:
    """Tell whether one suite was named, or none, and all its cases are wanted."""
    return limit is None and len([*(suites or ()), *(responses or ())]) <= 1


def _judge_report(
    session: Run,
    report: "Report",
    floors: "Sequence[Floor]",
    path: Path | None,
    *,
    gate: bool,
    pin: bool,
    lower: bool,
) -> int:
    """Hold the report against the floors given and pinned; return the exit status."""
    from footnote.evals.report.floors import under_floors
    from footnote.evals.report.gate import gate_path

    for reason in under_floors(report, floors):
        session.complain(reason)
    if pin:
        _pin(report, path, lower=lower)
    if gate:
        _hold(session, gate_path(), report)
    if path:
        _hold(session, path, report)
    return session.status


def _pin(report: "Report", path: Path | None, *, lower: bool) -> None:
    from footnote.evals.report import gate

    _, changed = gate.pin(report, path, lower=lower)
    say(f"Floors pinned in {path or gate.gate_path()}: {'; '.join(changed) or 'nothing changed'}.", prefix="")


def _hold(session: Run, path: Path, report: "Report") -> None:
    """Complain of every pinned floor that the report does not hold."""
    from footnote.evals.report.floors import under_pinned

    fallen = under_pinned(report, path)
    for reason in fallen:
        session.complain(reason)
    if not fallen:
        say(f"All floors of {path.name} hold.", prefix="")
