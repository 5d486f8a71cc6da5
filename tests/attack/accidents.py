"""What goes wrong around a server: no handles, no disk, no folder, a link in a file's place, another program's claims.

`ATTACKS` has these and all others.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
import threading
import time
from typing import TYPE_CHECKING

from tests.attack.attacks import READER, Skipped, attack, commanded, small_disk
from tests.attack.doors import ASK, send
from tests.attack.others import ATTACKS, STORY, done, foreign_library, listening

if TYPE_CHECKING:
    from tests.attack.world import Server, World

__all__ = ["ATTACKS"]

SECRET = "The secret key of Ada Brandt is 4711, and it is kept at the lock of Marram."


def _answers(server: Server) -> str:
    """Return what a question comes to."""
    reply = send(server, "POST", "/api/ask", ASK)
    return (
        "answered" if reply.status == 200 and "1955" in reply.body else f"{reply.status} {reply.body[:300]}"
    )


def _answers_again(server: Server, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while (told := _answers(server)) != "answered":
        assert time.monotonic() < until, f"{told}, {server.errors.read_text()[-2_000:]}"
        time.sleep(1)


@attack("more visitors than a server may have open files")
def _handles(world: World) -> str:
    if sys.platform != "linux":
        raise Skipped("limits of another process are set as Linux has it")
    import resource

    name = "handles"
    server, held = world.server(name), []
    server.wait_until_ready()
    most = server.handles() + 30
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (most, most))
    port = json.loads((world.home_of(name) / "handover.json").read_text())["port"]
    try:
        for _ in range(200):
            held.append(server.connect(3))
            held[-1].sendall(b"GET /gradio_api/heartbeat/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=3) as line:
            line.settimeout(3)
            line.recv(1)
    finally:
        for line in held:
            line.close()
    _answers_again(server)
    (world.folder / "handles.txt").write_text("A heron lives here, by the lock of Marram, since 1961.")
    code, told = commanded(world, "ingest", world.folder / "handles.txt", home=world.home_of(name))
    assert code == 0, told
    assert commanded(world, "doctor", home=world.home_of(name))[0] == 0
    return "answers and adds again when they are gone"


@attack("a disk that fills up below a server")
def _filled(world: World) -> str:
    name, reader = "filled", {"Cookie": f"{READER}={'f' * 32}"}
    home = world.home_of(name)
    with small_disk(home, 30):
        server = world.server(name)
        server.wait_until_ready()
        assert "1955" in done(server, "composer", "ask", ASK, reader)
        with contextlib.suppress(OSError), (home / "fill").open("wb", buffering=0) as file:
            while file.write(bytes(4_096)):
                pass
        assert _answers(server) == "answered"
        stranger = {"Cookie": f"{READER}={'g' * 32}"}  # who has no answer that could be shown again
        assert "1955" in done(server, "composer", "ask", ASK, stranger), "the page does not answer"
        posted = send(server, "POST", "/api/articles", {"text": f"{STORY} " * 5_000, "title": "Full"})
        told = posted.body
        if posted.status < 300:
            told = send(server, "GET", f"/api/jobs/{json.loads(posted.body)['id']}?wait=30", None).body
        assert "Traceback" not in told, told
        assert not server.tracebacks(), server.errors.read_text()[-3_000:]
        (home / "fill").unlink()
        _answers_again(server)
        posted = send(
            server,
            "POST",
            "/api/articles",
            {"text": "A stork sat on the mill of Orm in 1932.", "title": "Stork"},
        )
        job = send(server, "GET", f"/api/jobs/{json.loads(posted.body)['id']}?wait=60", None)
        assert "added" in job.body, job.body
        assert commanded(world, "doctor", home=home)[0] == 0
        world.servers.pop(name).end()
    return "answers, says that there is no room, adds again when there is"


@attack("a library's folder that is taken away below a server")
def _taken_away(world: World) -> str:
    name, reader = "taken", {"Cookie": f"{READER}={'t' * 32}"}
    server, home = world.server(name), world.home_of(name)
    server.wait_until_ready()
    away = home.with_name("taken-away")
    home.rename(away)
    told = [_answers(server), done(server, "composer", "ask", ASK, reader)[-300:]]
    posted = send(server, "POST", "/api/articles", {"text": STORY.replace("Owl", "Kite"), "title": "Kite"})
    assert posted.status < 600, told
    assert not home.exists() or not (home / "library.sqlite").exists(), "another library was begun"
    assert not server.tracebacks(), server.errors.read_text()[-3_000:]
    shutil.rmtree(home, ignore_errors=True)
    away.rename(home)
    _answers_again(server)
    return f"{told[0][:60]}; answers again"


@attack("a server that is stopped while commands want its library")
def _stopped(world: World) -> str:
    if os.name != "posix":
        raise Skipped("it takes SIGSTOP")
    name = "stopped"
    server, home = world.server(name), world.home_of(name)
    server.wait_until_ready()
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        code, told = commanded(world, "ingest", world.folder / "owl.txt", home=home)
        took = time.monotonic() - begun
        asked, said = commanded(world, "ask", ASK["question"], home=home)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert code == 1, told
    assert took < 60
    assert asked == 0, said
    _answers_again(server)
    return f"told after {took:.0f} s; questions are answered meanwhile"


@attack("files that become links to others while they are read")
def _swapped(world: World) -> str:
    if os.name != "posix":
        raise Skipped("making links takes rights elsewhere")
    folder, outside, home = world.place("swapped"), world.place("outside"), world.place("home")
    (outside / "0.txt").write_text(SECRET)
    names = [folder / f"{n}.txt" for n in range(40)]
    ended = threading.Event()

    def swap() -> None:
        turn = 0
        while not ended.is_set():
            turn += 1
            for path in names:
                new = folder / ".new"
                if turn % 2:
                    new.symlink_to(outside / "0.txt")
                else:
                    new.write_text(f"The crane {path.stem} lifts beam {turn} of the mill at Marram.")
                new.replace(path)

    for path in names:
        path.write_text(f"The crane {path.stem} lifts a beam of the mill at Marram.")
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(6):
            commanded(world, "ingest", folder, home=home)
    finally:
        ended.set()
        thread.join()
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as db:
        held = "\n".join(db.iterdump())
    assert "Ada Brandt" not in held, "what lies outside was read"  # a digest may have any digits
    assert "crane" in held
    return "read six times, nothing from outside"


@attack("a library from somebody else that names a server of theirs to hand articles to")
def _handed_elsewhere(world: World) -> str:
    home = foreign_library(world)
    (world.folder / "letter.txt").write_text(SECRET)

    def greet(line: socket.socket) -> bytes:
        return line.recv(65_536) + line.recv(65_536)

    with listening(greet) as (port, heard):
        told = {"port": port, "secret": "ab" * 32, "url": "http://127.0.0.1:1"}
        (home / "handover.json").write_text(json.dumps(told))
        (home / "handover.json").chmod(0o600)
        (home / "owner.json").write_text(json.dumps({"pid": os.getpid()}))
        code, said = commanded(world, "ingest", world.folder / "letter.txt", home=home)
    assert b"Ada Brandt" not in b"".join(heard), "handed over"
    assert code == 0, said
    return f"added here, {len(heard)} connections"


@attack("Markdown whose front matter stands for billions of words")
def _front_matter(world: World) -> str:
    server = world.server("front-matter")
    server.wait_until_ready()
    assert _answers(server) == "answered"  # so that no model is loaded while memory is measured
    joined = "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    listed = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    files = [
        f"---\na0: &a0 {{k: 1}}\n{joined}title: x\n---\n\n{STORY}",
        f"---\na0: &a0 [a, b]\n{listed}title: *a8\nauthor: *a8\ntags: *a8\n---\n\n{STORY}",
        f"---\ntitle: &t [*t]\nauthor: &a {{name: *a}}\n---\n\n{STORY}",
        f"---\ntitle: {'1:' * 10_000}1\n---\n\n{STORY}",
    ]
    for n, text in enumerate(files):
        body = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{n}.md"\r\n\r\n{text}\r\n--x--\r\n'
        ).encode()
        begun, before = time.monotonic(), server.memory()
        posted = server.ask(
            "POST", "/api/articles", {"Content-Type": "multipart/form-data; boundary=x"}, body
        )
        job = send(server, "GET", f"/api/jobs/{json.loads(posted.body)['id']}?wait=60", None)
        assert '"state":"done"' in job.body.replace(" ", ""), job.body
        assert time.monotonic() - begun < 30
        assert server.memory() - before < 100, f"{before} → {server.memory()} MB"
        assert _answers(server) == "answered"
    assert not server.tracebacks(), server.errors.read_text()[-2_000:]
    return f"{len(files)} read"


@attack("addresses of one customer, each with its own guesses")
def _one_customer(world: World) -> str:
    server = world.server(
        "prefix", FOOTNOTE_PASSWORD="right", FOOTNOTE_PROXIES="127.0.0.1", FOOTNOTE_NAMES="notes.example"
    )
    seen = [
        server.ask(
            "POST", "/login",
            {"Host": "notes.example", "X-Forwarded-For": f"2001:db8::{n:x}:{n:x}", "Content-Type": "application/x-www-form-urlencoded"},
            f"password=w{n}",
        ).status
        for n in range(40)
    ]  # fmt: skip
    assert seen.count(403) == 5, seen
    assert seen.count(429) == 35, seen
    return "five looked at of one /64"


@attack("routes, methods and models that nobody has, counted in the figures")
def _figures(world: World) -> str:
    server = world.server("figures", FOOTNOTE_API_RATE="0")
    server.wait_until_ready()
    assert _answers(server) == "answered"  # so that no model is loaded while memory is measured
    before, size = server.memory(), len(server.ask("GET", "/metrics").body)
    assert size, "there are no figures"
    for n in range(1_500):
        server.ask(("GET", f"X{n}")[n % 2], f"/api/none{n}/x{n}")
        send(
            server,
            "POST",
            "/v1/chat/completions",
            {"model": f"m{n}", "messages": [{"role": "user", "content": ""}]},
        )
    now = server.ask("GET", "/metrics").body
    assert len(now) < size + 20_000, f"{size} → {len(now)}"
    assert "none1" not in now
    assert server.memory() - before < 60, f"{before} → {server.memory()} MB"
    assert not server.tracebacks()
    return f"{size:,} → {len(now):,} characters"


@attack("one reader's flood of conversations drives out nobody else's")
def _flood(world: World) -> str:
    name, mine = "flooded", {"Cookie": f"{READER}={'9' * 32}"}
    server = world.server(name)
    server.wait_until_ready()
    assert "1955" in done(server, "composer", "ask", ASK, mine)
    kept = world.home_of(name) / "conversations.sqlite"

    def theirs() -> int:
        with contextlib.closing(sqlite3.connect(kept)) as db:
            return int(
                db.execute("SELECT count(*) FROM conversations WHERE reader = ?", ["9" * 32]).fetchone()[0]
            )

    assert theirs() == 1
    with contextlib.closing(sqlite3.connect(kept, timeout=30)) as db:  # what a day of asking leaves
        columns = [row[1] for row in db.execute("PRAGMA table_info(conversations)")]
        first = dict(zip(columns, db.execute("SELECT * FROM conversations").fetchone(), strict=True))
        for n in range(6_000):
            row = {**first, "id": f"flood{n:011}", "reader": f"{n % 3:032}"}
            marks = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO conversations ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        db.commit()
    for n in range(3):
        done(server, "composer", "ask", ASK, {"Cookie": f"{READER}={n:032}"})
    assert theirs() == 1, "it is gone"
    assert not server.tracebacks(), server.errors.read_text()[-2_000:]
    return "it is still there"
