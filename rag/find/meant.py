"""Which articles a question means by author or day: “According to Venn, …”, “Venn 2021”, “in May 2025”.

A name that stands in the texts too is taken for an author's only where the question says whose words it asks
for; a date only where no text holds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.dates import iso_date
from footnote.ingest.text.words import POSSESSIVE, folded, stem, words
from footnote.rag.english import dates
from footnote.rag.english.names import NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footnote.ingest.library.library import ArticleRecord, Library

# A year alone is when a thing was, as often as when it was written of.
DATE = re.compile(
    rf"(?:\b(?:in|on|of|from) )?\b(?P<date>{dates.DAY}|{dates.MONTH} {dates.YEAR})\b", re.IGNORECASE
)
# “the article of 2017-07-21”, “stories published in 2015”: the day belongs to the articles. Of 87,636
# questions of SQuAD 1.0 2 are read so, of 6,116 of SQuAD 2.0, COVID-QA and MTRAG none.
_ISO = rf"{dates.YEAR}(?:-\d\d(?:-\d\d)?)?"
PUBLISHED = re.compile(
    r"\b(?:articles?|stories|pieces|texts?|everything|anything)"
    r"(?P<cut>(?: (?:that )?(?:is|are|was|were))?(?: (?:published|written|dated|printed))?"
    rf" (?:of|in|on|from|dated) (?:the )?(?P<date>{dates.DAY}|{dates.MONTH} {dates.YEAR}|{_ISO}))\b(?!-)",
    re.IGNORECASE,
)
# Before an author: who is credited; behind: the year.
CREDITED = re.compile(r"\b(?:according to|of|by|in|from) $", re.IGNORECASE)
GIVEN = re.compile(r"[A-Z][\w.’'-]*,? $")
BEHIND = re.compile(rf"(?P<owns>['’]s?)?(?: et al\.?)?(?:,? \(?(?P<year>{dates.YEAR})\)?)?,?")
THE_AUTHOR = "the author"


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids of the articles that a question means, and what it asks of them, without their mark.

    The question reads as one put to the article itself: “What did the author find?”
    """

    articles: frozenset[str]
    question: str


def meant_articles(question: str, library: Library, allowed: Collection[str] | None = None) -> Meant | None:
    """Return which articles a question means, of those `allowed`; None where it names none."""
    if not (NAME.search(question) or DATE.search(question) or PUBLISHED.search(question)):
        return None
    records = [a for a in library.articles() if allowed is None or a.article_id in allowed]
    return _by_author(question, records, library) or _of_the_day(question, records, library)


def written_by(name: str, records: Sequence[ArticleRecord]) -> list[ArticleRecord]:
    """Return the articles whose author has every word of `name`."""
    wanted = {_plain(w) for w in words(name)}
    return [a for a in records if wanted and wanted <= {_plain(w) for w in words(a.author)}]


def dated(day: str, records: Sequence[ArticleRecord]) -> list[ArticleRecord]:
    """Return the articles of an ISO 8601 day, month or year."""
    return [a for a in records if day and a.date.startswith(day)]


def _plain(word: str) -> str:
    return folded(POSSESSIVE.sub("", word)).lower()


def _by_author(question: str, records: Sequence[ArticleRecord], library: Library) -> Meant | None:
    surnames = {_surname(a.author) for a in records} - {""}
    for match in NAME.finditer(question):
        if _plain(match[0]) in surnames and (named := _named(question, match, records)):
            credit, of_it = named.credit.lower(), dated(named.year, named.articles)
            if not (of_it or credit.startswith("according") or not _in_texts(match[0], library)):
                continue
            dropped = credit.startswith("according") or (credit and of_it)
            instead = "" if dropped else f"{named.credit}{THE_AUTHOR}{named.owns}"
            rest = question[: named.start] + instead + question[named.end :]
            return _meant(of_it or named.articles, rest)
    return None


@lru_cache(maxsize=20_000)  # authors of a library, asked for at every question
def _surname(author: str) -> str:
    """Return the last word of an author's name, "" where there is none."""
    return _plain(words(author)[-1]) if words(author) else ""


class _Named(NamedTuple):
    """Where a question names an author, with what goes with the name."""

    articles: list[ArticleRecord]
    start: int
    end: int
    credit: str
    owns: str
    year: str


def _named(question: str, match: re.Match[str], records: Sequence[ArticleRecord]) -> _Named:
    name = POSSESSIVE.sub("", match[0])
    found, start = written_by(name, records), match.start()
    while (given := GIVEN.search(question[:start])) and written_by(f"{given[0]} {name}", found):
        start = given.start()
    credit = CREDITED.search(question[:start])
    behind = BEHIND.match(question, match.start() + len(name))
    assert behind is not None  # it may be empty
    return _Named(
        found,
        credit.start() if credit else start,
        behind.end(),
        credit[0] if credit else "",
        behind["owns"] or "",
        behind["year"] or "",
    )


def _in_texts(name: str, library: Library) -> bool:
    return any(library.document_frequencies([stem(name)]).values())


def _of_the_day(question: str, records: Sequence[ArticleRecord], library: Library) -> Meant | None:
    if (match := PUBLISHED.search(question)) and (found := dated(iso_date(match["date"]), records)):
        return _meant(found, question[: match.start("cut")] + question[match.end("cut") :])
    for match in DATE.finditer(question):
        found = dated(iso_date(match["date"]), records)
        if found and not library.match(f'"{" ".join(words(match["date"]))}"', 1):
            return _meant(found, question[: match.start()] + question[match.end() :])
    return None


def _meant(articles: Sequence[ArticleRecord], question: str) -> Meant:
    """Return what is meant, the question made whole where something was cut from it."""
    rest = re.sub(r"[ ,]+(?=[?.!]|$)| +(?=,)", "", " ".join(question.split())).lstrip(" ,")
    return Meant(frozenset(a.article_id for a in articles), rest[:1].upper() + rest[1:])
