"""The index of words in PostgreSQL: a `tsvector` finds paragraphs, and what they hold is counted here.

Each paragraph has its stems as FTS5 would have them, in one text, and as a `tsvector` without places under a
GIN index; beside them stand in how many paragraphs each stem is. Best first is found without looking at
every paragraph that holds a common word: what only holds such words cannot reach the best (MaxScore; Turtle
and Flood 1995).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from footnote.ingest.library.record import bm25
from footnote.ingest.library.record.bm25 import Phrase, packed
from footnote.ingest.library.record.seam import NAMES
from footnote.ingest.library.record.words import prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from footnote.ingest.library.record.seam import Connection
    from footnote.ingest.library.record.values import Key

LONGEST = 500  # bytes of a stem in an index; PostgreSQL takes no more than some 2,000
AT_ONCE = 2_000  # paragraphs that hold the rarest phrases, before it is asked whether others can be better
BETWEEN = "\n"  # title and body: no phrase goes over it

_CANDIDATES = """
    SELECT p.id, a.article_id, p.number, w.stems, w.length
    FROM words w JOIN paragraphs p ON p.id = w.paragraph JOIN articles a ON a.id = p.article
    WHERE a.state = 'ready' AND w.terms @@ CAST(? AS TSQUERY)
"""
_HOLDING = """
    SELECT q.place, (SELECT count(*) FROM words w WHERE w.terms @@ CAST(q.query AS TSQUERY)
                                                    AND (q.pattern = '' OR strpos(w.stems, q.pattern) > 0))
    FROM unnest(CAST(? AS INTEGER[]), CAST(? AS TEXT[]), CAST(? AS TEXT[])) q (place, query, pattern)
"""

_SEEN_HOLDING = """
    SELECT q.term, count(p.id) FROM unnest(CAST(? AS TEXT[]), CAST(? AS TEXT[]), CAST(? AS TEXT[]))
                                    q (term, query, held)
    JOIN words w ON w.terms @@ CAST(q.query AS TSQUERY)
    JOIN paragraphs p ON p.id = w.paragraph
    WHERE strpos(split_part(w.stems, chr(10), 2), q.held) > 0
    GROUP BY q.term
"""


class PostgresWords:
    """Stems in PostgreSQL, and their scores as FTS5 has them."""

    tables = (
        """CREATE TABLE words (
            paragraph INTEGER PRIMARY KEY REFERENCES paragraphs (id) ON DELETE CASCADE,
            stems TEXT NOT NULL, length INTEGER NOT NULL, terms TSVECTOR NOT NULL)""",
        "CREATE INDEX words_of ON words USING gin (terms)",
        "CREATE TABLE vocabulary (term TEXT PRIMARY KEY, bodies INTEGER NOT NULL, holding INTEGER NOT NULL)",
        "CREATE TABLE totals (paragraphs INTEGER NOT NULL, stems INTEGER NOT NULL)",
        "INSERT INTO totals VALUES (0, 0)",
    )

    def add(self, db: Connection, row: int, title: str) -> None:
        """Index the paragraphs of an article."""
        given = prepared(db, row, title)
        stems = bm25.stems_of([(shown, body) for _, shown, body in given])
        db.executemany(
            "INSERT INTO words (paragraph, stems, length, terms) VALUES (?, ?, ?, array_to_tsvector(?))",
            [
                (number, BETWEEN.join(map(packed, both)), sum(map(len, both)), _indexed(both[0] + both[1]))
                for (number, _, _), both in zip(given, stems, strict=True)
            ],
        )
        self._count(db, stems, 1)

    def remove(self, db: Connection, row: int) -> None:
        """Forget the words of an article."""
        rows = db.execute(
            "DELETE FROM words w USING paragraphs p WHERE p.id = w.paragraph AND p.article = ?"
            " RETURNING w.stems",
            (row,),
        ).fetchall()
        both = [stems.partition(BETWEEN) for (stems,) in rows]
        self._count(db, [(title.split(), body.split()) for title, _, body in both], -1)

    def match(
        self, db: Connection, expression: str, k: int, articles: Collection[str] | None
    ) -> list[tuple[Key, float]]:
        """Return the best `k` paragraphs by BM25 for an FTS5 expression.

        Raises:
            ValueError: If `expression` is not one.
        """
        phrases, wanted = bm25.parsed(expression)
        db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")  # counts of other moments would not go together
        try:
            return self._best(db, phrases, wanted, k, articles)
        finally:
            db.execute("ROLLBACK")

    def _best(
        self,
        db: Connection,
        phrases: Sequence[Phrase],
        wanted: Sequence[tuple[int, ...]],
        k: int,
        articles: Collection[str] | None,
    ) -> list[tuple[Key, float]]:
        paragraphs, stems = db.execute("SELECT paragraphs, stems FROM totals").fetchone()
        if not wanted or not paragraphs:
            return []
        holding = self._holding(db, phrases)
        weights = [bm25.idf(paragraphs, n) for n in holding]
        counters = [phrase.counter() for phrase in phrases]
        best: list[tuple[float, int, Key]] = []
        for query, rest in _rounds(phrases, wanted, holding, weights):
            if len(best) == k and best[-1][0] < -rest:
                break
            for number, article, place, text, length in _candidates(db, query, articles):
                counts = bm25.counts(counters, wanted, text)
                score = bm25.score(weights, counts, length, stems / paragraphs)
                if score:
                    best.append((-score, number, (article, place)))
            best = sorted(set(best))[:k]
        return [(key, -negative) for negative, _, key in best]

    def frequencies(self, db: Connection, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each stem occurs; 0 for those that do not."""
        return {term: bodies for term, (bodies, _) in self._counted(db, terms).items()}

    def vocabulary(self, db: Connection) -> tuple[str, ...]:
        """Return every porter stem of the paragraphs and titles, in order."""
        rows = db.execute("SELECT term FROM vocabulary WHERE holding > 0 ORDER BY term").fetchall()
        return tuple(row[0] for row in rows)

    def _counted(self, db: Connection, terms: Collection[str]) -> dict[str, tuple[int, int]]:
        rows = db.execute(
            f"SELECT v.term, v.bodies, v.holding FROM {NAMES} k JOIN vocabulary v ON v.term = k.name",
            (json.dumps(sorted({_cut(term) for term in terms})),),
        ).fetchall()
        known = {term: (bodies, holding) for term, bodies, holding in rows}
        return {term: known.get(_cut(term), (0, 0)) for term in terms}

    def _holding(self, db: Connection, phrases: Sequence[Phrase]) -> list[int]:
        """Return how many paragraphs hold each phrase, whatever the state of their articles."""
        single = self._counted(db, {p.stems[0] for p in phrases if len(p.stems) == 1 and not p.begins})
        others = [n for n, p in enumerate(phrases) if len(p.stems) > 1 or (p.stems and p.begins)]
        found = dict(
            db.execute(
                _HOLDING,
                (
                    others,
                    [_query(phrases[n]) for n in others],
                    [phrases[n].pattern if len(phrases[n].stems) > 1 else "" for n in others],
                ),
            ).fetchall()
            if others
            else ()
        )
        return [
            found[n] if n in found else single[p.stems[0]][1] if p.stems else 0 for n, p in enumerate(phrases)
        ]

    def _count(self, db: Connection, stems: Sequence[tuple[list[str], list[str]]], sign: int) -> None:
        bodies = Counter(term for _, body in stems for term in {*map(_cut, body)})
        holding = Counter(term for title, body in stems for term in {*map(_cut, title), *map(_cut, body)})
        terms = sorted(holding)
        db.execute(
            "INSERT INTO vocabulary (term, bodies, holding)"
            " SELECT * FROM unnest(CAST(? AS TEXT[]), CAST(? AS INTEGER[]), CAST(? AS INTEGER[]))"
            " ON CONFLICT (term) DO UPDATE SET bodies = vocabulary.bodies + excluded.bodies,"
            " holding = vocabulary.holding + excluded.holding",
            (terms, [sign * bodies[term] for term in terms], [sign * holding[term] for term in terms]),
        )
        db.execute(
            "UPDATE totals SET paragraphs = paragraphs + ?, stems = stems + ?",
            (sign * len(stems), sign * sum(len(title) + len(body) for title, body in stems)),
        )


class SeenWords(PostgresWords):
    """The index of words on a connection that sees some of the paragraphs only: it tells of no other's words.

    How rare a word is, by which paragraphs are ranked, is still that of the whole library.
    """

    def frequencies(self, db: Connection, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs that are seen each stem occurs; 0 for those that do not."""
        wanted = sorted(set(terms))
        rows = db.execute(
            _SEEN_HOLDING,
            (wanted, [_quoted(t) for t in wanted], [packed([t]) for t in wanted]),
        )
        return dict.fromkeys(terms, 0) | dict(rows.fetchall())

    def vocabulary(self, db: Connection) -> tuple[str, ...]:
        """Return every porter stem of the paragraphs and titles that are seen, in order."""
        rows = db.execute(
            "SELECT DISTINCT term FROM words w JOIN paragraphs p ON p.id = w.paragraph"
            " CROSS JOIN unnest(tsvector_to_array(w.terms)) term"
        ).fetchall()
        return tuple(sorted(row[0] for row in rows))


def _rounds(
    phrases: Sequence[Phrase],
    wanted: Sequence[tuple[int, ...]],
    holding: Sequence[int],
    weights: Sequence[float],
) -> Iterator[tuple[str, float]]:
    """Yield queries, those for rare phrases first, each with the most that what it finds can score.

    What was found before need not be found again. A list of several phrases is as rare as its rarest, and
    what does not hold all of it may hold some.
    """
    every = sum(bm25.most(weight) for weight in weights)
    alone = all(len(one) == 1 for one in wanted)
    rest = sorted(wanted, key=lambda one: min(holding[n] for n in one))
    while rest:
        able = sum(bm25.most(weights[n]) for one in rest for n in one) if alone else every
        now = [rest.pop(0)]
        size = min(holding[n] for n in now[0])
        while rest and (size := size + min(holding[n] for n in rest[0])) <= AT_ONCE:
            now.append(rest.pop(0))
        yield " | ".join("(" + " & ".join(_query(phrases[n]) for n in one) + ")" for one in now), able


def _candidates(db: Connection, query: str, articles: Collection[str] | None) -> list[Any]:
    if articles is None:
        return db.execute(_CANDIDATES, (query,)).fetchall()
    return db.execute(
        f"{_CANDIDATES} AND a.article_id IN (SELECT name FROM {NAMES} k)",
        (query, json.dumps(sorted(articles))),
    ).fetchall()


def _query(phrase: Phrase) -> str:
    """Return the `tsquery` of what holds every stem of a phrase."""
    return " & ".join(map(_quoted, phrase.stems)) + (":*" if phrase.begins else "")


def _quoted(stem: str) -> str:
    return "'" + _cut(stem).replace("\\", "\\\\").replace("'", "''") + "'"


def _indexed(stems: Iterable[str]) -> list[str]:
    return sorted({_cut(stem) for stem in stems})


def _cut(stem: str) -> str:
    """Return a stem as an index takes it: a text without blanks may be a stem of any length."""
    if len(stem) <= LONGEST // 4:
        return stem
    return stem.encode()[:LONGEST].decode(errors="ignore")
