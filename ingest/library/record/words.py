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
    language = _language(db, row)
    for number, section, text in _paragraphs(db, row):
        body = f"{section}\n{text}" if section else text
        db.execute(
            "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
            (number, index_text(title, language), index_text(body, language)),
        )


def index_words_anew(db: sqlite3.Connection, row: int) -> None:
    """Index the words of an article again that an older version indexed as if it were in English."""
    if _language(db, row) != "en":
        (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
        db.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM paragraphs WHERE article = ?)", (row,))
        index_words(db, row, title)


def _language(db: sqlite3.Connection, row: int) -> str:
    """Return the language of an article by its first paragraphs; what a page declares is often wrong."""
    return language_of("\n".join(text for _, _, text in _paragraphs(db, row, LANGUAGE_TOLD_BY)))


def _paragraphs(db: sqlite3.Connection, row: int, most: int = -1) -> list[tuple[int, str, str]]:
    return db.execute(
        "SELECT id, section, text FROM paragraphs WHERE article = ? ORDER BY number LIMIT ?", (row, most)
    ).fetchall()
