"""Who an article is by and of which day it is, as lines at its head and at its foot say.

A date counts by where it stands and by what else is on its line: names, or a word for publishing or changing.
“Valid from 1 May 2026”, two dates, hours and places of a meeting make it the date of something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

BYLINE = re.compile(
    r"^(?:(?:written )?by|von|por|par|di)[:\s]\s*(?P<name>[^\W\d_][^\n.!?;]{2,80}(?:\.[^\n.!?;]{1,40})*)$",
    re.IGNORECASE,
)
DATELINE = re.compile(
    r"^(?:(?:published|posted|updated|date)(?:\s+on)?:?\s+)?(?P<date>.{4,60})$", re.IGNORECASE
)
DATED_BYLINE = re.compile(
    r"^(?:published|posted|written|updated)(?:\s+on)?:?\s+(?P<date>.{4,40}?),?\s+by:?\s+(?P<name>[^\n.!?;]{2,60})$",
    re.IGNORECASE,
)
PARTS = " ,|·•–—-"
LONGEST_LINE = 120  # characters
BELOW_TITLE = 2  # lines that may be taken out of the text: a byline and a date
MOST_TEXTS = 200  # that are looked through for other days
HEAD = 4  # blocks in which title, byline and date stand
FOOT = 2  # blocks at the end: who signs, and the day
LONGEST_DATE = 7  # words: “domingo, 31 de mayo de 2026”
WHOLE = len("2026-05-31")
YEAR = re.compile(r"\d{4}")
WORD, LONG_WORD = re.compile(r"\S+"), re.compile(r"\w{4,}")
TIME = re.compile(  # behind a date
    r"^,?\s*(?:(?:at|um|à|a las|alle|kl\.?|-|–)\s+)?\d{1,2}[:.h]\d{2}"
    r"(?:\s?(?:[ap]\.?m\.?|uhr|h|[A-Z]{2,4})\b)?",
    re.IGNORECASE,
)
APART = re.compile(r"\s*[|·•]\s*|\s+[–—-]+\s+|,(?=\s)\s*")
BY = re.compile(
    r"^(?:[^\W\d_]{4,10} )?(?:by|von|par|por|di|da|door|af|av|(?:text|words|texte|texto|testo|tekst):)"
    r"\s+(?P<name>\S.*)$",
    re.IGNORECASE,
)
# That it was published, changed or agreed on, before the date. What was accepted or received is a study.
MADE = re.compile(
    r"""\b(?:published|posted|updated?|revised|reviewed|modified|changed|edited|adopted|approved|issued|signed
    |written|released|dated|date
    |veröffentlicht|aktualisiert|aktualisierung|geändert|stand|beschlossen|verabschiedet|erschienen
    |publiée?|mise?\s+à\s+jour|modifiée?|adoptée?|approuvée?
    |publicad[oa]|actualizad[oa]|actualización|atualizad[oa]|atualização|modificad[oa]|aprobad[oa]|aprovad[oa]
    |pubblicat[oa]|aggiornat[oa]|aggiornamento|modificat[oa]|approvat[oa]
    |gepubliceerd|bijgewerkt|gewijzigd|vastgesteld|goedgekeurd
    |publicerad|uppdaterad|antagen|publiceret|opdateret|vedtaget|publisert|oppdatert|vedtatt
    |julkaistu|päivitetty|hyväksytty|opublikowano|aktualizacja|uchwalono|aktualizováno|schváleno
    |опубликовано|обновлено|принято)\b""",
    re.IGNORECASE | re.VERBOSE,
)
BEFORE_DATE = re.compile(r"(?:\s(?:on|am|vom|le|el|il|em|op|den|de|dnia|dne))?\s*:?\s*$", re.IGNORECASE)
LONGEST_LEAD = 7  # words
LONGEST_NAME = 7  # words
NUMBER = re.compile(r"(?:No\.?|Nr\.?|#)?\d{1,3}$")
# “TARNBY, Ohio, 8 October 2025 (Wire) – The firm …”: what stands before the dash.
OPENING = re.compile(r"^(?P<head>[^\n–—]{8,90}?)\s+(?:[–—]+|--?)\s+(?=[\"“„«'‘]?[^\W\d_]{1,30}[\s’'-])")
AGENCY = re.compile(r"\s*\([^()]{2,30}\)")
LEAST_OPENED = 60  # characters of the paragraph that a dateline opens


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says; `more` are the other names on it, such as the paper's.

    `telling`: it says more than who and when, as “Adopted by the trustees on” does, and is to be kept.
    """

    author: str = ""
    date: str = ""
    more: tuple[str, ...] = ()
    telling: bool = False


def byline(text: str) -> tuple[str, str]:
    """Return the author that a line names, and the date behind the name; empty when it is no byline.

    >>> byline("By Ana Cruz, 31 May 2026"), byline("By the sea it was cold, and nobody swam.")
    (('Ana Cruz', '2026-05-31'), ('', ''))
    >>> byline("Posted on 31 May 2026 by Ana Cruz"), byline("Written by Ana Cruz on 31 May 2026")
    (('Ana Cruz', '2026-05-31'), ('Ana Cruz', '2026-05-31'))
    """
    if len(text) > 100:
        return "", ""
    if (found := DATED_BYLINE.match(text)) and (date := iso_date(found["date"])):
        return found["name"].strip(PARTS), date
    found = BYLINE.match(text)
    words = found["name"].split() if found else []
    for at in range(1, len(words)):
        if date := iso_date(" ".join(words[at:]).strip(PARTS)):
            return " ".join(words[:at]).removesuffix(" on").rstrip(PARTS), date
    return (" ".join(words), "") if len(words) <= 8 else ("", "")


def dateline(text: str) -> str:
    """Return the date that a line is, with or without “Published”; empty when it is none."""
    found = DATELINE.match(text) if len(text) <= 80 else None
    return iso_date(found["date"]) if found else ""


@lru_cache(maxsize=512)  # a page's lines are asked about more than once, and reading a date takes a while
def told(text: str) -> Told:
    """Return what a line says of the article that it stands over or under; nothing when it may say more.

    >>> told("West Coast Herald, 4 November 2025, by Ada Venn")
    Told(author='Ada Venn', date='2025-11-04', more=('West Coast Herald',), telling=True)
    >>> told("Saturday 14 March 2026, 10 am to 4 pm, Village Hall"), told("Born 3 May 1911 in Tarnby")
    (Told(author='', date='', more=(), telling=False), Told(author='', date='', more=(), telling=False))
    """
    if "\n" in text or len(text) > LONGEST_LINE:
        return Told()
    author, day = byline(text)
    if day or (author and not YEAR.search(text)):
        return Told(author, day)
    if date := dateline(text):
        return Told("", date)
    days = list(_days(text.rstrip(". ")))
    return _around(text.rstrip(". "), *days[0]) if len(days) == 1 else Told()


def _days(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where the whole dates of a line begin and end, and the dates."""
    words = list(WORD.finditer(text)) if YEAR.search(text) else []
    at = 0
    while at < len(words):
        if BEFORE_DATE.fullmatch(f" {words[at][0]}"):  # “on”, which dateparser takes for a part of the date
            at += 1
            continue
        start = words[at].start()
        for to in range(at, min(at + LONGEST_DATE, len(words))):
            said = text[start : words[to].end()].rstrip(",.;)")
            if YEAR.search(said) and len(date := iso_date(said)) == WHOLE:
                yield start, start + len(said), date
                at = to
                break
        at += 1


def _around(text: str, start: int, end: int, date: str) -> Told:
    """Return what a line with one date says, if each part of it is a name or says that it was published."""
    *before, lead = APART.split(text[:start])
    tail, *behind = APART.split(TIME.sub("", text[end:]))
    parts = [part for part in (*before, *behind) if part]
    by = [name for part in (*parts, lead, tail) if (name := _named(part))]
    rest = [part for part in parts if not _named(part)]
    known = all(_is_name(part) or MADE.fullmatch(part.rstrip(": ")) for part in rest)
    if not (known or (by and re.search("[|·•]", text))):
        return Told()
    leads = not lead or _named(lead) or _is_made(lead) or (by and len(lead.split()) <= 2)
    if not leads or not (not tail or _named(tail)) or len(by) > 1:
        return Told()
    more = tuple(part for part in rest if not MADE.fullmatch(part.rstrip(": ")))
    bare = not lead or _named(lead) or MADE.fullmatch(BEFORE_DATE.sub("", lead))
    return Told("".join(by), date, more, telling=bool(more) or not bare)


def _named(part: str) -> str:
    """Return the name in a part of a line that says by whom it is."""
    found = BY.match(part.strip())
    name = found["name"].strip(PARTS) if found else ""
    return name if _is_name(name) and not any(map(str.isdigit, name)) else ""


def _is_name(part: str) -> bool:
    """Tell whether a part of a line is a name: of a paper, a body, a place, or a number of its issue."""
    words = part.split()
    if not 1 <= len(words) <= LONGEST_NAME or not words[0].lstrip("“\"'‘«(")[:1].isupper():
        return False
    if any(YEAR.search(word) or (word[0].isdigit() and not NUMBER.match(word)) for word in words):
        return False
    big = [word[0].isupper() or word[0] in "(“\"'‘«" or NUMBER.match(word) for word in words]
    return bool(big[-1]) and all(b or len(w) <= 3 for b, w in zip(big, words, strict=True))


def _is_made(lead: str) -> bool:
    """Tell whether the words right before a date say that the article was published, changed or agreed on.

    >>> [_is_made(lead) for lead in ("Adopted by the members on", "Valid from", "Signed copies from")]
    [True, False, False]
    """
    if len(lead.split()) > LONGEST_LEAD or any(map(str.isdigit, lead)):
        return False
    words = BEFORE_DATE.sub("", lead)
    begins = words != lead.rstrip() and MADE.match(words)
    return bool(begins) or any(found.end() == len(words) for found in MADE.finditer(words))


def opening(text: str) -> str:
    """Return the date of a dateline that opens a paragraph, as of a press release; else empty.

    >>> opening("Tarnby, 8 October 2025 – The firm will mend the piers of the Sill bridge by the summer.")
    '2025-10-08'
    """
    found = OPENING.match(text) if len(text) >= LEAST_OPENED else None
    said = told(AGENCY.sub("", found["head"])) if found else Told()
    return said.date if said.more and not said.author else ""


def changed(lines: Iterable[str]) -> str:
    """Return the day of the last change that lines at a page's foot tell; of several the latest."""
    return max((_change(line) for line in lines), default="")


def _change(line: str) -> str:
    said = line.rstrip(". ")
    days = list(_days(said)) if len(line) <= LONGEST_LINE else []
    if len(days) != 1:
        return ""
    start, _, date = days[0]
    *_, lead = re.split(r"[.|·•]\s+|\s[–—-]+\s", said[:start])
    return date if _is_made(lead) else ""


def of_texts(texts: Sequence[str], title: str) -> tuple[str, str, frozenset[int]]:
    """Return the author and the date that the first and the last of an article's texts say.

    Headings are given as "". Third are those of `texts` that say nothing else, directly below the title.
    """
    author = date = ""
    gone: set[int] = set()
    for at, text in enumerate(texts[:BELOW_TITLE]):
        said = _told_under(text, title)
        if not (said.author or said.date) or len(gone) + 1 == len(texts):
            break
        author, date = author or said.author, date or said.date
        if not said.telling:
            gone.add(at)
    found = [_told_under(text, title) for text in _elsewhere(texts)] if not date else []
    for said in found:
        if said.date and not date:
            author, date = author or said.author, said.date
    return author, date, frozenset(gone)


def _elsewhere(texts: Sequence[str]) -> Iterator[str]:
    """Yield what may say the date where no line directly below the title does, the likeliest first."""
    first = next((text for text in texts[:HEAD] if len(text) >= LEAST_OPENED), "")
    if _is_alone(texts, opening) and (day := opening(first)):
        yield day
    if _is_alone(texts, lambda text: told(text).date):
        yield from texts[1:HEAD]
        yield from _foot(texts)


def _is_alone(texts: Sequence[str], day_of: Callable[[str], str]) -> bool:
    """Tell whether no more than one of the texts has a day: those of a diary and of a log have many."""
    return len(list(islice(filter(None, map(day_of, texts[:MOST_TEXTS])), 2))) < 2


def _foot(texts: Sequence[str]) -> Iterator[str]:
    """Yield the last lines, from the end, down to one that a heading is over or that is a sentence."""
    for before, text in list(pairwise(texts))[: -FOOT - 1 : -1]:
        if not before or len(text) > LONGEST_LINE:
            return
        yield text
        if text.endswith((".", "!", "?")):
            return


def _told_under(text: str, title: str) -> Told:
    """Return what a line says, unless it names only what the title is about: a concert and its day."""
    said = told(text)
    about, names = (set(LONG_WORD.findall(t.casefold())) for t in (title, " ".join(said.more)))
    return Told() if names and names <= about else said
