from __future__ import annotations

import threading

import pytest

from footnote.ingest.article import Rejected
from footnote.ingest.pipeline import Outcome
from footnote.ui.page.adding import MOST_LINES, Adding, shortened
from footnote.ui.state.session import OutcomeLine


def added(source: str) -> Outcome:
    return Outcome(source, "added", "id", source, 1)


def texts(lines) -> list[str]:
    return [line.text for line in lines]


def test_each_item_waits_is_read_is_stored_and_is_done():
    read, stored = threading.Event(), threading.Event()

    def first():
        read.wait(10)
        yield Rejected("one", "")

    def store(articles):
        held = list(articles)
        stored.wait(10)
        yield from (added(a.source) for a in held)

    adding = Adding([("one", first), *((n, lambda n=n: iter([Rejected(n, "")])) for n in ("two", "three"))])
    assert texts(adding.lines()) == ["Waiting: one", "Waiting: two", "Waiting: three"]
    steps = adding.run(store)
    assert texts(next(steps)) == ["Reading one…", "Waiting: two", "Waiting: three"]
    read.set()
    assert "Storing three…" in texts(next(steps))
    assert adding.done == 0
    stored.set()
    last = list(steps)[-1]
    assert texts(last) == [f"Added “{n}”, 1 paragraph." for n in ("one", "two", "three")]
    assert adding.done == 3


def test_nothing_new_is_told_until_it_is_its_turn():
    turn = threading.Event()

    def store(articles):
        turn.wait(10)
        yield from (added(a.source) for a in articles)

    adding = Adding([("one", lambda: iter([Rejected("one", "")]))])
    threading.Timer(0.5, turn.set).start()
    assert next(adding.run(store)) != [OutcomeLine("wait", "Waiting: one")]


def test_of_many_that_wait_a_few_are_named_and_the_others_counted():
    adding = Adding([(str(n), lambda: iter(())) for n in range(40)])
    assert texts(adding.lines())[-2:] == ["Waiting: 4", "and 35 more"]


def test_what_fails_in_the_background_raises_here():
    def store(articles):
        raise ValueError("late")
        yield

    with pytest.raises(ValueError, match="late"):
        list(Adding([("a", lambda: iter(()))]).run(store))


def test_whoever_leaves_ends_it_after_what_is_being_read():
    begun, stored, ended = [], [], threading.Event()

    def item(n):
        begun.append(n)
        yield Rejected(str(n), "")

    def store(articles):
        try:
            for a in articles:
                stored.append(a.source)
                yield added(a.source)
        finally:
            ended.set()

    steps = Adding([(str(n), lambda n=n: item(n)) for n in range(100_000)]).run(store)
    next(steps)
    steps.close()
    assert ended.wait(10)
    assert len(begun) < 100_000
    assert len(stored) <= len(begun)


def test_many_that_went_well_are_counted_and_every_one_that_did_not_is_named():
    lines = [OutcomeLine("good", str(n)) for n in range(MOST_LINES + 10)]
    lines.insert(3, OutcomeLine("bad", "broken"))
    found = shortened(lines)
    assert found[0].text == "10 others are in the library."
    assert OutcomeLine("bad", "broken") in found
    assert len(found) == MOST_LINES + 2
    assert shortened(lines[:5]) == lines[:5]
