"""Questions as people ask them about news, and the words that answer each: `reader_data`.

A line names a story, by file and id in `judge_data/drafts` or, in `news.jsonl`, by its id in a file of BBC
news that is not part of Footnote; the question; the paragraph, from 0; and from which character to which the
answer stands in it. What its story does not answer has none: then the paragraph is the one that tempts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from footnote.evals.tools.lines import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).with_name("reader_data")
LEARNT, TUNED, NEWS = DATA / "learnt.jsonl", DATA / "tuned.jsonl", DATA / "news.jsonl"
DRAFTS = Path(__file__).with_name("judge_data") / "drafts"


class Story(NamedTuple):
    """An article that is asked about."""

    title: str
    paragraphs: tuple[str, ...]


class Asked(NamedTuple):
    """A question about a story, and where its answer stands in a paragraph; nowhere if `end` is 0."""

    story: str
    question: str
    paragraph: int
    start: int
    end: int


def questions(path: Path) -> list[Asked]:
    """Return the questions of a file."""
    return [Asked(**row) for row in rows_of(path)]


def stories() -> dict[str, Story]:
    """Return the articles of `judge_data/drafts`, by `file:id`."""
    return {
        f"{path.relative_to(DRAFTS).with_suffix('').as_posix()}:{row['id']}": _story(row)
        for path in sorted(DRAFTS.rglob("*.jsonl"))
        for row in rows_of(path)
    }


def news(path: Path) -> dict[str, Story]:
    """Return the stories of a file of `id`, `title` and `text`, by id."""
    return {
        row["id"]: Story(row["title"], tuple(p for p in row["text"].split("\n") if p.strip()))
        for row in rows_of(path)
    }


def _story(row: Mapping[str, object]) -> Story:
    title, paragraphs = row["title"], row["paragraphs"]
    assert isinstance(title, str)
    assert isinstance(paragraphs, list)
    return Story(title, tuple(paragraphs))
