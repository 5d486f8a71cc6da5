"""Files of JSON Lines, as the workshop reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file, one a line; only a line feed ends one, and blank lines hold none."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file if line.strip()]
