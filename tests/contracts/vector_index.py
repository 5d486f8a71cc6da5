"""What every `VectorIndex` does. Inherit, and override the fixture `index`: an empty one of `DIMENSION`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footnote.ingest.library.vectors import VectorIndex

DIMENSION = 16


def unit_rows(count: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def names(count: int) -> list[str]:
    return [f"article{n % 7}:{n}" for n in range(count)]


class VectorIndexContract:
    @pytest.fixture
    def index(self) -> VectorIndex:
        raise NotImplementedError

    def test_an_empty_index_finds_nothing(self, index: VectorIndex) -> None:
        assert index.count() == 0
        assert index.nearest(unit_rows(1)[0], 5) == []

    def test_nothing_added_or_deleted_changes_nothing(self, index: VectorIndex) -> None:
        index.upsert([], unit_rows(0))
        index.delete([])
        assert index.count() == 0

    def test_a_stored_vector_is_nearest_to_itself_with_cosine_one(self, index: VectorIndex) -> None:
        rows = unit_rows(40)
        index.upsert(names(40), rows)
        for n in range(40):
            name, score = index.nearest(rows[n], 1)[0]
            assert name == names(40)[n]
            assert score == pytest.approx(1.0, abs=1e-5)

    @pytest.mark.parametrize(("count", "k"), [(30, 1), (30, 10), (30, 30), (1500, 300)])
    def test_the_nearest_are_those_of_a_search_through_all_and_scores_are_cosines(
        self, index: VectorIndex, count: int, k: int
    ) -> None:
        rows = unit_rows(count)
        index.upsert(names(count), rows)
        for query in unit_rows(3, seed=9):
            found = index.nearest(query, k)
            cosines = dict(zip(names(count), (rows @ query).tolist(), strict=True))
            assert [name for name, _ in found] == sorted(cosines, key=lambda n: -cosines[n])[:k]
            assert [score for _, score in found] == pytest.approx([cosines[n] for n, _ in found], abs=1e-5)

    def test_after_any_changes_it_holds_what_was_left(self, index: VectorIndex) -> None:
        dice, held = np.random.default_rng(3), {}
        for turn in range(12):
            chosen = [names(60)[n] for n in dice.choice(60, size=10, replace=False)]
            if turn % 3 == 2:
                index.delete(chosen)
                held = {name: row for name, row in held.items() if name not in chosen}
            else:
                rows = unit_rows(10, seed=turn)
                index.upsert(chosen, rows)
                held |= dict(zip(chosen, rows, strict=True))
            assert index.count() == len(held)
        query = unit_rows(1, seed=99)[0]
        wanted = sorted(held, key=lambda name: -float(held[name] @ query))
        assert [name for name, _ in index.nearest(query, 100)] == wanted

    def test_upserting_an_id_again_replaces_its_vector(self, index: VectorIndex) -> None:
        rows = unit_rows(10)
        index.upsert(names(10), rows)
        index.upsert([names(10)[3]], -rows[3:4])
        assert index.count() == 10
        assert index.nearest(-rows[3], 1)[0][0] == names(10)[3]

    def test_deleted_ids_are_not_found_and_the_others_are(self, index: VectorIndex) -> None:
        rows = unit_rows(20)
        index.upsert(names(20), rows)
        gone = names(20)[:20:3]
        index.delete(gone)
        assert index.count() == 20 - len(gone)
        for n, name in enumerate(names(20)):
            best = index.nearest(rows[n], 1)[0][0]
            assert (best == name) is (name not in gone)

    def test_deleting_unknown_ids_changes_nothing(self, index: VectorIndex) -> None:
        index.upsert(names(3), unit_rows(3))
        index.delete(["nobody:1", "nobody:2"])
        assert index.count() == 3

    def test_all_can_be_deleted_and_added_again(self, index: VectorIndex) -> None:
        rows = unit_rows(5)
        index.upsert(names(5), rows)
        index.delete(names(5))
        assert index.count() == 0
        assert index.nearest(rows[0], 3) == []
        index.upsert(names(5), rows)
        assert index.nearest(rows[4], 1)[0][0] == names(5)[4]

    def test_more_than_there_are_may_be_asked_for(self, index: VectorIndex) -> None:
        index.upsert(names(4), unit_rows(4))
        assert len(index.nearest(unit_rows(1)[0], 100)) == 4
        assert index.nearest(unit_rows(1)[0], 0) == []

    def test_more_vectors_than_one_batch_are_all_there(self, index: VectorIndex) -> None:
        rows = unit_rows(2100)
        index.upsert(names(2100), rows)
        assert index.count() == 2100
        assert index.nearest(rows[2050], 1)[0][0] == names(2100)[2050]
        index.delete(names(2100)[:1500])
        assert index.count() == 600

    def test_what_is_given_is_copied_and_left_as_it_was(self, index: VectorIndex) -> None:
        rows, ids = unit_rows(6), names(6)
        query = rows[2].copy()
        index.upsert(ids, rows)
        assert np.array_equal(rows, unit_rows(6))
        rows[:] = 0
        assert index.nearest(query, 1)[0][0] == ids[2]
        assert np.array_equal(query, unit_rows(6)[2])
        assert ids == names(6)

    def test_several_threads_search_at_once(self, index: VectorIndex) -> None:
        rows = unit_rows(50)
        index.upsert(names(50), rows)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda n: index.nearest(rows[n % 50], 1)[0][0], range(200)))
        assert found == [names(50)[n % 50] for n in range(200)]
