"""Whether questions get the right cell of a table: `python -m footnote.evals.tools.bench_tables [--verbose]`.

`table_data` holds 30 articles with a table each, half of them with heads over several columns, units or
notes, and `questions.tsv`: a file, a question, and the cell that answers it; none where it must be refused.
All articles are in one library. An answer is right if what it points at is the cell, or, where it points at
nothing, if its first sentence holds the cell; any other answer is wrong. What is refused is neither.

`--kept` asks the 225 questions of `table_data/kept` instead, and `--everyday` the 288 of its neighbour, whose
words are mostly not the table's. Both were written by somebody who saw neither the code nor another question;
nothing was trained, tuned or mended on them. A comparison of two rows is right if both are shown.

`--claims` checks what may be written of a table instead: of each row what it says of a column, in one plain
wording, with the cell that stands there, with that of the row below, and with that of the column beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from footnote.evals.metrics.statistic import wilson
from footnote.evals.tools.table_questions import DATA, EVERYDAY, KEPT, files_of, lines_of
from footnote.ingest.article import Article
from footnote.ingest.pipeline import Outcome, ingest
from footnote.ingest.sources import read_sources
from footnote.ingest.text.cells import cells_of
from footnote.rag.answer.table_rows import bare, plain
from footnote.rag.assistant import build
from footnote.rag.review import check_against, passages_of
from footnote.rag.settings import Settings
from footnote.rag.types import Answer, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

FEW = 4  # words of a cell that a claim is made of


class Replied(NamedTuple):
    """A question, the cell that answers it, empty where none does, and how it was answered."""

    kind: str
    question: str
    cell: str
    verdict: str
    said: str


def verdict(reply: Reply, cell: str) -> str:
    """Return whether a reply is “right”, “wrong” or “refused”; to refuse what no table answers is right."""
    if not isinstance(reply, Answer):
        return "refused" if cell else "right"
    if not cell:
        return "wrong"
    if reply.short_answer is not None:
        said = plain(reply.short_answer.text)
        return "right" if said in (cell, bare(cell)) or cell in said.split(", ") else "wrong"
    return "right" if cell in _words(reply.sentences[0].text) else "wrong"


def _words(text: str) -> str:
    return " ".join(text.split())


def asked(assistant: Assistant, questions: Path) -> Iterator[Replied]:
    """Ask every question of an assistant whose library holds the articles."""
    for line in lines_of(questions):
        kind = line.get("kind") or ("cell" if line["answer"] else "none")
        reply = assistant.ask(line["question"])
        said = _words(" ".join(s.text for s in reply.sentences)) if isinstance(reply, Answer) else ""
        if kind == "compare":
            shown = all(_words(name) in said for name in line["row"].split(" / "))
            got = "right" if shown else "wrong" if said else "refused"
        else:
            got = verdict(reply, line["answer"])
        yield Replied(kind, line["question"], line["answer"], got, said)


def summary(rows: Sequence[Replied]) -> str:
    """Return the figures of each kind of question; “none” has no answer, and is right if refused."""
    lines = []
    for kind in dict.fromkeys(row.kind for row in rows):
        counts = Counter(row.verdict for row in rows if row.kind == kind)
        n = counts.total()
        low, high = wilson(counts["right"], n)
        told = ", ".join(f"{counts[name]} {name}" for name in ("right", "wrong", "refused"))
        lines.append(f"{n} of kind {kind}: {told} ({100 * low:.0f}–{100 * high:.0f}% right)")
    return "\n".join(lines)


def claims(article: Article) -> Iterator[tuple[str, bool]]:
    """Yield what may be said of the cells of an article's rows, and whether it is so."""
    lines = [line for p in article.paragraphs for line in article.paragraph_text(p.number).splitlines()]
    rows = [cells for line in lines if (cells := cells_of(line))]
    for row, below in pairwise(rows):
        for n, cell in enumerate(row[1:-1], start=1):
            there, beside = next((c.text for c in below if c.head == cell.head), cell.text), row[n + 1].text
            known = {c.text for c in row}
            if cell.head and cell.text and len(cell.text.split()) <= FEW and cell.text != beside:
                yield f"{row[0].text} has {cell.text} for {cell.head}.", True
                yield f"{row[0].text} has {beside} for {cell.head}.", False
                if there not in known:
                    yield f"{row[0].text} has {there} for {cell.head}.", False


def checked(files: Sequence[str]) -> str:
    """Return how many claims on tables are judged rightly."""
    right, n = Counter[bool](), Counter[bool]()
    for article in read_sources(files):
        if isinstance(article, Article):
            passages = passages_of(article)
            for claim, holds in claims(article):
                said = check_against(claim, passages).sentences[0].support.verdict is Verdict.SUPPORTED
                right[holds] += said is holds
                n[holds] += 1
    return f"true claims supported {right[True]} of {n[True]}, false ones not {right[False]} of {n[False]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print; return the exit status, 1 when a cell was wrong."""
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.bench_tables")
    parser.add_argument(
        "--verbose", action="store_true", help="show each question that was not answered right"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--kept", action="store_const", dest="folder", const=KEPT, help="questions that nothing was chosen on"
    )
    other.add_argument(
        "--everyday", action="store_const", dest="folder", const=EVERYDAY, help="the same, in everyday words"
    )
    parser.add_argument("--claims", action="store_true", help="check claims in place of asking questions")
    given = parser.parse_args(arguments)
    folder = given.folder or DATA
    files = files_of(folder)
    if given.claims:
        print(checked(files))
        return 0
    with (
        tempfile.TemporaryDirectory() as home,
        build(Settings(home=Path(home) / "library")) as assistant,
    ):
        events = ingest(read_sources(files), assistant.library, assistant.encoder)
        added = sum(isinstance(event, Outcome) and event.status == "added" for event in events)
        assistant.warm()
        begun = time.process_time()
        rows = list(asked(assistant, folder / "questions.tsv"))
        spent = 1000 * (time.process_time() - begun) / len(rows)
    for row in rows:
        if given.verbose and row.verdict != "right":
            print(
                f"{row.verdict}: {row.question}\n    wanted: {row.cell or 'a refusal'}\n    said: {row.said}"
            )
    print(f"{added} tables, {spent:.0f} ms of processor time a question\n{summary(rows)}")
    return int(any(row.verdict == "wrong" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
