"""The index of words in SQLite: FTS5 over the paragraphs, prepared for the language that they are in."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import index_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from footnote.ingest.library.record.seam import Connection
    from footnote.ingest.library.record.values import Key

LANGUAGE_TOLD_BY = 5  # first paragraphs
ALL = 2**31 - 1
TABLE = "CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'porter unicode61')"


class Fts5Words:
    """SQLite's own index of words."""

    tables = (TABLE, "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'col')")

    def add(self, db: sqlite3.Connection, row: int, title: str) -> None:
        """Index the paragraphs of an article."""
        db.executemany("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", prepared(db, row, title))

    def remove(self, db: sqlite3.Connection, row: int) -> None:
        """Forget the words of an article."""
        db.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM paragraphs WHERE article = ?)", (row,))

    def match(
        self, db: sqlite3.Connection, expression: str, k: int, articles: Collection[str] | None
    ) -> list[tuple[Key, float]]:
        """Return the best `k` paragraphs by BM25 for an FTS5 expression.

        Raises:
            ValueError: If `expression` is not one.
        """
        chosen = None if articles is None else json.dumps(sorted(articles))
        try:
            rows = db.execute(
                """SELECT a.article_id, p.number, bm25(words) AS score FROM words
                   JOIN paragraphs p ON p.id = words.rowid JOIN articles a ON a.id = p.article
                   WHERE words MATCH ?1 AND a.state = 'ready'
                     AND (?2 IS NULL OR a.article_id IN (SELECT value FROM json_each(?2)))
                   ORDER BY score LIMIT ?3""",
                (expression, chosen, k),
            ).fetchall()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_ERROR":
                raise
            raise ValueError(f"“{expression}” is not an FTS5 expression: {error}") from error
        return [((row[0], row[1]), -row[2]) for row in rows]

    def frequencies(self, db: sqlite3.Connection, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each stem occurs; 0 for those that do not."""
        rows = db.execute(
            "SELECT term, doc FROM vocabulary"
            " WHERE col = 'body' AND term IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(terms))),),
        ).fetchall()
        return dict.fromkeys(terms, 0) | dict(rows)

    def vocabulary(self, db: sqlite3.Connection) -> tuple[str, ...]:
        """Return every porter stem of the paragraphs and titles, in order."""
        return tuple(row[0] for row in db.execute("SELECT DISTINCT term FROM vocabulary").fetchall())


class SeenWords(Fts5Words):
    """The index of words on a connection that sees some of the paragraphs only: it tells of no other's words.

    How rare a word is, by which paragraphs are ranked, is still that of the whole library.
    """

    needs = "CREATE VIRTUAL TABLE temp.instances USING fts5vocab (main, words, instance)"

    def frequencies(self, db: sqlite3.Connection, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs that are seen each stem occurs; 0 for those that do not."""
        rows = db.execute(
            "SELECT i.term, count(DISTINCT i.doc) FROM json_each(?) k CROSS JOIN temp.instances i"
            " CROSS JOIN paragraphs p WHERE i.term = k.value AND i.col = 'body' AND p.id = i.doc"
            " GROUP BY i.term",
            (json.dumps(sorted(set(terms))),),
        ).fetchall()
        return dict.fromkeys(terms, 0) | dict(rows)

    def vocabulary(self, db: sqlite3.Connection) -> tuple[str, ...]:
        """Return every porter stem of the paragraphs and titles that are seen, in order."""
        rows = db.execute(
            "SELECT DISTINCT v.term FROM main.vocabulary v WHERE EXISTS (SELECT 1 FROM temp.instances i"
            " CROSS JOIN paragraphs p WHERE i.term = v.term AND p.id = i.doc)"
        ).fetchall()
        return tuple(sorted(row[0] for row in rows))


def index_words_anew(db: Connection, row: int) -> None:
    """Index the words of an article again that an older version took for one in another language."""
    (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
    held = db.execute(
        "SELECT p.id, w.title, w.body FROM paragraphs p JOIN words w ON w.rowid = p.id"
        " WHERE p.article = ? ORDER BY p.number",
        (row,),
    ).fetchall()
    if held != prepared(db, row, title):
        db.words.remove(db, row)
        db.words.add(db, row, title)


def prepared(db: sqlite3.Connection | Connection, row: int, title: str) -> list[tuple[int, str, str]]:
    """Return number, title and body of each paragraph of an article as the word index holds them."""
    language = _language(db, row)
    shown = index_text(title, language)
    return [
        (number, shown, index_text(f"{section}\n{text}" if section else text, language))
        for number, section, text in _paragraphs(db, row)
    ]


def _language(db: sqlite3.Connection | Connection, row: int) -> str:
    """Return the language of an article by its first paragraphs; what a page declares is often wrong."""
    return language_of("\n".join(text for _, _, text in _paragraphs(db, row, LANGUAGE_TOLD_BY)))


def _paragraphs(db: sqlite3.Connection | Connection, row: int, most: int = ALL) -> list[tuple[int, str, str]]:
    return db.execute(
        "SELECT id, section, text FROM paragraphs WHERE article = ? ORDER BY number LIMIT ?", (row, most)
    ).fetchall()
