"""Counts, dates and places in words, and texts cut to a length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.rag.english.dates import readable_date as readable_date  # noqa: PLC0414 - handed on to the page's modules

if TYPE_CHECKING:
    from footnote.rag.types import Citation, Passage


def plural(count: int, noun: str) -> str:
    """Return the count with its noun.

    >>> plural(1, "source"), plural(1200, "article")
    ('1 source', '1,200 articles')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def scope_words(picked: int, total: int, within: str = "") -> str:
    """Say in words which articles a question is put to.

    >>> scope_words(0, 16), scope_words(2, 16), scope_words(0, 1)
    ('Searching all 16 articles', 'Searching 2 of 16 articles', 'Searching 1 article')
    >>> scope_words(0, 16, "Board")
    'Searching “Board”'
    """
    if not total:
        return "No articles to search yet"
    if within:
        return f"Searching “{within}”"
    if picked:
        return f"Searching {picked:,} of {plural(total, 'article')}"
    return f"Searching all {plural(total, 'article')}" if total > 1 else "Searching 1 article"


def beginning(text: str, most: int) -> str:
    """Return the first words of `text`, at most `most` characters, with an ellipsis when there is more.

    >>> beginning("One fine day, later", 13)
    'One fine …'
    """
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def ending(text: str, most: int) -> str:
    """Return the last words of `text`, at most `most` characters, with an ellipsis when there is more.

    >>> ending("One fine day, later", 10)
    '… later'
    """
    if len(text) <= most:
        return text
    return "… " + text[-most:].split(" ", 1)[-1]


def places(of: Citation | Passage) -> list[str]:
    """Say where in its article something stands: the paragraph, its page, its time, and that OCR read it."""
    paragraph = f"paragraph {of.paragraph}" if of.paragraph else "head of the article"
    known = ((of.page, f"page {of.page}"), (of.time, f"at {of.time}"), (of.ocr, "read by OCR"))
    return [paragraph, *(words for there, words in known if there)]


def place(of: Citation | Passage) -> str:
    """Say in one line where in its article something stands."""
    return ", ".join(places(of))
