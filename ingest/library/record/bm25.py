"""FTS5 without its index: its words, its expressions and its scores, for a record that is not SQLite.

The stems are those of FTS5 itself, which is asked for them with a table in memory, so that no word is cut in
another way. Scores are computed as its `bm25()` does (Robertson 2009), operation by operation, so that they
are the same numbers.
"""

from __future__ import annotations

import math
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.library.record.words import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

K1, B = 1.2, 0.75
LEAST_IDF = 1e-6  # of a phrase that half the paragraphs hold
# A phrase in quotation marks or a bare word, the beginning of one, or what joins two.
PIECE = re.compile(r'\s*(?:"((?:[^"]|"")*)"|(\w+))(\s*\*)?|\s*\Z')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems in a row; of the last perhaps only the beginning."""

    stems: tuple[str, ...]
    begins: bool = False

    @property
    def pattern(self) -> str:
        """Return what `packed` stems hold just where the phrase stands."""
        return packed(self.stems).removesuffix(" ") if self.begins else packed(self.stems)

    def counter(self) -> Callable[[str], int]:
        """Return what tells how often the phrase stands in `packed` stems.

        >>> Phrase(("a", "a")).counter()(packed(["a", "a", "a", "ab"]))
        2
        >>> Phrase(("a",), begins=True).counter()(packed(["a", "b", "ab"]))
        2
        """
        pattern = self.pattern
        if len(self.stems) == 1:
            return lambda text: text.count(pattern)

        def count(text: str) -> int:
            found, place = 0, text.find(pattern)
            while place >= 0:
                found, place = found + 1, text.find(pattern, place + 1)
            return found

        return count


# What an expression asks for: any of the lists, and of a list every phrase, by its number. FTS5 passes over a
# phrase without words, but where AND joins it, alone, to others: nothing holds it.
Expression = tuple[tuple[Phrase, ...], tuple[tuple[int, ...], ...]]


def packed(stems: Iterable[str]) -> str:
    """Return stems as one text in which each stands between blanks of its own."""
    return "".join(f" {stem} " for stem in stems)


def stems_of(texts: Sequence[tuple[str, str]]) -> list[tuple[list[str], list[str]]]:
    """Return the stems of each title and body, in order, as FTS5 has them."""
    found: list[tuple[list[str], list[str]]] = [([], []) for _ in texts]
    with closing(_table()) as db:
        db.executemany(
            "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
            [(number, *both) for number, both in enumerate(texts)],
        )
        db.execute("CREATE VIRTUAL TABLE stems USING fts5vocab (words, 'instance')")
        # `instance` has them by term: each row of it is put where it stands.
        rows = db.execute("SELECT doc, col = 'body', term FROM stems ORDER BY doc, col, offset").fetchall()
    for number, body, term in rows:
        found[number][body].append(term)
    return found


def parsed(expression: str) -> Expression:
    """Return what an FTS5 expression of phrases, OR and AND asks for.

    Raises:
        ValueError: If it is not one.
    """
    with closing(_table()) as db:
        try:
            db.execute("SELECT 1 FROM words WHERE words MATCH ?", (expression,)).fetchall()
        except sqlite3.OperationalError as error:
            raise ValueError(f"“{expression}” is not an FTS5 expression: {error}") from error
    texts, lists = _read(expression)
    stems = [body for _, body in stems_of([("", text) for text, _ in texts])]
    phrases = tuple(Phrase(tuple(s), begins) for s, (_, begins) in zip(stems, texts, strict=True))
    wanted = []
    for one in lists:
        held = [[n for n in group if phrases[n].stems] for group in one]
        if all(held):
            wanted.append(tuple(n for group in held for n in group))
    return phrases, tuple(wanted)


def _read(expression: str) -> tuple[list[tuple[str, bool]], list[list[list[int]]]]:
    """Return the texts of the phrases, and any of what is asked for: all of groups that AND joins."""
    texts: list[tuple[str, bool]] = []
    lists: list[list[list[int]]] = [[[]]]
    position = 0
    while (piece := PIECE.match(expression, position)) and piece.end() > position:
        quoted, bare, star = piece.groups()
        if bare in ("NOT", "NEAR"):
            break
        position = piece.end()
        if bare == "OR":
            lists.append([[]])
        elif bare == "AND":
            lists[-1].append([])
        elif quoted is not None or bare:
            lists[-1][-1].append(len(texts))
            texts.append((quoted.replace('""', '"') if bare is None else bare, bool(star)))
    if position < len(expression):
        raise ValueError(f"“{expression}” is more than an FTS5 expression of phrases, OR and AND.")
    return texts, lists


def counts(counters: Sequence[Callable[[str], int]], wanted: Sequence[Sequence[int]], text: str) -> list[int]:
    """Return how often each phrase stands in `packed` stems, none of a list that they do not hold whole."""
    found = [0] * len(counters)
    for one in wanted:
        here = [counters[n](text) for n in one]
        if all(here):
            for n, count in zip(one, here, strict=True):
                found[n] = count
    return found


def idf(paragraphs: int, holding: int) -> float:
    """Return the inverse document frequency of a phrase that so many of the paragraphs hold."""
    found = math.log((paragraphs - holding + 0.5) / (holding + 0.5))
    return found if found > 0.0 else LEAST_IDF


def most(weight: float) -> float:
    """Return what a phrase of this inverse document frequency adds to a score at most."""
    return weight * (K1 + 1.0)


def score(weights: Sequence[float], counts: Sequence[int], length: int, mean: float) -> float:
    """Return the BM25 of a paragraph of `length` stems that holds each phrase so often."""
    total = 0.0
    for weight, count in zip(weights, counts, strict=True):
        if count:
            total += weight * ((count * (K1 + 1.0)) / (count + K1 * (1 - B + B * length / mean)))
    return total


def _table() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(TABLE)
    return db
