"""A file of an older form, brought up to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.library.record.reading import ready_rows
from footnote.ingest.library.record.schema import MIGRATIONS, SCHEMA_VERSION, STEMMED_FROM, set_meta
from footnote.ingest.library.record.words import index_words_anew

if TYPE_CHECKING:
    from footnote.ingest.library.record.seam import Connection


def migrate(db: Connection, schema: int) -> None:
    """Bring a file of an older form up to this one; the caller holds a transaction."""
    for form in range(schema + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[form]:
            db.execute(statement)
    if schema < STEMMED_FROM:
        for row in ready_rows(db):
            index_words_anew(db, row)
    set_meta(db, schema=SCHEMA_VERSION)
