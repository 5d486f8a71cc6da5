"""Dates as articles write them, to ISO 8601."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

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
_DAY_OVER_12 = r"(?P<day>1[3-9]|2\d|3[01])"
_NUMBER = r"(?P<number>0?[1-9]|1[0-2])"
FORMS = [
    re.compile(pattern + r"$", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<number>\d{1,2})-(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4})/(?P<number>\d{1,2})/(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4})(?:-(?P<number>\d{2}))?",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_MONTH},?\s+(?P<year>\d{{4}})",
        rf"(?P<day>\d{{1,2}})-{_MONTH}-(?P<year>\d{{4}}){_TIME}",
        # The day is told from the month by being more than 12, or the same.
        rf"{_DAY_OVER_12}(?P<sign>[./-]){_NUMBER}(?P=sign)(?P<year>\d{{4}}){_TIME}",
        rf"{_NUMBER}(?P<sign>[./-]){_DAY_OVER_12}(?P=sign)(?P<year>\d{{4}}){_TIME}",
        rf"(?P<day>{_NUMBER})(?P<sign>[./-])(?P=number)(?P=sign)(?P<year>\d{{4}}){_TIME}",
    )
]
EARLIEST_YEAR = 1000
LONGEST = 80  # characters; with its weekday and time no date has more
# What may be a whole date in another language, and so is worth the milliseconds that dateparser takes.
_WORD = r"[^\W\d_][^\d\s,-]*"  # vowel signs of some scripts are no letters
_OF_THE_YEAR = r"(?:\s*(?:г|года|р|року)\.?)?"
_LATER = r"(?:(?:[T,\s]|\s[àa-]\s)+.{0,4}\d{1,2}[:.h]\d{2}.{0,20})?$"
OTHER_FORMS = [
    re.compile(pattern + _LATER, re.IGNORECASE)
    for pattern in (
        rf"(?P<date>(?:{_WORD},?\s+){{0,2}}\d{{1,2}}(?:er|º|ª|°|\.)?(?:[\s-]+{_WORD}){{1,3}}[\s-]+\d{{4}})"
        + _OF_THE_YEAR,
        rf"(?P<date>(?:{_WORD},?\s+){{1,2}}\d{{1,2}},?\s+\d{{4}})",
        rf"(?P<date>\d{{4}}[.,]?\s+{_WORD}\s+\d{{1,2}})\.?",
        r"(?P<date>\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일])(?:\s*[(（]?\w{1,3}[)）]?)?",
    )
]
LANGUAGES = (
    "en de fr es it pt nl sv da nb fi pl cs sk ru uk bg tr hu ro el ar he hi id ja zh ko".split()
)  # each takes some 5 ms once
# In Polish and Czech this is November, in Croatian October.
TWO_MONTHS = re.compile(r"\blistopadu?a?\b", re.IGNORECASE)


def iso_date(written: object) -> str:
    """Return a date as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; empty when it cannot be read safely.

    `03/04/2026` is April in one country and March in another, so it is not read. A month may be named in any
    of `LANGUAGES`, where the day is given too.

    >>> [iso_date(d) for d in ["Sunday, 31 May 2026", "May 31, 2026", "May 2026", "03/04/2026"]]
    ['2026-05-31', '2026-05-31', '2026-05', '']
    >>> [iso_date(d) for d in ["31 de mayo de 2026", "2026年5月31日", "31/12/2026", "yesterday"]]
    ['2026-05-31', '2026-05-31', '2026-12-31', '']
    """
    if isinstance(written, dt.date):
        return written.strftime("%Y-%m-%d") if written.year >= EARLIEST_YEAR else ""
    text = " ".join(str(written).split()) if isinstance(written, (str, int)) else ""
    if len(text) > LONGEST:
        return ""
    found = next((m for form in FORMS if (m := form.match(text))), None)
    return _iso(found.groupdict()) if found else _in_other_words(text)


def _in_other_words(text: str) -> str:
    """Return the date that `text` is in a language other than English, if it is a whole one."""
    found = next((m for form in OTHER_FORMS if (m := form.match(text))), None)
    if found is None or TWO_MONTHS.search(text):
        return ""
    date = _parser().get_date_data(found["date"]).date_obj
    return date.strftime("%Y-%m-%d") if date and date.year >= EARLIEST_YEAR else ""


@lru_cache(maxsize=1)
def _parser() -> DateDataParser:
    """Return dateparser at its strictest: no relative words, no time stamps, nothing filled in from today."""
    from dateparser.date import DateDataParser

    settings = {
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
    }
    return DateDataParser(languages=LANGUAGES, settings=settings)


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
