"""A BEIR folder (Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl` and relevance in `qrels/*.tsv`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from footnote.evals.suite.cases import BadRow, Case, Gold
from footnote.ingest.article import Rejected
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.document import to_article
from footnote.ingest.readers.jsonl import read_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footnote.ingest.article import Read

SPLITS = ("test", "dev", "train")  # the first that is there is used
COLUMNS = 3  # query, document, grade


def is_beir(folder: Path) -> bool:
    """Tell whether a folder is laid out as BEIR's are."""
    return (folder / "corpus.jsonl").is_file() and (folder / "queries.jsonl").is_file()


def files_of(folder: Path) -> tuple[Path, Path, Path]:
    """Return corpus, queries and the judgements of the best split.

    Raises:
        UnreadableSource: If there are no judgements.
    """
    found = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not found:
        raise UnreadableSource(f"“{folder}” has no judgements: put them in qrels/test.tsv, as BEIR has them.")
    split = next((s for s in SPLITS if s in found), next(iter(found)))
    return folder / "corpus.jsonl", folder / "queries.jsonl", found[split]


def read_beir(folder: Path) -> tuple[list[Case], list[BadRow]]:
    """Return a case for each judged query; documents of grade 1 and up are gold, as whole articles."""
    _, queries, judgements = files_of(folder)
    bad: list[BadRow] = []
    grades = _judgements(judgements, bad)
    cases: list[Case] = []
    for number, line in enumerate(queries.read_bytes().splitlines(), start=1):
        found = _query(line)
        if isinstance(found, str):
            bad.append(BadRow(queries.name, number, found))
        elif found is not None and found[0] in grades:
            gold = tuple(Gold(doc, 0, grade) for doc, grade in grades.pop(found[0]).items())
            cases.append(Case(found[0], "answerable", found[1], gold))
    bad += [BadRow(judgements.name, 0, f"query “{key}” is judged but not in queries.jsonl") for key in grades]
    return cases, bad


def _query(line: bytes) -> tuple[str, str] | str | None:
    """Return id and text, the reason why not, or None for a blank line."""
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "it is not JSON"
    match row:
        case {"_id": str() | int() as key, "text": str() as text} if text.strip():
            return str(key), text
        case _:
            return 'it has no "_id" and "text"'


def _judgements(path: Path, bad: list[BadRow]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        cells = line.split("\t")
        if not line.strip() or (number == 1 and cells[-1].strip() == "score"):
            continue
        try:
            query, document, grade = cells[0], cells[-2], int(cells[-1])
            if len(cells) < COLUMNS:
                raise ValueError
        except (ValueError, IndexError):
            bad.append(BadRow(path.name, number, "it is not a query, a document and a whole number"))
            continue
        if grade > 0:
            grades.setdefault(query, {})[document] = grade
    return grades


def read_corpus(folder: Path, name: str) -> Iterator[Read]:
    """Yield the documents as articles, one at a time; one that cannot be used is rejected."""
    with (folder / "corpus.jsonl").open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _document(line, number, name)


def _document(line: bytes, number: int, name: str) -> Read:
    try:
        row: Any = json.loads(line)
        key = str(row["_id"])
        draft = read_row({"title": row.get("title"), "text": row["text"]})
        return to_article(draft, source=f"{name}#{key}", name=key)
    except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
        reason = 'it has no "_id" and "text"' if isinstance(error, (KeyError, TypeError)) else str(error)
        return Rejected(f"{name}#{number}", f"Line {number} of corpus.jsonl could not be used: {reason}.")
