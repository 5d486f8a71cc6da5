"""Passwords of accounts: hashed with Argon2id, as RFC 9106 has it, by argon2-cffi. The one home of argon2.

It needs the extra `footnote[accounts]`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from footnote.rag.errors import SettingsError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 1_000  # characters


def hashed(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        SettingsError: If it is too short or too long, or argon2-cffi is not installed.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(f"A password has {SHORTEST} to {LONGEST:,} characters, not {len(password):,}.")
    return str(_hasher().hash(password))


def fits(password: str, kept: str) -> bool:
    """Tell whether a password is the one that `kept` is of. It takes as long where there is no account.

    Raises:
        SettingsError: If argon2-cffi is not installed.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(kept or _of_nobody(), password[:LONGEST])) and bool(kept)
    except (InvalidHashError, VerificationError):
        return False


@cache
def _of_nobody() -> str:
    return str(_hasher().hash("the password of nobody"))


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError as error:
        raise SettingsError(
            "Accounts with passwords need the extra: pip install 'footnote[accounts]'."
        ) from error
    return PasswordHasher()
