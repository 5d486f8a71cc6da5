"""A short form of `make scale-test`: all processes of a large installation, each killed under load."""

from __future__ import annotations

import os

import pytest

from tests.scale import load
from tests.scale.system import System


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_kills_of_every_process_lose_no_article_and_call_nothing_absent() -> None:
    system = System()
    try:
        held, told = load.kills(system, 1)
    finally:
        system.stop()
    assert held, told
    print(told)
