"""What takes long: kills at random moments, and a soak.

`make kills` ends commands and servers by SIGKILL, 300 times, and holds that nothing that was stored is lost or half;
`make soak` has 20 readers ask for an hour while articles come and go, and holds that memory and open files stay flat.
Status 1 when not. The tests make a few kills.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.library.library import open_library
from tests.attack.world import STARTING, World
from tests.ingest.test_kill import Acknowledged, check_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.attack.world import Reply, Server

JOIN = "/gradio_api/queue/join"
MOST_GROWTH, MOST_HANDLES = 150, 50  # MB and open files of a soak, after its first tenth
PATIENCE = 60.0  # seconds without a byte: the others' turns come first, and Gradio sends a sign of life after fifteen
# Seconds for an answer. Beside a load of 30 on two cores 4 of 110 readers who gave up after 90 were still in line.
LONGEST = 600.0
SAID = 20  # questions without an answer of which each is told
ARTICLES = 30
LINKS = 8
ADDRESS = re.compile(r"Footnote is at http://(\S+)\s")
THINGS = "crane heron bell mill ferry keeper beam orchard ledger lantern well choir bridge".split()
ACTS = "lifted counted painted sold drew buried measured praised burned mended named".split()
PLACES = "Marram Orm Tarn Velk Sonder Hale Brind Quay Lissow Garth Dunmere Pell".split()
ENCODER = PackagedEncoder()  # the name and the size of its vectors; it is not loaded
KINDS = ("ingest", "serve", "refresh", "import", "remove", "export", "reindex")


@dataclass
class Killed:
    """A library of stories, and the process that commands over it are forked from."""

    world: World
    home: Path
    folder: Path
    chance: random.Random
    said: Acknowledged = field(default_factory=Acknowledged)
    turn: int = 0
    unread: set[str] = field(default_factory=set)  # stories that were written anew since all were read
    takes: dict[str, float] = field(
        default_factory=dict
    )  # seconds that a command takes when it is not killed
    whole: int = 0  # commands that had ended before they were killed
    asking: list[http.client.HTTPConnection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Story, self))
        self.site.handle_error = lambda *_: None  # type: ignore[method-assign]  # a reader was killed
        Thread(target=self.site.serve_forever, daemon=True).start()
        self.links = [f"http://127.0.0.1:{self.site.server_port}/story-{n}" for n in range(200, 200 + LINKS)]
        self.nursery = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("killed_command.py")), str(self.site.server_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.world.environment(),
        )  # fmt: skip
        self.out = self.world.folder / "out.txt"

    def write(self, numbers: Iterable[int]) -> set[str]:
        """Write stories anew, with this turn's text; return the sources that they are."""
        for n in numbers:
            (self.folder / f"story-{n}.txt").write_text(_story(n, self.turn), encoding="utf-8")
        return {str(self.folder / f"story-{n}.txt") for n in numbers}

    def begin(self, *words: str | Path) -> int:
        """Begin a command, and return the id of its process."""
        self.out.unlink(missing_ok=True)
        asked = {"words": ["--home", str(self.home), *map(str, words)], "out": str(self.out)}
        assert self.nursery.stdin is not None
        self.nursery.stdin.write(json.dumps(asked) + "\n")
        self.nursery.stdin.flush()
        return int(self._line("pid"))

    def end(self) -> int:
        """Wait until it has ended, and return its status."""
        status = int(self._line("ended"))
        while self.asking:
            self.asking.pop().close()
        return status

    def _line(self, name: str) -> str:
        assert self.nursery.stdout is not None
        told, _, value = self.nursery.stdout.readline().partition(" ")
        assert told == name, told
        return value

    def run(self, *words: str | Path) -> None:
        """Run a command to its end, which must be a good one."""
        self.begin(*words)
        status = self.end()
        assert status == 0, f"{words[0]} ended with {status}: {self.out.read_text(errors='replace')[-500:]}"

    def wish(self, name: str, afar: set[str], export: Path, again: Path) -> tuple[list[str | Path], set[str]]:
        """Return a command that has something to do, and the sources that it may change."""
        match name:
            case "ingest":
                self.unread |= self.write(self.chance.sample(range(ARTICLES), 10))
                return ["ingest", self.folder], set(self.unread)  # those that a kill before left unread too
            case "remove":
                there = sorted(self.said.articles.keys() & afar)
                gone = self.chance.sample(there, min(len(there), 3)) or sorted(afar)
                return ["remove", *gone, "--yes"], set(gone)
            case "refresh":
                return ["refresh"], set(self.links)
            case "import":
                return ["import", export], afar
            case "export":
                return ["export", again, "--force"], set()
            case "reindex":
                return ["reindex"], set()
            case _:
                return ["serve", "--port", "0"], set()

    def time(self, name: str, words: Sequence[str | Path]) -> None:
        """Let a command end, and note how long it took; a server, which does not end, is killed when it has answered."""
        begun = time.monotonic()
        if name == "serve":
            process = self.begin(*words)
            begun = self._ask_server()
            time.sleep(1)
            os.kill(process, signal.SIGKILL)
            self.end()
        else:
            self.run(*words)
            self._ended(name)
        self.takes[name] = time.monotonic() - begun

    def _ended(self, name: str) -> None:
        if name == "ingest":
            self.unread.clear()

    def kill(self, name: str, words: Sequence[str | Path]) -> None:
        """Begin a command and kill it at a moment of the time that it takes."""
        process = self.begin(*words)
        if name == "serve":
            self._ask_server()
        time.sleep(self.chance.uniform(0, self.takes[name]))
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        if self.end() != -signal.SIGKILL:
            self.whole += 1
            self._ended(name)

    def _ask_server(self) -> float:
        """Have a server add an article and begin an answer, of which the first bytes are there; return when it was asked."""
        until = time.monotonic() + STARTING
        while not (told := ADDRESS.search(self.out.read_text(errors="replace") if self.out.exists() else "")):
            assert time.monotonic() < until, f"no server: {self.out.read_text(errors='replace')[-500:]}"
            time.sleep(0.05)
        asked = time.monotonic()
        line = http.client.HTTPConnection(told[1], timeout=30)
        self.asking.append(line)  # held until the server has ended, so that it is killed while it answers
        with contextlib.suppress(OSError, http.client.HTTPException):
            for path, body in (
                ("/api/articles", {"text": _story(99, self.turn), "title": f"Posted {self.turn}"}),
                ("/api/ask", {"question": "What lifts beam 7 at lock 1?", "stream": True}),
            ):
                line.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
                answer = line.getresponse()
                answer.read() if path == "/api/articles" else answer.read(1)
        return asked

    def check(self, unsure: set[str], *, may_go: bool, may_come: bool = False) -> None:
        """Open the library, which finishes what was left; hold that all that was stored is there, and whole."""
        with open_library(self.home, ENCODER.name, ENCODER.dimension) as library:
            found = {a.source: a.article_id for a in library.articles()}
            self.said.unsure = unsure | (found.keys() - self.said.articles.keys() if may_come else set())
            check_record(library, self.said)
        gone = self.said.articles.keys() - found.keys()
        assert not gone if not may_go else gone <= unsure, f"lost: {sorted(gone)}"
        self.said.articles = found

    def close(self) -> None:
        self.nursery.communicate("")
        self.site.shutdown()
        self.site.server_close()


def _story(number: int, turn: int) -> str:
    """Return a text that is like no other: near-duplicates would become one article."""
    words = random.Random(f"{number}, {turn}")
    lines = [
        f"The {words.choice(THINGS)} at lock {number} {words.choice(ACTS)} the {words.choice(THINGS)} of {words.choice(PLACES)} in "
        f"{1500 + words.randrange(500)}, when the {words.choice(THINGS)} of {words.choice(PLACES)} {words.choice(ACTS)} {turn} of them."
        for _ in range(8)
    ]
    return "\n\n".join(lines)


class _Story(BaseHTTPRequestHandler):
    """Stories at addresses, another text each turn."""

    def __init__(self, killed: Killed, *given: Any) -> None:
        self.killed = killed
        super().__init__(*given)

    def do_GET(self) -> None:
        number = self.path.rpartition("-")[2]
        body = _story(int(number), self.killed.turn).encode() if number.isdecimal() else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def kills(world: World, count: int, seed: int | None = None) -> str:
    """Kill each kind of command in turn, at a random moment; after each, all that was stored is there and whole."""
    seed = random.randrange(10**6) if seed is None else seed
    print(f"seed {seed}", flush=True)
    killed = Killed(world, world.place("home"), world.place("stories"), random.Random(seed))
    export, again = world.folder / "kept.zip", world.folder / "again.zip"
    try:
        killed.write(range(ARTICLES))
        far = world.place("far")
        for n in range(ARTICLES, ARTICLES + 10):
            (far / f"far-{n}.txt").write_text(_story(n, 0), encoding="utf-8")
        killed.run("ingest", far)
        killed.run("export", export)
        killed.run("ingest", killed.folder, *killed.links)
        killed.check(set(), may_go=False, may_come=True)
        assert len(killed.said.articles) == ARTICLES + 10 + LINKS, sorted(killed.said.articles)
        afar = {source for source in killed.said.articles if "far-" in source}
        counts: Counter[str] = Counter()
        for killed.turn in range(1 - len(KINDS), count + 1):
            name = KINDS[killed.turn % len(KINDS)]
            words, unsure = killed.wish(name, afar, export, again)
            if killed.turn <= 0:
                killed.time(name, words)
            else:
                killed.kill(name, words)
                counts[name] += 1
            try:
                killed.check(unsure, may_go=name == "remove", may_come=name in ("serve", "import"))
                assert not again.exists() or zipfile.ZipFile(again).testzip() is None, "half an export"
            except AssertionError as error:
                raise AssertionError(f"kill {killed.turn}, of {name}, seed {seed}: {error}") from error
            if killed.turn % 10 == 0:
                print(f"{max(killed.turn, 0)} kills", flush=True)
        killed.run("ingest", killed.folder)
        killed.run("doctor")
    finally:
        killed.close()
    told = ", ".join(f"{number} of {name}" for name, number in sorted(counts.items()))
    return f"{count} kills ({told}), {killed.whole} had ended before: {len(killed.said.articles)} articles, none lost or half"


@dataclass
class Questions:
    """What became of the questions of a soak; those without an answer with when, and what came instead."""

    begun: float = field(default_factory=time.monotonic)
    took: list[float] = field(default_factory=list)
    others: list[tuple[float, str]] = field(default_factory=list)

    def ended(self, after: float, joined: Reply, told: Reply) -> None:
        """Note one that took so long; say so at once if it was not answered."""
        self.took.append(after)
        if "1955" in told.body:
            return
        seen = f"{joined.status} {' '.join(joined.body.split())[:80]}; {told.status}"
        events = re.findall(r'"msg": ?"(\w+)"', told.body)
        came = f"{seen} {dict(Counter(events))} after {after:.0f} s, at last: {' '.join(told.body.split())[-200:]}"
        self.others.append((time.monotonic() - self.begun, came))
        if len(self.others) <= SAID:
            print(f"not answered, at {self.others[-1][0]:,.0f} s: {came}", flush=True)

    def __str__(self) -> str:
        asked, slowest = len(self.took), max(self.took, default=0.0)
        return f"{asked - len(self.others):,} of {asked:,} answered, the slowest in {slowest:.0f} s"

    def unanswered(self) -> str:
        """Return how many were not answered, and when: many at one moment are another fault than some now and then."""
        when = Counter(int(at) // 10 * 10 for at, _ in self.others)
        times = ", ".join(f"{count} from {at:,} s on" for at, count in sorted(when.items()))
        return f"{len(self.others):,} of {len(self.took):,} questions were not answered: {times}"


def soak(world: World, seconds: float, readers: int = 20) -> str:
    """Ask, add and remove until the time is over."""
    server = world.server("soaked")
    server.wait_until_ready()
    server.patience, server.longest = PATIENCE, LONGEST
    until = time.monotonic() + seconds
    wish, folder, questions = server.act("composer", "ask"), world.place("stories"), Questions()
    failed: list[str] = []

    def read(number: int) -> None:
        turn = 0
        while time.monotonic() < until:
            turn += 1
            session = f"soak-{number}-{turn // 20}"  # a page is opened anew after twenty questions
            body = {
                **wish,
                "session_hash": session,
                "event_data": {"question": f"When did the Owl Tower open, {turn}?"},
            }
            begun = time.monotonic()
            joined = server.post(JOIN, body, {"Cookie": f"footnote_reader={number:032}"})
            told = server.ask("GET", f"/gradio_api/queue/data?session_hash={session}")
            questions.ended(time.monotonic() - begun, joined, told)

    def change() -> None:
        turn, home = 0, world.home_of("soaked")
        while time.monotonic() < until:
            turn += 1
            path = folder / f"story-{turn % 5}.txt"
            path.write_text(
                f"The heron at lock {turn} was seen {turn * 3} times at Marram in {1800 + turn % 200}."
            )
            for words in (["ingest", path], ["remove", str(path), "--yes"]):
                done = world.run(*words, home=home)
                if done.returncode:
                    failed.append(f"{words[0]}: {done.stderr.strip()[-200:]}")

    with ThreadPoolExecutor(readers + 2) as pool:
        watched = pool.submit(_watched, server, until, questions)
        for task in [pool.submit(change), *(pool.submit(read, n) for n in range(readers))]:
            task.result()
        seen = watched.result()
    first, last = seen[len(seen) // 10], seen[-1]
    told = f"{questions}, {first[0]} → {last[0]} MB, {first[1]} → {last[1]} open files"
    wrong = {
        "the server is not well": not server.is_well(),
        questions.unanswered(): bool(questions.others) or not questions.took,
        f"{len(failed)} changes of the library failed, first {failed[:1]}": bool(failed),
        f"memory grew by more than {MOST_GROWTH} MB": last[0] - first[0] >= MOST_GROWTH,
        f"open files grew by more than {MOST_HANDLES}": last[1] - first[1] >= MOST_HANDLES,
        f"there is a traceback: {server.errors.read_text()[-3_000:]}": bool(server.tracebacks()),
    }
    assert not any(wrong.values()), "; ".join([*(what for what, is_so in wrong.items() if is_so), told])
    return told


def _watched(server: Server, until: float, questions: Questions) -> list[tuple[int, int]]:
    """Return the memory and the open files of a server, sixty times until then; say every sixth."""
    seen, pause = [], max(1.0, (until - time.monotonic()) / 60)
    while time.monotonic() < until:
        time.sleep(pause)
        seen.append((server.memory(), server.handles()))
        if len(seen) % 6 == 0:
            left = max(0.0, until - time.monotonic())
            print(f"{left:,.0f} s left: {questions}, {seen[-1][0]} MB, {seen[-1][1]} open files", flush=True)
    return seen


def main(kind: str, amount: str = "") -> int:
    """Run `kills` so often, or `soak` for so many seconds."""
    world = World()
    try:
        print(kills(world, int(amount or 300)) if kind == "kills" else soak(world, float(amount or 3_600)))
    except AssertionError as error:
        print(f"NOT HELD: {error}")
        return 1
    finally:
        world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
