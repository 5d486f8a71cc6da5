"""Dates as articles write them, to ISO 8601."""

from __future__ import annotations

import datetime as dt
import re

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        ],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?:[T,\s]+(?:at\s+)?\d{1,2}[:.]\d{2}.{0,40})?"
FORMS = [
    re.compile(pattern + r"$", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<number>\d{1,2})-(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4})/(?P<number>\d{1,2})/(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4})(?:-(?P<number>\d{2}))?",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_MONTH},?\s+(?P<year>\d{{4}})",
    )
]
EARLIEST_YEAR = 1000


def iso_date(written: object) -> str:
    """Return a date as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; empty when it cannot be read safely.

    `03/04/2026` is April in one country and March in another, so it is not read.

    >>> [iso_date(d) for d in ["Sunday, 31 May 2026", "May 31, 2026", "May 2026", "03/04/2026"]]
    ['2026-05-31', '2026-05-31', '2026-05', '']
    """
    if isinstance(written, dt.date):
        return written.strftime("%Y-%m-%d") if written.year >= EARLIEST_YEAR else ""
    text = " ".join(str(written).split()) if isinstance(written, (str, int)) else ""
    found = next((m for form in FORMS if (m := form.match(text))), None)
    return _iso(found.groupdict()) if found else ""


def _iso(parts: dict[str, str | None]) -> str:
    year = int(parts["year"] or 0)
    name, number, day = parts.get("month"), parts.get("number"), parts.get("day")
    month = MONTHS[name.lower()] if name else int(number or 0)
    try:
        dt.date(year, month or 1, int(day or 1))
    except ValueError:
        return ""
    if year < EARLIEST_YEAR:
        return ""
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{int(day):02}" if day else "")


def read_date(written: object) -> tuple[str, tuple[str, ...]]:
    """Return the ISO date and the warnings: one when something was written but not understood."""
    if written is None or not str(written).strip():
        return "", ()
    date = iso_date(written)
    if date:
        return date, ()
    return "", (f"The date “{str(written).strip()[:60]}” was not understood; write it as 2026-05-31.",)
