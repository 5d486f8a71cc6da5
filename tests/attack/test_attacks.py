"""Every attack of `attacks.py`, against real servers; `make attack` prints them as a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.attack.accidents import ATTACKS
from tests.attack.attacks import Attack, Skipped
from tests.attack.endurance import KINDS, kills
from tests.attack.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=[a.name for a in ATTACKS])
def test_nothing_gets_in_nothing_is_lost(attack: Attack, world: World) -> None:
    try:
        assert attack.make(world)
    except Skipped as reason:
        pytest.skip(str(reason))
    finally:
        world.rest()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_a_kill_of_a_command_of_each_kind_loses_nothing(world: World) -> None:
    assert "none lost" in kills(world, len(KINDS))


def test_every_fault_that_was_found_is_tried_again_and_thirty_others() -> None:
    rows = {a.row for a in ATTACKS}
    assert rows >= set(range(1, 19))
    assert sum(not a.row for a in ATTACKS) >= 30
    assert len({a.name for a in ATTACKS}) == len(ATTACKS)
