"""What every vector index does: one suite, passed by the exact search and by Chroma."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.library.vectors import HNSW, ChromaIndex, ExactIndex, VectorIndex, collection_name, top

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DIMENSION = 16


def unit_rows(count: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def names(count: int) -> list[str]:
    return [f"article{n % 7}:{n}" for n in range(count)]


@pytest.fixture(params=["exact", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path):
    made: VectorIndex
    if request.param == "exact":
        made = ExactIndex(DIMENSION)
    else:
        made = ChromaIndex(tmp_path / str(uuid.uuid4()), "chunks-test")
    yield made
    made.close()


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert index.count() == 0
    assert index.nearest(unit_rows(1)[0], 5) == []


def test_a_stored_vector_is_nearest_to_itself_with_cosine_one(index: VectorIndex) -> None:
    rows = unit_rows(40)
    index.upsert(names(40), rows)
    for n in range(40):
        name, score = index.nearest(rows[n], 1)[0]
        assert name == names(40)[n]
        assert score == pytest.approx(1.0, abs=1e-5)


def test_scores_are_cosines_in_descending_order(index: VectorIndex) -> None:
    rows = unit_rows(30)
    index.upsert(names(30), rows)
    query = unit_rows(1, seed=9)[0]
    found = index.nearest(query, 10)
    cosines = dict(zip(names(30), (rows @ query).tolist(), strict=True))
    assert len(found) == 10
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
    assert all(score == pytest.approx(cosines[name], abs=1e-5) for name, score in found)
    assert {name for name, _ in found} == set(sorted(cosines, key=cosines.__getitem__)[-10:])


def test_upserting_an_id_again_replaces_its_vector(index: VectorIndex) -> None:
    rows = unit_rows(10)
    index.upsert(names(10), rows)
    index.upsert([names(10)[3]], -rows[3:4])
    assert index.count() == 10
    assert index.nearest(-rows[3], 1)[0][0] == names(10)[3]


def test_deleted_ids_are_not_found_and_the_others_are(index: VectorIndex) -> None:
    rows = unit_rows(20)
    index.upsert(names(20), rows)
    gone = names(20)[:20:3]
    index.delete(gone)
    assert index.count() == 20 - len(gone)
    for n, name in enumerate(names(20)):
        best = index.nearest(rows[n], 1)[0][0]
        assert (best == name) is (name not in gone)


def test_deleting_unknown_ids_changes_nothing(index: VectorIndex) -> None:
    index.upsert(names(3), unit_rows(3))
    index.delete(["nobody:1", "nobody:2"])
    assert index.count() == 3


def test_all_can_be_deleted_and_added_again(index: VectorIndex) -> None:
    rows = unit_rows(5)
    index.upsert(names(5), rows)
    index.delete(names(5))
    assert index.count() == 0
    assert index.nearest(rows[0], 3) == []
    index.upsert(names(5), rows)
    assert index.nearest(rows[4], 1)[0][0] == names(5)[4]


def test_more_than_there_are_may_be_asked_for(index: VectorIndex) -> None:
    index.upsert(names(4), unit_rows(4))
    assert len(index.nearest(unit_rows(1)[0], 100)) == 4
    assert index.nearest(unit_rows(1)[0], 0) == []


def test_more_vectors_than_one_batch_are_all_there(index: VectorIndex) -> None:
    rows = unit_rows(2100)
    index.upsert(names(2100), rows)
    assert index.count() == 2100
    assert index.nearest(rows[2050], 1)[0][0] == names(2100)[2050]
    index.delete(names(2100)[:1500])
    assert index.count() == 600


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


def test_another_encoder_dimension_or_chunking_is_another_collection() -> None:
    variants = {collection_name(*v) for v in [("a", 8, 1), ("b", 8, 1), ("a", 9, 1), ("a", 8, 2)]}
    assert len(variants) == 4
    assert all(3 <= len(name) <= 512 and name.replace("-", "").isalnum() for name in variants)


def test_the_top_scores_come_first_and_ties_in_order() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.9, 0.2], dtype=np.float32)
    assert top(scores, 3).tolist() == [1, 3, 2]
    assert top(scores, 99).tolist() == [1, 3, 2, 4, 0]
    assert top(scores[:0], 3).tolist() == []
