"""Run by test_workers: a worker with short patience and an encoder that takes its time.

Usage: `python killed_worker.py HOME RECORD INDEX`, RECORD and INDEX as in the settings.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.ingest.jobs import queue, worker
from footnote.ingest.library import index
from footnote.ingest.library.stores import Stores
from tests.ingest.killed_writer import DigestEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class SlowEncoder(DigestEncoder):
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.002 * len(texts))
        return super().encode(texts)


def main() -> None:
    """Work until the kill comes."""
    index.OPEN_AT = 1  # every article goes to Chroma at once
    queue.HEARTBEAT = worker.HEARTBEAT = 0.2
    queue.STALLED = worker.STALLED = 1.0
    worker.LOOK, worker.FIRST_WAIT, worker.AWAY = 0.2, 0, 0.2
    stores = Stores(sys.argv[2], tuple(sys.argv[3].split(",")))
    found = worker.Worker(Path(sys.argv[1]), stores, SlowEncoder())
    print("ready", flush=True)
    found.run()


if __name__ == "__main__":
    main()
