"""`POST /api/evaluations` and its jobs: done by workers, seen by who may evaluate, at every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footnote import Assistant, Settings
from footnote.evals.job import evaluate_job
from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.jobs import worker
from footnote.ingest.jobs.queue import Queue
from footnote.ingest.jobs.worker import Worker
from footnote.ingest.library.library import AccountChange, open_library
from footnote.ui.api.keys import Keys
from footnote.ui.state.conversations import open_conversations
from tests.ui.api.conftest import calling

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"question": "When does the bridge close?", "answers": ["Monday"], "answerable": True}]


class World:
    """A library on servers with one article, a server before it, and a worker when it is wanted."""

    def __init__(self, stores, home: Path, encoder) -> None:
        self.stores, self.home, self.encoder = stores, home, encoder
        self.settings = Settings(
            home=home, record=stores.record, index=",".join(stores.index), workers=True, api_rate=0
        )
        with self.library() as library:
            made = make_article([("", "The bridge closes on Monday.")], title="Bridge", source="/b.txt")
            library.store(encode_article(made, encoder))

    def library(self):
        return open_library(self.home, self.encoder.name, self.encoder.dimension, stores=self.stores)

    def assistant(self, settings=None) -> Assistant:
        return Assistant(settings or self.settings, self.library(), self.encoder)

    def work(self) -> None:
        def evaluate(job, making):
            return evaluate_job(job, self.settings, self.assistant, making)

        Worker(self.home / "worker", self.stores, self.encoder, evaluate=evaluate).run(once=True)


@pytest.fixture
def world(servers, tmp_path, fake_encoder, monkeypatch) -> World:
    monkeypatch.setattr(worker, "FIRST_WAIT", 0)
    return World(servers.new_library(), tmp_path, fake_encoder)


def test_an_evaluation_is_a_job_with_a_report(world, tmp_path) -> None:
    with world.assistant() as assistant, calling(assistant, tmp_path) as client:
        answer = client.post("/api/evaluations", json={"rows": ROWS, "name": "nightly"})
        job = answer.json()
        assert (answer.status_code, job["state"], job["sources"]) == (202, "waiting", ["nightly"])
        again = client.post("/api/evaluations", json={"rows": ROWS, "name": "nightly"}).json()
        assert again["id"] == job["id"], "of equal ones one waits"
        path = f"/api/jobs/{job['id']}"
        assert client.get(f"{path}/report").status_code == 409
        world.work()
        done = client.get(path, params={"wait": 5}).json()
        assert (done["state"], done["done"], done["total"]) == ("done", 1, 1)
        report = client.get(f"{path}/report").json()
        assert report["sections"][0]["suite"] == "nightly"
        assert report["sections"][0]["counts"]["run"] == 1
        assert done in client.get("/api/jobs").json()["jobs"]
    with world.assistant() as other, calling(other, tmp_path) as client:
        assert client.get(f"{path}/report").json() == report, "it is in the record, not in a server"


def test_one_that_waits_is_taken_out_of_the_line_and_one_that_fails_says_why(world, tmp_path) -> None:
    with world.assistant() as assistant, calling(assistant, tmp_path) as client:
        first = client.post("/api/evaluations", json={"rows": ROWS}).json()["id"]
        assert client.delete(f"/api/jobs/{first}").json()["state"] == "cancelled"
        assert client.get(f"/api/jobs/{first}").status_code == 404
        second = client.post("/api/evaluations", json={"rows": ROWS}).json()["id"]
        Worker(world.home / "worker", world.stores, world.encoder).run(once=True)
        failed = client.get(f"/api/jobs/{second}").json()
        assert (failed["state"], failed["reason"]) == ("failed", "This worker does not evaluate.")
        for path in ("evaluation-1e3", "evaluation-", "evaluation-" + "9" * 30, "evaluation-999"):
            assert client.get(f"/api/jobs/{path}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rows": []}, 400),
        ({"rows": [{"nothing": 1}]}, 400),
        ({"rows": ROWS, "threads": 9}, 400),
        ({"rows": ROWS, "answer_threshold": 2}, 400),
    ],
)
def test_what_cannot_be_measured_is_refused(world, tmp_path, body, status) -> None:
    with world.assistant() as assistant, calling(assistant, tmp_path) as client:
        assert client.post("/api/evaluations", json=body).status_code == status
    with Queue(world.stores.record) as queue:
        assert queue.evaluations() == []


def test_only_an_admin_evaluates_and_reads_what_came_of_it(world, tmp_path) -> None:
    with world.library() as library:
        for name, role in (("root", "admin"), ("eve", "editor"), ("ann", "admin")):
            library.change_account(AccountChange("add", name, role))
    shared = open_conversations(tmp_path, world.stores.record).shared
    keys = Keys(tmp_path, shared=shared)
    shown = {
        name: {"Authorization": f"Bearer {keys.add(name, 'write', name)[1]}"}
        for name in ("root", "eve", "ann")
    }
    with world.assistant() as assistant, calling(assistant, tmp_path) as client:
        asked = client.post("/api/evaluations", json={"rows": ROWS}, headers=shown["eve"])
        assert asked.status_code == 403
        job = client.post("/api/evaluations", json={"rows": ROWS}, headers=shown["root"]).json()["id"]
        world.work()
        for path in (f"/api/jobs/{job}", f"/api/jobs/{job}/report"):
            assert client.get(path, headers=shown["eve"]).status_code == 404
            assert client.get(path, headers=shown["root"]).status_code == 200
            assert client.get(path, headers=shown["ann"]).status_code == 200
        assert client.delete(f"/api/jobs/{job}", headers=shown["eve"]).status_code == 404
        assert client.get("/api/jobs", headers=shown["eve"]).json() == {"jobs": []}
        assert len(client.get("/api/jobs", headers=shown["root"]).json()["jobs"]) == 1
    shared.close()


def test_a_server_without_workers_says_so(sample_assistant, tmp_path) -> None:
    with calling(sample_assistant, tmp_path) as client:
        answer = client.post("/api/evaluations", json={"rows": ROWS})
        assert (answer.status_code, "FOOTNOTE_WORKERS" in answer.text) == (501, True)
        assert client.get("/api/jobs/evaluation-1").status_code == 404
