"""Numbers and dates as values: 4.2 million is 4,200,000, 76% is 76 per cent, five is 5, 2 March is March 2nd."""

# ruff: noqa: E501 - patterns and word lists read best on one line

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from footnote.ingest.text.word_lists import MONTHS, SHORT_DATES, WEEKDAYS, either
from footnote.rag.english.lists import table, words

NUMBER_WORDS = {word: int(value) for word, value in table("numbers", "cardinals").items()}
MAGNITUDES = {word: float(value) for word, value in table("numbers", "magnitudes").items()}
ORDINALS = {word: int(value) for word, value in table("numbers", "ordinals").items()}
DECADES = {word: int(value) for word, value in table("numbers", "decades").items()}
ROMAN = {word: int(value) for word, value in table("numbers", "roman").items()}
CURRENCIES = table("currencies")
SEASONS = words("calendar", "seasons")

# How far the exact number may lie from the round one, as shares of the round one.
ROUNDED = {"about": (0.94, 1.06), "over": (1.0, 1.25), "under": (0.8, 1.0)}
SAME = 1e-9  # relative: 1.13 billion and 1,130 million differ by a rounding of floats


class Quantity(NamedTuple):
    """A number in a text. `unit` is "%", a currency, "th" for an ordinal, "s" for a decade, else ""."""

    text: str
    values: tuple[float, ...]  # more than one where a suffix has several readings: 800m
    unit: str
    start: int
    end: int
    about: str  # "over", "under" or "about" when it is said to be near, else ""

    def equals(self, other: Quantity) -> bool:
        """Tell whether both say the same number; a missing unit goes with any but that of a decade."""
        return self._same_unit(other) and any(
            abs(a - b) <= SAME * max(abs(a), abs(b)) for a in self.values for b in other.values
        )

    def rounds(self, other: Quantity) -> bool:
        """Tell whether this is a rounder form of `other`: "about 1,400" for 1,397, "over half a million"."""
        low, high = ROUNDED.get(self.about, (1.0, 1.0))
        return (
            bool(self.about)
            and self._same_unit(other)
            and digits_of(self.values[0]) < digits_of(other.values[0])
            and any(low * a <= b <= high * a for a in self.values for b in other.values)
        )

    @property
    def is_year(self) -> bool:
        """Whether it reads as a year: four digits, no unit."""
        return not self.unit and len(self.text) == 4 and self.text.isdigit() and 1000 <= self.values[0] < 2100

    def _same_unit(self, other: Quantity) -> bool:
        if "s" in (self.unit, other.unit):
            return self.unit == other.unit
        return self.unit == other.unit or not self.unit or not other.unit


def digits_of(value: float) -> int:
    """Return the significant digits of a number: 1,400 has two."""
    return len(f"{value:.12g}".replace(".", "").strip("0"))


_BIG = "|".join(w for w in MAGNITUDES if len(w) > 2)
_TENS = "|".join(w for w, value in NUMBER_WORDS.items() if value >= 20)
_ONES = "|".join(w for w, value in NUMBER_WORDS.items() if 0 < value < 10)
_WORD = rf"(?:(?:{_TENS})[\s-](?:{_ONES})\b|{either(tuple(NUMBER_WORDS))}\b)"
_GROUP = rf"(?:{_BIG})\b"
_NOT_ONE_OF = r"(?!one\s+(?:of|another)\b)"  # "one of them" counts nothing
ABOUT = r"(?P<about>\b(?:about|around|approximately|roughly|nearly|almost|just\s+under|just\s+over|over|(?:no\s+)?(?:more|less|fewer)\s+than|some|up\s+to|under|at\s+least|at\s+most|close\s+to|an?\s+estimated))"
_ABOUT = rf"(?:{ABOUT}\s+)?"
# “27 000” and “2300 GMT”: of SQuAD, COVID-QA and BBC articles 9 sentences have the one and 75 the other. Said as
# “27,000” the 9 are supported, without it none; said as “11pm”, 60 of 60 and 1. “1500 hours” there are a duration.
NUMBER = re.compile(
    rf"""{_ABOUT}(?P<body>
      (?:(?P<sign>(?:US|A|C|NZ|HK)?\$|[£€¥])\s?)?
      (?<![\d.])(?P<digits>(?<!\d[-/])\d{{1,3}}(?:(?:,\ ?|\ ,\ |[\u00a0\u2009\u202f])\d{{3}}(?!\d))+(?:\.\d+)?|\d{{1,3}}(?:\ 000(?!\d)|(?:\ \d{{3}}(?!\d)){{2,}})+|\d{{1,2}}:\d\d(?!\d)|\d+\.\d+(?!\.\d)|(?<!\S)(?:\d|\d{{2,3}}(?=\.\ \d+\ (?:million|billion|trillion|per|%)))\.\ \d+(?=\ )|\d+)
      (?:(?P<suffix>st|nd|rd|th|s|(?<=\d0)\s?['’]\s?s)\b|\s?-?(?P<magnitude>hundred|thousand|million|billion|trillion|mn|bn|tn|m|k)\b)?
      (?=(?P<clock>\s?(?:GMT|BST|UTC|CET|CEST)\b)?)
      (?:\s?(?P<half_day>[ap](?:m\b|\.m\.)))?
      (?:\s?-?(?P<unit>%|per\ ?cent(?:age)?\b|pct\b|pounds?\b|dollars?\b|euros?\b|yen\b|pence\b|cents?\b|p\b))?
    | \b(?P<words>(?:(?:half\s+an?\b|an?\b|{_WORD})[\s-]+)?{_GROUP}(?:[\s-]+{_GROUP})*
                  (?:(?:\s+and)?[\s-]+{_WORD}(?:[\s-]+{_GROUP})*)*
        | {_NOT_ONE_OF}{_WORD}(?![\s-](?:{"|".join(ORDINALS)})\b))(?P<half>\s+and\s+a\s+half(?:[\s-]+(?P<halved>{_BIG})\b)?)?
      (?:\s?-?(?P<unit2>%|per\ ?cent(?:age)?\b|pct\b|pounds?\b|dollars?\b|euros?\b|yen\b|pence\b|cents?\b))?
    | \b(?:(?P<tens>{_TENS})[\s-])?(?P<ordinal>{"|".join(ORDINALS)})\b
    | \b(?P<decade>{"|".join(DECADES)})\b
    | \b(?P<roman>(?-i:{"|".join(ROMAN)}|(?:(?<=War\ )|(?<=Part\ )|(?<=Type\ )|(?<=Phase\ ))I))\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the numbers of `text` in order, written in digits or words.

    >>> [(q.text, q.values, q.unit) for q in quantities("It fell 4.2 million to a third of $1.4bn, two per cent")]
    [('4.2 million', (4200000.0,), ''), ('third', (3.0,), 'th'), ('$1.4bn', (1400000000.0,), '$'), ('two per cent', (2.0,), '%')]
    >>> [q.values for q in quantities("27 000 saw it at 2300 GMT; in 1990 200 did")]
    [(27000.0,), (2300.0, 23.0), (1990.0,), (200.0,)]
    >>> [q.values for q in quantities("a bulb of 1500 hours")]
    [(1500.0,)]
    """
    months = _month_numbers(text)
    found = [_quantity(match) for match in NUMBER.finditer(text)]
    return tuple(
        q._replace(values=(*q.values, months[q.start])) if months.get(q.start) else q
        for q in found
        if months.get(q.start) != 0
    )


_IN_DIGITS = re.compile(
    r"\b\d{4}-(?P<iso>\d\d)-\d\d\b|\b(?P<one>\d{1,2})(?P<mark>[/.])(?P<two>\d{1,2})(?P=mark)(?:\d{4}|\d\d)\b"
)


def _month_numbers(text: str) -> dict[int, float]:
    """Return where a date in digits has its month: 0 there; the other reading where either may be it.

    >>> _month_numbers("2026-03-04"), _month_numbers("25/12/2026"), _month_numbers("4/3/2026")
    ({5: 0}, {3: 0}, {0: 3.0, 2: 0})
    """
    found: dict[int, float] = {}
    for match in _IN_DIGITS.finditer(text):
        if match["iso"]:
            found[match.start("iso")] = 0
        elif int(match["one"]) > 12:
            found[match.start("two")] = 0
        elif int(match["two"]) > 12:
            found[match.start("one")] = 0
        else:
            found |= {match.start("one"): float(match["two"]), match.start("two"): 0}
    return found


def _quantity(match: re.Match[str]) -> Quantity:
    unit = _unit(match)
    if match["digits"]:
        number = float(re.sub(r"[^\d.]", "", match["digits"].replace(":", ".")))  # 9:30 is 9.30
        magnitude = (match["magnitude"] or "").lower()
        factor = MAGNITUDES.get(magnitude, 1.0)
        number = _of_day(number, match["half_day"])
        # 800m may be metres, 5k a run: a suffix of one letter without a currency has two readings.
        values = (number * factor, number) if magnitude in ("m", "k") and not unit else (number * factor,)
        if match["clock"] and not unit and len(match["digits"]) == 4 and number % 100 < 60 and number < 2400:
            values = (number, number / 100)  # 2300 GMT is 23:00
        if unit == "s" and 10 <= number < 100:  # the ’90s
            values = (1900.0 + number, number)
    elif match["words"]:
        half = 0.5 if match["half"] else 0.0
        values = ((_in_words(match["words"]) + half) * MAGNITUDES.get((match["halved"] or "").lower(), 1.0),)
    elif match["decade"]:
        # The nineties are the 1990s, and a person in his nineties is over 90.
        tens = DECADES[match["decade"].lower()]
        values, unit = (1900.0 + tens, float(tens)), "s"
    elif match["roman"]:
        values = (float(ROMAN.get(match["roman"], 1)),)
    else:
        tens = NUMBER_WORDS.get((match["tens"] or "").lower(), 0)
        values, unit = (float(tens + ORDINALS[match["ordinal"].lower()]),), "th"
    return Quantity(
        match["body"].strip(), tuple(map(float, values)), unit, match.start("body"), match.end("body"),
        about_of(match["about"]),
    )  # fmt: skip


def _of_day(hour: float, half: str | None) -> float:
    """Return an hour of the clock of 24 hours: 10.40 pm is 22.40, 12.30 am is 0.30."""
    if not half or not 1 <= hour < 13:
        return hour
    return hour % 12 + (12 if half[0].lower() == "p" else 0)


OVER = ("over", "more than", "just over", "at least", "no less than", "no fewer than")
UNDER = (
    "under",
    "less than",
    "fewer than",
    "just under",
    "nearly",
    "almost",
    "up to",
    "close to",
    "at most",
    "no more than",
)


def about_of(said: str | None) -> str:
    """Return what words before a number say of it: "over", "under", "about", or "" of none."""
    word = " ".join((said or "").lower().split())
    if word in OVER:
        return "over"
    return "under" if word in UNDER else "about" if word else ""


def _unit(match: re.Match[str]) -> str:
    suffix = (match["suffix"] or "").lower()
    if suffix:
        return "s" if suffix.endswith("s") else "th"
    named = (match["unit"] or match["unit2"] or match["sign"] or "").lower()
    if named.startswith(("per", "pct", "%")):
        return "%"
    return CURRENCIES.get(named, named)


def _in_words(text: str) -> float:
    """Return the number that words say: "two hundred and five thousand" is 205,000."""
    total = group = 0.0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in ("a", "an"):
            group = group or 1
        elif word == "half":
            group = 0.5
        elif word in NUMBER_WORDS:
            group += NUMBER_WORDS[word]
        elif word in ("hundred", "dozen"):
            group = (group or 1) * MAGNITUDES[word]
        elif word in MAGNITUDES:
            total += (group or 1) * MAGNITUDES[word]
            group = 0.0
    return total + group


class Day(NamedTuple):
    """A word that dates: its class (weekday, month, relative day, season, period) and its value.

    `other` is a second reading: 4/3/2026 is in March or in April.
    """

    text: str
    kind: str
    value: str
    start: int
    end: int
    other: str = ""

    def equals(self, day: Day) -> bool:
        """Tell whether both may say the same."""
        return bool({self.value, self.other} & {day.value, day.other} - {""})


_FULL = "|".join([*WEEKDAYS, *(m for m in MONTHS if m not in ("may", "march"))])
DAY = re.compile(
    rf"""\b(?:
      (?P<full>{_FULL})(?:['’]s|s)?
    | (?P<may>(?-i:May|March))(?=\s+\d|,?\s+(?:of|this|last|next)\b|[.,;)]|\s*$)
    | (?:(?<=\d\ )|(?<=[nrt][dh]\ )|(?<=\bin\ )|(?<=\bof\ )|(?<=\bsince\ )|(?<=\buntil\ )|(?<=\bby\ )|(?<=\blast\ )|(?<=\bnext\ )|(?<=\blate\ )|(?<=\bearly\ )|(?<=\band\ )|(?<=\bto\ )|(?<=\bfrom\ ))(?P<may2>(?-i:May|March))
    | (?P<short>(?-i:{"|".join(k.capitalize() for k in SHORT_DATES)}))(?:(?=\.)|(?=\s+\d)|(?<=\d\ ...)(?!\w)|(?<=\bin\ ...)(?!\w))
    | (?P<clear>(?-i:Feb|Aug|Sept|Oct|Nov|Dec))(?:['’]s)?(?!\w)
    | (?P<relative>{"|".join(sorted(words("calendar", "days")))})
    | (?P<season>{"|".join(sorted(SEASONS - {"fall"}))})
    | (?P<which>{"|".join(sorted(words("calendar", "which")))})\s+(?P<period>{"|".join(sorted(words("calendar", "periods") | SEASONS))})
    )\b
    | \b(?P<iso>\d{{4}}-(?P<month>\d\d)-\d\d)\b
    | \b(?P<digits>(?P<one>\d{{1,2}})(?P<mark>[/.])(?P<two>\d{{1,2}})(?P=mark)(?:\d{{4}}|\d\d))\b""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def days(text: str) -> tuple[Day, ...]:
    """Return the words of `text` that date: weekdays, months, seasons, "yesterday", "last week".

    >>> [(d.kind, d.value) for d in days("On Monday, 2 March, he may march; last year it was Dec. 5, yesterday")]
    [('weekday', 'monday'), ('month', 'march'), ('period', 'last year'), ('month', 'december'), ('day', 'yesterday')]
    """
    return tuple(_day(match) for match in DAY.finditer(text))


def _day(match: re.Match[str]) -> Day:
    where = match.start(), match.end()
    if match["iso"]:
        return Day(match[0], "month", _month(int(match["month"])) or match["month"], *where)
    if match["digits"]:
        months = [_month(int(match[n])) for n in ("two", "one")]
        value, other = sorted(months, key=lambda m: not m)
        return Day(match[0], "month", value or match[0], *where, other)
    if match["which"]:
        return Day(match[0], "period", " ".join(match[0].lower().split()), *where)
    if match["relative"]:
        return Day(match[0], "day", match["relative"].lower(), *where)
    if match["season"]:
        return Day(match[0], "season", match["season"].lower(), *where)
    word = (match["full"] or match["may"] or match["may2"] or match["short"] or match["clear"]).lower()
    word = SHORT_DATES.get(word, word)
    return Day(match[0], "weekday" if word in WEEKDAYS else "month", word, *where)


def _month(number: int) -> str:
    return MONTHS[number - 1] if 1 <= number <= 12 else ""
