"""Rows that RAGAS and DeepEval read: question, contexts, response and reference of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Report, Section

# what a case holds -> its name in RAGAS
NAMED = {
    "reference_contexts": "reference_contexts",
    "retrieved_ids": "retrieved_context_ids",
    "reference_ids": "reference_context_ids",
}


def exchange_rows(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a row for each question that was answered or refused, in the fields of RAGAS.

    `retrieved_contexts` are the paragraphs that the reply cites, then the others that were found,
    so the markers `[1]` in `response` count from the first of them. `answerable` and `refused` are
    ours, and so are `short_answer` and `references`, all accepted answers; RAGAS passes them over.
    """
    for section in report.sections:
        for row in section.rows:
            if row.is_question and row.reply:
                yield _question(row, section)
            elif row.kind == "response":
                yield _response(row)


def _question(row: Row, section: Section) -> dict[str, Any]:
    cited = [str(c["paragraph_text"]) for c in row.reply.get("citations", ())]
    found = [section.paragraphs.get(f"{article}:{number}", "") for article, number in row.ranking]
    accepted = list(row.given.get("answers") or ())
    known = {f"{c['article_id']}:{c['paragraph']}" for c in row.reply.get("citations", ())}
    others = [t for t, (a, n) in zip(found, row.ranking, strict=True) if t and f"{a}:{n}" not in known]
    return {
        "id": row.id,
        "user_input": row.given["question"],
        # Two citations may share a paragraph; each keeps its place, so that markers still count.
        "retrieved_contexts": [*cited, *others],
        "response": _response_text(row),
        "reference": next(iter(accepted), ""),
        **_more(accepted, str((row.reply.get("short_answer") or {}).get("text", ""))),
        "refused": row.refused,
        "answerable": row.kind != "unanswerable",
        **_gold(row),
    }


def _response_text(row: Row) -> str:
    """Return an answer with its markers, a sentence a line, so that it comes back in the same sentences."""
    said = row.reply.get("sentences") or ()
    lines = [s["text"] + "".join(f" [{n}]" for n in s["citations"]) for s in said]
    return "\n".join(lines) or row.answer


def _response(row: Row) -> dict[str, Any]:
    given = row.given
    return {
        "id": row.id,
        "user_input": given["question"],
        "retrieved_contexts": list(given["contexts"]),
        "response": given["response"],
        "reference": given["reference"],
        **_more(list(given.get("references", ())), given.get("short_answer", "")),
        "refused": given["refused"],
        **({} if given["answerable"] is None else {"answerable": given["answerable"]}),
        **_gold(row),
    }


def _gold(row: Row) -> dict[str, Any]:
    """Return which contexts should have been found, and the ids of those that were."""
    return {name: list(row.given[key]) for key, name in NAMED.items() if row.given.get(key)}


def _more(accepted: list[str], short: str) -> dict[str, Any]:
    """Return what correctness needs beyond one reference, where there is more."""
    references = {"references": accepted} if len(accepted) > 1 else {}
    return {**references, **({"short_answer": short} if short else {})}
