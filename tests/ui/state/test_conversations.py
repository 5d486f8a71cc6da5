"""Conversations are kept for their reader, found again after a restart, and gone when deleted."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from footnote.ingest.errors import LibraryError
from footnote.rag.types import (
    Answer,
    Citation,
    CitedSentence,
    Refusal,
    Remark,
    ShortAnswer,
    Summary,
    Support,
    Verdict,
)
from footnote.ui.state import conversations as module
from footnote.ui.state.choices import Choices
from footnote.ui.state.conversations import FILE_NAME, LOST, Conversations, open_conversations
from footnote.ui.state.session import Exchange, Judged

CITED = Citation(1, "abcd", "A title", "file.txt", 3, "One. Two is quoted. Three.", 5, 19)
SENTENCE = CitedSentence("Two is quoted.", (1,), Support(Verdict.PARTIAL, 0.5, "The year differs."))
REPLIES = [
    Answer(
        "Which?", "Which one?", (SENTENCE,), (CITED,), "fake", False, ("Careful.",), {"total": 1.5},
        short_answer=ShortAnswer("Two", 0, 0, 3),
    ),
    Refusal("Which?", "Which?", "Not there.", (CITED,), "fake"),
    Summary(("abcd",), "A title", (SENTENCE,), (CITED,), "fake"),
    Judged((SENTENCE,), (CITED,)),
    None,
]  # fmt: skip


@pytest.fixture(params=["file", "server"])
def opened(request, tmp_path: Path):
    """Open what is kept at one place, again and again."""
    if request.param == "file":
        return lambda: open_conversations(tmp_path)
    record = request.getfixturevalue("servers").new_library().record
    return lambda: open_conversations(tmp_path, record)


@pytest.fixture
def kept(opened):
    kept = opened()
    yield kept
    kept.close()


def test_exchanges_that_the_first_version_kept_are_read():
    lines = Path(__file__).with_name("kept_by_0_1.jsonl").read_text(encoding="utf-8").splitlines()
    exchanges = [module._read(number, line) for number, line in enumerate(lines, start=1)]
    kinds = [type(exchange.reply) for exchange in exchanges]
    assert kinds == [Answer, Refusal, Summary, Judged, Remark]
    answer = exchanges[0].reply
    assert answer.understood.in_words() == "Who leads it (Anna Keller bridge)?"
    assert answer.citations[0].quote == "Two is quoted."
    assert not any(exchange.problem for exchange in exchanges)


@pytest.mark.parametrize("reply", REPLIES)
def test_an_exchange_comes_back_as_it_was(kept, reply):
    exchange = Exchange(
        4, "Which? \u202e <b>", reply=reply, problem="" if reply else "Stopped.", feedback="up"
    )
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, exchange)
    assert kept.exchanges("r1", key) == [exchange]
    if reply is not None:
        assert kept.feedback() == [(key, exchange)]


def test_it_is_all_there_after_a_restart(opened):
    first = opened()
    key = first.begin("r1", "Which?")
    first.put("r1", key, Exchange(1, "Which?", reply=REPLIES[0]))
    first.choose("r1", Choices(length="short"))
    secret = first.secret("door")
    first.close()
    again = opened()
    assert [k.title for k in again.of("r1")] == ["Which?"]
    assert again.exchanges("r1", key)[0].reply == REPLIES[0]
    assert again.choices("r1").length == "short"
    assert again.secret("door") == secret
    again.close()


def test_what_is_anothers_is_as_if_it_were_not_there(kept):
    key = kept.begin("r1", "Mine")
    kept.put("r1", key, Exchange(1, "?", reply=REPLIES[1]))
    kept.put("r2", key, Exchange(2, "Mine now"))
    kept.drop("r2", key, 1)
    assert kept.find("r2", key) is None
    assert not kept.exchanges("r2", key)
    assert not kept.rename("r2", key, "Yours")
    assert not kept.delete("r2", key)
    assert len(kept.exchanges("r1", key)) == 1


def test_what_was_deleted_is_not_in_the_files_any_more(tmp_path):
    kept = Conversations(tmp_path / FILE_NAME)
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, Exchange(1, "A very private question", problem="x"))
    assert kept.delete("r1", key)
    found = [p.name for p in tmp_path.iterdir() if b"very private" in p.read_bytes()]
    kept.close()
    assert not found


def test_the_conversation_unused_for_longest_leaves_first(kept, monkeypatch):
    monkeypatch.setattr(module, "MOST_OF_A_READER", 3)
    keys = [kept.begin("r1", f"{n}") for n in range(3)]
    kept.put("r1", keys[0], Exchange(1, "?", problem="x"))
    kept.begin("r1", "new")
    assert [k.title for k in kept.of("r1")] == ["new", "0", "2"]


def test_a_question_that_was_cut_off_by_a_kill_says_so(kept):
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, Exchange(1, "Which?", waiting="Looking…"))
    assert kept.exchanges("r1", key)[0].problem == module.INTERRUPTED


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"is": "Path"}', '{"is": "Session"}', '{"is": "Exchange"}', "null"]
)
def test_a_row_that_cannot_be_read_is_one_lost_exchange_and_no_more(kept, said):
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, Exchange(2, "Still here", problem="x"))
    kept._db.do("INSERT INTO exchanges VALUES (?, 1, ?)", key, said)
    assert [e.problem for e in kept.exchanges("r1", key)] == [LOST, "x"]


def test_fields_of_another_version_are_left_out(kept):
    key = kept.begin("r1", "Which?")
    row = {"is": "Exchange", "number": 1, "question": "?", "problem": "x", "colour": "red"}
    kept._db.do("INSERT INTO exchanges VALUES (?, 1, ?)", key, json.dumps(row))
    assert kept.exchanges("r1", key) == [Exchange(1, "?", problem="x")]


def test_a_damaged_file_is_set_aside_and_the_page_opens(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"this is no database, though it is long enough to be one" * 50)
    kept = open_conversations(tmp_path)
    assert not kept.of("r1")
    assert list(tmp_path.glob("conversations.unreadable-*"))
    kept.close()


def test_a_file_of_a_newer_version_is_set_aside_whole(tmp_path):
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    open_conversations(tmp_path).close()
    assert list(tmp_path.glob("conversations.unreadable-*"))


def test_without_a_folder_they_are_kept_in_memory(tmp_path):
    kept = open_conversations(tmp_path / "nowhere")
    assert kept.begin("r1", "Which?")
    kept.close()


def test_many_threads_write_at_once_and_nothing_is_lost(kept):
    key = kept.begin("r1", "Which?")

    def write(start: int) -> None:
        for n in range(start, start + 25):
            kept.put("r1", key, Exchange(n, f"{n}", problem="x"))
            kept.of("r1")

    threads = [threading.Thread(target=write, args=(1 + 25 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.number for e in kept.exchanges("r1", key)] == list(range(1, 201))


@pytest.mark.skipif(os.name != "posix", reason="modes are those of Unix")
def test_what_was_said_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    for _ in range(2):
        kept = Conversations(path)
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        kept.close()
        assert modes == {0o600}
        path.chmod(0o644)  # as an older version left it


def test_a_flood_makes_nobody_elses_conversation_leave(kept, monkeypatch):
    _full_at(monkeypatch, 10)
    mine = kept.begin("me", "Mine")
    kept.put("me", mine, Exchange(1, "?", problem="x"))
    flood = [kept.begin(f"r{n}", "Flood") for n in range(30)]
    assert kept.find("me", mine) is not None
    assert sum(map(bool, flood)) == 9
    kept.put("r29", flood[29], Exchange(1, "?", problem="x"))  # is not kept, and harms nothing
    assert kept.of("r29") == []


def test_a_full_file_makes_room_of_what_no_browser_can_name_any_more(kept, monkeypatch):
    _full_at(monkeypatch, 2)
    monkeypatch.setattr(module, "_now", lambda: "2020-01-01T00:00:00+00:00")
    old = [kept.begin(f"r{n}", "Old") for n in range(2)]
    monkeypatch.undo()
    _full_at(monkeypatch, 2)
    assert kept.begin("new", "New")
    assert [kept.find(f"r{n}", key) for n, key in enumerate(old)] == [None, None]


def test_a_visit_that_was_ended_stays_ended_until_its_time_is_over(kept):
    kept.end("9999999999-aa")
    kept.end("1000000000-bb")
    assert kept.ended("9999999999-aa")
    assert not kept.ended("1000000000-bb")


def _full_at(monkeypatch, most: int) -> None:
    for name in ("MOST_IN_ALL", "MOST_SHARED"):
        monkeypatch.setattr(module, name, most)


def test_what_is_put_half_is_not_put(kept, monkeypatch):
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, Exchange(1, "First", problem="x"))
    before = kept._db.all("SELECT used FROM conversations")
    with monkeypatch.context() as broken:
        broken.setattr(module, "_plain", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            kept.put("r1", key, Exchange(2, "Second", problem="x"))
    assert kept._db.all("SELECT used FROM conversations") == before
    kept.put("r1", key, Exchange(2, "Second", problem="x"))
    assert len(kept.exchanges("r1", key)) == 2


def test_two_servers_over_one_record_keep_the_same_conversations(servers, tmp_path):
    record = servers.new_library().record
    here, there = open_conversations(tmp_path / "a", record), open_conversations(tmp_path / "b", record)
    assert here.secret("door") == there.secret("door"), "who logged in at one is known at the other"
    key = here.begin("r1", "Which?")
    here.put("r1", key, Exchange(1, "Which?", reply=REPLIES[0]))
    there.put("r1", key, Exchange(2, "And then?", reply=REPLIES[1], feedback="down"))
    assert here.exchanges("r1", key) == there.exchanges("r1", key)
    assert [e.number for e in here.exchanges("r1", key)] == [1, 2]
    assert here.feedback() == [(key, Exchange(2, "And then?", reply=REPLIES[1], feedback="down"))]
    other = there.begin("r1", "Another")
    assert [k.id for k in here.of("r1")] == [other, key]
    here.put("r1", key, Exchange(3, "At last?", problem="x"))
    assert [k.id for k in there.of("r1")] == [key, other], "the order of use is one"
    there.end("9999999999-aa")
    assert here.ended("9999999999-aa")
    here.close()
    there.close()


def test_a_postgresql_that_was_away_costs_no_conversation(servers, tmp_path):
    kept = open_conversations(tmp_path, servers.new_library().record)
    key = kept.begin("r1", "Which?")
    kept.put("r1", key, Exchange(1, "Which?", problem="x"))
    servers.postgres.kill()
    with pytest.raises(LibraryError, match="could not be reached"):
        kept.put("r1", key, Exchange(2, "Lost", problem="x"))
    servers.postgres.start()
    kept.put("r1", key, Exchange(3, "There", problem="x"))
    assert [e.number for e in kept.exchanges("r1", key)] == [1, 3]
    kept.close()


def test_what_a_newer_version_wrote_is_left_alone(servers, tmp_path):
    record = servers.new_library().record
    kept = open_conversations(tmp_path, record)
    kept._db.do("UPDATE kept_versions SET version = 99")
    kept.close()
    with pytest.raises(LibraryError, match="newer version"):
        open_conversations(tmp_path, record)


def test_a_visit_that_was_ended_stays_ended_when_a_clock_that_ran_ahead_is_set_right(kept):
    last_week = int(time.time()) - 7 * 24 * 3_600
    kept.end(f"{last_week}-aa")
    kept.end("9999999999-bb")
    assert kept.ended(f"{last_week}-aa")


def _fill_the_disk(kept: Conversations) -> None:
    """Let the file grow no more, as on a full disk, and use up what is free in it."""
    kept._db.all("PRAGMA max_page_count = 1")  # SQLite makes it what there is
    for n in range(2_000):
        if not kept.begin(f"r{n}", "x" * 120):
            return
    raise AssertionError("the file still grows")


def test_a_full_disk_keeps_no_conversation_and_says_so_when_more_is_asked_of_it(tmp_path):
    kept = open_conversations(tmp_path)
    _fill_the_disk(kept)
    assert kept.begin("ann", "Bread") == ""
    with pytest.raises(LibraryError, match=r"could not be written .* Free some space"):
        kept.put("r0", kept.of("r0")[0].id, Exchange(1, "x" * 100_000))
    kept._db.all("PRAGMA max_page_count = 100000")
    assert kept.begin("ann", "Bread")


def test_a_visit_is_ended_on_a_full_disk_too(tmp_path):
    kept = open_conversations(tmp_path)
    _fill_the_disk(kept)
    visits = [f"99999999999-{n:016x}" for n in range(500)]
    for visit in visits:
        kept.end(visit)
    assert all(kept.ended(visit) for visit in visits)
    assert kept._ended, "there was room for all of them"
