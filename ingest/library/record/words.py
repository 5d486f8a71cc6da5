"""The index of words: the paragraphs of an article, prepared for the language that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import index_text

if TYPE_CHECKING:
    import sqlite3

LANGUAGE_TOLD_BY = 5  # first paragraphs


def index_words(db: sqlite3.Connection, row: int, title: str) -> None:
    """Give the word index the paragraphs of an article, prepared for the language that they are in."""
    db.executemany("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", _prepared(db, row, title))


def index_words_anew(db: sqlite3.Connection, row: int) -> None:
    """Index the words of an article again that an older version took for one in another language."""
    (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
    held = db.execute(
        "SELECT p.id, w.title, w.body FROM paragraphs p JOIN words w ON w.rowid = p.id"
        " WHERE p.article = ? ORDER BY p.number",
        (row,),
    ).fetchall()
    if held != _prepared(db, row, title):
        db.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM paragraphs WHERE article = ?)", (row,))
        index_words(db, row, title)


def _prepared(db: sqlite3.Connection, row: int, title: str) -> list[tuple[int, str, str]]:
    """Return number, title and body of each paragraph of an article as the word index holds them."""
    language = _language(db, row)
    shown = index_text(title, language)
    return [
        (number, shown, index_text(f"{section}\n{text}" if section else text, language))
        for number, section, text in _paragraphs(db, row)
    ]


def _language(db: sqlite3.Connection, row: int) -> str:
    """Return the language of an article by its first paragraphs; what a page declares is often wrong."""
    return language_of("\n".join(text for _, _, text in _paragraphs(db, row, LANGUAGE_TOLD_BY)))


def _paragraphs(db: sqlite3.Connection, row: int, most: int = -1) -> list[tuple[int, str, str]]:
    return db.execute(
        "SELECT id, section, text FROM paragraphs WHERE article = ? ORDER BY number LIMIT ?", (row, most)
    ).fetchall()
