"""How many processors this process may use, and how much memory where it is one that only reads files
(`sandbox`).

The system holds a soft limit, which most readers never see, below a hard one, which nothing here can pass.
The one reader that runs a large model, `readers/ocr.py`, asks for more.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

MEGABYTE = 1_000_000
MOST = 2_500 * MEGABYTE  # of a child that reads pictures: 1.0 GB are in use at a time, 2.0 GB of addresses


@dataclass(slots=True)
class _Allowed:
    """Bytes that are allowed now; 0 in a process that is not confined."""

    memory: int = 0


_ALLOWED = _Allowed()


def processors() -> int:
    """Return on how many processors this process may work at a time.

    Fewer than there are where OMP_NUM_THREADS says so, which Ray, Slurm and others set for each of several
    processes on one machine.
    """
    try:
        there = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        there = os.cpu_count() or 1
    told = os.environ.get("OMP_NUM_THREADS", "")
    return min(there, int(told)) if told.isdecimal() and int(told) else there


def allowed() -> int:
    """Return how many bytes this process may take; 0 when nothing holds it."""
    return _ALLOWED.memory


def confine(memory: int) -> None:
    """Hold this process to `memory` bytes, which it may raise to `MOST`, and to no more for good."""
    _ALLOWED.memory = memory
    _set(memory, max(memory, MOST))


def allow_most() -> None:
    """Let a confined process take as much as any may."""
    if _ALLOWED.memory:
        _ALLOWED.memory = max(_ALLOWED.memory, MOST)
        _set(_ALLOWED.memory, _ALLOWED.memory)


def _set(soft: int, hard: int) -> None:
    if os.name == "nt":
        return
    import resource

    with contextlib.suppress(OSError, ValueError, AttributeError):
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
