"""Visits that nobody looks at cost nothing for long; a page that reads is left alone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from footnote.ui.web import visits as module
from footnote.ui.web.visits import LOOKS, MOST_WAITING, Visits


@pytest.fixture
def blocks():
    queue = SimpleNamespace(
        event_ids_to_events={}, pending_messages_per_session=OrderedDict(), pending_event_ids_session={}
    )
    return SimpleNamespace(
        _queue=queue, state_holder=SimpleNamespace(session_data=OrderedDict(), time_last_used={})
    )


def visit(blocks, session: str, messages: int = 1) -> asyncio.Queue:
    kept = asyncio.Queue()
    for n in range(messages):
        kept.put_nowait(n)
    blocks._queue.pending_messages_per_session[session] = kept
    blocks._queue.pending_event_ids_session[session] = set()
    blocks.state_holder.session_data[session] = "a state"
    blocks.state_holder.time_last_used[session] = datetime.now()  # noqa: DTZ005 - as Gradio does
    return kept


def left(blocks) -> set[str]:
    return set(blocks._queue.pending_messages_per_session)


def test_a_crowd_that_never_reads_leaves_at_once_down_to_the_newest(blocks):
    visits = Visits(blocks)
    for n in range(4_000):
        visit(blocks, f"v{n}")
    visits.look()
    assert len(left(blocks)) == MOST_WAITING
    assert len(blocks.state_holder.session_data) == MOST_WAITING
    assert (
        len(blocks._queue.pending_event_ids_session)
        == len(blocks.state_holder.time_last_used)
        == MOST_WAITING
    )


def test_what_is_not_fetched_for_long_goes_and_what_is_fetched_stays(blocks):
    visits = Visits(blocks)
    visit(blocks, "lost")
    visit(blocks, "empty", messages=0)
    for _ in range(LOOKS + 1):
        read = visit(blocks, "read")
        visits.look()
        read.get_nowait()
        visits.look()
    assert left(blocks) == {"empty", "read"}


def test_what_is_under_way_or_waited_for_is_left_alone(blocks):
    visits = Visits(blocks)
    visit(blocks, "busy")
    blocks._queue.event_ids_to_events["e"] = SimpleNamespace(session_hash="busy")
    visit(blocks, "waited")._getters.append("a stream")
    for _ in range(LOOKS + 3):
        visits.look()
    assert left(blocks) == {"busy", "waited"}


def test_it_looks_while_the_application_runs_and_ends_with_it(blocks, monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.01)
    monkeypatch.setattr(module, "LOOKS", 1)

    async def run() -> None:
        async with Visits(blocks).watched():
            visit(blocks, "lost")
            await asyncio.sleep(0.2)

    asyncio.run(run())
    assert left(blocks) == set()


def test_a_visit_that_no_page_holds_open_is_forgotten_when_it_was_not_used_for_long(blocks):
    visits = Visits(blocks)

    def idle(seconds: float) -> set[str]:
        for session in blocks.state_holder.time_last_used:
            blocks.state_holder.time_last_used[session] -= timedelta(seconds=seconds)
        visits.look()
        return set(blocks.state_holder.session_data)

    for session in ("script", "busy", "open", "closed"):
        visit(blocks, session, messages=0)
    blocks._queue.event_ids_to_events["e"] = SimpleNamespace(session_hash="busy")
    visit(blocks, "streaming", messages=0)._getters.append("a stream")
    with visits.held_open("closed"):
        pass
    with visits.held_open("never used"):
        pass
    with visits.held_open("open"), visits.held_open("open"):
        assert idle(30) == {"script", "busy", "open", "closed", "streaming"}
        assert idle(60) == {"busy", "open", "closed", "streaming"}
        assert idle(3_600) == {"busy", "open", "streaming"}
    blocks._queue.event_ids_to_events.clear()
    blocks._queue.pending_messages_per_session["streaming"]._getters.clear()
    assert idle(0) == set()
    assert not visits._closed
    assert not visits._open
