"""Our cookies: how they are given out, and how they are read. No other is handed on (`guard.py`)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

FORM = re.compile(r"[\w.=-]{1,1000}", re.ASCII)  # of a value


class Cookie(StrEnum):
    """Every cookie that there is: what is not here is neither set nor read."""

    READER = "footnote_reader"  # which browser it is
    KEY = "footnote_key"  # that somebody has logged in
    BEGUN = "footnote_begun"  # a login at a provider, until the browser is back


NAMES = frozenset(Cookie)


def set_cookie(scope: Scope, cookie: Cookie, value: str, age: int) -> str:
    """Return the header that gives a browser its cookie for so many seconds; for none, takes it back."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    secure = "; Secure" if scope.get("scheme") == "https" or forwarded == b"https" else ""
    return f"{cookie}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return what a request has of our cookies, in the form in which they are given out.

    Not by Python's own reader, which takes minutes for one cookie of many backslashes (CVE-2024-7592).
    """
    found: dict[str, str] = {}
    for header, value in scope["headers"]:
        if header == b"cookie":
            for one in value.decode("latin-1").split(";"):
                name, _, said = one.strip().partition("=")
                if name in NAMES and FORM.fullmatch(said):
                    found[name] = said
    return found
