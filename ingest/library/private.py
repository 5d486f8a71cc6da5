"""Files that their owner alone may read, from the first byte on."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read; one that is there is left as it is.

    Nothing is raised: whoever opens it next finds out what is wrong with it.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only its owner can read, whole or not at all; whole, it may have another `mode`.

    Raises:
        OSError: If it cannot be written; then what stood there stays, and nothing else is left.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            new.chmod(mode)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
