"""`footnote worker --ray`: on a cluster of Ray's own programs, over PostgreSQL and Chroma servers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from footnote.ingest.errors import FootnoteError
from footnote.ingest.jobs.items import REFRESH, Job
from footnote.ingest.jobs.queue import Queue
from footnote.rag.settings import Settings
from footnote.ui import cli
from footnote.ui.commands.by_ray import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
HUSH = "hush-7f3a"
CALLED = "import sys; from footnote.ui.cli import main; sys.argv[0] = 'footnote'; main()"
LATER = "import footnote.ui.commands.by_ray as by, types; by.metadata = types.SimpleNamespace(version=lambda _: '9.9')"
WITHOUT = """
import importlib.metadata, pickle, sys
from types import SimpleNamespace
import ray
from footnote.ui.commands.by_ray import _task
sent = ray.cloudpickle.dumps(_task())
def gone(name):
    raise importlib.metadata.PackageNotFoundError(name)
importlib.metadata.version = gone
for name in [name for name in sys.modules if name.startswith("footnote")]:
    sys.modules[name] = None
ray.util = SimpleNamespace(get_node_ip_address=lambda: "10.0.0.7")
print(pickle.loads(sent)("0.1.0", {}, None)[2])
importlib.metadata.version = lambda name: "0.1.0"
print(pickle.loads(sent)("0.1.0", {}, None)[2])
"""
PLACES = "harbour mill tower bridge library school market garden station theatre quarry lighthouse".split()


def article(number: int, paragraphs: int) -> str:
    place = f"{PLACES[number % len(PLACES)]} {number}"
    told = [
        f"The {place} opens at {hour} in the morning on day {hour} of the week. Its keeper counts {number * hour} "
        f"visitors on such a day, and writes them down in a book that lies beside the door."
        for hour in range(2, 2 + paragraphs)
    ]
    return "\n\n".join([f"# The {place}", *told])


class Cluster:
    """A head on this computer, of two processors, that lets in who knows its token."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-ray-"))
        self._token = secrets.token_hex(24)
        self.environ = {
            **{n: v for n, v in os.environ.items() if n not in ("OMP_NUM_THREADS", "RAY_ADDRESS")},
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self._token,
            "RAY_USAGE_STATS_ENABLED": "0",
            "HOME": str(self.folder),
        }
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus=2"),
                *("--include-dashboard=false", "--include-log-monitor=false", "--object-store-memory=80000000"),
                *("--port=0", "--node-ip-address=127.0.0.1", f"--ray-client-server-port={self.port}", f"--temp-dir={self.folder}/t"),
            ],
            env=self.environ, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = ""
        while (found := re.search(r"ray start --address='(.+)'", said)) is None:
            line = self._process.stdout.readline()
            assert line, f"Ray did not start: {said}"
            said += line
        self.address = found[1]

    def processes(self, name: str = "") -> list[int]:
        """Return its processes whose titles begin so; on Linux only."""
        found = []
        for one in Path("/proc").glob("*"):
            with contextlib.suppress(OSError):
                ours = one.name.isdecimal() and self._token in (one / "environ").read_text(errors="replace")
                if ours and (one / "cmdline").read_text(errors="replace").startswith(name):
                    found.append(int(one.name))
        return found

    def logs(self) -> str:
        return "".join(
            p.read_text(errors="replace") for p in self.folder.glob("t/session_2*/logs/**/*") if p.is_file()
        )

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def until(what, seconds: float = 150.0) -> None:  # beside other work a Ray cluster takes minutes
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    found = Cluster()
    yield found
    found.stop()


@pytest.fixture
def stores(servers, monkeypatch):
    found = servers.new_library()
    monkeypatch.setenv("FOOTNOTE_RECORD", f"{found.record}&password={HUSH}")
    monkeypatch.setenv("FOOTNOTE_INDEX", ",".join(found.index))
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    return found


@pytest.fixture
def queue(stores) -> Iterator[Queue]:
    with Queue(stores.record) as found:
        yield found


@pytest.fixture
def footnote(cluster, stores, tmp_path):
    """Start the command in a process of its own, as one of the cluster."""
    begun: list[subprocess.Popen] = []

    def start(*argv: str, before: str = "", **environ: str) -> subprocess.Popen:
        served = {n: os.environ[n] for n in os.environ if n.startswith("FOOTNOTE_")}
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", f"{before}\n{CALLED}", "--home", str(tmp_path / "home"), *argv],
                env={**cluster.environ, **served, **environ}, cwd=tmp_path,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        return begun[-1]

    def run(*argv: str, before: str = "", **environ: str) -> tuple[int, str, str]:
        process = start(*argv, before=before, **environ)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    yield SimpleNamespace(start=start, run=run)
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def put(tmp_path, monkeypatch, capsys):
    """Leave something to workers by the normal command, with Ctrl-C as soon as all is in line."""

    def pressed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "footnote.ingest.jobs.writer.time", SimpleNamespace(sleep=pressed, monotonic=time.monotonic)
    )

    def run(*argv: str) -> str:
        assert cli.run(["--home", str(tmp_path / "home"), *argv]) == 130
        return capsys.readouterr().err

    return run


def articles_in(folder: Path, numbers: range, paragraphs: int = 2) -> str:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number}.md").write_text(article(number, paragraphs))
    return str(folder)


def stored(queue: Queue, tmp_path: Path, capsys) -> set[str]:
    assert cli.run(["--home", str(tmp_path / "home"), "articles", "--json"]) == 0
    found = map(json.loads, capsys.readouterr().out.splitlines())
    return {Path(source).name for one in found for source in one["sources"]}


@pytest.mark.slow
def test_tasks_share_what_waits_and_evaluate(cluster, queue, footnote, put, tmp_path, capsys) -> None:
    given = range(40)
    put("ingest", articles_in(tmp_path / "articles", given, 4))
    asked = tmp_path / "asked.jsonl"
    asked.write_text(
        '{"id": "a", "question": "How many visitors does the keeper count?", "answerable": true}\n'
    )
    number = re.search(r"--report (\d+)", put("evaluate", "--library", str(asked), "--job"))[1]
    assert queue.counts()["waiting"] >= 5
    status, out, err = footnote.run("worker", "--ray", cluster.address)
    assert (status, out) == (0, "")
    assert re.search(
        r"on Ray, in 2 tasks at most\. .*\nNothing waits\.\n[\d.]+: 40 sources, in 2 tasks\.\n$", err
    ), err
    logs = cluster.logs()
    assert ("footnote worker" in logs, HUSH in logs) == (True, False)
    assert queue.counts() == {"failed": 0, "running": 0, "waiting": 0, "done": queue.counts()["done"]}
    assert stored(queue, tmp_path, capsys) == {f"{number}.md" for number in given}
    assert cli.run(["ask", "When does the mill 13 open in the morning on day 3 of the week?"]) == 0
    assert "opens at 3" in capsys.readouterr().out
    assert cli.run(["jobs", "--report", number]) == 0
    assert json.loads(capsys.readouterr().out)["complete"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a task's process is found by what Linux tells of it")
def test_kill_9_of_a_task_in_the_middle_loses_nothing(
    cluster, stores, servers, queue, footnote, put, tmp_path, capsys
) -> None:
    """What nobody hears of for a while is taken for dead; here that while is over at once."""
    put("ingest", articles_in(tmp_path / "articles", range(16)))
    given = footnote.start("worker", "--ray", f"ray://127.0.0.1:{cluster.port}", "--workers", "1", "--json")
    until(lambda: queue.counts()["running"])
    (task,) = cluster.processes("ray::footnote worker")
    os.kill(task, signal.SIGKILL)
    assert queue.counts()["running"] == 1, "it was done before the kill"
    schema = re.search(r"library\d+", stores.record)[0]
    servers.postgres.run(
        f"UPDATE {schema}.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )
    out, err = given.communicate(timeout=120)
    assert given.returncode == 0, err
    assert {Path(json.loads(line)["source"]).name for line in out.splitlines()} == {
        f"{n}.md" for n in range(16)
    }
    assert {job.tries for job in queue.all()} == {1, 2}
    assert stored(queue, tmp_path, capsys) == {f"{n}.md" for n in range(16)}


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_tasks_after_their_jobs_and_loses_nothing(
    cluster, queue, footnote, put, tmp_path, capsys, told
) -> None:
    put("ingest", articles_in(tmp_path / "articles", range(24)))
    given = footnote.start("worker", "--ray", cluster.address, "--workers", "1")
    until(lambda: queue.counts()["running"])
    given.send_signal(told)
    _, err = given.communicate(timeout=120)
    assert (given.returncode, "Each task ends after its job." in err) == (130, True), err
    counts = queue.counts()
    assert (counts["running"], counts["failed"]) == (0, 0)
    assert counts["waiting"] > 0 < counts["done"]
    assert footnote.run("worker", "--once")[0] == 0
    assert stored(queue, tmp_path, capsys) == {f"{n}.md" for n in range(24)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "environ", "told"),
    [
        (
            LATER,
            {},
            r"The node [\d.]+ has Footnote [\d.]+, and this is Footnote 9\.9\. What is to be there.*",
        ),
        ("", {"FOOTNOTE_ENCODER": "/no/such/folder"}, r"The node [\d.]+ cannot work: .*/no/such/folder.*"),
        ("", {"RAY_AUTH_TOKEN": "0" * 48}, r"The Ray cluster at .* could not be joined: .*RAY_AUTH_TOKEN\."),
    ],
    ids=["version", "encoder", "token"],
)
def test_why_a_task_cannot_work_is_said_in_one_sentence(
    cluster, queue, footnote, before, environ, told
) -> None:
    queue.put(Job({"do": REFRESH}))
    status, _, err = footnote.run("worker", "--ray", cluster.address, "--json", before=before, **environ)
    assert status == 1, err
    assert re.search(rf"^footnote: {told}$", err, flags=re.MULTILINE), err
    assert err.count("footnote: ") == 1
    assert queue.counts()["waiting"] == 1


@pytest.mark.parametrize("of", ["ray.util.client", "footnote.ingest"])
def test_a_cluster_that_goes_is_told_of_and_an_error_of_ours_is_not_taken_for_it(
    stores, monkeypatch, of
) -> None:
    """Ray's client raises a bare Exception then."""
    theirs: dict[str, Any] = {"__name__": of}
    exec("def wait():\n    raise Exception('Ray Client is not connected. Please …')", theirs)
    ray = SimpleNamespace(init=lambda **_: None, shutdown=lambda: None)
    monkeypatch.setitem(sys.modules, "ray", ray)
    gone = of.startswith("ray")
    wanted = r"^The Ray cluster at auto is gone: Ray Client .*waits in PostgreSQL" if gone else "^Ray Client"
    with (
        pytest.raises(FootnoteError if gone else Exception, match=wanted),
        joined("auto", Settings(record=stores.record, index=",".join(stores.index))),
    ):
        theirs["wait"]()


def test_what_a_node_lacks_is_said_by_what_is_sent_there() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    there = "What is to be there: pip install 'footnote[ray,postgres]'."
    assert done.stdout.splitlines()[0] == (
        f"The node 10.0.0.7 has no Footnote, and this is Footnote 0.1.0. {there}"
    ), done.stderr
    broken = done.stdout.splitlines()[1]
    assert broken.startswith("The node 10.0.0.7 has no whole Footnote (")
    assert broken.endswith(there)


def test_what_cannot_be_joined_is_told_in_one_sentence(stores, tmp_path, capsys, monkeypatch) -> None:
    def none_here(**_: Any) -> None:
        raise ConnectionError("Could not find any running Ray instance. Please specify the one.")

    def told(*given: str) -> tuple[int, str]:
        return cli.run(["--home", str(tmp_path), "worker", *given]), capsys.readouterr().err

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=none_here, shutdown=lambda: None))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        for address in (f"127.0.0.1:{port}", f"ray://localhost:{port}"):
            status, err = told("--ray", address)
            assert (status, f"No Ray cluster answers at {address.split('/')[-1].split(':')[0]}" in err) == (
                1,
                True,
            )
    for address in ("local", "", "head", "http://head:6379", "head:x"):
        assert told("--ray", address) == (
            1, f"footnote: “{address}” is no address of a Ray cluster, as auto, ray://HOST:10001 or HOST:6379.\n"
        )  # fmt: skip
    assert told("--ray", "auto")[1].startswith("footnote: No Ray cluster runs on this computer.")
    status, err = told("--workers", "2")
    assert (status, "--workers goes with --ray" in err) == (2, True)
    monkeypatch.setitem(sys.modules, "ray", None)
    status, err = told("--ray", "auto")
    assert (status, "pip install 'footnote[ray]'" in err) == (1, True)
    monkeypatch.delenv("FOOTNOTE_WORKERS")
    monkeypatch.delenv("FOOTNOTE_RECORD")
    monkeypatch.delenv("FOOTNOTE_INDEX")
    status, err = told("--ray", "auto")
    assert (status, "set FOOTNOTE_RECORD" in err) == (1, True)
