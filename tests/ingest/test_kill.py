"""kill -9 at any moment of an ingest: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.article import content_id
from footnote.ingest.library.index import Index
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.record.postgres_words import PostgresWords
from footnote.ingest.library.record.words import Fts5Words
from footnote.ingest.library.stores import FOLDER, Stores

if TYPE_CHECKING:
    from tests.servers import ChromaShard, Postgres

KILLS = 30
KILLS_ON_SERVERS = 8
LONGEST = 1.2  # seconds from the first write to the kill
WITH_CHROMA = 6  # every so many kills the vector index is rebuilt and compared, id by id


@dataclass
class Acknowledged:
    """What the killed writers said: source → id, and the sources that were just being changed."""

    articles: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    next_number: int = 0
    at_work: int = 0  # writers that were writing when they were killed

    def read(self, lines: list[str]) -> None:
        self.unsure.clear()
        for line in lines:
            match line.split():
                case ["begin", number]:
                    self.next_number = int(number) + 3
                    self.unsure = {f"{int(number) + n}.txt" for n in range(3)}
                case ["added" | "updated" | "unchanged", source, article_id]:
                    self.articles[source] = article_id
                case ["removing", source]:
                    self.articles.pop(source, None)
                case ["removed", source]:
                    self.unsure.discard(source)
        self.at_work += bool(self.unsure)


class Writers:
    """Starts one writer after the other, each in a process of its own."""

    def __init__(self, home: Path, stores: Stores = FOLDER) -> None:
        given = [stores.record, ",".join(stores.index)] if stores.shared else []
        self.nursery = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("killed_writer.py")), str(home), *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, number: int, seconds: float, server: Postgres | ChromaShard | None = None) -> list[str]:
        """Let a writer write for so long, kill it, and return the lines that it printed.

        Before it, a `server` that it writes to is killed; that is there again in the end.
        """
        self.nursery.stdin.write(f"{number}\n")
        self.nursery.stdin.flush()
        lines = [self.nursery.stdout.readline()]
        while not lines[-1].startswith("writer "):
            lines.append(self.nursery.stdout.readline())
        time.sleep(seconds)
        if server is not None:
            server.kill()
            time.sleep(0.3)
            server.start()
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(lines.pop().split()[1]), signal.SIGKILL)
        while not lines[-1:] or not lines[-1].startswith("ended "):
            lines.append(self.nursery.stdout.readline())
        ended = lines.pop()
        assert server or ended == f"ended {-signal.SIGKILL}\n", "the writer ended by itself"
        return lines

    def close(self) -> None:
        self.nursery.communicate(input="")


def check_record(library: Library, said: Acknowledged) -> None:
    found = {a.source: a for a in library.articles()}
    for source, article_id in said.articles.items():
        if source not in said.unsure:
            assert found[source].article_id == article_id, f"{source} was lost"
    assert found.keys() - said.articles.keys() <= said.unsure, "an article came back"
    for article in found.values():
        paragraphs = library.paragraphs(article.article_id)
        assert len(paragraphs) == article.paragraphs
        assert content_id(p.text for p in paragraphs) == article.article_id, "half an article is visible"
    with library._record.transaction() as db:
        for name, orphans in ORPHANS.items():
            assert db.execute(orphans).fetchone() == (0,), name
        for name, orphans in ORPHANS_OF_WORDS[type(db.words)].items():
            assert db.execute(orphans).fetchone() == (0,), name
        if type(db.words) is Fts5Words:
            db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
            assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)


ORPHANS = {
    "unfinished articles": "SELECT count(*) FROM articles WHERE state != 'ready'",
    "articles without a source": "SELECT count(*) FROM articles WHERE id NOT IN (SELECT article FROM sources)",
    "sources without an article": "SELECT count(*) FROM sources WHERE article NOT IN (SELECT id FROM articles)",
    "paragraphs without an article": "SELECT count(*) FROM paragraphs WHERE article NOT IN (SELECT id FROM articles)",
    "chunks without an article": "SELECT count(*) FROM chunks WHERE article NOT IN (SELECT id FROM articles)",
    "sentences without a paragraph": "SELECT count(*) FROM sentences WHERE paragraph NOT IN (SELECT id FROM paragraphs)",
    "paragraphs without sentences": "SELECT count(*) FROM paragraphs WHERE id NOT IN (SELECT paragraph FROM sentences)",
    "paragraphs without chunks": """SELECT count(*) FROM paragraphs p WHERE NOT EXISTS
        (SELECT 1 FROM chunks c WHERE c.article = p.article AND c.paragraph = p.number)""",
}
ORPHANS_OF_WORDS = {
    Fts5Words: {
        "words without a paragraph": "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM paragraphs)",
        "paragraphs without words": "SELECT count(*) FROM paragraphs WHERE id NOT IN (SELECT rowid FROM words)",
    },
    PostgresWords: {
        "paragraphs without words": "SELECT count(*) FROM paragraphs WHERE id NOT IN (SELECT paragraph FROM words)",
        "a wrong total": """SELECT count(*) FROM totals WHERE paragraphs != (SELECT count(*) FROM words)
            OR stems != (SELECT coalesce(sum(length), 0) FROM words)""",
        "stems counted wrongly": """SELECT count(*) FROM vocabulary v FULL JOIN
            (SELECT lexeme, count(*) AS n FROM words w, unnest(w.terms) GROUP BY lexeme) t ON t.lexeme = v.term
            WHERE coalesce(v.holding, 0) != coalesce(t.n, 0)""",
    },
}


def check_index(library: Library) -> None:
    library.catch_up()
    with library._record.reading() as db:
        chunks = "SELECT a.article_id || ':' || c.number FROM chunks c JOIN articles a ON a.id = c.article"
        expected = {row[0] for row in db.execute(chunks)}
    index = library._index
    collections = (
        [index._chroma]
        if isinstance(index, Index)
        else [
            # A shard that no article has come to yet has no collection.
            shard.opened(index._collection(shard, index._meta()), "", create=True)
            for shard in index.shards
        ]
    )
    found = [name for one in collections for name in one._collection.get(include=[])["ids"]]
    assert sorted(found) == sorted(expected)
    assert sum(one.count() for one in collections) == len(expected)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_kills_of_writers_to_servers_lose_nothing_and_leave_nothing_by_half(servers, tmp_path: Path) -> None:
    """Of PostgreSQL and of a Chroma server too: what a writer was told is stored is there afterwards."""
    home, stores, said, chance = tmp_path / "library", servers.new_library(), Acknowledged(), random.Random()
    writers = Writers(home, stores)
    try:
        for kill in range(1, KILLS_ON_SERVERS + 1):
            aside = {3: servers.postgres, 5: servers.shards[0], 7: servers.shards[1]}.get(kill)
            said.read(writers.run(said.next_number, chance.uniform(0.2, LONGEST), aside))
            with open_library(home, "digest", 16, stores=stores) as library:
                check_record(library, said)
                said.articles = {a.source: a.article_id for a in library.articles()}
                if kill % 4 == 0:
                    check_index(library)
    finally:
        writers.close()
    with open_library(home, "digest", 16, read_only=True, stores=stores) as reader:
        assert reader.paragraph_count() > 0
    assert said.at_work > KILLS_ON_SERVERS / 2, "the writers were killed before they wrote"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_thirty_kills_lose_nothing_and_leave_nothing_by_half(tmp_path: Path) -> None:
    home = tmp_path / "library"
    chance = random.Random()  # another moment each time; the seed would not fix it anyway
    said = Acknowledged()
    began = time.monotonic()
    writers = Writers(home)
    try:
        for kill in range(1, KILLS + 1):
            said.read(writers.run(said.next_number, chance.uniform(0.0, LONGEST)))
            with open_library(home, "digest", 16) as library:
                check_record(library, said)
                said.articles = {a.source: a.article_id for a in library.articles()}
                if kill % WITH_CHROMA == 0:
                    check_index(library)
    finally:
        writers.close()
    with open_library(home, "digest", 16, read_only=True) as reader:
        assert reader.paragraph_count() > 0  # how many, the machine decides; `at_work` tells that they wrote
    assert said.at_work > KILLS / 2, "the writers were killed before they wrote"
    print(f"{said.at_work} of {KILLS} kills at work in {time.monotonic() - began:.0f} s")
