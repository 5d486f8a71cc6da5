"""Cases: a question with what a right reply holds, from the built-in suite or from a person's data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from rag.types import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Kind = Literal["answerable", "unanswerable", "followup"]


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `gold` names the paragraphs that answer, as (article reference, number from 1).

    `answers` are the strings of which a right answer holds at least one. Both are empty when the
    articles do not answer. `wording` is `different` when the question avoids the text's words.
    """

    id: str
    kind: Kind
    question: str
    gold: tuple[tuple[str, int], ...] = ()
    answers: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    wording: str = ""


def sample_cases() -> list[Case]:
    """Return the built-in suite over the sample library."""
    text = files("evals.suites").joinpath("samples.jsonl").read_text(encoding="utf-8")
    return [_sample(json.loads(line)) for line in text.splitlines() if line.strip()]


def _sample(row: dict[str, Any]) -> Case:
    gold = [(row["article"], row["paragraph"])] if "article" in row else []
    gold += [(article, paragraph) for article, paragraph in row.get("also", [])]
    return Case(
        id=row["id"],
        kind=row["kind"],
        question=row["question"],
        gold=tuple(gold),
        answers=tuple(row.get("answers", ())),
        history=tuple(Turn(t["role"], t["content"]) for t in row.get("history", ())),
        wording=row.get("wording", ""),
    )


def question_cases(path: Path) -> list[Case]:
    """Return the cases of a JSON Lines file of questions on a corpus.

    A row holds `id, article_id, question, answers, gold_paragraphs` (counted from 0) and `answerable`.
    """
    with path.open(encoding="utf-8") as file:
        return list(_questions(file))


def _questions(lines: Iterable[str]) -> Iterator[Case]:
    for line in lines:
        row = json.loads(line)
        answerable = row.get("answerable", True)
        yield Case(
            id=str(row["id"]),
            kind="answerable" if answerable else "unanswerable",
            question=row["question"],
            gold=tuple((row["article_id"], n + 1) for n in row["gold_paragraphs"]) if answerable else (),
            answers=tuple(row["answers"]) if answerable else (),
        )
