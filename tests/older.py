"""What a record of an older form lacks."""

from __future__ import annotations

import re

from footnote.ingest.library.record.schema import MIGRATIONS


def tables_since(form: int) -> list[str]:
    """Return the tables that came with `form` and later ones, those first that lean on others."""
    made = [s for later in sorted(MIGRATIONS) if later >= form for s in MIGRATIONS[later]]
    found = [re.match(r"CREATE TABLE (\w+)", statement) for statement in reversed(made)]
    return [match[1] for match in found if match]
