"""Read files, and draw their pages, in a child process: no file can harm the one that holds the library.

The child has limits on memory, processor time, files and (Linux: by seccomp and Landlock, elsewhere by
Python's audit hooks) no network, no other programs and no file but those that it needs to read. It
knows none of the parent's secrets, is used for many files, leaves after a minute without work and ends
with its parent. Where the system lacks a
limit (memory on Windows) the others hold: the parent ends a child that takes too long.

Small files of a format that is `plain` (text, Markdown) are read in this process: their readers are
linear in time, and there is nothing in a text to be exploited.

The two speak in frames over pipes: four bytes of length, then JSON; a request is followed by the
file's bytes.
"""

from __future__ import annotations

import atexit
import base64
import binascii
import contextlib
import json
import logging
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from footnote.ingest import limits, readers
from footnote.ingest.article import scan_of
from footnote.ingest.errors import FootnoteError, UnreadableSource
from footnote.ingest.readers.document import MOST_PARAGRAPHS, MOST_TEXT, Document
from footnote.ingest.readers.format import Part, Upcoming
from footnote.ingest.readers.original import MOST_BYTES, Drawn, Wanted, draw

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

MEGABYTE = 1_000_000
JPEG = b"\xff\xd8\xff"
MEMORY = 800 * MEGABYTE  # of a child, which takes 110 MB with every reader loaded
SECONDS = 12.0  # for a document; a page takes 0.02 to 0.2, 5 MB of text 2
MOST_SECONDS = 120.0  # that a reader may ask for, for one page
STARTING = 30.0  # seconds until a child answers for the first time; 0.2 on an idle computer
GRACE = 3.0  # seconds that the parent waits longer than the child itself allows
IDLE = 60.0  # seconds without work after which a child leaves
FEW_OPEN_FILES = 64
MOST_CHILDREN = 2  # at the same time; a third file waits
MOST_DRAWN = 4  # pages that wait to be drawn, the one being drawn included
MOST_FAULTS = 2  # parts of one file on which a child may end before the rest is given up
MOST_REPLY = 4 * MOST_TEXT + 200 * MOST_PARAGRAPHS + MEGABYTE  # bytes of JSON: UTF-8 of all that is allowed
# Without a child, text of this size is read in 30 ms and its worst case in 300 (test_sandbox.py).
SMALL = 32_000
LENGTH = struct.Struct(">I")
TAKEN = b'"taken"'  # what a child says when it has all of a request
FAULT = "reading it failed in a way that is not foreseen. It may be damaged."
BUSY = "other pages are being drawn. Try again in a moment."
NO_CHILD = "its reader could not be started. Free some memory and try again."
OUT_OF_MEMORY, ORPHANED = 77, 78  # exit statuses of a child
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a child gave no answer."""

    reason: str


# ------------------------------------------------------------------------------------- the parent


def read(format_: str, data: bytes, *, chapters: bool = False, pool: Pool | None = None) -> Iterator[Part]:
    """Yield the documents of a file as `readers.read` does, each bounded in time and memory.

    What cannot be read is a part with the reason; nothing is raised but `KeyboardInterrupt`.
    """
    try:
        readers.refuse_foreign(data)
        if len(data) <= SMALL and readers.named(format_).plain:
            yield from (p for p in readers.read(format_, data) if isinstance(p, Part))
            return
    except FootnoteError as error:
        yield Part("", "", str(error))
        return
    except Exception:
        # A fault of ours, but one bad file never stops the rest: the log has the traceback.
        LOG.exception("reading %s", format_)
        yield Part("", "", FAULT)
        return
    yield from (SHARED if pool is None else pool).read(format_, data, chapters=chapters)


def drawn(data: bytes, wanted: Wanted, *, pool: Pool | None = None) -> Drawn:
    """Return a page of a file as a picture.

    Raises:
        UnreadableSource: If it cannot be drawn, takes too long, or too many others wait to be.
    """
    if not _WAITING.acquire(blocking=False):
        raise UnreadableSource(BUSY)
    try:
        found = (DRAWING if pool is None else pool).draw(readers.format_of("", data), data, wanted)
    finally:
        _WAITING.release()
    if isinstance(found, str):
        raise UnreadableSource(found)
    return found


class Pool:
    """Children that read, started when first needed. Safe to use from several threads."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY, most: int = MOST_CHILDREN) -> None:
        self.seconds = seconds
        self.memory = memory
        self._idle: list[_Child] = []
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(most)
        atexit.register(self.close)

    def read(self, format_: str, data: bytes, *, chapters: bool = False) -> Iterator[Part]:
        """Yield the documents of a file; one on which a child ends is a part with the reason."""
        seconds = self.seconds + readers.named(format_).seconds * len(data) / MEGABYTE
        request = {"format": format_, "chapters": chapters, "seconds": seconds, "size": len(data)}
        done = 0
        for _ in range(MOST_FAULTS):
            fault = yield from self._attempt({**request, "start": done}, data, seconds)
            if fault is None:
                return
            done = fault.done + 1
            yield Part(fault.key, fault.key, fault.reason)
            if not fault.key:
                return
        yield Part("…", "", "the rest of it was not read, because reading it failed too often.")

    def draw(self, format_: str, data: bytes, wanted: Wanted) -> Drawn | str:
        """Return a page of a file as a picture, or why there is none."""
        seconds = self.seconds
        request = {"format": format_, "draw": asdict(wanted), "seconds": seconds, "size": len(data)}
        with self._asked(request, data) as child:
            if child is None:
                return NO_CHILD
            frame = child.frame(seconds + GRACE)
            found = frame if isinstance(frame, Broken) else _understood_drawing(frame)
            child.sound = not isinstance(found, Broken)
            return found.reason if isinstance(found, Broken) else found

    def close(self) -> None:
        """End the children that have nothing to do."""
        with self._turn:
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def _attempt(
        self, request: dict[str, Any], data: bytes, seconds: float
    ) -> Generator[Part, None, _Fault | None]:
        """Yield parts until the file ends (then return None) or the child does."""
        done = request["start"]
        key, patience = "", seconds
        with self._asked(request, data) as child:
            if child is None:
                return _Fault(done, "", NO_CHILD)
            while (reply := child.receive(patience + GRACE)) is not None:
                patience = seconds
                match reply:
                    case Upcoming():
                        key, patience = reply.key, max(seconds, reply.seconds)
                    case Broken():
                        return _Fault(done, key, reply.reason)
                    case Part():
                        done += 1
                        key = ""
                        yield reply
            child.sound = True
            return None

    @contextlib.contextmanager
    def _asked(self, request: dict[str, Any], data: bytes) -> Iterator[_Child | None]:
        """Lend a child that took a request, None where none does; it is used again if it is `sound` after."""
        with self._places:
            child = self._take()
            try:
                taken = child.send(request, data)
                if not taken:
                    child.end()  # it had just left for want of work
                    child = _Child(self.memory)
                    taken = child.send(request, data)
                yield child if taken else None
            finally:
                # Also when whoever asked goes away, or presses Ctrl-C: a child with a half-read
                # answer cannot be used again.
                self._put(child) if child.sound else child.end()

    def _take(self) -> _Child:
        with self._turn:
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                child.end()
        return _Child(self.memory)

    def _put(self, child: _Child) -> None:
        with self._turn:
            self._idle.append(child)


@dataclass(frozen=True, slots=True)
class _Fault:
    """After how many documents of a file a child ended, at which of them, and why."""

    done: int
    key: str
    reason: str


class _Child:
    """One child process, and a thread that takes what it says."""

    def __init__(self, memory: int) -> None:
        command = [sys.executable, "-P", "-c", _START, json.dumps(_folders()), str(memory)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=Path(sys.executable).anchor or None,
            # Ctrl-C in a terminal goes to every process of its group; the parent decides instead.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        assert self._process.stdout is not None
        self._thread = threading.Thread(
            target=_listen, args=(self._process.stdout, self._frames), daemon=True
        )
        self._thread.start()
        self.pid = self._process.pid
        self.sound = False  # whether all that it said of a request was read

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, request: dict[str, Any], data: bytes) -> bool:
        """Send a request; tell whether somebody took it."""
        self.sound = False
        assert self._process.stdin is not None
        try:
            _write_frame(self._process.stdin, json.dumps(request).encode())
            self._process.stdin.write(data)
            self._process.stdin.flush()
            return self._frames.get(timeout=STARTING) == TAKEN
        except (OSError, queue.Empty):
            return False

    def receive(self, seconds: float) -> Part | Upcoming | Broken | None:
        """Return the next part; None after the last; `Broken` when the child does not answer."""
        frame = self.frame(seconds)
        return frame if isinstance(frame, Broken) else _understood(frame)

    def frame(self, seconds: float) -> bytes | Broken:
        """Return the next frame that the child says, or why it says none."""
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            return Broken(_too_slow(seconds - GRACE))
        return Broken(self._explain(seconds - GRACE)) if frame is None else frame

    def _explain(self, seconds: float) -> str:
        try:
            status = self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            return "its reader stopped answering."
        if status in {-getattr(signal, "SIGALRM", 0), -getattr(signal, "SIGXCPU", 0)} - {0}:
            return _too_slow(seconds)
        if status == OUT_OF_MEMORY:
            return "reading it takes too much memory. It may be damaged, or made to do harm."
        return "its reader crashed on it. It may be damaged, or made to do harm."

    def end(self) -> None:
        """End the process at once and leave nothing behind."""
        self._process.kill()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _too_slow(seconds: float) -> str:
    return f"reading it takes longer than {seconds:.0f} seconds. It may be damaged, or made to do harm."


def _folders() -> list[str]:
    """Return where the child finds its modules: where this process does, but not where it was called."""
    return [path for path in sys.path if path]


def _environment() -> dict[str, str]:
    """Return the few variables that Python needs; keys and tokens stay with the parent."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "HOME", "USERPROFILE", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_NUM_THREADS": "1"}


def _listen(stream: IO[bytes], frames: queue.Queue[bytes | None]) -> None:
    """Put every frame of `stream` in a queue, and None at its end."""
    try:
        while (frame := _read_frame(stream, MOST_REPLY)) is not None:
            frames.put(frame)
    except (OSError, ValueError, MemoryError):
        pass  # a child that was ended, or that claims to say more than it may
    frames.put(None)


def _understood(frame: bytes) -> Part | Upcoming | Broken | None:
    """Return what a frame says. The child may have been taken over by a file, so nothing is assumed."""
    try:
        said = json.loads(frame)
        if said.get("end"):
            return None
        if "next" in said:
            return Upcoming(str(said["next"])[:1_000], min(float(said["seconds"]), MOST_SECONDS))
        if "fault" in said:
            LOG.error("reading in a child process\n%s", str(said["trace"])[:20_000])
            return Part(str(said["key"])[:1_000], "", FAULT)
        document = str(said["reason"])[:2_000] if "reason" in said else _document(said["document"])
        return Part(str(said["key"])[:1_000], str(said["name"])[:1_000], document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Broken("its reader said something that makes no sense.")


def _understood_drawing(frame: bytes) -> Drawn | str | Broken:
    """Return the picture that a frame holds, or why it holds none; nothing is assumed of it."""
    try:
        said = json.loads(frame)
        if "reason" in said:
            return str(said["reason"])[:2_000]
        picture = base64.b64decode(said["picture"], validate=True)
        if not picture.startswith(JPEG) or len(picture) > MOST_BYTES:
            return Broken("its reader said something that makes no sense.")
        return Drawn(picture, *(int(said[name]) for name in ("page", "pages", "boxes", "at")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return Broken("its reader said something that makes no sense.")


def _document(said: dict[str, Any]) -> Document:
    texts = {f.name: str(said[f.name]) for f in fields(Document) if f.type == "str"}
    return Document(
        tuple((str(section), str(text)) for section, text in said["paragraphs"]),
        **texts,
        warnings=tuple(map(str, said["warnings"])),
        pages=tuple(map(int, said["pages"])),
        times=tuple(map(str, said["times"])),
        scans=tuple(scan_of(scan) for scan in said["scans"]),
    )


# ------------------------------------------------------------------------------------- both


def _write_frame(stream: IO[bytes], frame: bytes) -> None:
    stream.write(LENGTH.pack(len(frame)) + frame)
    stream.flush()


def _read_frame(stream: IO[bytes], most: int) -> bytes | None:
    """Return the next frame, or None when there is none left.

    Raises:
        ValueError: If it is longer than `most`.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > most:
        raise ValueError("a frame is too long")
    frame = stream.read(length)
    return frame if len(frame) == length else None


# ------------------------------------------------------------------------------------- the child

_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from footnote.ingest.sandbox import serve
serve(int(sys.argv[2]))
"""


def serve(memory: int) -> NoReturn:
    """Read what the parent sends until it stops sending; the main function of a child."""
    stdin, stdout = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is not an answer
    confine(memory)
    while (frame := _next_request(stdin)) is not None:
        request = json.loads(frame)
        data = stdin.read(request["size"])
        if len(data) < request["size"]:
            break
        _write_frame(stdout, TAKEN)
        _give_time(request["seconds"])
        for said in [_drawing(request, data)] if "draw" in request else _answers(request, data):
            _write_frame(stdout, json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"))
            _give_time(max(request["seconds"], said.get("seconds", 0.0)))
        _give_time(0)
        if _memory_taken() > memory // 2 or limits.allowed() > memory:
            os._exit(0)  # the next file shall have it all again, and no more
    os._exit(0)


def _next_request(stream: IO[bytes]) -> bytes | None:
    if os.name != "nt":
        import select

        # Nothing is left in the stream's buffer between two requests, so that its file tells.
        if not select.select([stream], [], [], IDLE)[0]:
            return None
    return _read_frame(stream, MEGABYTE)


def _answers(request: dict[str, Any], data: bytes) -> Iterator[dict[str, Any]]:
    try:
        found = readers.read(request["format"], data, chapters=request["chapters"], start=request["start"])
        for part in found:
            if isinstance(part, Upcoming):
                yield {"next": part.key, "seconds": part.seconds}
                continue
            said = (
                {"reason": part.document}
                if isinstance(part.document, str)
                else {"document": asdict(part.document)}
            )
            yield {"key": part.key, "name": part.name, **said}
    except FootnoteError as error:
        yield {"key": "", "name": "", "reason": str(error)}
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except RecursionError:
        yield {"key": "", "name": "", "reason": "its parts are nested too deeply."}
    except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
        yield {"key": "", "fault": type(error).__name__, "trace": traceback.format_exc()}
    yield {"end": True}


def _drawing(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    try:
        told = request["draw"]
        wanted = Wanted(**{**told, "scan": scan_of(told["scan"])})
        found = draw(request["format"], data, wanted)
        return {**asdict(found), "picture": base64.b64encode(found.picture).decode()}
    except FootnoteError as error:
        return {"reason": str(error)}
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def confine(memory: int) -> None:
    """Give up what reading a file does not need. What the system cannot do is passed over."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _forbid_in_python()
    limits.confine(memory)
    if os.name == "nt":
        return
    import resource

    for name, most in (
        ("RLIMIT_FSIZE", 0),  # it writes no file
        ("RLIMIT_NOFILE", FEW_OPEN_FILES),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (most, most))
    if sys.platform == "linux":
        from footnote.ingest.landlock import allow_reading_only
        from footnote.ingest.seccomp import forbid_all_but_reading

        allow_reading_only(_needed())
        forbid_all_but_reading()
    # After the filter: it holds for the threads that are started under it.
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _needed() -> list[str]:
    """Return where the modules lie that readers load when they are first needed; a checkout links to them."""
    here = str(Path(__file__).resolve().parent)
    return [*_folders(), *map(os.path.realpath, _folders()), sys.prefix, sys.base_prefix, here]


def _watch(parent: int) -> None:
    """End this process when its parent is gone, or when it takes more memory than it may."""
    while True:
        time.sleep(0.5)
        if os.getppid() != parent:
            os._exit(ORPHANED)
        if _memory_taken() > limits.allowed():
            os._exit(OUT_OF_MEMORY)


def _memory_taken() -> int:
    """Return the most memory this process ever held, in bytes; 0 where the system does not say.

    Linux hands `ru_maxrss` of the process that started this one on to it: beside a server that has loaded
    its models every child would look too large. VmHWM is its own.
    """
    if os.name == "nt":
        return 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _give_time(seconds: float) -> None:
    """Let the system end this process after `seconds`; 0: no more. Python need not be asked for it."""
    if os.name == "nt":
        return
    import resource

    signal.setitimer(signal.ITIMER_REAL, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 2 if seconds else resource.RLIM_INFINITY
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


FORBIDDEN = tuple(
    """socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname subprocess. os.exec
    os.fork os.posix_spawn os.spawn os.system os.startfile os.kill os.remove os.rename
    os.rmdir os.mkdir""".split()
)


def _forbid_in_python() -> None:
    """Refuse network, programs and changes to files to all Python code of this process."""

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(FORBIDDEN):
            raise PermissionError(f"{event} is not allowed while a file is read")
        if event == "open" and _writes(arguments):
            raise PermissionError("writing is not allowed while a file is read")

    sys.addaudithook(refuse)


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, mode, flags = (*arguments, None, None)[:3]
    if path == os.devnull:
        return False
    by_mode = isinstance(mode, str) and any(sign in mode for sign in "wax+")
    return by_mode or (isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)))


SHARED = Pool()
DRAWING = Pool(most=1)  # a reader who looks at a page does not wait for others' scans
_WAITING = threading.BoundedSemaphore(MOST_DRAWN)
