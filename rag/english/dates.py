"""Dates as a reader writes them, and what a year, a month and a day look like in a text."""

from __future__ import annotations

import re

from footnote.ingest.text.word_lists import MONTHS, WEEKDAYS, either

MONTH, WEEKDAY = either(MONTHS), either(WEEKDAYS)
# A month without a day beside it: “may” and “march” are verbs more often than months.
MONTH_ALONE = rf"(?:{either(set(MONTHS) - {'may', 'march'})}|(?-i:May|March))"
# Four digits that are a year in running text, rather than a count of things: 1,200 boats are many.
YEAR = r"(?:1[5-9]|20)\d\d"
# The same where a time is asked for, or a date is being read: William came in 1066.
ANY_YEAR = r"(?:1[0-9]|20)\d\d"
# A day of a month, its parts by name; a year after it may be missing.
DAY = (
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{MONTH})"
    rf"|(?P<month2>{MONTH}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)(?:,? (?P<year>\d{{4}}))?"
)
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
