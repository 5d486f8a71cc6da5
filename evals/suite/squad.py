"""SQuAD 1.1 and 2.0 in their own JSON: titles, paragraphs and questions on each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from footnote.evals.suite.cases import BadRow, Case, Gold
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.document import to_article
from footnote.ingest.readers.jsonl import read_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.article import Article


def read_squad(data: bytes, name: str) -> tuple[list[Case], list[BadRow], list[Article]]:
    """Return the cases, the questions that cannot be used (counted from 1) and the articles.

    Titles that repeat are one article. Questions marked `is_impossible` are unanswerable.

    Raises:
        UnreadableSource: If the file is not SQuAD's JSON.
    """
    try:
        groups = json.loads(data)["data"]
        if not isinstance(groups, list):
            raise TypeError
    except (ValueError, RecursionError, KeyError, TypeError):
        raise UnreadableSource(
            f'“{name}” is not in SQuAD’s form. Give JSON with "data", or cases in a .jsonl file.'
        ) from None
    reader = _Squad(name)
    for group in groups:
        reader.group(group)
    return reader.cases, reader.bad, list(reader.articles())


class _Squad:
    """Walks through the file, counting questions."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []
        self.bad: list[BadRow] = []
        self.count = 0
        self._seen: set[str] = set()
        self._paragraphs: dict[str, list[str]] = {}

    def articles(self) -> Iterator[Article]:
        """Yield the articles by title."""
        for title, paragraphs in self._paragraphs.items():
            row = {"title": title.replace("_", " "), "paragraphs": paragraphs}
            if any(p.strip() for p in paragraphs):
                yield to_article(read_row(row), source=f"{self.name}#{title}", name=title)

    def group(self, group: Any) -> None:
        """Take one article."""
        match group:
            case {"title": str() as title, "paragraphs": [*paragraphs]}:
                for paragraph in paragraphs:
                    self._paragraph(title, paragraph)
            case _:
                self._refuse('an article has no "title" and "paragraphs"')

    def _paragraph(self, title: str, paragraph: Any) -> None:
        match paragraph:
            case {"context": str() as context, "qas": [*questions]}:
                known = self._paragraphs.setdefault(title, [])
                known.append(context)
                for question in questions:
                    self._question(title, len(known), question)
            case _:
                self._refuse(f'a paragraph of “{title}” has no "context" and "qas"')

    def _question(self, title: str, number: int, row: Any) -> None:
        self.count += 1
        match row:
            case {"id": str() | int() as key, "question": str() as asked} if asked.strip():
                answers = _answers(row)
                impossible = row.get("is_impossible", False)
            case _:
                self._refuse('it has no "id" and "question"')
                return
        if str(key) in self._seen:
            self._refuse(f"its id “{key}” was used before")
        elif not impossible and not answers:
            self._refuse("it has no answer and is not marked as impossible")
        else:
            self._seen.add(str(key))
            self.cases.append(_case(str(key), asked, title, number, () if impossible else answers))

    def _refuse(self, reason: str) -> None:
        self.bad.append(BadRow(self.name, self.count, f"question {self.count}: {reason}"))


def _answers(row: dict[str, Any]) -> tuple[str, ...]:
    given = row.get("answers") or []
    texts = [a.get("text") for a in given if isinstance(a, dict)] if isinstance(given, list) else []
    return tuple(dict.fromkeys(t for t in texts if isinstance(t, str) and t.strip()))


def _case(key: str, question: str, title: str, number: int, answers: tuple[str, ...]) -> Case:
    gold = (Gold(title, number),) if answers else ()
    return Case(key, "answerable" if answers else "unanswerable", question, gold, answers, article=title)
