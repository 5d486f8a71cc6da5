"""A report: a section for each suite with its rows, figures and counts, and what they depend on."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.figures import Figure, measured
from footnote.evals.metrics.rows import Row
from footnote.evals.metrics.statistic import LEVEL, RESAMPLES
from footnote.evals.suite.cases import BadRow
from footnote.ingest.errors import SourceNotFound, UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.evals.metrics.metric import Metric
    from footnote.evals.suite.cases import Suite

FORMAT = "footnote-evaluation/1"
SEED = 0  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Section:
    """What came of one suite. `cases` were to be run; `rows` are those that were.

    `facts` are about the run (scope, threads, seconds, peak memory), `corpus` counts the articles and
    has the library's `ids` of those that cases name, `paragraphs` holds the text of every paragraph
    found, under `article:number`.
    """

    suite: str
    digest: str
    cases: int
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]
    bad: tuple[BadRow, ...] = ()
    corpus: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    paragraphs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        suite: Suite,
        rows: Sequence[Row],
        *,
        corpus: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        paragraphs: Mapping[str, str] | None = None,
        metrics: Sequence[Metric] = METRICS,
    ) -> Self:
        """Return the section on `rows`, its figures measured."""
        return cls(
            suite.name,
            suite.digest,
            len(suite.cases),
            tuple(rows),
            tuple(measured(rows, metrics, seed=SEED)),
            suite.bad,
            corpus or {},
            facts or {},
            paragraphs or {},
        )

    @property
    def complete(self) -> bool:
        """Whether every case was run."""
        return len(self.rows) == self.cases

    @property
    def failed(self) -> tuple[Row, ...]:
        """The rows of cases that failed."""
        return tuple(row for row in self.rows if row.error)

    @property
    def unjudged(self) -> tuple[Row, ...]:
        """The rows on whose reply the judge did not give every verdict."""
        return tuple(row for row in self.rows if row.unjudged)

    @property
    def without_context(self) -> tuple[Row, ...]:
        """The rows of another system's answers, refusals aside, that came without a context."""
        answers = (row for row in self.rows if row.kind == "response" and not row.refused)
        return tuple(row for row in answers if not row.given["contexts"])

    def figure(self, key: str) -> Figure | None:
        """Return the figure of this name, None when it could not be measured."""
        return next((f for f in self.figures if f.key == key), None)

    def as_json(self) -> dict[str, Any]:
        """Return the section as JSON values, rows and all."""
        kinds = sorted({row.kind for row in self.rows})
        return {
            "suite": self.suite,
            "digest": self.digest,
            "complete": self.complete,
            "counts": {
                "cases": self.cases,
                "run": len(self.rows),
                "failed": len(self.failed),
                "bad_rows": len(self.bad),
                "refused": sum(row.refused for row in self.rows),
                "unjudged": len(self.unjudged),
                "without_context": len(self.without_context),
                **{kind: sum(r.kind == kind for r in self.rows) for kind in kinds},
            },
            "facts": dict(self.facts),
            "corpus": dict(self.corpus),
            "figures": [f.as_json() for f in self.figures],
            "bad_rows": [b.as_json() for b in self.bad],
            "rows": [r.as_json() for r in self.rows],
            "paragraphs": dict(self.paragraphs),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Return what `as_json` was made of."""
        return cls(
            row["suite"],
            row["digest"],
            row["counts"]["cases"],
            tuple(Row.from_json(r) for r in row["rows"]),
            tuple(Figure.from_json(f) for f in row["figures"]),
            tuple(BadRow(**b) for b in row["bad_rows"]),
            row["corpus"],
            row["facts"],
            row["paragraphs"],
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Sections, when they were made, and the versions that their figures depend on."""

    created: str
    versions: Mapping[str, Any]
    sections: tuple[Section, ...]

    @classmethod
    def of(cls, versions: Mapping[str, Any], sections: Sequence[Section]) -> Self:
        """Return a report made now."""
        return cls(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), versions, tuple(sections))

    @classmethod
    def joined(cls, reports: Sequence[Report]) -> Self:
        """Return one report of several, their sections in order."""
        sections = [section for report in reports for section in report.sections]
        return cls(reports[-1].created, reports[0].versions, tuple(sections))

    @property
    def complete(self) -> bool:
        """Whether every case of every suite was run."""
        return all(section.complete for section in self.sections)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values, from which every figure can be computed again."""
        return {
            "format": FORMAT,
            "created": self.created,
            "complete": self.complete,
            "versions": dict(self.versions),
            "bootstrap": {
                "method": "percentile, cases resampled",
                "resamples": RESAMPLES,
                "level": LEVEL,
                "seed": SEED,
            },
            "sections": [s.as_json() for s in self.sections],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Return what `as_json` was made of."""
        sections = tuple(Section.from_json(s) for s in row["sections"])
        return cls(row["created"], row["versions"], sections)


def read_report(path: str | Path) -> Report:
    """Return the report that `footnote evaluate --json` or `--out` wrote to `path`.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it holds no report.
    """
    try:
        row = json.loads(Path(path).read_bytes())
        if row["format"] != FORMAT:
            raise KeyError("format")
        return Report.from_json(row)
    except FileNotFoundError:
        raise SourceNotFound(
            f"“{path}”: no such file. Make one with `footnote evaluate --out DIR`."
        ) from None
    except OSError as error:
        raise UnreadableSource(f"“{path}” could not be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableSource(
            f"“{path}” is not a report of `footnote evaluate`. Give a file that --json or --out wrote."
        ) from None


def peak_memory() -> float | None:
    """Return the most memory that this process has held, in MB; None where that is not told."""
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)
