"""Markers of sources as the world writes them: `[2]`, `【1】`, `[^1]`, `[Source 1]`, `(1)`, `<sup>1</sup>`.

Each reader takes what begins with its bracket and says what that is and how many characters of it: a
"marker", "text", or "wait" when more must be seen to tell. So a stream and a whole text are read alike.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

OPENERS, CLOSERS = "[【［", "]】］"
LONGEST_MARKER = 60  # characters of a bracket that may still turn out to be a marker
LONGEST_RAISED = 120  # with the tags of a link in it
YEARS = range(1000, 3000)
MOST_NAMED = 99  # by one marker: `[1-999999]` is one mistake, not a million
FEWEST_ROUND = 2  # round brackets that count from 1, for them to be markers where no source is known

NUMBER = r"(?:\#\s*)?\d{1,20}"
WORDS = (
    r"(?:sources?|src|docs?|documents?|passages?|paragraphs?|paras?|refs?|references?|notes?|citations?|cite?"
    r"|contexts?|chunks?|excerpts?|snippets?|articles?|results?|quellen?|fuentes?|fonti|fontes?|bron(?:nen)?)"
)
NAMED = rf"(?:{WORDS}\.?\s*[:\#_-]?\s*)?{NUMBER}"
BODY = re.compile(
    rf"\s*\^?\s*{NAMED}(?:\s*(?:,|;|&|\band\b|-|–|—|\s)\s*{NAMED})*\s*[,;]?\s*(?:†.*)?", re.IGNORECASE
)
POSSIBLE = re.compile(r"[\[\]【】［］\s\w,;&^†:#.–—-]*")
INNER = re.compile(r"[\[\]【】［］()]+")
TAG = re.compile(r"<[^<>]*>")
PLACE = re.compile(r"†[^\[\]【】［］,;]*")  # [1†L3-L5]: lines of the source
RANGE = re.compile(r"(\d+)\s*[-–—]\s*#?\s*(\d+)|(\d+)")
RAISED = re.compile(r"<sup\b[^<>]*>(.*)</sup>", re.IGNORECASE | re.DOTALL)
RAISED_OPENS = re.compile(r"<sup\b[^<>]{0,60}(?:>.*)?", re.IGNORECASE)
HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SUPERSCRIPT = str.maketrans(f"{HIGH}⁻", "0123456789-")
SUPERSCRIPTS = re.compile(f"[{HIGH}]+(?:[⁻,‚·-][{HIGH}]+)*")
WORD = re.compile(r"(?:[^\W\d_]{3}|\b(?:1[5-9]|20)\d\d)\s?\Z")  # or a year; x², mc², cm³ have shorter ones
POWER = re.compile(r"(?:(?<!\d)10|(?:\d\s?|\b)(?:[kcmd]?m|ft|mi|yd))\s?\Z")  # km<sup>2</sup>, 10<sup>6</sup>
ROUND_POSSIBLE = re.compile(r"\(\s*[^\W\d_]{0,10}\.?\s*[:#]?[\d\s,;&–—-]*")
OPENING = re.compile(rf"[{re.escape(OPENERS)}(<{HIGH}]")
ROUND = re.compile(r"\(\s*(\d{1,3})\s*\)")
ROUND_NAMED = re.compile(rf"\(\s*{WORDS}\.?\s*[:\#]?\s*\d{{1,3}}\s*\)", re.IGNORECASE)
NAME = re.compile(r"[^\W\d_]|\^")  # a marker with these is one wherever it stands
ANOTHER = re.compile(r"\s*(?:and|&|or|und|et|y|e|en|och)\s*\[")
BLANKS = re.compile(r"[^\S\n]*")
ENDS_CLAUSE = ".,;:!?…)]}”’\"'»。！？、，"
STOPS = ".!?…。！？"
QUOTES = "\"'”’»)"
BEFORE_ITEM = ("\n", ":", ",", ";", "(")  # `two parts: (1) a hull, (2) a mast`

_LEAD = (
    r"(?:sources?\s*:|according to|as (?:stated|noted|described|reported|shown|mentioned|explained) (?:in|by)"
    r"|as per|based on|per|from|in|see|cf\.|laut|gemäß|nach|selon|d[’']après|según|secondo|volgens|enligt)"
    r"(?:\s+(?:and|und|et|y|e|en|och))?"
)
OPENS_WITH_SOURCE = re.compile(rf"\A\W*{_LEAD}\s*\Z", re.IGNORECASE)
ENDS_WITH_SOURCE = re.compile(rf"\s*[,(–—]\s*{_LEAD}\s*\Z", re.IGNORECASE)
EMPTY = re.compile(r"\s*\(\s*[,;]*\s*\)")  # brackets that held nothing but markers
BEFORE_STOP = re.compile(r" +(?=[.,;](?:\s|$))|,\s*(?=[.](?:\s|$))")
DEFINED = re.compile(r"\A\s*:\s*")  # `[^1]: The mill`
AFTER_OPENING = re.compile(r"\s*[,:]\s*")
AFTER_ENDING = re.compile(r"\s*\)?\s*(?=[.,;:!?]|\Z)")


class Read(NamedTuple):
    """What the beginning of a text is, "marker", "text" or "wait", and how many characters of it."""

    kind: str
    length: int


TEXT, WAIT = Read("text", 1), Read("wait", 0)


def square(held: str) -> Read:
    """Read what begins with a square bracket, of any form."""
    depth = 0
    for length, char in enumerate(held, start=1):
        depth += (char in OPENERS) - (char in CLOSERS)
        if depth == 0:
            body = INNER.sub(" ", held[1 : length - 1])
            return Read("marker", length) if BODY.fullmatch(body) else TEXT
    possible = len(held) <= LONGEST_MARKER and "\n" not in held and POSSIBLE.fullmatch(held)
    return WAIT if possible else TEXT


def raised(held: str, before: str) -> Read:
    """Read what begins with `<`: a raised number is a marker, the exponent of a unit or of ten is not."""
    if "<sup".startswith(held.lower()):
        return WAIT
    if not RAISED_OPENS.fullmatch(held) or "\n" in held or POWER.search(before):
        return TEXT
    found = RAISED.fullmatch(held)
    if found is None:
        return WAIT if len(held) <= LONGEST_RAISED else TEXT
    return Read("marker", len(held)) if BODY.fullmatch(INNER.sub(" ", TAG.sub("", found[1]))) else TEXT


def superscript(held: str, before: str, *, ended: bool) -> Read:
    """Read what begins with a raised digit: behind a word, a year or a stop a marker, a power else.

    >>> superscript("²⁻⁴ He", "It closed.", ended=False), superscript("²", "It has 5 km", ended=True)
    (Read(kind='marker', length=3), Read(kind='text', length=1))
    """
    digits = re.match(SUPERSCRIPTS, held)
    length = digits.end() if digits else 1
    if held[length:] in ("", *"⁻,‚·-") and not ended:
        return WAIT
    cites = WORD.search(before) or before.rstrip(" ").endswith(tuple(ENDS_CLAUSE))
    return Read("marker" if cites and not POWER.search(before) else "text", length)


def rounded(held: str, before: str, known: int, *, ended: bool) -> Read:
    """Read what begins with a round bracket: a marker only if its sources are known and it ends a clause.

    A number of a source that stands elsewhere "enumerates": `(1) a hull`. `before` is the text so far,
    and `ended` says that nothing follows.
    """
    close = held.find(")")
    if close < 0:
        return WAIT if ROUND_POSSIBLE.fullmatch(held) and len(held) <= LONGEST_MARKER else TEXT
    if not BODY.fullmatch(held[1:close]) or not all(1 <= n <= known for n in numbers_of(held[:close])):
        return TEXT
    rest = held[close + 1 :]
    following = rest[_blanks(rest) :][:1]
    if not following and not ended:
        return WAIT
    own = before.rstrip(" ")
    if not own or own.endswith(BEFORE_ITEM) or not _ends_clause(own, following):
        return Read("enumerates", 1)
    return Read("marker", close + 1)


def _blanks(text: str) -> int:
    found = BLANKS.match(text)
    return found.end() if found else 0


def _ends_clause(before: str, following: str) -> bool:
    """Tell whether a clause ends between the text before and the character that follows."""
    ends = f"{ENDS_CLAUSE}{OPENERS}(<\n"
    return not following or following in ends or before.rstrip().rstrip(QUOTES).endswith(tuple(STOPS))


def numbers_of(marker: str) -> list[int]:
    """Return the numbers that a marker names, ranges spelt out.

    >>> numbers_of("[1, 3-5; 9]")
    [1, 3, 4, 5, 9]
    >>> numbers_of("¹²")
    [12]
    """
    found: list[int] = []
    named = PLACE.sub("", TAG.sub("", marker)).translate(SUPERSCRIPT)
    for first, last, alone in RANGE.findall(INNER.sub(",", named)):
        if alone:
            found.append(int(alone))
            continue
        low, high = sorted((int(first), int(last)))
        found += range(low, min(high, low + MOST_NAMED) + 1)
    return found


def closed(sentence: str, places: Sequence[int]) -> str:
    """Return a sentence without the words that only led to a marker, which stood at each of `places`.

    >>> closed("According to, the mill burnt, as stated in.", [12, 42])
    'The mill burnt.'
    """
    for at in sorted(places, reverse=True):
        before, after = sentence[:at], sentence[at:]
        opens, ends = AFTER_OPENING.match(after), AFTER_ENDING.match(after)
        if opens and OPENS_WITH_SOURCE.match(before):
            rest = after[opens.end() :]
            sentence = rest[:1].upper() + rest[1:]
        elif ends and (found := ENDS_WITH_SOURCE.search(before)):
            sentence = before[: found.start()] + after[ends.end() :]
    return BEFORE_STOP.sub("", EMPTY.sub("", DEFINED.sub("", sentence))) if places else sentence


def unmarked(text: str) -> list[str]:
    """Return the sentences of a text whose sources nobody knows, each in one line without its markers.

    A bare number in square brackets is a marker where it ends a clause or opens a line, and then elsewhere
    too if it goes on from those; one in round brackets where all such numbers do so and count from 1.

    >>> unmarked("It closed in 1936. [1] Its keeper (12) left [2] (in 1931) [^3].")
    ['It closed in 1936.', 'Its keeper (12) left (in 1931).']
    >>> unmarked("The hall of 90 m² opened.¹ Its roof³ leaks, says the mason.²⁻⁴ E = mc².")
    ['The hall of 90 m² opened.', 'Its roof leaks, says the mason.', 'E = mc².']
    """
    plain, places, highest = _taken_out(text)
    if highest:
        plain, places, _ = _taken_out(text, anywhere=highest + 1)
    found = []
    for span in sentences(plain):
        first, last = (bisect_right(places, bound) for bound in (span.start, span.end))
        own = [at - span.start for at in places[first:last]]
        found.append(" ".join(closed(plain[span.start : span.end], own).split()))
    return found


def _taken_out(text: str, anywhere: int = 0) -> tuple[str, list[int], int]:
    """Return the text without its markers, the places in it where they stood, and their highest number.

    Numbers up to `anywhere` are markers in the middle of a clause too.
    """
    rounds = _count_from_one(text)
    plain, places, end, highest = "", [], 0, 0
    for opening in OPENING.finditer(text):
        start = opening.start()
        if start < end:
            continue
        before = (plain[-LONGEST_MARKER:] + text[max(end, start - LONGEST_MARKER) : start]).rstrip(" \t")
        length = _marker(before, text[start : start + LONGEST_RAISED], rounds=rounds, anywhere=anywhere)
        if not length:
            continue
        highest = max([highest, *numbers_of(text[start : start + length])])
        plain = (plain + text[end:start]).rstrip(" \t")
        end = start + length
        if plain.endswith("(") and text[end : end + 1] == ")":  # ([1])
            plain, end = plain[:-1].rstrip(" \t"), end + 1
        places.append(len(plain))
        if plain and not plain[-1].isspace() and text[end : end + 1].isalnum():
            plain += " "
    return plain + text[end:], places, highest


def _marker(before: str, held: str, *, rounds: bool, anywhere: int) -> int:
    """Return how many characters of `held`, which begins with a bracket, are a marker; 0 when it is text."""
    if held[0] == "(":
        found = (ROUND.match(held) if rounds else None) or ROUND_NAMED.match(held)
        return found.end() if found else 0
    if held[0] in HIGH:
        found_high = superscript(held, before, ended=True)
        return found_high.length if found_high.kind == "marker" else 0
    if held[0] == "<":
        close = held.lower().find("</sup>")
        found_raised = raised(held[: close + len("</sup>")], before) if close > 0 else TEXT
        return found_raised.length if found_raised.kind == "marker" else 0
    read = square(held)
    marker, rest = held[: read.length], held[read.length :]
    if read.kind != "marker" or any(n >= YEARS.start for n in numbers_of(marker)):
        return 0
    sure = (
        marker[0] != "["
        or max(numbers_of(marker)) <= anywhere
        or NAME.search(marker)
        or not before
        or before.endswith("\n")
    )
    ends = _ends_clause(before, rest[_blanks(rest) :][:1]) or ANOTHER.match(rest)
    return read.length if sure or ends else 0


def _count_from_one(text: str) -> bool:
    """Tell whether the small numbers in round brackets end clauses throughout, and count from 1."""
    found = list(ROUND.finditer(text))
    order = list(dict.fromkeys(int(one[1]) for one in found))
    if len(found) < FEWEST_ROUND or order != list(range(1, len(order) + 1)):
        return False
    kinds = set()
    for one in found:
        start = one.start()
        before = text[max(0, start - LONGEST_MARKER) : start]
        kinds.add(rounded(text[start : one.end() + 4], before, int(one[1]), ended=True).kind)
    return kinds == {"marker"}
