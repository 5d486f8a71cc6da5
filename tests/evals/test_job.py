"""An evaluation as a job: all that is asked travels, and nothing that names a place."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from footnote.evals.job import How, evaluate_job, job_of, report_of, suite_of
from footnote.evals.suite.cases import BadRow, Suite, case_digest, case_from_json
from footnote.evals.suite.data import claims_path, load_suite, sample_suite
from footnote.evals.suite.jsonl import RowReader
from footnote.ingest.errors import NotAllowed
from footnote.ingest.jobs.items import Job
from footnote.ingest.library.library import AccountChange, open_library
from footnote.rag.assistant import Assistant
from footnote.rag.settings import Settings

RESPONSE = {
    "user_input": "When did it open?", "response": "It opened in 1931. [1] \udc80",
    "retrieved_contexts": ["The bridge opened in 1931."], "reference_contexts": ["It opened."],
}  # fmt: skip


def responses() -> Suite:
    reader = RowReader("rows")
    reader.read("rows", [json.dumps(RESPONSE).encode(), b"no row"])
    return Suite("rows", tuple(reader.cases), "d", tuple(reader.bad))


class Making:
    """A job that makes something, in memory."""

    def __init__(self) -> None:
        self.parts, self.far = {}, []

    def keep(self, name, content):
        self.parts[name] = content

    def note(self, progress):
        self.far.append((progress.done, progress.total, progress.current))


def sent(job: Job) -> Job:
    """The job as it comes out of PostgreSQL."""
    return Job(json.loads(json.dumps(job.told)), job.files)


@pytest.mark.parametrize("suite", [sample_suite(), load_suite(claims_path()), responses()])
def test_every_kind_of_case_travels_whole(suite) -> None:
    there = suite_of(sent(job_of(suite, How())))
    assert there.cases == suite.cases
    assert [case_digest(case) for case in there.cases] == [case_digest(case) for case in suite.cases]
    assert (there.name, there.digest, there.bad) == (suite.name, suite.digest, suite.bad)
    assert all(case_from_json(asdict(case)) == case for case in suite.cases)


def test_equal_evaluations_are_equal_jobs_and_others_are_not() -> None:
    suite = responses()
    same, other = job_of(suite, How(threads=2)), job_of(suite, How(answer_threshold=0.5))
    assert job_of(suite, How(threads=2)).digest == same.digest != other.digest
    assert same.asked_by("ann").digest != same.digest


@pytest.fixture
def build(tmp_path, fake_encoder):
    """What a worker asks: a library in a folder, with the settings that the job brings."""
    built = []

    def made(settings: Settings) -> Assistant:
        built.append(settings)
        library = open_library(tmp_path, fake_encoder.name, fake_encoder.dimension)
        return Assistant(settings, library, fake_encoder)

    made.built = built
    return made


def test_the_worker_asks_as_the_job_says_and_tells_how_far_it_is(build, tmp_path) -> None:
    making, how = Making(), How(answer_threshold=0.7, offline=True, facts={"limit": 1})
    settings = Settings(home=tmp_path, model="openai:some", api_key="x")
    report = report_of(evaluate_job(sent(job_of(responses(), how)), settings, build, making))
    (section,) = report.sections
    assert (section.suite, section.cases, section.bad) == (
        "rows",
        1,
        (BadRow("rows", 2, section.bad[0].reason),),
    )
    assert section.figure("faithfulness").value == 1.0
    assert section.facts["limit"] == 1
    assert making.far == [(1, 1, "rows")]
    assert [(s.model, s.answer_threshold) for s in build.built] == [("", 0.7)]


def test_what_is_kept_of_a_case_counts_for_the_same_assistant_only(build, tmp_path) -> None:
    making, settings = Making(), Settings(home=tmp_path)
    first = report_of(evaluate_job(job_of(responses(), How()), settings, build, making))
    assert first.sections[0].facts["resumed"] == 0
    again = report_of(evaluate_job(job_of(responses(), How()), settings, build, making))
    assert again.sections[0].facts["resumed"] == 1
    other = report_of(evaluate_job(job_of(responses(), How(answer_threshold=0.9)), settings, build, making))
    assert other.sections[0].facts["resumed"] == 0


def test_an_account_that_is_there_no_more_is_told_nothing(build, tmp_path, fake_encoder) -> None:
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension) as library:
        library.change_account(AccountChange("add", "root", "admin"))
    job = job_of(responses(), How())
    with pytest.raises(NotAllowed):
        evaluate_job(job.asked_by("gone"), Settings(home=tmp_path), build, Making())
    assert evaluate_job(job.asked_by("root"), Settings(home=tmp_path), build, Making())
