"""Work handed to the process that holds the library: all of it is done, by nobody else, for nobody else."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import stat
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.article import Rejected, Visit, make_article
from footnote.ingest.errors import LibraryUnwritable, UnknownArticle, UnknownCollection
from footnote.ingest.handover import handover, wire
from footnote.ingest.handover.handover import HandoverBroken, Receiver, connect
from footnote.ingest.library.library import AccountChange, Arrangement, open_library
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.pipeline import Outcome, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footnote.ingest.article import Article
    from footnote.ingest.handover.handover import RemoteWriter
    from footnote.ingest.library.library import Library

URL = "http://127.0.0.1:7860"
VISIT = Visit('"1"', "Mon, 02 Mar 2026 10:00:00 GMT", "2026-03-02T10:00:00+00:00", "https://example.org/feed")


def article(number: int, text: str = "The crane lifts beam {}. It is slow.") -> Article:
    return make_article(
        [("", text.format(number)), ("Later", f"It rained on day {number}.")],
        title=f"Crane {number}",
        source=f"crane-{number}.txt",
        author="Ada",
        date="2026-03",
        pages=[1, 2],
        times=["0:07", ""],
        scans=[((0, 9, 1, 2, 3, 4, 5, 6, 7, 8),)],
        warnings=["odd"],
    )


@pytest.fixture
def library(tmp_path: Path, fake_encoder) -> Iterator[Library]:
    with open_library(tmp_path / "library", fake_encoder.name, fake_encoder.dimension) as library:
        yield library


@pytest.fixture
def receiver(library: Library, fake_encoder) -> Iterator[Receiver]:
    with Receiver(library, fake_encoder, URL) as receiver:
        yield receiver


@pytest.fixture
def calling(library: Library, fake_encoder) -> Iterator[Callable[[], RemoteWriter | None]]:
    """Connect as another process does; what was opened is closed at the end."""
    opened: list = []

    def read() -> Library:
        reader = open_library(library.home, fake_encoder.name, fake_encoder.dimension, read_only=True)
        opened.append(reader)
        return reader

    def call() -> RemoteWriter | None:
        remote = connect(library.home, read)
        opened.extend([remote] if remote else [])
        return remote

    yield call
    for each in opened:
        each.close()


def outcomes(events) -> list[Outcome]:
    return [e for e in events if isinstance(e, Outcome)]


def test_collections_and_accounts_are_changed_by_the_process_that_holds_the_library(
    receiver, calling, library
) -> None:
    remote = calling()
    given = replace(article(1), collections=("Board", "Harbour"), tags=("heavy",))
    assert [o.status for o in outcomes(remote.ingest(iter([given])))] == ["added"]
    found = library.article(given.id)
    assert (found.collections, found.tags) == (("Board", "Harbour"), ("heavy",))
    remote.arrange(Arrangement("unfile", "Board", articles=(given.id,)))
    remote.arrange(Arrangement("let", "Harbour", to="port"))
    assert library.article(given.id).collections == ("Harbour",)
    assert library.readers() == {"Harbour": ("port",)}
    remote.change_account(AccountChange("add", "root", "admin", "a hash", ("port", "board")))
    account = library.accounts()["root"]
    assert (account.role, account.password, account.groups) == ("admin", "a hash", ("board", "port"))
    with pytest.raises(UnknownCollection, match="No collection goes by “Nowhere”"):
        remote.arrange(Arrangement("delete", "Nowhere"))
    with pytest.raises(HandoverBroken):
        remote._ask({"do": "arrange", "wish": {"act": "explode", "name": "x", "to": "", "articles": []}})


def test_articles_are_stored_by_the_process_that_holds_the_library(receiver, calling, library) -> None:
    given = [replace(article(1), visit=VISIT), Rejected("b.txt", "It is empty."), article(2), article(1)]
    remote = calling()
    events = list(remote.ingest(iter(given)))
    told = [(o.source, o.status, o.reason, o.warnings) for o in outcomes(events)]
    assert told == [
        ("crane-1.txt", "added", "", ("odd",)),
        ("b.txt", "rejected", "It is empty.", ()),
        ("crane-2.txt", "added", "", ("odd",)),
        ("crane-1.txt", "unchanged", "", ("odd",)),
    ]
    assert [e.done for e in events if isinstance(e, Progress)][-1] == 4
    assert [o.article_id for o in outcomes(events)] == [article(1).id, "", article(2).id, article(1).id]
    (first, _) = library.articles()
    assert (first.title, first.author, first.date) == ("Crane 1", "Ada", "2026-03")
    assert [(p.section, p.text, p.page) for p in library.paragraphs(article(1).id)] == [
        ("", "The crane lifts beam 1. It is slow.", 1),
        ("Later", "It rained on day 1.", 2),
    ]
    assert library.visits() == {"crane-1.txt": VISIT}
    assert [a.title for a in remote.library.articles()] == ["Crane 1", "Crane 2"]


def test_everything_else_that_changes_a_library_can_be_handed_over(receiver, calling, library) -> None:
    remote = calling()
    list(remote.ingest([article(1), article(2)]))
    feed = FeedRecord("https://example.org/feed", "2026", 5, replace(VISIT, feed=""))
    remote.note_visit("https://example.org/a", VISIT)
    remote.note_feed(feed)
    remote.remove(article(1).id)
    remote.remove_source("crane-2.txt")
    assert (library.articles(), library.feeds()) == ([], [feed])
    assert library.visits() == {"https://example.org/a": VISIT}


def test_a_server_that_could_not_take_a_connection_takes_the_next(receiver, calling) -> None:
    listener = receiver._listener

    class Full:
        """A listener whose process may open no more files, for a while."""

        tries = 0

        def accept(self):
            self.tries += 1
            if self.tries <= 2:
                raise OSError(errno.EMFILE, "Too many open files")
            return listener.accept()

        def __getattr__(self, name: str):
            return getattr(listener, name)

    receiver._listener = full = Full()
    calling()  # what waits in the old one's accept
    assert calling() is not None
    assert full.tries >= 3


def test_an_error_at_the_other_side_is_raised_here_as_it_is(receiver, calling, library, monkeypatch) -> None:
    remote = calling()
    with pytest.raises(UnknownArticle, match="No article goes by “nothing”"):
        remote.remove("nothing")

    def full(*_: object) -> None:
        raise LibraryUnwritable("The disk is full.")

    monkeypatch.setattr(library, "store", full)
    with pytest.raises(LibraryUnwritable, match=r"^The disk is full\.$"):
        list(remote.ingest([article(1)]))
    monkeypatch.undo()
    assert [o.status for o in outcomes(remote.ingest([article(1)]))] == ["added"]  # the connection goes on


def test_a_bug_at_the_other_side_is_one_sentence_here_and_a_traceback_there(
    receiver, calling, monkeypatch, caplog
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(handover, "ingest", broken)
    with pytest.raises(handover.LibraryError, match=r"Something went wrong in the server\."):
        list(calling().ingest([article(1)]))
    assert "RuntimeError: unexpected" in caplog.text


def test_articles_are_read_one_at_a_time_and_only_when_they_are_wanted(receiver, calling, library) -> None:
    """So that neither side holds a folder in memory, and what is read last is not lost by Ctrl-C."""
    read: list[int] = []

    def reading() -> Iterator[Article]:
        for number in range(500):
            read.append(number)
            yield article(number, "Beam {}. " + " ".join(f"word{number}x{n}." for n in range(40)))

    events = calling().ingest(reading())
    next(e for e in events if isinstance(e, Outcome))
    assert len(read) < 100  # a batch of texts
    assert library.articles()


def test_who_stops_in_the_middle_keeps_what_was_reported(receiver, calling, library) -> None:
    remote = calling()
    events = remote.ingest(
        article(n, "Beam {}. " + " ".join(f"w{n}x{k}." for k in range(300))) for n in range(9)
    )
    told = [next(e for e in events if isinstance(e, Outcome)).source for _ in range(2)]
    remote.close()
    assert set(told) <= set(library.sources())
    again = outcomes(calling().ingest([article(50)]))
    assert [o.status for o in again] == ["added"]


def test_what_is_read_with_an_error_is_the_readers_and_ends_the_run(receiver, calling, library) -> None:
    def reading() -> Iterator[Article]:
        yield article(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(calling().ingest(reading()))
    assert calling() is not None


def test_several_hand_over_at_once_while_questions_are_answered(
    receiver, calling, library, fake_encoder
) -> None:
    done: list[list[Outcome]] = []
    remotes = [calling() for _ in range(4)]

    def work(remote: RemoteWriter, start: int) -> None:
        done.append(outcomes(remote.ingest(article(n) for n in range(start, start + 25))))

    threads = [threading.Thread(target=work, args=(r, 20 * n)) for n, r in enumerate(remotes)]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        library.nearest(fake_encoder.encode(["crane beam"])[0], 3)
        library.match("crane", 3)
    assert sorted(len(d) for d in done) == [25] * 4
    statuses = [o.status for d in done for o in d]
    assert (statuses.count("added"), statuses.count("unchanged")) == (85, 15)  # 15 were read twice
    assert len(library.articles()) == 85


# ------------------------------------------------------------------------ who is let in


def note(library: Library) -> dict:
    return json.loads((library.home / handover.FILE_NAME).read_text(encoding="utf-8"))


def rewrite(library: Library, **values: object) -> None:
    (library.home / handover.FILE_NAME).write_text(json.dumps(note(library) | values), encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_only_its_owner_can_read_the_secret(receiver, calling, library) -> None:
    path = library.home / handover.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    assert calling() is None  # others may know it by now


def test_the_secret_is_another_each_time_and_goes_with_the_server(library, fake_encoder) -> None:
    secrets = set()
    for _ in range(2):
        with Receiver(library, fake_encoder, URL):
            secrets.add(note(library)["secret"])
        assert not (library.home / handover.FILE_NAME).exists()
    assert len(secrets) == 2
    assert all(len(s) == 64 for s in secrets)


def test_it_listens_on_this_computer_only(receiver) -> None:
    assert receiver._listener.getsockname()[0] == "127.0.0.1"


def test_the_secret_never_travels(receiver, calling, monkeypatch) -> None:
    said: list[dict] = []
    send = wire.Wire.send
    monkeypatch.setattr(wire.Wire, "send", lambda self, m: (said.append(m), send(self, m))[1])
    list(calling().ingest([article(1)]))
    assert len(said) > 5
    assert receiver._secret not in json.dumps(said)


def test_without_a_server_there_is_nobody_to_hand_it_to(calling) -> None:
    assert calling() is None


def test_a_note_that_a_killed_server_left_is_no_server(receiver, calling, library) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        for port in (unused.getsockname()[1], 0, -1, 99_999_999, None, "x", [1]):
            rewrite(library, port=port)
            assert calling() is None
    for content in ("", "{", "[]", "null", '{"secret": 3}'):
        (library.home / handover.FILE_NAME).write_text(content, encoding="utf-8")
        assert calling() is None


def test_a_program_that_took_over_the_port_is_told_nothing(receiver, calling, library, monkeypatch) -> None:
    monkeypatch.setattr(wire, "GREETING_SECONDS", 0.5)
    heard: list[bytes] = []
    answers = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
        frame({"footnote": wire.FORM, "nonce": "00"}) + frame({"proof": "0" * 64}),
        frame({"footnote": wire.FORM, "nonce": "00"}),
        frame([1]),
        b"\xff\xff\xff\xff",
    ]
    for answer in answers:
        with socket.create_server(("127.0.0.1", 0)) as stranger:
            rewrite(library, port=stranger.getsockname()[1])
            thread = threading.Thread(target=answering, args=(stranger, answer, heard))
            thread.start()
            assert calling() is None
            thread.join(10)
    assert len(heard) == len(answers)
    assert receiver._secret.encode() not in b"".join(heard)
    assert b"crane" not in b"".join(heard)


def answering(stranger: socket.socket, answer: bytes, heard: list[bytes]) -> None:
    connection, _ = stranger.accept()
    connection.settimeout(5)
    with connection:
        connection.sendall(answer)
        found = b""
        try:
            while part := connection.recv(1000):
                found += part
        except OSError:
            pass
        heard.append(found)


def frame(message: object) -> bytes:
    data = json.dumps(message).encode()
    return wire.HEAD.pack(len(data)) + data


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x00",
        b"\xff\xff\xff\xff" + b"x" * 100,
        frame({"do": "remove", "article": "a"}),
        frame({"nonce": "1", "proof": "1"}) + frame({"do": "remove", "article": "a"}),
        frame({"nonce": ["1"], "proof": {"a": 1}}),
        frame([]),
        frame("x" * 990),
        wire.HEAD.pack(4) + b"\xff\xfe\xfd\xfc",
        wire.HEAD.pack(900) + b"[" * 900,
    ],
)
def test_a_stranger_is_shown_the_door(receiver, calling, library, said: bytes) -> None:
    list(calling().ingest([article(1)]))
    with socket.create_connection(("127.0.0.1", note(library)["port"])) as stranger:
        stranger.settimeout(10)
        wire.Wire(stranger).receive()
        stranger.sendall(said)
        if len(said) == 1:
            stranger.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            assert stranger.recv(1000) == b""
    assert len(library.articles()) == 1
    assert calling() is not None


def test_a_proof_that_was_overheard_is_of_no_use_again(receiver, calling, library, monkeypatch) -> None:
    said: list[dict] = []
    send = wire.Wire.send
    monkeypatch.setattr(wire.Wire, "send", lambda self, m: (said.append(m), send(self, m))[1])
    calling()
    monkeypatch.undo()
    overheard = next(m for m in said if "proof" in m and "nonce" in m)
    with socket.create_connection(("127.0.0.1", note(library)["port"])) as stranger:
        line = wire.Wire(stranger)
        line.receive()
        line.send(overheard)
        with pytest.raises(wire.LineBroken):
            line.receive()


def test_who_says_nothing_is_not_waited_for_and_keeps_nobody_out(
    receiver, calling, library, monkeypatch
) -> None:
    monkeypatch.setattr(wire, "GREETING_SECONDS", 0.3)
    silent = [socket.create_connection(("127.0.0.1", note(library)["port"])) for _ in range(3)]
    try:
        assert [o.status for o in outcomes(calling().ingest([article(1)]))] == ["added"]
        deadline = time.monotonic() + 10
        while receiver._greeting and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not receiver._greeting
    finally:
        for each in silent:
            each.close()


def test_friends_beyond_the_limit_are_turned_away(receiver, calling, monkeypatch) -> None:
    monkeypatch.setattr(handover, "MOST_AT_ONCE", 1)
    first = calling()
    assert first is not None
    assert [o.status for o in outcomes(first.ingest([article(1)]))] == ["added"]
    with pytest.raises(HandoverBroken):
        outcomes(calling().ingest([article(2)]))


def test_a_crowd_of_strangers_that_drip_keeps_nobody_out(receiver, calling, library, monkeypatch) -> None:
    """Each holds its place by a byte a moment; there are more of them than places."""
    monkeypatch.setattr(handover, "MOST_GREETING", 8)
    crowd = [socket.create_connection(("127.0.0.1", note(library)["port"])) for _ in range(40)]
    try:
        for each in crowd:
            with contextlib.suppress(OSError):
                each.sendall(b"\0")
        assert [o.status for o in outcomes(calling().ingest([article(1)]))] == ["added"]
    finally:
        for each in crowd:
            each.close()


def test_a_greeting_that_drips_ends_with_its_time(receiver, library, monkeypatch) -> None:
    monkeypatch.setattr(wire, "GREETING_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", note(library)["port"])) as stranger:
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() < begun + 10:
                stranger.sendall(b"\0")
                time.sleep(0.1)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "said",
    [
        {"article": {}},
        {"article": None},
        {"article": {"title": "x"}},
        {"rejected": 3},
        {},
        {"article": {**wire.pack(article(1))["article"], "paragraphs": []}},
        {"article": {**wire.pack(article(1))["article"], "paragraphs": [["", "", 0]]}},
        {"article": {**wire.pack(article(1))["article"], "visit": 7}},
    ],
)
def test_what_is_no_article_stores_nothing_and_ends_the_connection(receiver, calling, library, said) -> None:
    remote = calling()
    remote._line.send({"do": "ingest"})
    assert remote._line.receive() == {"next": True}
    remote._line.send(said)
    with pytest.raises(wire.LineBroken):
        remote._line.receive()
    assert library.articles() == []


def test_an_article_that_is_too_long_to_send_is_rejected_and_the_rest_goes_on(
    receiver, calling, monkeypatch
) -> None:
    monkeypatch.setattr(wire, "LONGEST", 2_000)
    long = article(1, "Beam {}. " + "It is long. " * 400)
    told = outcomes(calling().ingest([long, article(2)]))
    assert [(o.status, o.source) for o in told] == [("rejected", long.source), ("added", "crane-2.txt")]
    assert "too much to be handed to the server" in told[0].reason


def test_another_version_is_named(receiver, calling, library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        rewrite(library, port=other.getsockname()[1])
        said = frame({"footnote": wire.FORM + 1, "nonce": "00"})
        thread = threading.Thread(target=answering, args=(other, said, []))
        thread.start()
        with pytest.raises(LibraryUnwritable, match="of another version of Footnote"):
            calling()
        thread.join(10)


# --------------------------------------------------------------------------- the server ends


def test_a_server_that_ends_lets_what_is_being_stored_finish(library, fake_encoder, calling) -> None:
    receiver = Receiver(library, fake_encoder, URL)
    remote = calling()
    events = remote.ingest(
        article(n, "Beam {}. " + " ".join(f"w{n}x{k}." for k in range(300))) for n in range(99)
    )
    next(e for e in events if isinstance(e, Outcome))
    receiver.close()
    told: list[Outcome] = []
    with pytest.raises(HandoverBroken, match=f"The server at {URL} ended before this was done"):
        told.extend(e for e in events if isinstance(e, Outcome))
    assert {o.source for o in told} <= set(library.sources())
    assert not receiver._thread.is_alive()
    assert not receiver._wires
    assert calling() is None
    with pytest.raises(HandoverBroken):
        remote.remove("a")
    receiver.close()  # twice does nothing


def test_a_connection_that_was_closed_meanwhile_ends_the_greeting(tmp_path):
    import socket

    from footnote.ingest.handover import wire

    ours, theirs = socket.socketpair()
    line = wire.Wire(ours)
    line.close()
    with pytest.raises(wire.LineBroken):
        line.meet_client(b"secret")
    theirs.close()
