"""The exact search and Chroma: what every vector index does, and what each does beside it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.library import vectors
from footnote.ingest.library.vectors import (
    HNSW,
    WIDE,
    ChromaIndex,
    ChromaServer,
    ExactIndex,
    collection_name,
    top,
)
from tests.contracts.vector_index import DIMENSION, VectorIndexContract, names, unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestExactIndex(VectorIndexContract):
    @pytest.fixture
    def index(self) -> ExactIndex:
        return ExactIndex(DIMENSION)


class TestChromaIndex(VectorIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[ChromaIndex]:
        made = ChromaIndex(tmp_path / "chroma", "chunks-test")
        yield made
        made.close()


class TestChromaServer(VectorIndexContract):
    @pytest.fixture
    def index(self, servers) -> Iterator[ChromaServer]:
        made = ChromaServer(servers.shards[0].address, "", "chunks-test", create=True)
        yield made
        made.drop()
        made.close()


def test_a_collection_that_a_server_does_not_have_is_not_taken_for_an_empty_one(servers) -> None:
    with pytest.raises(Exception, match="does not exist") as caught:
        ChromaServer(servers.shards[0].address, "", "chunks-nowhere", create=False)
    assert type(caught.value).__name__ == "NotFoundError"  # by which ingest.library.shards knows it


def test_the_exact_search_looks_only_at_the_articles_it_is_given() -> None:
    index = ExactIndex(DIMENSION)
    rows = unit_rows(50)
    index.upsert(names(50), rows)
    index.delete(names(50)[:10])
    found = index.nearest(rows[0], 50, ["article2", "article5", "unknown"])
    expected = {n for n in names(50)[10:] if n.startswith(("article2:", "article5:"))}
    assert {name for name, _ in found} == expected
    assert index.nearest(rows[0], 5, []) == []


def test_chroma_finds_again_what_was_stored_before_it_was_closed(tmp_path: Path) -> None:
    rows = unit_rows(30)
    first = ChromaIndex(tmp_path / "c", "chunks-test")
    first.upsert(names(30), rows)
    first.close()
    second = ChromaIndex(tmp_path / "c", "chunks-test")
    assert second.count() == 30
    assert second.nearest(rows[7], 1)[0][0] == names(30)[7]
    second.close()


def test_chroma_is_built_for_recall_and_by_cosine(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "c", "chunks-test")
    found = index._collection.configuration_json["hnsw"]
    assert {name: found[name] for name in HNSW} == HNSW
    index.close()


def test_what_an_earlier_footnote_built_on_a_server_is_searched_as_widely(servers, monkeypatch) -> None:
    def opened() -> ChromaServer:
        return ChromaServer(servers.shards[0].address, "", "chunks-old", create=True)

    rows = unit_rows(30)
    with monkeypatch.context() as earlier:
        earlier.setattr(vectors, "WIDE", HNSW)
        index = opened()
        index.upsert(names(30), rows)
        index.close()
    for _ in range(20):  # a server that is just writing puts it off
        opened().close()
        index = opened()
        found = index._collection.configuration_json["hnsw"]
        if found["ef_search"] == WIDE["ef_search"]:
            break
        index.close()
        time.sleep(0.2)
    assert (found["ef_search"], found["max_neighbors"]) == (WIDE["ef_search"], HNSW["max_neighbors"])
    assert found["ef_search"] > HNSW["ef_search"]
    assert index.nearest(rows[7], 1)[0][0] == names(30)[7]
    index.drop()
    index.close()


def test_a_server_that_will_not_search_more_widely_answers_all_the_same(servers, monkeypatch) -> None:
    address = servers.shards[0].address
    made = ChromaServer(address, "", "chunks-kept", create=True)
    made.upsert(names(30), unit_rows(30))
    monkeypatch.setattr(vectors, "WIDE", WIDE | {"ef_search": -1})  # it refuses that
    again = ChromaServer(address, "", "chunks-kept", create=False)
    assert again.nearest(unit_rows(30)[7], 1)[0][0] == names(30)[7]
    again.drop()
    for one in (made, again):
        one.close()


def test_another_encoder_dimension_or_chunking_is_another_collection() -> None:
    variants = {collection_name(*v) for v in [("a", 8, 1), ("b", 8, 1), ("a", 9, 1), ("a", 8, 2)]}
    assert len(variants) == 4
    assert all(3 <= len(name) <= 512 and name.replace("-", "").isalnum() for name in variants)


def test_the_top_scores_come_first_and_ties_in_order() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.9, 0.2], dtype=np.float32)
    assert top(scores, 3).tolist() == [1, 3, 2]
    assert top(scores, 99).tolist() == [1, 3, 2, 4, 0]
    assert top(scores[:0], 3).tolist() == []
