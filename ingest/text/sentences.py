"""Split a paragraph into sentences, as spans of it.

Rules rather than a library: on 20 tricky news lines pysbd finds 16, blingfire 15 and syntok 15
exactly, rules with an abbreviation list 19, and sentence ends decide where a citation starts. Of the 48
English Golden Rules that pysbd was written for, 41 hold; six of the others are lists run on in one line.
Each rule looks at a bounded stretch around a full stop, so the time grows with the text only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.word_lists import ENGLISH, MONTHS, SHORT_DATES, WEEKDAYS, either, saying

if TYPE_CHECKING:
    from collections.abc import Sequence

ALWAYS_CONTINUE = ENGLISH.words("abbreviations", "go on")
BEFORE_NUMBER = ENGLISH.words("abbreviations", "before a number")
MAY_END = ENGLISH.words("abbreviations", "may end") | SHORT_DATES.keys() - {"sat", "sun"}
TIMES = frozenset({"a.m", "p.m"})
# A sentence that says nothing but a time yet goes on: “At 5 a.m. Mr. Smith left.”
ONLY_TIME = re.compile(
    r"[\W_]*+(?:(?:just|shortly|soon|at|by|from|until|since|before|after|around|about)\s+){1,3}\d[\d:.]{0,4}\s?",
    re.IGNORECASE,
)
# A time of day goes on with these, though they are written with a capital.
AFTER_TIME = ENGLISH.words("abbreviations", "time zones") | {*MONTHS, *WEEKDAYS, *SHORT_DATES}
GERMAN_MONTHS = frozenset(
    "januar februar märz april mai juni juli august september oktober november dezember jahrhundert".split()
)
# After these a number of one or two digits with a stop is an ordinal: `am 3. Oktober`, `der 2. Bauabschnitt`.
GERMAN_BEFORE_ORDINAL = re.compile(r"\b(?:am|im|vom|zum|zur|ab|bis|seit|[Dd](?:er|ie|as|em|en|es))\s$")
SHORT_NUMBER = re.compile(r"\d\d?\.")
STARTERS = ENGLISH.words("sentence_starters")
SPEECH = saying("plain", "plain, not asked for", "stating", "stating, not asked for", "voiced") | {
    "called"
}  # after what is quoted

STOPS = ".!?…؟۔।॥։።"
END = re.compile(
    rf"""
    (?P<cjk>[。！？｡]["'”’」』）)】》]*+)     # no blank follows in Chinese and Japanese
  | (?<![{STOPS}])  # seen once, from the start of its run
    (?P<stop>(?<!\.[\ \u00a0])\.(?:[\ \u00a0]\.){{2,}}+|[{STOPS}]++)  # “. . .” is one
    # and the quotation marks or note (as in [3]) after it
    (?P<close>(?:["'”’“»«›‹)\]]|\[[\w\ ]{{1,12}}\]
        |[\ \u00a0\u202f](?:»|''|['’”](?=\s*(?:$|[A-Z“"`])))(?=\s|$))*+)
    (?=\s|$)
  | (?P<line>\n+)  # a kept line break: list items, verse
    """,
    re.VERBOSE,
)
WORD_BEFORE = re.compile(r"[\w.&’'°-]+$")  # the C of 37 °C is no initial
LONGEST_OPENING = 40  # characters of “Shortly after about 10:30 ”
LONGEST_WORD = 24  # characters to look back at; no abbreviation is longer
BLANKS = re.compile(r"\s*+")
OPENINGS = re.compile(r"[\"'“‘„«»‹›(\[¿¡—–\s-]*+")
LETTERS = re.compile(r"[^\W\d_]+")
DASHES = "–—-"
CLOSING_QUOTES = "\"'”’»"
QUOTE_OPENS = '“"„«»'
INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
INITIAL = re.compile(r"[^\W\d_]\.")
ITEM = re.compile(r"\s*+(?:\d{1,3}|[^\W\d_])")
SOURCE = re.compile(r"\([^()\n]{1,80}\)[.,;:]")  # “…” (Smith 55).
SPEAKER = re.compile(rf"(?:[A-Z][\w.’'-]{{0,30}}\s+){{1,3}}{either(SPEECH)}\b")

ASIAN_SPEAKER = re.compile(r"と|[^。！？｡“”「」\n]{1,16}(?:说|道|表示|称|问|答|説)[。，：,]")


LIST_ITEM = re.compile(r"(?:[-*•–]|\d{1,2}[.)]) ")


class Span(NamedTuple):
    """A half-open range of characters."""

    start: int
    end: int


def lead_in_of(texts: Sequence[str], place: int) -> int | None:
    """Return the place of what introduces the list of the item at `place` and ends in a colon; None for none.

    `texts` are sentences in their order. An item says what it says of what stands there only.

    >>> lead_in_of(["Not for sale:", "- the mill", "- the barn", "The rest is."], 2)
    0
    >>> lead_in_of(["It is for sale.", "- the mill"], 1), lead_in_of(["For sale:", "The mill is."], 1)
    (None, None)
    """
    before = place
    while before >= 0 and LIST_ITEM.match(texts[before]):
        before -= 1
    return before if 0 <= before < place and texts[before].rstrip().endswith(":") else None


def sentences(text: str) -> list[Span]:
    """Return the sentences of `text` in order, without surrounding blanks; none when it is blank.

    >>> [("Dr. Lee paid $4.2 million. “Why?” he asked. No."[s:e]) for s, e in
    ...  sentences("Dr. Lee paid $4.2 million. “Why?” he asked. No.")]
    ['Dr. Lee paid $4.2 million.', '“Why?” he asked.', 'No.']
    """
    spans: list[Span] = []
    start = 0
    for match in END.finditer(text):
        if _ends_sentence(text, match, start):
            _append(spans, text, start, match.end())
            start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start, end))


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where a match of `pattern`, which may be empty, ends."""
    found = pattern.match(text, position)
    return found.end() if found else position


def _ends_sentence(text: str, match: re.Match[str], start: int) -> bool:
    """Tell whether the sentence that begins at `start` ends with `match`."""
    if match["line"] is not None:
        return True
    if match["cjk"] is not None:
        # 「…。」と言った, “…。”木匠说。: the quotation is part of the sentence around it.
        return len(match["cjk"]) == 1 or not ASIAN_SPEAKER.match(text, match.end())
    following = _after(BLANKS, text, match.end())
    if following == len(text):
        return True
    first = _after(OPENINGS, text, following)
    if text[following] in ",;:":
        return False  # “Hello, Dolly!”, a musical
    if text[first : first + 1].islower() and not text[first + 1 : first + 2].isupper():
        return False  # `“Why?” he asked`, `approx. five`; but `iPhone` opens a sentence
    if match["close"] and match["stop"][-1] in "!?" and SPEAKER.match(text, following):
        return False  # `“Why?” Smith asked.`
    if match["stop"] != "." or match["close"]:
        return not _goes_on_after(text, match, start, following)
    return _stop_ends(text, match.start(), following, start)


def _goes_on_after(text: str, match: re.Match[str], start: int, following: int) -> bool:
    """Tell whether a sentence goes on after an ellipsis, or after a stop with marks behind it."""
    stop, close = match["stop"], match["close"]
    if stop.split() == [".", ".", "."] and not close:
        return match.start() > 0 and text[match.start() - 1].isspace()  # words left out; a fourth is the stop
    item = stop == "." and close == ")" and match.start() - start <= LONGEST_WORD
    if item and ITEM.fullmatch(text, start, match.start()):
        return True  # `1.) Wash the rice`
    return bool(close) and close[-1] in CLOSING_QUOTES and bool(SOURCE.match(text, following))


def _stop_ends(text: str, stop: int, following: int, start: int) -> bool:
    """Tell whether the single full stop at `stop` ends its sentence."""
    found = WORD_BEFORE.search(text, max(0, stop - LONGEST_WORD), stop)
    word = found[0].lower().strip(".'’-") if found else ""
    if not word:
        return True
    if word.isdigit():
        return not _is_ordinal(text, stop - len(word), following, start)
    if word in ALWAYS_CONTINUE:
        return False
    if word in BEFORE_NUMBER:
        return not text[following].isdigit()
    if word in TIMES:
        return not _time_goes_on(text, stop - len(word), following, start)
    if (initial := len(word) == 1 and word.isalpha()) and INITIAL.match(text, following):
        return False  # `A. A. Milne`
    if initial or word in MAY_END or INITIALS.match(word):
        # An initial (`J. Smith`), a country (`U.S. forces`) or a firm (`Acme Inc. Chief`) goes on
        # unless a plain sentence starter follows (`vitamin C. The`) or a quotation opens.
        return _next_word(text, following) in STARTERS or text[following] in QUOTE_OPENS
    return True


def _time_goes_on(text: str, time: int, following: int, start: int) -> bool:
    """Tell whether a sentence goes on after `a.m.`, which begins at `time`."""
    if text[following] in DASHES + "(" or _next_word(text, following) in AFTER_TIME:
        return True
    return time - start <= LONGEST_OPENING and ONLY_TIME.fullmatch(text, start, time) is not None


def _is_ordinal(text: str, number: int, following: int, start: int) -> bool:
    """Tell whether a number with a stop counts an item (`1. Wash`) or, in German, a day (`3. Mai`)."""
    first = BLANKS.match(text, start, min(number, start + LONGEST_WORD))
    opens = first is not None and first.end() == number
    if SHORT_NUMBER.match(text, number) and GERMAN_BEFORE_ORDINAL.search(
        text, max(start, number - LONGEST_WORD), number
    ):
        return True
    return opens or _next_word(text, following) in GERMAN_MONTHS


def _next_word(text: str, position: int) -> str:
    """Return the letters of the next word in lower case, after quotation marks and brackets."""
    found = LETTERS.match(text, _after(OPENINGS, text, position), position + 60)
    return found[0].lower() if found else ""
