"""Accounts: who may see and do what. Without any, there is one person, who may do everything.

An account has a role and is in groups. An admin sees and does everything. Editors and readers see the
articles in collections that a group of theirs may read, and nothing else; an article that is in no collection
is an admin's alone. Editors add, change, file and remove what they see; readers do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from footnote.ingest.errors import LibraryError, UnusableName
from footnote.ingest.library import record as sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footnote.ingest.library.record import AccountRecord

Role = Literal["reader", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may
Change = Literal["add", "remove", "role", "password", "groups"]
CHANGES: tuple[Change, ...] = get_args(Change)
NAME = re.compile(r"[^\W_][\w.@+-]{0,79}")


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What is done with the account of this name.

    `password` is what `AccountRecord` says of it.
    """

    change: Change
    name: str
    role: str = ""
    password: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider of logins names.

    `proof` is kept in the place of a password: it is of one person at one provider, whatever name that person
    has there. `groups` is None where the provider does not decide on them.
    """

    name: str
    proof: str
    groups: tuple[str, ...] | None = None


def account_name(text: str, what: str = "account") -> str:
    """Return the name of an account or a group as it is kept: without case.

    Raises:
        UnusableName: If it is none.

    >>> account_name("Anna@Example.org")
    'anna@example.org'
    """
    name = text.strip().casefold()
    if not NAME.fullmatch(name):
        raise UnusableName(
            f"“{text.strip()[:80]}” is no name of {'a' if what == 'group' else 'an'} {what}: it begins "
            "with a letter or a digit and has at most 80 of these, and . @ + - _."
        )
    return name


def change_account(db: sql.Connection, wish: AccountChange) -> None:
    """Do what is wished for; the caller holds a transaction.

    Raises:
        LibraryError: If it cannot be done: there is no such account, or no admin would be left.
    """
    name = account_name(wish.name)
    there = {one.name: one for one in sql.accounts(db)}
    if wish.change == "add":
        _add(db, wish, name, there)
        return
    before = there.get(name)
    if before is None:
        raise LibraryError(f"There is no account “{name}”. `footnote accounts list` shows all.")
    match wish.change:
        case "remove":
            _leaves_an_admin(there, before)
            sql.remove_account(db, name)
        case "role":
            if _role(wish.role) != "admin":
                _leaves_an_admin(there, before)
            sql.put_account(db, name, _role(wish.role), before.password, before.made)
        case "password":
            sql.put_account(db, name, before.role, wish.password, before.made)
        case "groups":
            sql.put_groups(db, name, [account_name(g, "group") for g in wish.groups])


def _add(db: sql.Connection, wish: AccountChange, name: str, there: dict[str, AccountRecord]) -> None:
    if name in there:
        raise UnusableName(f"There is an account “{name}” already.")
    if not there and wish.role != "admin":
        raise LibraryError("The first account must be an admin’s: nobody else could make others.")
    sql.put_account(db, name, _role(wish.role), wish.password, now())
    sql.put_groups(db, name, [account_name(g, "group") for g in wish.groups])


def account_of(there: Mapping[str, AccountRecord], whom: Vouched) -> AccountRecord | None:
    """Return the account by which who a provider names came in before."""
    return next((one for one in there.values() if one.password == whom.proof), None)


def changes_at_login(
    there: Mapping[str, AccountRecord], whom: Vouched, *, newcomers: bool
) -> list[AccountChange]:
    """Return what changes about an account when who a provider names comes in; nothing, as a rule.

    Who came before has the account of then, whatever the name is now. One that has no password, and that
    nobody came in by, belongs to the first whom the provider gives its name. With `newcomers` who is unknown
    gets one, a reader's.

    Raises:
        LibraryError: If they do not come in; the sentence is for them.
    """
    account = account_of(there, whom) or there.get(whom.name)
    name = account.name if account else whom.name
    groups = None if whom.groups is None else tuple(sorted({*filter(NAME.fullmatch, whom.groups)}))
    if account is None:
        if not newcomers or not there:
            raise LibraryError(f"There is no account “{name}” here. An admin can add it.")
        return [AccountChange("add", name, "reader", whom.proof, groups or ())]
    changes = []
    if not account.password:
        changes.append(AccountChange("password", name, password=whom.proof))
    elif account.password != whom.proof:
        how = "somebody else at the provider" if account.provided else "who knows its password"
        raise LibraryError(f"The account “{name}” here belongs to {how}. An admin can give it to you.")
    if groups is not None and groups != account.groups:
        changes.append(AccountChange("groups", name, groups=groups))
    return changes


def _role(text: str) -> str:
    if text not in ROLES:
        raise LibraryError(f"“{text}” is no role. The roles are {', '.join(ROLES)}.")
    return text


def _leaves_an_admin(there: dict[str, AccountRecord], but: AccountRecord) -> None:
    """Refuse to take the last admin from others; the last account of all may go."""
    if len(there) > 1 and not any(a.role == "admin" and a.name != but.name for a in there.values()):
        raise LibraryError(f"“{but.name}” is the only admin. Make another one first.")


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
