"""Accounts with their groups, which group may read which collection, and who did what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from footnote.ingest.library.record.values import AccountRecord, AuditRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footnote.ingest.library.record.seam import Connection

MOST_AUDITED = 100_000  # lines that are kept; the oldest go


def accounts(db: Connection) -> list[AccountRecord]:
    """Return every account, sorted by name."""
    rows = db.execute(
        "SELECT a.name, a.role, a.password, a.made, (SELECT json_group_array(name) FROM"
        " (SELECT name FROM account_groups WHERE account = a.name ORDER BY name) g)"
        " FROM accounts a ORDER BY a.name"
    ).fetchall()
    return [
        AccountRecord(name, role, password, made, tuple(json.loads(groups or "[]")))
        for name, role, password, made, groups in rows
    ]


def put_account(db: Connection, name: str, role: str, password: str, made: str) -> None:
    """Store an account, or what has become of it."""
    db.execute(
        "INSERT INTO accounts (name, role, password, made) VALUES (?, ?, ?, ?) ON CONFLICT (name)"
        " DO UPDATE SET role = excluded.role, password = excluded.password",
        (name, role, password, made),
    )


def remove_account(db: Connection, name: str) -> None:
    """Remove an account."""
    db.execute("DELETE FROM account_groups WHERE account = ?", (name,))
    db.execute("DELETE FROM accounts WHERE name = ?", (name,))


def put_groups(db: Connection, name: str, groups: Iterable[str]) -> None:
    """Put an account into just these groups."""
    db.execute("DELETE FROM account_groups WHERE account = ?", (name,))
    db.executemany(
        "INSERT INTO account_groups (account, name) VALUES (?, ?)", [(name, g) for g in sorted(set(groups))]
    )


def readers_of(db: Connection) -> dict[str, tuple[str, ...]]:
    """Return the groups that may read each collection, by its name."""
    rows = db.execute(
        "SELECT c.name, g.name FROM collections c JOIN collection_groups g ON g.collection = c.id"
        " ORDER BY c.key, g.name"
    ).fetchall()
    found: dict[str, tuple[str, ...]] = {}
    for collection, group in rows:
        found[collection] = (*found.get(collection, ()), group)
    return found


def let_group(db: Connection, collection: int, group: str) -> None:
    """Let a group read a collection."""
    db.execute(
        "INSERT INTO collection_groups (collection, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (collection, group),
    )


def bar_group(db: Connection, collection: int, group: str) -> None:
    """Let a group no longer read a collection."""
    db.execute("DELETE FROM collection_groups WHERE collection = ? AND name = ?", (collection, group))


def note_audit(db: Connection, at: str, account: str, act: str, what: str) -> None:
    """Note who did what; the oldest of very many goes."""
    number = db.insert(
        "INSERT INTO audit (at, account, act, what) VALUES (?, ?, ?, ?)", (at, account, act, what)
    )
    db.execute("DELETE FROM audit WHERE id <= ?", (number - MOST_AUDITED,))


def audited(db: Connection, most: int) -> list[AuditRecord]:
    """Return who did what lately, the newest first."""
    rows = db.execute("SELECT at, account, act, what FROM audit ORDER BY id DESC LIMIT ?", (most,))
    return [AuditRecord(*row) for row in rows.fetchall()]
