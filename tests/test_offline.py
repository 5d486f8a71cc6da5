"""Reading, asking and summarising with the real parts reach no other computer."""

import asyncio
import socket
from pathlib import Path

import pytest

from footnote import Assistant, Settings
from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.encoder.tokens import count_tokens
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome, ingest
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from tests.offline_guard import CalledOut, block_sockets, is_local


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return block_sockets(monkeypatch)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443), ("2001:db8::1", 80)])
def test_the_guard_stops_a_connection_to_another_computer(
    attempts: list[str], address: tuple[str, int]
) -> None:
    with pytest.raises(CalledOut):
        socket.create_connection(address, timeout=1)
    assert attempts == [address[0]]


def test_the_guard_stops_an_asynchronous_look_up(attempts: list[str]) -> None:
    async def look_up() -> None:
        await asyncio.get_running_loop().getaddrinfo("example.org", 443)

    with pytest.raises(CalledOut):
        asyncio.run(look_up())


def test_the_guard_lets_this_computer_talk_to_itself(attempts: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    assert attempts == []


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        (None, True),
        ("10.0.0.1", False),
        ("x.y", False),
    ],
)
def test_only_loopback_is_local(host: str | None, local: bool) -> None:
    assert is_local(host) is local


def test_ingesting_asking_and_summarising_reach_no_other_computer(
    attempts: list[str], tmp_path: Path
) -> None:
    samples = sorted(str(path) for path in sample_folder().glob("*.md"))[:3]
    encoder = PackagedEncoder()  # not the shared one: loading it must not call out either
    library = open_library(tmp_path / "library", encoder.name, encoder.dimension)
    with Assistant(Settings(home=tmp_path / "library"), library, encoder) as assistant:
        events = [e for e in ingest(read_sources(samples), library, encoder) if isinstance(e, Outcome)]
        assert [e.status for e in events] == ["added"] * 3
        first = library.articles()[0]
        assert assistant.ask(f"What is said about {first.title}?")
        assert assistant.search(first.title)
        assert assistant.summarise([first.article_id]).text
    assert attempts == []


def test_counting_tokens_reaches_no_other_computer(attempts: list[str]) -> None:
    assert 2 <= count_tokens("Two words.") <= 6
    assert attempts == []
