"""The words of a refusal: what was looked for, what of it the articles never mention, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import content_words, stem
from footnote.rag.english.dates import readable_date
from footnote.rag.english.lists import in_a_row
from footnote.rag.find.absence import sought
from footnote.rag.find.spelling import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.ingest.encoder.encoder import Encoder

MOST_WORDS = 6  # of the question are repeated
LONGEST_ECHO = 60  # characters of a message that names nothing


def senseless(question: str, frequencies: Mapping[str, int], encoder: Encoder) -> bool:
    """Tell whether no word of a question is in any article, nor an ordinary English word: “asdf”, “???”."""
    words = content_words(question)
    return not words or (
        language_of(question) == "en"
        and not any(frequencies.get(stem(w)) or is_ordinary(w.lower(), encoder) for w in words)
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Where was looked: `searched` articles of `there`; the days that they are from, their collections and
    their tags, if only such were.
    """

    searched: int
    there: int
    since: str = ""
    until: str = ""
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in words.

        >>> str(Scope(7, 7)), str(Scope(2, 7)), str(Scope(3, 7, since="2026-04-01"))
        ('7 articles', '2 of 7 articles', '3 of 7 articles, those from 1 April 2026,')
        >>> str(Scope(2, 7, collections=("Board",))), str(Scope(2, 7, "2026", tags=("bees", "law")))
        ('2 of 7 articles, those in “Board”,', '2 of 7 articles, those from 2026 tagged “bees” or “law”,')
        """
        some = f"{self.searched} of " if self.searched < self.there else ""
        days = f"from {readable_date(self.since)}" if self.since else ""
        days += f"{' ' if days else ''}to {readable_date(self.until)}" if self.until else ""
        filed = f"in {_listed(self.collections, 'or')}" if self.collections else ""
        marked = f"tagged {_listed(self.tags, 'or')}" if self.tags else ""
        those = " ".join(filter(None, (days, filed, marked)))
        return f"{some}{_articles(self.there)}" + (f", those {those}," if those else "")


def refusal_text(
    question: str,
    missing: Sequence[str],
    scope: Scope,
    *,
    close: int,
    examples: Sequence[str] = (),
    unanswered: str = "",
) -> str:
    """Return what a refusal says above the `close` paragraphs that it shows.

    `missing` are the question's words that are nowhere in `scope`. Where there is nothing to look for, or
    every word is missing, it says what would help, with an example if there is one. Where some of the
    library could not be asked, as `unanswered` says, it does not say that anything is not there.

    >>> refusal_text("What is the capital of Atlantis?", ["Atlantis"], Scope(7, 7), close=3)
    'No sure answer was found. Looked in 7 articles for “capital” and “Atlantis”; “Atlantis” is in \
none of them. These paragraphs come closest.'
    >>> refusal_text("???", [], Scope(7, 7), close=0, examples=["Who is Ada Venn?"])
    '“???” names nothing to look for: ask a whole question about the articles, such as “Who is Ada Venn?”'
    """
    such = f", such as “{examples[0]}”" if examples else "."
    closest = f" {_closest(close)}" if close else ""
    if not content_words(question):
        return f"“{_echo(question)}” names nothing to look for: ask a whole question about the articles{such}"
    if unanswered:
        unknown = "Whether the articles answer this is not known: not all of the library could be searched."
        return f"{unknown}{closest}"
    looked = sought(question)
    if looked and len(missing) == len(looked):
        none = f"Looked in {str(scope).rstrip(',')}; none of them mentions {_listed(looked, 'or')}"
        return f"{none}: ask about something that stands in them{such}{closest}"
    named = f" for {_listed(looked, 'and')}" if looked else ""
    none = f"; {_listed(missing, 'and')} {_is(missing)} in none of them" if missing else ""
    return f"No sure answer was found. Looked in {scope}{named}".rstrip(",") + f"{none}.{closest}"


def _articles(number: int) -> str:
    return f"{number:,} article{'' if number == 1 else 's'}"


def _closest(close: int) -> str:
    return "This paragraph comes closest." if close == 1 else "These paragraphs come closest."


def _is(words: Sequence[str]) -> str:
    return "is" if len(words) == 1 else "are"


def _listed(words: Sequence[str], joint: str) -> str:
    """Return words in quotes: “a”, “b” and “c”; of very many only the first.

    >>> _listed(["a"], "and"), _listed(["a", "b", "c"], "or")
    ('“a”', '“a”, “b” or “c”')
    """
    quoted = [f"“{w}”" for w in words[:MOST_WORDS]]
    if len(words) > MOST_WORDS:
        return ", ".join([*quoted, "…"])
    return in_a_row(quoted, joint)


def _echo(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO].rstrip()} …"
