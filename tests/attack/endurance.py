"""What takes hours: kills at random moments, and a soak. Not part of the tests.

`python -m tests.attack.endurance kills 300` ends commands and a server by SIGKILL and holds that nothing that
was acknowledged is lost; `… soak 3600` has 20 readers ask for an hour while articles come and go, and holds
that memory and open files stay flat. Status 1 when not.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.attack.world import World

if TYPE_CHECKING:
    from pathlib import Path

JOIN = "/gradio_api/queue/join"
MOST_GROWTH = 150  # MB of a soak, after its first tenth
ARTICLES = 40


def _articles(world: World, home: Path) -> set[str]:
    done = world.run("articles", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return {line.partition('"')[0] for line in done.stdout.split("story-")[1:]}


def kills(world: World, count: int, seed: int = 0) -> str:
    """Kill each kind of command in turn, at a random moment of its first seconds."""
    rng, home, folder = random.Random(seed), world.place("home"), world.place("stories")
    for n in range(ARTICLES):
        (folder / f"story-{n}.txt").write_text(
            f"The crane at lock {n} lifts beam {n * 7} of Marram in {1800 + n}."
        )
    assert world.run("ingest", folder, home=home).returncode == 0
    export = world.folder / "kept.zip"
    assert world.run("export", export, home=home).returncode == 0
    whole = _articles(world, home)
    assert len(whole) == ARTICLES
    commands: dict[str, list[str | Path]] = {
        "ingest": ["ingest", folder], "remove": ["remove", "story-3.txt", "--yes"], "refresh": ["refresh"],
        "import": ["import", export], "export": ["export", world.folder / "again.zip"], "reindex": ["reindex"],
        "serve": ["serve", "--port", "0"],
    }  # fmt: skip
    for turn in range(count):
        name = list(commands)[turn % len(commands)]
        process = subprocess.Popen(
            [sys.executable, "-m", "footnote", "--home", str(home), *map(str, commands[name])],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=world.environment(),
        )  # fmt: skip
        if name == "serve":
            _asked_midway(process)
        time.sleep(rng.uniform(0, 6))
        process.kill()
        process.communicate()
        left = _articles(world, home)
        assert whole - left <= {"3.txt"}, f"kill {turn} of {name} lost {sorted(whole - left)}"
        if name == "remove":
            assert world.run("ingest", folder, home=home).returncode == 0
            assert _articles(world, home) == whole
    assert world.run("doctor", home=home).returncode == 0
    return f"{count} kills, {len(whole)} articles, none lost"


def _asked_midway(process: subprocess.Popen[str]) -> None:
    """Have a server begin an answer, so that it is killed in the middle of it."""
    import http.client

    assert process.stdout is not None
    address = process.stdout.readline().split()[-1].removeprefix("http://")
    with contextlib.suppress(OSError, ValueError, StopIteration):
        line = http.client.HTTPConnection(address, timeout=20)
        line.request("GET", "/config")
        config = json.loads(line.getresponse().read())
        wish = next(d for d in config["dependencies"] if any(event == "ask" for _, event in d["targets"]))
        body = {"data": [None] * len(wish["inputs"]), "fn_index": wish["id"], "session_hash": "killed",
                "trigger_id": wish["targets"][0][0], "event_data": {"question": "What lifts beam 7?"}}  # fmt: skip
        line.request("POST", JOIN, json.dumps(body), {"Content-Type": "application/json"})
        line.getresponse().read()


def soak(world: World, seconds: float, readers: int = 20) -> str:
    """Ask, add and remove until the time is over."""
    server, until = world.server("soaked"), time.monotonic() + seconds
    wish, folder = server.act("composer", "ask"), world.place("stories")
    asked = 0

    def read(number: int) -> None:
        nonlocal asked
        turn = 0
        while time.monotonic() < until:
            turn += 1
            session = f"soak-{number}-{turn // 20}"  # a page is opened anew after twenty questions
            body = {
                **wish,
                "session_hash": session,
                "event_data": {"question": f"When did the Owl Tower open, {turn}?"},
            }
            server.post(JOIN, body, {"Cookie": f"footnote_reader={number:032}"})
            server.ask("GET", f"/gradio_api/queue/data?session_hash={session}")
            asked += 1

    def change() -> None:
        turn = 0
        while time.monotonic() < until:
            turn += 1
            path = folder / f"story-{turn % 5}.txt"
            path.write_text(
                f"The heron at lock {turn} was seen {turn * 3} times at Marram in {1800 + turn % 200}."
            )
            world.run("ingest", path, home=world.home_of("soaked"))
            world.run("remove", str(path), "--yes", home=world.home_of("soaked"))

    def watch() -> list[tuple[int, int]]:
        seen = []
        while time.monotonic() < until:
            time.sleep(max(1.0, seconds / 60))
            seen.append((server.memory(), server.handles()))
        return seen

    with ThreadPoolExecutor(readers + 2) as pool:
        watched = pool.submit(watch)
        for task in [pool.submit(change), *(pool.submit(read, n) for n in range(readers))]:
            task.result()
        seen = watched.result()
    first, last = seen[len(seen) // 10], seen[-1]
    assert server.is_well()
    assert last[0] - first[0] < MOST_GROWTH, f"memory grew from {first[0]} to {last[0]} MB"
    assert last[1] - first[1] < 50, f"open files grew from {first[1]} to {last[1]}"
    assert not server.tracebacks()
    return f"{asked:,} questions, {first[0]} → {last[0]} MB, {first[1]} → {last[1]} open files"


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
