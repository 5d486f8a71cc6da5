"""The attacks of what others made: libraries, articles on their way to other programs, requests of odd forms.

`ATTACKS` has these and all others.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import re
import shutil
import socket
import sys
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.attack.attacks import (
    JOIN,
    JSON,
    READER,
    UPLOAD,
    Attack,
    Skipped,
    attack,
    commanded,
    refused,
    served_beside,
)
from tests.attack.doors import ASK, ATTACKS, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.attack.world import Server, World

__all__ = ["ATTACKS"]

STORY = "The Owl Tower at Marram opened in 1955 and closed in 1999."


# ------------------------------------------------------------------------ a library from somebody else


def foreign_library(world: World) -> Path:
    """Return a folder with a library, as one gets it from somebody else."""
    home = world.place("foreign")
    shutil.copyfile(world.library / "library.sqlite", home / "library.sqlite")
    return home


OWN_FILES = (
    *(
        "owner.json",
        "owner.tmp",
        "reserve",
        "dirty",
        "lock",
        "handover.json",
        "library.sqlite-wal",
        "chroma.7",
    ),
    *("conversations.sqlite", "answers", "evaluations", "library.sqlite-journal", "keys.json", "keys.lock"),
)


RUN = (
    "import contextlib, io, json, sys; from footnote.ui.cli import run\n"
    "for words in json.loads(sys.argv[1]):\n"
    "    said = io.StringIO()\n"
    "    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said): status = run(words)\n"
    "    print(json.dumps([status, said.getvalue()]))"
)


def several(world: World, *commands: list[str | Path]) -> list[tuple[int, str]]:
    """Run commands in one process, and return how each ended and what it said."""
    done = world.python(RUN, json.dumps([[str(w) for w in words] for words in commands]), seconds=400)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert not any("Traceback" in said for _, said in told), told
    return [(status, said) for status, said in told]


@attack("a library whose own files are links to files of the reader's")
def _linked_library(world: World) -> str:
    if os.name != "posix":
        raise Skipped("making links takes rights elsewhere")
    commands: list[list[str | Path]] = []
    victims = []
    for name in OWN_FILES:
        home, victim = foreign_library(world), world.place("victim") / "mine"
        victim.write_text("mine")
        (home / name).symlink_to(victim)
        victims.append((name, victim))
        asked = (
            ["ingest", world.folder / "owl.txt"],
            ["remove", "owl.txt", "--yes"],
            ["keys", "add", "me", "--read"],
        )
        commands += [["--home", home, *words] for words in asked]
    told = several(world, *commands)
    for name, victim in victims:
        assert victim.read_text() == "mine", f"{name}: written over"
        assert [p.name for p in victim.parent.iterdir()] == ["mine"], name
    return (
        f"{len(victims)} names, nothing written over, {sum(code != 0 for code, _ in told)} commands refused"
    )


@attack("a library whose folders are links to folders of the reader's")
def _linked_folders(world: World) -> str:
    if os.name != "posix":
        raise Skipped("making links takes rights elsewhere")
    kept = ["20200101-000000.html", f"{'ab' * 32}.json"]
    commands: list[list[str | Path]] = []
    victims = []
    for name in ("chroma.0", "chroma.1", "chroma", "evaluations", "answers", "models"):
        home, victim = foreign_library(world), world.place("letters")
        for one in kept:
            (victim / one).write_text("{}")
        (home / name).symlink_to(victim)
        victims.append((name, victim))
        asked = (["ingest", world.folder / "owl.txt"], ["reindex"], ["ask", ASK["question"]], ["articles"])
        commands += [["--home", home, *words] for words in asked]
    several(world, *commands)
    for name, victim in victims:
        there = sorted(p.name for p in victim.iterdir())
        assert there == kept, f"{name}: {there}"
    return "nothing put in, nothing removed"


@attack("a library whose encoder is a folder with code in it")
def _encoder_with_code(world: World) -> str:
    home, model = foreign_library(world), world.place("model")
    ran = world.folder / "code-ran"
    (model / "mine.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Mine: pass\n")
    (model / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "", "type": "mine.Mine"}])
    )
    told = {"auto_map": dict.fromkeys(("AutoModel", "AutoConfig", "AutoTokenizer"), "mine.Mine")}
    (model / "config.json").write_text(json.dumps({"model_type": "mine", **told}))
    (model / "pytorch_model.bin").write_bytes(b"cbuiltins\nopen\n(V" + str(ran).encode() + b"\nVw\ntR.")
    for setting in ("encoder", "judge", "reranker"):
        (home / "footnote.toml").write_text(f"{setting} = {json.dumps(str(model))}\n")
        code, _ = commanded(world, "ask", ASK["question"], home=home, HF_HUB_OFFLINE="1")
        assert code != 0, setting
        assert not ran.exists(), f"{setting}: its code ran"
    return "not run"


@contextlib.contextmanager
def listening(say: Callable[[socket.socket], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Listen on a port, and keep what `say` reads from each connection."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    line.settimeout(5)
                    with line, contextlib.suppress(OSError):
                        heard.append(say(line))

        pool.submit(listen)
        try:
            yield listener.getsockname()[1], heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)


@attack("a library's own settings have the headers of the environment sent elsewhere")
def _own_headers(world: World) -> str:
    home = foreign_library(world)
    with listening(lambda line: line.recv(65_536)) as (port, heard):
        (home / "footnote.toml").write_text(
            f'model = "openai:x"\nbase_url = "http://127.0.0.1:{port}/v1"\nmodel_retries = 0\n'
        )
        environ = {
            "OPENAI_CUSTOM_HEADERS": "X-Gate: sk-own",
            "OPENAI_ORG_ID": "org-own",
            "OPENAI_API_KEY": "sk-own",
        }
        commanded(world, "ask", ASK["question"], home=home, **environ)
    said = b"".join(heard)
    assert heard, "nobody asked"
    assert b"-own" not in said, said[:500]
    return f"{len(heard)} requests, none of them"


@attack("a library's own settings have the password of PostgreSQL sent elsewhere")
def _own_password(world: World) -> str:
    home = foreign_library(world)

    def ask_for_password(line: socket.socket) -> bytes:
        asked = line.recv(4_096)
        if asked[4:8] == b"\x04\xd2\x16\x2f":  # may it be encrypted? It may not
            line.sendall(b"N")
            asked = line.recv(4_096)
        line.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
        return asked + line.recv(4_096)

    with listening(ask_for_password) as (port, heard):
        (home / "footnote.toml").write_text(
            f'record = "postgresql://me@127.0.0.1:{port}/notes"\nindex = "http://127.0.0.1:1"\n'
        )
        commanded(world, "ask", ASK["question"], home=home, PGPASSWORD="pw-own")
    assert heard, "nobody asked"
    assert b"pw-own" not in b"".join(heard)
    return f"{len(heard)} connections, no password"


@attack("a library's own settings have traces sent elsewhere with the user's key")
def _own_traces(world: World) -> str:
    home = foreign_library(world)
    (home / "footnote.toml").write_text('traces = "http://127.0.0.1:1"\n')
    _, told = commanded(world, "doctor", "--json", home=home, OTEL_EXPORTER_OTLP_HEADERS="api-key=sk-own")
    assert "127.0.0.1:1" not in told.partition('"traces"')[2].partition("}")[0], told
    return "not sent"


@attack("a library's own settings open the page to everybody")
def _own_opening(world: World) -> str:
    home = foreign_library(world)
    for opened in ('host = "0.0.0.0"', 'names = "evil.example"', 'root_path = "/x"', 'proxies = "0.0.0.0/0"'):
        (home / "footnote.toml").write_text(f"open_to_all = true\n{opened}\n")
        done = world.run("serve", "--port", "0", home=home, seconds=120)
        assert done.returncode != 0, opened
        assert "FOOTNOTE_OPEN_TO_ALL" in done.stderr, done.stderr
    return "will not start"


@attack("a record with triggers and views of somebody's own")
def _record_with_triggers(world: World) -> str:
    import sqlite3

    home, marked = foreign_library(world), world.folder / "written-by-a-trigger"
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as db:
        tables = [
            r[0]
            for r in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
            )
        ]
        for n, table in enumerate(tables):
            with contextlib.suppress(sqlite3.Error):
                db.execute(
                    f"CREATE TRIGGER own{n} AFTER INSERT ON {table} BEGIN SELECT load_extension('/tmp/x.so'), "
                    f"writefile('{marked}', 'x'); END"
                )
        db.commit()
    for words in (["articles"], ["ask", ASK["question"]], ["ingest", world.folder / "owl.txt"]):
        commanded(world, *words, home=home)
    (world.folder / "crow.txt").write_text("A crow lives here, by the lock of Marram, in the old mill.")
    code, told = commanded(world, "ingest", world.folder / "crow.txt", home=home)
    assert "should not have" not in told, told
    assert not marked.exists()
    return f"status {code}, nothing written"


# ------------------------------------------------------------------------ articles on their way elsewhere


LOADS = (
    "The picture ![of the tower](http://evil.example/a.png) at Marram shows the Owl Tower, which opened in 1955. "
    "The Owl Tower <img src=http://evil.example/b.png> was closed in 1999 \\![x](http://evil.example/c.png)."
)


@attack("an article that makes a client of the doors load a picture")
def _loading(world: World) -> str:
    server = world.server("loading")
    path = world.folder / "loads.txt"
    path.write_text(LOADS)
    commanded(world, "remove", "owl.txt", "--yes", home=world.home_of("loading"))
    code, told = commanded(world, "ingest", path, home=world.home_of("loading"))
    assert code == 0, told
    seen = 0
    for model in ("footnote", "footnote-sources"):
        for question in ("When did the Owl Tower open?", "When was the Owl Tower closed?"):
            for stream in (False, True):
                body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": question}]}
                reply = send(server, "POST", "/v1/chat/completions", body)
                assert reply.status == 200, reply.body
                said = _said(reply.body, stream=stream)
                loads = re.search(r"(?<!\\)(?:\\\\)*(?:!\[|<img)", said)
                assert loads is None, said
                seen += "evil.example" in said
    assert seen, "none of it was quoted"
    return f"{seen} answers quote it, none loads it"


def _said(body: str, *, stream: bool) -> str:
    if not stream:
        return str(json.loads(body)["choices"][0]["message"]["content"])
    events = [json.loads(e[6:]) for e in re.findall(r"^data: \{.*$", body, re.MULTILINE)]
    return "".join(c["delta"].get("content") or "" for e in events for c in e.get("choices", ()))


HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}${8*8}\u202e\x1b[31m"


@attack("markup in titles, authors, tags, collections and texts, in what the page and its exports show")
def _markup(world: World) -> str:
    name, cookie = "marked", {"Cookie": f"{READER}={'m' * 32}"}
    server, home, path = world.server(name), world.home_of(name), world.folder / "marked.jsonl"
    rows = [
        {"title": HOSTILE, "author": HOSTILE, "language": HOSTILE, "url": "javascript:alert(3)", "date": HOSTILE,
         "tags": [HOSTILE], "text": f"{STORY} {HOSTILE} The tower of Orm opened in 1888."},
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    commanded(world, "ingest", path, home=home)
    for words in (["collections", "add", HOSTILE], ["collections", "put", HOSTILE, "marked.jsonl"],
                  ["collections", "tag", HOSTILE, "marked.jsonl"]):  # fmt: skip
        commanded(world, *words, home=home)
    shown = ""
    for part, act, sent in (
        ("composer", "ask", {"question": "When did the tower of Orm open?"}), ("library", "look", {}),
        ("composer", "ask", {"question": HOSTILE}), ("library", "find", {"words": HOSTILE}),
        ("library", "collections", {}), ("composer", "settings", {}),
    ):  # fmt: skip
        with contextlib.suppress(StopIteration):
            shown += done(server, part, act, sent, cookie)
    assert "Orm" in shown
    _nothing_runs(shown)
    return f"{len(shown):,} characters, no element of theirs"


def done(server: Server, part: str, act: str, sent: Mapping[str, Any], cookie: Mapping[str, str]) -> str:
    session = f"s{time.monotonic_ns()}"
    body = {**server.act(part, act), "session_hash": session, "event_data": sent}
    server.post(JOIN, body, cookie)
    told = server.ask("GET", f"/gradio_api/queue/data?session_hash={session}", cookie).body
    events = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: {")]
    return " ".join(str(v) for e in events for v in e.get("output", {}).get("data", ()))


def _nothing_runs(shown: str) -> None:
    for bad in (
        "<img src=x",
        "<script>alert",
        'onerror=alert(1)>"',
        'href="javascript:',
        "href='javascript:",
    ):
        assert bad not in shown, shown[max(0, shown.find(bad) - 200) :][:500]


@attack("a conversation whose title begins a header, and whose words are markup, in all its exports")
def _exports(world: World) -> str:
    server, reader = world.open, {"Cookie": f"{READER}={'e' * 32}"}
    evil = f"When did the Owl Tower open?\r\nSet-Cookie: evil=1\r\n\r\n{HOSTILE}"
    done(server, "composer", "ask", {"question": evil}, reader)
    shown = done(server, "composer", "listed", {}, reader)
    keys = re.findall(r"export/([\w-]{10,})\.(md|html|json)", shown) or [
        (key, form) for key in set(re.findall(r"data-(?:conversation|key)=\"([\w-]{10,})\"", shown))
        for form in ("md", "html", "json")
    ]  # fmt: skip
    assert keys, shown[:2_000]
    for key, form in keys:
        reply = server.ask("GET", f"/export/{key}.{form}", reader)
        assert reply.status == 200, reply.body[:300]
        assert "\nset-cookie" not in reply.head, reply.head
        assert server.ask("GET", f"/export/{key}.{form}", {"Cookie": f"{READER}={'x' * 32}"}).status == 404
        if form == "html":
            _nothing_runs(reply.body)
        if form == "md":
            assert not re.search(r"(?<!\\)<(?:img|script)", reply.body), reply.body
    return f"{len(keys)} files"


@attack("cells of a table of cases that a spreadsheet would carry out")
def _formulas(world: World) -> str:
    path, out = world.folder / "cases.jsonl", world.place("report")
    evil = (
        '=HYPERLINK("http://evil.example")',
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|x!A",
        "@SUM(1+1)",
        "\t=1+1",
        "\r=1",
    )
    rows = [{"question": f"{q} When did the Owl Tower open?", "answer": "1955", "id": f"={n}", q: q}
            for n, q in enumerate(evil)]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    code, told = commanded(world, "evaluate", path, "--library", "--out", out)
    import csv

    assert (out / "rows.csv").exists(), f"{code}: {told}"
    with (out / "rows.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    bad = [c for c in cells if re.match(r"[=+\-@\t\r](?![0-9.,]*\Z)", c)]
    assert not bad, bad[:3]
    assert any("HYPERLINK" in c for c in cells)
    return f"{len(cells)} cells, none begins a formula"


@attack("lines of the log that a request makes up")
def _log_lines(world: World) -> str:
    forged = '{"level": "error", "message": "forged"}'
    server = world.server("logged", FOOTNOTE_LOG="json")
    for words in (f"x\n{forged}\n", f"x\r\n{forged}", "\x1b[2J\x1b]0;owned\x07", f"x\u2028{forged}"):
        server.post("/api/ask", {"question": words, "articles": [words]})
        server.post(
            "/v1/chat/completions", {"model": words, "messages": [{"role": "user", "content": words}]}
        )
        quoted = "".join(f"%{b:02x}" for b in words.encode())
        for path in (f"/api/articles/{quoted}", f"/{quoted}", f"/api/{quoted}?{quoted}"):
            server.ask("GET", path, {"X-Request-Id": "x\tforged", "User-Agent": forged, "Referer": forged})
    server.raw(f"GET /api/{forged.replace(' ', '')} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    lines = server.errors.read_text(encoding="utf-8").splitlines()
    assert lines, "nothing was logged"
    told = [json.loads(line) for line in lines]  # each is one line of ours
    assert not any(t.get("message") == "forged" for t in told)
    assert not any(word in server.errors.read_text() for word in ("forged", "owned", "\x1b"))
    return f"{len(lines)} lines, all ours"


@attack("a name that tries an account, in what is noted of it")
def _noted_names(world: World) -> str:
    try:
        import argon2  # noqa: F401
    except ImportError:
        raise Skipped("the extra accounts is not installed") from None
    name = "accounts"
    server, home = world.server(name), world.home_of(name)
    words = (
        "\x1b[31mroot\x1b[0m",
        "root\nroot logged in",
        "\u202etoor",
        "=1+1",
        "a" * 3_000,
        "",
        " ",
        "../x",
        "root\t1",
    )
    add = ["--home", home, "accounts", "add", "--role", "admin", "--no-password", "--"]
    several(world, *([*add, word] for word in ("root", *words)))
    for word in ("root", *words):
        form = urlencode({"account": word, "password": "wrong"})
        seen = server.ask("POST", "/login", {"Content-Type": "application/x-www-form-urlencoded"}, form)
        assert seen.status in (403, 429), seen.status
    for what in ("list", "log"):
        code, told = commanded(world, "accounts", what, home=home)
        assert code == 0, told
        assert "root" in told, told
        assert not re.search("[\x1b\u202e]", told), told
        assert not re.search(r"^root logged in", told, re.MULTILINE), told
        assert len(told) < 20_000, len(told)
    return "shown on one line each"


# ------------------------------------------------------------------------ what takes long


TIRING = {
    "brackets": "(" * 5, "quotes": '"', "curly": "“", "stops": ".", "letters": "a", "spaces": " ", "a space": "a ",
    "capitals": "Ab ", "initials": "A. ", "numbers": "1,", "years": "1955 ", "dashes": "-", "dots": "a.", "marks": "[1]",
    "ands": "and ", "who": "who is ", "said": "said Ada, ", "percent": "5% ", "money": "$1 ", "at": "@a", "mail": "a@b.",
    "slashes": "/", "links": "http://a.b/", "commas": ",", "colons": "a: ", "tags": "<a", "braces": "{", "stars": "*a ",
    "newlines": "\n", "tabs": "\t\n", "of the": "of the ", "not": "not ", "months": "March ", "dates": "1 May 1955, ",
    "ordinals": "1st ", "semicolons": "a;b ", "apostrophes": "'s ", "between": "between 1 and ", "was": "was it ",
    "wide": "\u3000", "kana": "あ", "han": "塔", "arabic": "\u0627", "joined": "a\u200d", "marks above": "a\u0301",
    "underscores": "_", "backslashes": "\\", "pipes": "|a", "hashes": "# ", "which": "which one, which ",
}  # fmt: skip
LONGEST_QUESTION, LONGEST_DRAFT = 4_000, 20_000
LONGEST_REPLY = 15.0  # seconds of computing


@attack("questions that take long: one pattern again and again")
def _tiring_questions(world: World) -> str:
    if sys.platform != "linux":
        raise Skipped("what a server computes is looked up as Linux tells it")
    server, asked = world.server("tired", FOOTNOTE_API_RATE="0"), Slowest()
    server.wait_until_ready()
    server.patience = 20 * LONGEST_REPLY  # others may keep this computer busy
    for name, piece in TIRING.items():
        long = _repeated(piece)[:3_900]
        for question in (long, f"Who {long}!", f"{long} Owl Tower?"):
            asked.of(server, name, "/api/ask", {"question": question}, 200, 400, 422)
        asked.of(server, name, "/api/search", {"query": long}, 200, 400, 422)
        asked.of(server, name, "/api/check", {"text": _repeated(piece, LONGEST_DRAFT)}, 200, 400, 422)
    return asked.told(server)


@dataclass
class Slowest:
    """Requests, and the one that took longest."""

    count: int = 0
    name: str = ""
    seconds: float = 0.0

    def of(self, server: Server, name: str, path: str, body: Mapping[str, str], *allowed: int) -> None:
        """Send a request; hold that it is answered, and how long the server computes for it."""
        begun = server.spent()
        reply = send(server, "POST", path, body)
        took = server.spent() - begun
        self.count += 1
        if took > self.seconds:
            self.name, self.seconds = f"{name} at {path}", took
        assert reply.status in allowed, f"{name}: {reply.status} {reply.body[:200]}"
        assert took < LONGEST_REPLY, f"{self.name}: {took:.0f} s"

    def told(self, server: Server) -> str:
        assert not server.tracebacks()
        return f"{self.count} requests, the slowest {self.seconds:.1f} s ({self.name})"


def _of_children() -> float:
    """Return the seconds that commands have computed which have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _repeated(piece: str, length: int = LONGEST_QUESTION) -> str:
    return (piece * (length // len(piece) + 1))[:length]


@attack("articles that take long: one pattern again and again, then asked about")
def _tiring_articles(world: World) -> str:
    if sys.platform != "linux":
        raise Skipped("what a server computes is looked up as Linux tells it")
    name, asked = "tired-articles", Slowest()
    server, folder = world.server(name, FOOTNOTE_API_RATE="0"), world.place("tiring")
    for label, piece in TIRING.items():
        long = _repeated(piece, 3_000)
        text = "\n\n".join(
            f"The {label.title()} Tower opened. {long} It was {n} feet tall." for n in range(5)
        )
        (folder / f"{label.replace(' ', '-')}.txt").write_text(text)
    server.wait_until_ready()
    server.patience = 20 * LONGEST_REPLY  # others may keep this computer busy
    begun = server.spent() + _of_children()
    added = world.run("ingest", folder, home=world.home_of(name), seconds=1_200)
    took = server.spent() + _of_children() - begun
    assert added.returncode in (0, 1), added.stderr
    assert "Traceback" not in added.stderr, added.stderr[-2_000:]
    assert took < 170
    for label in TIRING:
        tower = f"the {label.title()} Tower"
        asked.of(server, label, "/api/ask", {"question": f"When did {tower} open, and who said so?"}, 200)
        asked.of(server, label, "/api/check", {"text": f"In 1955 {tower} opened, said Ada Brandt."}, 200)
    return f"added in {took:.0f} s; {asked.told(server)}"


# ------------------------------------------------------------------------ requests of odd forms


def _asset(server: Server) -> str:
    page = server.ask("GET", "/").body
    return next(iter(re.findall(r"[\"'](?:\./|/)?(assets/[\w.-]+\.js)", page)), "theme.css")


@attack("ten thousand ranges of one file")
def _ranges(world: World) -> str:
    server = world.open
    path, begun = f"/{_asset(server)}", time.monotonic()
    for ranges in (",".join(f"{n}-{n}" for n in range(9_000)), ",".join(["0-"] * 9_000), "-" * 9_000, "0-0," * 9_000,
                   f"{'9' * 9_000}-", "x=" * 9_000):  # fmt: skip
        reply = server.ask("GET", path, {"Range": f"bytes={ranges}"[:60_000], "If-Range": '"x"'})
        assert reply.status < 500, reply.status
        assert len(reply.body) < 4_000_000
    took = time.monotonic() - begun
    assert took < 20
    assert not server.tracebacks()
    return f"{took:.1f} s"


def _form_part(header: bytes, body: bytes = b"x") -> bytes:
    return b"--x\r\n" + header + b"\r\n\r\n" + body + b"\r\n--x--\r\n"


NAMED = b'Content-Disposition: form-data; name="files"; filename='
FORMS: tuple[tuple[str, str, bytes], ...] = (
    ("a boundary of 60 kB", "multipart/form-data; boundary=" + "b" * 60_000, b"--b"),
    ("no boundary", "multipart/form-data", b"x"),
    ("a boundary that is a pattern", "multipart/form-data; boundary=(a+)+$", b"--(a+)+$\r\n\r\nx"),
    ("a type that takes long to read", "multipart/form-data; " + '!="\\' * 12_000, b"x"),
    ("ten thousand headers of one part", "multipart/form-data; boundary=x",
     _form_part(NAMED + b'"a.txt"' + b"\r\nX-A: b" * 10_000)),
    ("a header of 5 MB in a part", "multipart/form-data; boundary=x", _form_part(NAMED + b'"' + b"a" * 5_000_000 + b'"')),
    ("a name with a NUL", "multipart/form-data; boundary=x", _form_part(NAMED + b'"a\x00.txt"')),
    ("a name that is a folder", "multipart/form-data; boundary=x", _form_part(NAMED + b'".."')),
    ("a name that is nothing", "multipart/form-data; boundary=x", _form_part(NAMED + b'""')),
    ("a name of a device", "multipart/form-data; boundary=x", _form_part(NAMED + b'"/dev/stdin"')),
    ("a name on two lines", "multipart/form-data; boundary=x", _form_part(NAMED + b'"a%0d%0ab.txt"')),
    ("a name of 20,000 letters", "multipart/form-data; boundary=x", _form_part(NAMED + b'"' + b"n" * 20_000 + b'.txt"')),
    ("half a character in a name", "multipart/form-data; boundary=x", _form_part(NAMED + b'"\xff\xfe.txt"')),
    ("5 MB after the end", "multipart/form-data; boundary=x", _form_part(NAMED + b'"a.txt"') + b"\r\n" * 2_500_000),
    ("5 MB before the beginning", "multipart/form-data; boundary=x", b"\r\n" * 2_500_000 + _form_part(NAMED + b'"a.txt"')),
    ("a form within a form", "multipart/mixed; boundary=x", _form_part(b"Content-Type: multipart/mixed; boundary=x")),
    ("a part that says it is packed", "multipart/form-data; boundary=x",
     _form_part(NAMED + b'"a.txt"\r\nContent-Encoding: gzip', gzip.compress(bytes(5_000_000)))),
)  # fmt: skip


def _form(world: World, kind: str, body: bytes) -> str:
    server, begun, seen = world.open, time.monotonic(), []
    for path, part in ((UPLOAD, b'name="files"'), ("/api/articles", b'name="file"')):
        reply = server.ask("POST", path, {"Content-Type": kind}, body.replace(b'name="files"', part))
        seen.append(refused(server, reply, 200, 202))
        assert reply.status >= 400 or not re.search(r"\.\.|/dev/", reply.body), reply.body
    assert time.monotonic() - begun < 20
    return " and ".join(seen)


for _name, _kind, _body in FORMS:
    ATTACKS.append(Attack(f"a form with {_name}", 0, lambda world, k=_kind, b=_body: _form(world, k, b)))


ODD: tuple[tuple[str, bytes], ...] = (
    ("a line that goes on in the next", b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\n evil.example\r\n\r\n"),
    ("a blank before a colon", b"GET /config HTTP/1.1\r\nHost : evil.example\r\nHost: 127.0.0.1\r\n\r\n"),
    ("a way to send that nobody knows",
     b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ("chunks twice", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunks of identity",
     b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"),
    ("a chunk of more bytes than there are numbers",
     b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nx\r\n"),
    ("a chunk of a length below nothing",
     b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n"),
    ("a chunk that says a megabyte of itself",
     b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 1_000_000 + b"\r\nx\r\n"),
    ("a megabyte of trailers", b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n" + b"X-A: b\r\n" * 120_000 + b"\r\n"),
    ("HTTP/2 without asking", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(200)),
    ("HTTP/9.9", b"GET /config HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n"),
    ("a request of HTTP/0.9", b"GET /config\r\n"),
    ("twenty thousand headers", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"),
    ("a cookie of 100 kB", b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: footnote_reader=" + b"a" * 100_000 + b"\r\n\r\n"),
    ("a question mark and a megabyte", b"GET /config?" + b"a=b&" * 250_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    ("a host in other digits", "GET /config HTTP/1.1\r\nHost: ①②⑦.⓪.⓪.①\r\nConnection: close\r\n\r\n".encode()),
    ("a host with other stops", "GET /config HTTP/1.1\r\nHost: 127。0。0。1\r\nConnection: close\r\n\r\n".encode()),
    ("a host that looks like ours", "GET /config HTTP/1.1\r\nHost: lоcalhost\r\nConnection: close\r\n\r\n".encode()),
    ("a host in Punycode", b"GET /config HTTP/1.1\r\nHost: xn--lcalhost-r9g\r\nConnection: close\r\n\r\n"),
    ("a host of 10,000 letters", b"GET /config HTTP/1.1\r\nHost: " + b"a" * 10_000 + b"\r\nConnection: close\r\n\r\n"),
    ("a host whose port is no number", b"GET /config HTTP/1.1\r\nHost: 127.0.0.1:80x\r\nConnection: close\r\n\r\n"),
)  # fmt: skip


def _odd(world: World, head: bytes) -> str:
    allowed = (200,) if b"HTTP/9.9" in head else ()  # it is answered as HTTP/1.1 is
    return refused(world.open, world.open.raw(head, timeout=8), *allowed)


for _name, _head in ODD:
    ATTACKS.append(Attack(f"a request with {_name}", 0, lambda world, head=_head: _odd(world, head)))


VALUES: tuple[tuple[str, str, bytes], ...] = (
    ("a number of 5,000 digits", "/api/search", b'{"query": "owl", "k": ' + b"9" * 5_000 + b"}"),
    ("a number of 5,000 digits in an act", JOIN, b'{"data": [], "fn_index": ' + b"9" * 5_000 + b', "session_hash": "x"}'),
    ("one key ten thousand times", "/api/ask", b"{" + b'"question": "a", ' * 10_000 + b'"question": "b"}'),
    ("fifty thousand keys", "/api/ask", b'{"question": "owl?"' + b"".join(b', "k%d": 1' % n for n in range(50_000)) + b"}"),
    ("keys of a prototype", "/api/ask", b'{"question": "owl?", "__proto__": {"writes": true}, "constructor": {}}'),
    ("a question that is a list", "/api/ask", b'{"question": ["a"]}'),
    ("a mark of the byte order", "/api/ask", b"\xef\xbb\xbf" + b'{"question": "owl?"}'),
    ("UTF-16", "/api/ask", '{"question": "owl?"}'.encode("utf-16")),
    ("a packed body", "/api/ask", gzip.compress(b'{"question": "owl?"}')),
    ("a deep filter", "/api/ask", b'{"question": "owl?", "articles": ' + b"[" * 900 + b"]" * 900 + b"}"),
    ("a hundred thousand articles", "/api/ask", b'{"question": "owl?", "articles": [' + b'"a",' * 100_000 + b'"a"]}'),
    ("a date of the year 99999", "/api/ask", b'{"question": "owl?", "since": "99999-01-01"}'),
    ("a role that is an array", "/v1/chat/completions", b'{"model": "footnote", "messages": [{"role": ["user"], "content": "a"}]}'),
    ("a picture that is fetched", "/v1/chat/completions",
     b'{"model": "footnote", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/"}}]}]}'),
    ("a tool of a million letters", "/mcp",
     b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "' + b"a" * 1_000_000 + b'", "arguments": {}}}'),
)  # fmt: skip


def _value(world: World, path: str, body: bytes) -> str:
    told = {
        **JSON,
        "Accept": "application/json, text/event-stream",
        "Content-Encoding": "gzip" if body[:1] == b"\x1f" else "identity",
    }
    begun, before = time.monotonic(), world.open.memory()
    reply = world.open.ask("POST", path, told, body)
    assert "127.0.0.1:1" not in reply.body
    assert time.monotonic() - begun < 20
    assert world.open.memory() - before < 100
    return refused(world.open, reply, 200)


for _name, _path, _body in VALUES:
    ATTACKS.append(Attack(f"a value that is {_name}", 0, lambda world, p=_path, b=_body: _value(world, p, b)))


@attack("cookies that take long to read, before a password is asked for")
def _tiring_cookies(world: World) -> str:
    server, begun = world.locked, time.monotonic()
    for name in ("footnote_key", "footnote_reader", "other"):
        for value in (
            '"' + '\\"' * 30_000 + '"',
            '"' + "\\1" * 30_000,
            '"' * 60_000,
            "a" * 60_000,
            " " * 60_000,
            "=" * 60_000,
        ):
            for path in ("/config", "/", "/login"):
                reply = server.ask("GET", path, {"Cookie": f"{name}={value}"})
                assert reply.status in (200, 303, 400, 401, 431), reply.status
    took = time.monotonic() - begun
    assert took < 20
    assert not server.tracebacks()
    return f"54 requests in {took:.1f} s"


@attack("a thousand requests on one connection before any answer is read")
def _pipelined(world: World) -> str:
    server, before = world.open, world.open.memory()
    line = server.connect()
    with contextlib.suppress(OSError):
        line.sendall(b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1_000)
    time.sleep(3)
    assert server.is_well()
    grown = server.memory() - before
    line.close()
    assert grown < 100, f"{grown} MB"
    return f"{grown:+} MB"


@attack("clients that ask for a large answer and do not read it")
def _unread(world: World) -> str:
    server, before, held = world.open, world.open.memory(), []
    for _ in range(200):
        line = server.connect()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
        line.sendall(b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        held.append(line)
    time.sleep(3)
    begun = time.monotonic()
    assert server.is_well()
    took, grown = time.monotonic() - begun, server.memory() - before
    for line in held:
        line.close()
    assert took < 10
    assert grown < 250, f"{grown} MB"
    return f"{grown:+} MB, served meanwhile in {took:.2f} s"


@attack("five hundred streams of one visit, and of visits that there are not")
def _streams(world: World) -> str:
    server, before = world.open, world.open.handles()
    paths = [
        ("/gradio_api/heartbeat/one", f"/gradio_api/queue/data?session_hash=none{n % 50}",
         f"/gradio_api/upload_progress?upload_id=none{n}")[n % 3]
        for n in range(500)
    ]  # fmt: skip
    head = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
    took = served_beside(server, map(head.format, paths))
    for _ in range(100):
        if server.handles() <= before + 20:
            break
        time.sleep(0.2)
    assert took < 10
    assert server.handles() <= before + 20, f"{server.handles() - before} handles are left"
    return f"served meanwhile in {took:.2f} s, none left open"


@attack("a thousand articles put in line at once")
def _jobs(world: World) -> str:
    server = world.server("jobs")
    server.wait_until_ready()
    before = server.memory()

    def put(n: int) -> int:
        return send(
            server, "POST", "/api/articles", {"text": f"The crow {n} sat at lock {n}.", "title": f"Crow {n}"}
        ).status

    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(put, range(1_000)))
    assert set(seen) <= {200, 201, 202, 409, 429, 503}, set(seen)
    assert 429 in seen or 503 in seen
    assert server.is_well()
    grown = server.memory() - before
    assert grown < 300, f"{grown} MB"
    assert not server.tracebacks()
    return f"{sum(s < 300 for s in seen)} taken, the others put off, {grown:+} MB"


# ------------------------------------------------------------------------ files that unpack, and lead elsewhere


def _zip(members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return made.getvalue()


def _slips() -> bytes:
    import warnings

    text = b"An owl lives here, in the tower of Marram, since 1955."
    names = ("../../slip.txt", "/tmp/footnote-slip.txt", "..\\..\\slip.txt", "C:\\slip.txt", "\\\\host\\slip.txt", "a/../../slip.txt",
             "‥/slip.txt", "..%2fslip.txt", "slip.txt\x00.png", "slip\n.txt", "\x1b[31m.txt", "~/slip.txt", "file:///slip.txt",
             "http://evil.example/slip.txt", "CON.txt", "a" * 60_000 + ".txt", "slip.txt", "slip.txt", ".bashrc", "x/" * 5_000 + "s.txt")  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _zip([(name, text + str(n).encode() * 9) for n, name in enumerate(names)])


@attack("a zip whose members are named to lie elsewhere, in twenty ways")
def _zip_slip(world: World) -> str:
    home, folder = world.place("home"), world.place("slip")
    (folder / "slip.zip").write_bytes(_slips())
    code, told = commanded(world, "ingest", folder / "slip.zip", "--json", home=home)
    assert code in (0, 1), told
    written = [
        p
        for place in (folder, folder.parent, home)
        for p in place.glob("*slip*")
        if p not in (folder, folder / "slip.zip")
    ]
    written += [p for p in (world.folder.parent / "footnote-slip.txt",) if p.exists()]
    assert not written, written
    shown = commanded(world, "articles", home=home)[1]
    assert "\x1b" not in shown
    return f"status {code}, nothing written"


@attack("files that unpack to gigabytes, in every format that is packed")
def _unpacking(world: World) -> str:
    home, folder = world.place("home"), world.place("unpacking")
    blank = bytes(200_000_000)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(blank, 1))
    for name, member in (("b.xlsx", "xl/worksheets/sheet1.xml"), ("c.odt", "content.xml"), ("d.epub", "META-INF/container.xml"),
                         ("e.docx", "word/styles.xml"), ("f.zip", "a.html"), ("g.zip", "a.pdf")):  # fmt: skip
        (folder / name).write_bytes(_zip([("[Content_Types].xml", b"<a/>"), (member, blank)]))
    packed = base64.encodebytes(gzip.compress(blank, 9)).decode()
    (folder / "h.eml").write_text(
        f"Subject: a\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n{packed}"
    )
    (folder / "i.svg").write_bytes(gzip.compress(blank))
    with tarfile.open(folder / "j.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("a.txt")
        info.size = len(blank)
        tar.addfile(info, io.BytesIO(blank))
    del blank
    told, peak = [], 0
    code = (
        "import re, sys; from pathlib import Path; from footnote.ui.cli import run\n"
        "status = run(sys.argv[1:])\n"
        "held = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())\n"
        "print('peak', int(held[1]) // 1024)\nsys.exit(status)"
    )
    if sys.platform != "linux":
        raise Skipped("memory is looked at as Linux tells it")
    for path in sorted(folder.iterdir()):
        done = world.python(code, "--home", home, "ingest", path)
        assert "Traceback" not in done.stderr, done.stderr[-1_000:]
        assert done.returncode == 1, f"{path.name}: {done.stdout}{done.stderr}"
        peak = max(peak, int(done.stdout.rpartition("peak ")[2]))
        told.append(path.name)
    assert peak < 900, f"{peak} MB"
    return f"{len(told)} refused, {peak} MB at most"


@attack("a page that says another charset than it has")
def _wrong_charset(world: World) -> str:
    home, folder = world.place("home"), world.place("charset")
    words = (
        "Der Torhüter von Köln hält für Überraschungen. Die Schleuse wurde größer, später früher geöffnet. "
        * 3
    )
    for said, meant in (
        ("utf-8", "cp1252"),
        ("ascii", "utf-8"),
        ("windows-1251", "utf-8"),
        ("utf-7", "utf-8"),
    ):
        page = f"<html><head><meta charset={said}><title>Die Schleuse</title></head><body><article><p>{words}</p><p>{words[::-1]}</p></article></body></html>"
        (folder / f"{said}.html").write_bytes(page.encode(meant))
    _, told = commanded(world, "ingest", folder, "--json", home=home)
    rows = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    rows = [r for row in rows for r in row.get("outcomes", [row])]
    shown = commanded(world, "search", "Torhüter von Köln", "--json", home=home)[1]
    silent = [
        r["source"].rpartition("/")[2] for r in rows if r.get("status") == "added" and not r.get("warnings")
    ]
    for name in silent:  # read rightly all the same, or not without a word
        assert "KÃ¶ln" not in shown, f"{name}: {shown[:300]}"
    return f"{len(rows)} read; without a word: {', '.join(silent) or 'none'}"


@attack("names that are bounded at every entry")
def _bounded_names(world: World) -> str:
    name, long = "bounded", "N" * 200_000
    server, home, folder = world.server(name), world.home_of(name), world.place("names")
    body = f"{STORY} It stood at the lock."
    (folder / "a.md").write_text(f"---\ntitle: {long}\nauthor: {long}\n---\n\n# {long}\n\n{body}")
    (folder / "b.html").write_text(
        f"<html><head><title>{long}</title><meta name=author content='{long}'></head><body><article><p>{body} b</p><p>{body} b2</p></article>"
    )
    (folder / "c.eml").write_text(
        f"Subject: {long[:50_000]}\nFrom: {long[:50_000]} <a@b.c>\nContent-Type: text/plain\n\n{body} c"
    )
    commanded(world, "ingest", folder, home=home)
    send(
        server,
        "POST",
        "/api/articles",
        {"text": f"{body} d", "title": long, "author": long, "url": f"http://a/{long}"},
    )
    commanded(world, "collections", "add", long[:100_000], home=home)
    time.sleep(3)
    reply = send(server, "GET", "/api/articles", None)
    for article in json.loads(reply.body)["articles"]:
        for field in ("title", "author"):
            assert len(article.get(field) or "") <= 500, f"{field}: {len(article[field])}"
    told = send(server, "GET", "/api/collections", None)
    assert len(told.body) < 5_000
    return f"{len(reply.body):,} characters in all"
