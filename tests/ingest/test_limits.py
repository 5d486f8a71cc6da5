"""How many processors a process may use."""

from __future__ import annotations

import os

import pytest

from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.limits import processors


@pytest.fixture(autouse=True)
def sixteen(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)


@pytest.mark.parametrize(
    ("told", "number"), [("", 16), ("1", 1), ("4", 4), ("64", 16), ("0", 16), ("4,2", 16), ("many", 16)]
)
def test_as_many_as_there_are_or_as_few_as_is_told(told: str, number: int, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert processors() == number


def test_one_of_several_processes_on_a_machine_encodes_on_its_own_processor(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert PackagedEncoder()._model().pool._max_workers == 1
