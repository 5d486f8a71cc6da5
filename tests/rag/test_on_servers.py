"""Replies from a library on PostgreSQL and Chroma servers: those of a folder, and honest where a part is silent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from footnote import Assistant, Refusal, Settings
from footnote.evals.suite.data import sample_suite
from footnote.ingest.archive import export, restore
from footnote.ingest.library import shards
from footnote.ingest.library.library import open_library
from footnote.rag.answer.reader import PackagedReader
from footnote.rag.review import check_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY = 10  # cases of the suite; `make scale-test` asks all of them
SILENT = "1 of 2 parts of the library did not answer; what they hold was searched by its words alone."


@pytest.fixture(scope="module")
def shared(servers, sample_home: Path, encoder, tmp_path_factory) -> Iterator[Assistant]:
    """The sample library, moved to servers."""
    home, stores = tmp_path_factory.mktemp("servers"), servers.new_library()
    with open_library(sample_home, encoder.name, encoder.dimension, read_only=True) as library:
        export(library, home / "samples.zip")
    with open_library(home, encoder.name, encoder.dimension, stores=stores) as library:
        list(restore(library, home / "samples.zip", encoder))
    library = open_library(home, encoder.name, encoder.dimension, read_only=True, stores=stores)
    with Assistant(Settings(home=home), library, encoder, reader=PackagedReader()) as assistant:
        yield assistant


def reply_of(assistant: Assistant, question: str) -> dict[str, Any]:
    """Return all of a reply but how long it took."""
    return {**assistant.ask(question).as_json(), "timings_ms": {}}


def test_the_sample_suite_gets_the_same_replies_to_the_byte(sample_assistant, shared) -> None:
    cases = sample_suite().cases[::EVERY]
    assert len(cases) > 15
    for case in cases:
        if question := getattr(case, "question", ""):
            assert reply_of(shared, question) == reply_of(sample_assistant, question)
    found = [assistant.search("the harbour bridge", k=50) for assistant in (shared, sample_assistant)]
    assert found[0] == found[1]


def test_where_a_part_is_silent_replies_say_so_and_nothing_is_called_absent(
    servers, shared, monkeypatch
) -> None:
    monkeypatch.setattr(shards, "RESTS", 0.0)
    nowhere = ["What is the capital of Atlantis?", "Who painted the Quixotic Zeppelin?"]
    before = [shared.ask(question) for question in nowhere]
    assert all(isinstance(reply, Refusal) and "none of them" in reply.text for reply in before)
    for shard in servers.shards:
        shard.kill()
        try:
            for question in nowhere:
                reply = shared.ask(question)
                assert isinstance(reply, Refusal)
                assert SILENT in reply.notices
                assert "not known" in reply.text
                assert "none of them" not in reply.text
            assert SILENT in shared.ask("When does the harbour bridge close?").notices
            assert shared.search("harbour bridge").as_json()["notices"] == [SILENT]
            checked = check_text("Quokkas zipped through Atlantis on purple skates.", shared)
            assert checked.notices == (SILENT,)
            assert all("that could be searched" in s.support.reason for s in checked.sentences)
        finally:
            shard.start()
    assert [replace(shared.ask(q), timings_ms={}) for q in nowhere] == [
        replace(reply, timings_ms={}) for reply in before
    ]
