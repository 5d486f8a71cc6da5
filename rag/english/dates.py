"""Dates as a reader writes them."""

from __future__ import annotations

import re

from footnote.rag.english.lexicon import MONTHS

DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def readable_date(date: str, *, short: bool = False) -> str:
    """Return an ISO 8601 date as a reader writes it; anything else as it stands.

    >>> readable_date("2026-05-31"), readable_date("2026-05"), readable_date("2026")
    ('31 May 2026', 'May 2026', '2026')
    >>> readable_date("2026-12-31", short=True)
    '31 Dec 2026'
    """
    found = DATE.fullmatch(date[:10])
    if not found:
        return date
    year, month, day = found.groups()
    if not month or not 1 <= int(month) <= 12:
        return year if not month else date
    name = MONTHS[int(month) - 1].capitalize()[: 3 if short else None]
    return f"{int(day)} {name} {year}" if day else f"{name} {year}"
