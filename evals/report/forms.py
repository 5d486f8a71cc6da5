"""A report for other programs: JUnit's XML, a summary in Markdown, GitHub's annotations, the cases as CSV."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report.floors import under_floors
from footnote.evals.report.headline import headline_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.rows import JudgedSentence, Row
    from footnote.evals.report.floors import Floor
    from footnote.evals.report.report import Report, Section

# What XML 1.0 cannot hold, escaped or not.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")
# What a spreadsheet takes a cell that begins so for: something to carry out. A number is one all the same.
FORMULA = re.compile("[=+\\-@\t\n\uff1d\uff0b\uff0d\uff20](?![0-9.,]*\\Z)")
MOST_NAMED = 20  # cases without a result in a summary


def junit(report: Report, floors: Sequence[Floor] = ()) -> str:
    """Return the report as JUnit's XML: a test a case, an error where it has no result; and one a bound."""
    suites = [_suite(section) for section in report.sections]
    if floors:
        tests = [_bound(report, floor) for floor in floors]
        suites.append(_element("bounds", tests))
    head = '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="footnote">'
    return f"{head}{''.join(suites)}</testsuites>\n"


def _suite(section: Section) -> str:
    tests = []
    for row in section.rows:
        body = f"<error message={_attribute(row.error)}/>" if row.error else ""
        tests.append(_test(section.suite, _name(row), body))
    tests += [
        _test(section.suite, f"line {bad.line}", f"<error message={_attribute(bad.reason)}/>")
        for bad in section.bad
    ]
    return _element(section.suite, tests)


def _bound(report: Report, floor: Floor) -> str:
    reasons = under_floors(report, [floor])
    body = f"<failure message={_attribute(' '.join(reasons))}/>" if reasons else ""
    return _test("bounds", f"{floor.bounded}={floor.value:g}", body)


def _element(name: str, tests: Sequence[str]) -> str:
    errors, failures = sum("<error " in t for t in tests), sum("<failure " in t for t in tests)
    counts = f'tests="{len(tests)}" errors="{errors}" failures="{failures}"'
    return f"<testsuite name={_attribute(name)} {counts}>{''.join(tests)}</testsuite>"


def _test(suite: str, name: str, body: str) -> str:
    head = f"<testcase classname={_attribute(f'footnote.{suite}')} name={_attribute(name)}"
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _attribute(text: str) -> str:
    return quoteattr(NOT_XML.sub("\ufffd", text))


def _name(row: Row) -> str:
    return f"{row.id}: {row.question[:120]}" if row.question else row.id


def markdown(report: Report, floors: Sequence[Floor] = ()) -> str:
    """Return a summary in Markdown: the first figures, what is beyond its bound, what failed."""
    lines: list[str] = []
    for section in report.sections:
        lines += [
            f"### {_plain(section.suite)}",
            "",
            f"{len(section.rows):,} of {section.cases:,} cases.",
            "",
        ]
        first = [figure for _, figure, _ in headline_figures(section) if figure] or section.figures
        lines += ["| figure | value | 95% interval | n |", "|---|---|---|---|", *map(_figure, first), ""]
        lost = _lost(section)
        lines += [f"- {_plain(name)}: {_plain(reason)}" for name, reason in lost[:MOST_NAMED]]
        lines += [f"- and {len(lost) - MOST_NAMED:,} more", ""] if len(lost) > MOST_NAMED else [""]
    lines += [f"- **{_plain(reason)}**" for reason in (under_floors(report, floors) if floors else ())]
    return "\n".join(lines).rstrip() + "\n"


def github(report: Report, floors: Sequence[Floor] = ()) -> str:
    """Return the bounds that are not held and the cases without a result as GitHub's runners read them.

    A step that prints them, as `cat report/annotations.txt`, shows each beside the run.
    """
    found = [("bound", reason) for reason in (under_floors(report, floors) if floors else ())]
    for section in report.sections:
        found += [(f"{section.suite}, {name}", reason) for name, reason in _lost(section)]
    return "".join(f"::error title={_escaped(title, ':,')}::{_escaped(reason)}\n" for title, reason in found)


def _lost(section: Section) -> list[tuple[str, str]]:
    """Return the cases without a result and the rows that could not be used, each with the reason."""
    failed = [(row.id, row.error) for row in section.rows if row.error]
    return failed + [(f"line {bad.line}", bad.reason) for bad in section.bad]


def _escaped(text: str, more: str = "") -> str:
    """Return a text in which no character ends a command of GitHub's."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{more}" else c for c in text)


def _figure(figure: Figure) -> str:
    ends = (figure.value, figure.low, figure.high)
    value, low, high = (shown(figure, end) + unit_sign(figure) for end in ends)
    return f"| {_plain(figure.label)} | {value} | {low} – {high} | {figure.n:,} |"


def _plain(text: str) -> str:
    return MARKS.sub(r"\\\1", " ".join(text.split()))


def table(report: Report, given: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return a record a case: what was given, in its own columns too, what came back, every value."""
    kept = given or {}
    return [_record(s.suite, row, kept.get(row.id, {})) for s in report.sections for row in s.rows]


def _record(suite: str, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    ours = {
        "suite": suite,
        "id": row.id,
        "kind": row.kind,
        "question": row.question,
        "answer": row.answer,
        "refused": row.refused,
        "error": row.error,
        "sentences": len(row.sentences),
        "unsupported": sum(map(_unsupported, row.sentences)),
    }
    return {**{k: v for k, v in given.items() if k not in ours}, **ours, **row.values}


def _unsupported(sentence: JudgedSentence) -> bool:
    return sentence.support.verdict == "unsupported" and not sentence.support.failed


def as_csv(records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as CSV with a head; a column that one of them has, all have.

    A cell that a spreadsheet would carry out as a formula has an apostrophe before it.
    """
    rows = [{_cell(name): _cell(value) for name, value in record.items()} for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO()
    writer = csv.DictWriter(written, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _cell(value: Any) -> Any:
    """Return a value as it may stand in a spreadsheet; a carriage return, which ends a row, as a new line.

    >>> _cell("=1+1"), _cell("-4.5"), _cell(True)
    ("'=1+1", '-4.5', True)
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if FORMULA.match(text) else text
