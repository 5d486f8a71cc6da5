"""An evaluation as a job: what a worker elsewhere needs of it, and how it is done there.

The cases travel whole and name no path. Asked is the library on servers, as the account that wants to know
sees it. Each finished case is kept where the job is, so that the next try goes on, on whatever worker.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from footnote.evals.metrics.agreement import AtThreshold
from footnote.evals.metrics.rows import Row
from footnote.evals.report.report import Report
from footnote.evals.report.versions import environment
from footnote.evals.run import run_suite
from footnote.evals.suite.cases import BadRow, Suite, case_from_json, digest_of
from footnote.ingest.jobs.items import EVALUATE, Job
from footnote.ingest.pipeline import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footnote.rag.assistant import Assistant
    from footnote.rag.settings import Settings

    Build = Callable[[Settings], Assistant]


class Making(Protocol):
    """What a worker lends to what is made: parts that earlier tries kept, and where parts and progress go."""

    @property
    def parts(self) -> Mapping[str, bytes]:
        """The parts, by name."""

    def keep(self, name: str, content: bytes) -> None:
        """Keep a part."""

    def note(self, progress: Progress) -> None:
        """Note how far it is."""


@dataclass(frozen=True, slots=True)
class How:
    """How a suite is run. `answer_threshold` and `supported_from` are the worker's own where they are None.

    `facts` are kept with the report. The language model and the judge are those that the worker's settings
    name; with `offline` there is no model.
    """

    by_article: bool = False
    threads: int = 1
    answer_threshold: float | None = None
    supported_from: float | None = None
    offline: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def job_of(suite: Suite, how: How) -> Job:
    """Return the job to run `suite` over the library on servers. The suite's articles do not travel."""
    told = {"do": EVALUATE, "items": [{"source": suite.name}], "how": asdict(how)}
    whole = {
        "name": suite.name,
        "digest": suite.digest,
        "cases": [asdict(case) for case in suite.cases],
        "bad": [bad.as_json() for bad in suite.bad],
    }
    return Job(told, (json.dumps(whole).encode("ascii"),))


def suite_of(job: Job) -> Suite:
    """Return the suite that a job was made of."""
    whole = json.loads(job.files[0])
    cases = tuple(case_from_json(one) for one in whole["cases"])
    return Suite(whole["name"], cases, whole["digest"], tuple(BadRow(**bad) for bad in whole["bad"]))


def evaluate_job(job: Job, settings: Settings, build: Build, making: Making) -> bytes:
    """Do the job, over the assistant that `build` makes of settings; return the report in JSON.

    Raises:
        NotAllowed: If the account that asked is there no more.
    """
    suite, how = suite_of(job), How(**job.told["how"])
    if how.answer_threshold is not None:
        settings = replace(settings, answer_threshold=how.answer_threshold)
    with build(replace(settings, model="") if how.offline else settings) as whole:
        asked = whole.seen_by(job.account) if job.account else whole
        if how.supported_from is not None:
            asked = replace(asked, check=AtThreshold(asked.check, how.supported_from))
        report = run_suite(
            asked,
            suite,
            scope="article" if how.by_article else "pool",
            threads=how.threads,
            journal=_Parts(making, digest_of(environment(asked))),
            progress=lambda done, total: making.note(Progress(done, total, 0, suite.name)),
            facts=how.facts,
        )
    return json.dumps(report.as_json(), ensure_ascii=True).encode("ascii")


def report_of(result: bytes) -> Report:
    """Return the report that `evaluate_job` gave."""
    return Report.from_json(json.loads(result))


class _Parts:
    """Finished rows as parts of the job, each under its case and all that replies depend on."""

    def __init__(self, making: Making, environment: str) -> None:
        self._making, self._prefix = making, f"{environment}-"
        self.finished = {
            name.removeprefix(self._prefix): Row.from_json(json.loads(content))
            for name, content in making.parts.items()
            if name.startswith(self._prefix)
        }

    def add(self, digest: str, row: Row) -> None:
        self.finished[digest] = row
        self._making.keep(self._prefix + digest, json.dumps(row.as_json(), ensure_ascii=True).encode("ascii"))
