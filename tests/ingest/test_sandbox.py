"""The child process that reads files: what it may not do, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

import pytest

from footnote.ingest import readers, sandbox
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.format import Part, Upcoming
from footnote.ingest.sandbox import SMALL, Broken, Pool, read
from tests import hostile_files as hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
unix = pytest.mark.skipif(os.name == "nt", reason="the system has no such limit")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter is Linux's")


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool()
    yield pool
    pool.close()


def slow_page(attributes: int = 30_000) -> bytes:
    """Return a page on which the extractor takes many seconds."""
    return hostile.page("<p " + " ".join(f'a{n}="{n}"' for n in range(attributes)) + f">{hostile.STORY}</p>")


def only(parts: Iterator[Part]) -> Part:
    (part,) = parts
    return part


def confined(code: str, memory: int = sandbox.MEMORY) -> str:
    """Run code in a process that is confined as a child is, and return what it prints."""
    script = f"import json, sys\nfrom footnote.ingest.sandbox import confine\nconfine({memory})\n{code}"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return ran.stdout.strip() or ran.stderr.strip().rpartition("\n")[2] or str(ran.returncode)


def test_a_document_comes_back_as_it_was_read(pool: Pool) -> None:
    part = only(pool.read("docx", hostile.docx()))
    assert isinstance(part.document, Document)
    assert [text for _, text in part.document.paragraphs] == [hostile.STORY, hostile.MORE]


def test_a_child_reads_dates_of_other_languages(pool: Pool) -> None:
    page = hostile.page(
        f"<h1>Das Tor</h1><p>Sonntag, 31. Mai 2026</p><p>{hostile.STORY}</p><p>{hostile.MORE}</p>"
    )
    part = only(pool.read("html", page))
    assert isinstance(part.document, Document), part.document
    assert part.document.date == "2026-05-31"


def test_a_child_reads_the_sheets_of_a_page(pool: Pool) -> None:
    page = hostile.page(
        f"<style>article > .x:not(.y){{display:none}}</style><article>{'<p>' + hostile.STORY}<p class=x>{hostile.MORE}</article>"
    )
    part = only(pool.read("html", page))
    assert isinstance(part.document, Document), part.document
    assert [text for _, text in part.document.paragraphs] == [hostile.STORY]


def test_a_reason_comes_back_as_it_was_given(pool: Pool) -> None:
    assert only(pool.read("pdf", hostile.encrypted_pdf())).document == (
        "it is password protected. Save a copy without the password."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux counts memory")
def test_a_child_of_a_large_process_is_not_taken_for_large(pool: Pool) -> None:
    held = bytearray(os.urandom(1024) * 900_000)  # as a server with its models
    pids = set()
    for _ in range(2):
        (part,) = pool.read("html", hostile.article_page())
        assert not isinstance(part.document, str), part.document
        pids.add(pool._idle[0].pid)
    assert len(pids) == 1
    del held


def test_one_child_reads_many_files(pool: Pool) -> None:
    pids = set()
    for _ in range(5):
        list(pool.read("html", hostile.article_page()))
        pids.add(pool._idle[0].pid)
    assert len(pids) == 1


def test_small_text_is_read_without_a_child(monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "SHARED", None)
    part = only(read("md", b"# Tides\n\nThe tide came in."))
    assert isinstance(part.document, Document)
    with pytest.raises(AttributeError):
        list(read("md", b"# Tides\n\n" + b"The tide came in. " * 5_000))


WORST = {
    "brackets": "[" * SMALL,
    "links": "[a](" * (SMALL // 4),
    "stars": "*a_ " * (SMALL // 4),
    "quotes": "> " * (SMALL // 2),
    "comments": "<!-- " * (SMALL // 5),
    "tags": "<a " * (SMALL // 3),
    "ticks": "".join("`" * n + " " for n in range(1, 250))[:SMALL],
    "tables": ("|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + ("|" * 200 + "\n") * 120)[:SMALL],
    "lists": "- " * (SMALL // 2),
    "references": "".join(f"[a{n}]: b\n" for n in range(SMALL // 12))[:SMALL],
    "entities": "&amp;" * (SMALL // 5),
    "front matter": "---\n" + "a: " * (SMALL // 4) + "\n---\nThe tide.",
    "names": f"---\n{hostile.name_bomb()}---\nThe tide came in.",
    "dots": "." * SMALL,
    "rules": "- - " * (SMALL // 4),
    "blanks": " " * (SMALL - 1) + "x",
    "lines": "a\n" * (SMALL // 2),
    "items": "1. a\n" * (SMALL // 5),
    "credits": "Photo: " * (SMALL // 7),
    "bylines": "By A.B" * (SMALL // 6),
    "underlines": "a\n=\n" * (SMALL // 4),
    "quotation marks": "“'\"" * (SMALL // 8),
}


@pytest.mark.parametrize("kind", sorted(WORST))
@pytest.mark.parametrize("format_", ["txt", "md"])
def test_no_text_that_is_read_without_a_child_takes_long(kind: str, format_: str) -> None:
    data = WORST[kind].encode()
    assert len(data) <= SMALL
    start = time.process_time()
    list(read(format_, data))
    assert time.process_time() - start < 2.0


# ------------------------------------------------------------------------------ what ends a child


@unix
def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    pool = Pool(seconds=1.0)
    start = time.monotonic()
    part = only(pool.read("html", slow_page()))
    assert part.document == "reading it takes longer than 1 seconds. It may be damaged, or made to do harm."
    assert time.monotonic() - start < 20
    assert isinstance(only(pool.read("docx", hostile.docx())).document, Document)
    pool.close()


@linux
def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    pool = Pool(memory=120_000_000)
    part = only(pool.read("txt", hostile.text("A lock. " * 600_000)))
    assert isinstance(part.document, str)
    assert "memory" in part.document or "crashed" in part.document
    pool.close()


def test_a_child_that_died_for_want_of_work_is_replaced(pool: Pool) -> None:
    list(pool.read("docx", hostile.docx()))
    pool._idle[0]._process.kill()
    assert isinstance(only(pool.read("docx", hostile.docx())).document, Document)


def test_a_child_that_dies_at_work_is_a_reason() -> None:
    pool = Pool(seconds=10.0)
    started = Queue()

    class Watched(sandbox._Child):
        def __init__(self, memory: int) -> None:
            super().__init__(memory)
            started.put(self)

    def kill() -> None:
        child = started.get(timeout=30)
        time.sleep(1.0)
        child._process.kill()

    original, sandbox._Child = sandbox._Child, Watched
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert "crashed" in str(only(pool.read("html", slow_page())).document)
    finally:
        sandbox._Child = original
        killer.join()
        pool.close()


@unix
def test_one_bad_file_in_a_zip_does_not_hide_the_others() -> None:
    pool = Pool(seconds=1.5)
    data = hostile.zipped({"a.txt": hostile.BODY, "slow.html": slow_page(), "z.txt": hostile.BODY})
    found = {part.key: part.document for part in pool.read("zip", data)}
    assert isinstance(found["a.txt"], Document)
    assert isinstance(found["z.txt"], Document)
    assert "longer than" in str(found["slow.html"])
    pool.close()


@unix
def test_a_zip_of_bad_files_is_given_up_after_a_few() -> None:
    pool = Pool(seconds=0.7)
    data = hostile.zipped({f"{n}.html": slow_page() for n in range(20)})
    parts = list(pool.read("zip", data))
    assert len(parts) == sandbox.MOST_FAULTS + 1
    assert "too often" in str(parts[-1].document)
    pool.close()


def test_whoever_stops_listening_ends_the_child(pool: Pool) -> None:
    parts = pool.read("zip", hostile.zipped({f"{n}.txt": hostile.BODY for n in range(50)}))
    next(parts)
    parts.close()
    assert pool._idle == []
    assert isinstance(only(pool.read("docx", hostile.docx())).document, Document)


def test_many_threads_share_a_few_children() -> None:
    pool = Pool(most=2)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(only(pool.read("docx", hostile.docx()))))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(part.document, Document) for part in found)
    assert len(found) == 12
    assert len(pool._idle) <= 2
    pool.close()


PARENT = """
import sys, time
from footnote.ingest.sandbox import Pool
from tests.ingest.test_sandbox import slow_page
from tests import hostile_files as hostile
pool = Pool()
list(pool.read("docx", hostile.docx()))
print(pool._idle[0].pid, flush=True)
if sys.argv[1] == "busy":
    list(pool.read("html", slow_page(60_000)))
time.sleep(60)
"""


def parent(work: str, *, group: bool = False) -> tuple[subprocess.Popen[str], int]:
    """Start a process that holds a child, and return it with the child's number."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, work], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=group,
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def gone(pid: int, within: float) -> bool:
    """Tell whether a process ends within some seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] == "Z":
                return True
        except OSError:
            if not Path("/proc/self").exists():
                os.kill(pid, 0)
            return True
        time.sleep(0.05)
    return False


@linux
@pytest.mark.parametrize("work", ["idle", "busy"])
def test_a_child_ends_with_its_parent(work: str) -> None:
    process, child = parent(work)
    time.sleep(1.0 if work == "busy" else 0.0)
    process.kill()
    process.communicate()
    assert gone(child, 5.0)


@linux
def test_ctrl_c_ends_parent_and_child() -> None:
    process, child = parent("busy", group=True)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in complaint
    assert "ResourceWarning" not in complaint
    assert gone(child, 5.0)


# ------------------------------------------------------------------------------ what it may not do


@linux
def test_a_child_that_reads_pictures_may_take_more_memory_and_never_more_than_that() -> None:
    said = confined(
        "from footnote.ingest import limits\n"
        "def takes(size):\n"
        "    try: return bool(bytearray(size))\n"
        "    except MemoryError: return False\n"
        "found = [takes(900_000_000)]\n"
        "limits.allow_most(); found += [takes(900_000_000), takes(limits.MOST)]\n"
        "import resource\n"
        "try: resource.setrlimit(resource.RLIMIT_AS, (9 * limits.MOST,) * 2)\n"
        "except (ValueError, OSError): found.append('held')\n"
        "print(found)"
    )
    assert said == "[False, True, False, 'held']"


ATTEMPTS = {
    "connect": "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
    "look up a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "run a program": "import subprocess; subprocess.run(['true'])",
    "run a shell": "import os; os.system('true')",
    "fork": "import os; os.fork()",
    "write a file": "open('/tmp/footnote-was-here', 'w')",
    "remove a file": "import os; os.remove('/tmp/footnote-was-never-here')",
}


@unix
@pytest.mark.parametrize("what", sorted(ATTEMPTS))
def test_a_child_may_not(what: str) -> None:
    said = confined(f"try:\n    {ATTEMPTS[what]}\nexcept PermissionError:\n    print('refused')")
    assert said == "refused"
    assert not Path("/tmp/footnote-was-here").exists()


NATIVE = {
    "socket": "libc.socket(2, 1, 0)",
    "a pair of sockets": "libc.socketpair(1, 1, 0, (ctypes.c_int * 2)())",
    "program": "libc.execve(b'/bin/true', None, None)",
    "process": "libc.fork()",
    "open to write": "libc.open(place + b'/a', os.O_RDWR)",
    "open to make": "libc.open(place + b'/new', os.O_CREAT | os.O_WRONLY, 0o600)",
    "truncate": "libc.truncate(place + b'/a', ctypes.c_long(0))",
    "rename": "libc.rename(place + b'/a', place + b'/b')",
    "remove": "libc.unlink(place + b'/a')",
    "link": "libc.link(place + b'/a', place + b'/b')",
    "symbolic link": "libc.symlink(place + b'/a', place + b'/b')",
    "folder": "libc.mkdir(place + b'/c', 0o700)",
    "mode": "libc.chmod(place + b'/a', 0o777)",
    "times": "libc.utimes(place + b'/a', None)",
    "attribute": "libc.setxattr(place + b'/a', b'user.x', b'1', 1, 0)",
    "trace": "libc.ptrace(16, parent, 0, 0)",
    "signal": "libc.kill(parent, 0)",
    "signal to a thread": "libc.syscall(234, parent, parent, 0)",
    "signal by a descriptor": "libc.fcntl(0, 8, parent)",
    "memory of another": "libc.open(b'/proc/%d/mem' % parent, os.O_RDWR)",
    "descriptor of another": "libc.syscall(434, parent, 0)",
    "limits of another": "libc.prlimit(parent, 7, None, None)",
    "file in memory": "libc.memfd_create(b'x', 0)",
    "ring": "libc.syscall(425, 8, None)",
    "open in another way": "libc.syscall(437, -100, place + b'/a', None, 0)",
    "shared memory": "libc.shmget(0, 4096, 0o1600)",
    "mount": "libc.mount(b'/', b'/', None, 4096, None)",
    "names of its own": "libc.unshare(0x10000000)",
}
START = (
    "import ctypes, os, sys; libc = ctypes.CDLL(None, use_errno=True); parent = os.getppid(); "
    "place = {place!r}; "
)


@linux
@pytest.mark.parametrize("what", NATIVE)
def test_the_kernel_refuses_what_python_does_not_see(what: str, tmp_path: Path) -> None:
    from footnote.ingest.seccomp import MACHINES

    if os.uname().machine not in MACHINES:
        pytest.skip("no filter for this processor")
    (tmp_path / "a").write_text("keep")
    said = confined(
        START.format(place=os.fsencode(tmp_path))
        + f"print({NATIVE[what]}, ctypes.get_errno() in (1, 13, 38))"
    )
    assert said == "-1 True"
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "keep")]


@linux
@pytest.mark.parametrize(
    "path", ["place + b'/a'", "b'/etc/passwd'", "b'/proc/%d/environ' % parent", "b'/proc/1/status'"]
)
def test_the_kernel_lets_it_read_nothing_but_what_it_needs(path: str, tmp_path: Path) -> None:
    from footnote.ingest.landlock import version

    if not version():
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "a").write_text("a secret")
    said = confined(
        START.format(place=os.fsencode(tmp_path)) + f"print(libc.open({path}, 0), ctypes.get_errno())"
    )
    assert said == "-1 13"


@linux
def test_a_child_may_start_a_thread_and_read_its_modules() -> None:
    said = confined(
        "import threading, wave; t = threading.Thread(target=print, args=('a thread',)); "
        "t.start(); t.join(); print(bool(open(wave.__file__).read()))"
    )
    assert said.split("\n") == ["a thread", "True"]


@linux
def test_a_child_may_not_write_more_than_nothing_even_by_native_code() -> None:
    said = confined(
        "import ctypes, os, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "libc = ctypes.CDLL(None, use_errno=True); fd = libc.memfd_create(b'x', 0)\n"
        "print(libc.write(fd, b'abc', 3))"
    )
    assert said == "-1"


def test_a_child_knows_no_secrets(monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("FOOTNOTE_HOME", "/home/of/articles")
    assert not {"OPENAI_API_KEY", "FOOTNOTE_HOME"} & set(sandbox._environment())


def test_a_child_imports_nothing_from_the_folder_it_was_called_in(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "lxml").mkdir()
    (tmp_path / "lxml" / "__init__.py").write_text("raise SystemExit('hijacked')")
    code = (
        "from footnote.ingest.sandbox import Pool; from tests import hostile_files as h; p = Pool();"
        "print([len(x.document.paragraphs) for x in p.read('docx', h.docx())])"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.stdout.strip() == "[2]", ran.stderr


def test_a_child_imports_nothing_heavy() -> None:
    code = (
        "import sys, footnote.ingest.sandbox; from footnote.ingest import readers; from tests import hostile_files as h\n"
        "for f, d in (('docx', h.docx()), ('epub', h.make_book()), ('html', h.article_page()), ('pdf', h.pdf('A lock.')),"
        " ('eml', h.eml()), ('ipynb', h.notebook())): list(readers.read(f, d))\n"
        "print([m for m in ('torch', 'gradio', 'numpy', 'chromadb', 'fastapi', 'langchain', 'scipy') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.strip() == "[]", ran.stderr


# ------------------------------------------------------------------------------ what it says


def said(value: object) -> Part | Upcoming | Broken | None:
    return sandbox._understood(json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [[], 3, None, {}, {"key": "a"}, {"key": "", "name": "", "document": 3}, {"key": "", "name": "", "document": {}},
     {"key": "", "name": "", "document": {"paragraphs": [["a"]], "title": ""}}],
)  # fmt: skip
def test_what_makes_no_sense_is_not_believed(value: object) -> None:
    assert isinstance(said(value), Broken)


@pytest.mark.parametrize("frame", [b"", b"\xff\xfe", b"[" * 100_000, b'{"key": '])
def test_what_is_no_json_is_not_believed(frame: bytes) -> None:
    assert isinstance(sandbox._understood(frame), Broken)


def test_long_names_are_cut() -> None:
    part = said({"key": "k" * 9_999, "name": "", "reason": "r" * 9_999})
    assert isinstance(part, Part)
    assert (len(part.key), len(part.document)) == (1_000, 2_000)


@pytest.mark.parametrize("stream", [b"\xff\xff\xff\xff" + b"x" * 99, b"\x00\x00\x00\x09abc", b"\x00\x00"])
def test_a_frame_that_lies_about_its_length_ends_the_conversation(stream: bytes) -> None:
    frames: Queue[bytes | None] = Queue()
    sandbox._listen(BytesIO(stream), frames)
    assert frames.get_nowait() is None


def test_a_fault_of_ours_is_a_reason_and_its_traceback_is_logged(caplog) -> None:
    part = said({"key": "", "fault": "KeyError", "trace": "Traceback …"})
    assert isinstance(part, Part)
    assert part.document == sandbox.FAULT
    assert "Traceback …" in caplog.text


def test_a_fault_in_a_reader_is_told_by_the_child(monkeypatch) -> None:
    def fails(*_: object, **__: object) -> object:
        raise KeyError("oh")

    monkeypatch.setattr(readers, "read", fails)
    request = {"format": "txt", "chapters": False, "start": 0}
    first, end = sandbox._answers(request, b"x")
    assert (first["fault"], end) == ("KeyError", {"end": True})
