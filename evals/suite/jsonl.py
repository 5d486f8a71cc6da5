"""Cases in JSON Lines: each row says by its fields whether it is a question, a summary or a claim.

::

    a question  {"id", "question", "article_id", "gold_paragraphs": [0, …], "answers": ["…"],
                 "answerable"?: true, "history"?: [{"role": "user" | "assistant", "content": "…"}],
                 "wording"?: "same" | "different", "paragraphs"?: ["…"], "title"?}
    a summary   {"id", "text" | "paragraphs", "title"?, "reference" | "references": ["…"]}
    a claim     {"id", "source", "claim", "label": 0 | 1}
    a response  {"user_input", "retrieved_contexts": ["…"], "response", "reference" | "references": ["…"]?,
                 "short_answer"?, "refused"?, "answerable"?,
                 "reference_contexts"? | "context"?: ["…"],
                 "retrieved_context_ids"?, "reference_context_ids"?}

A row with `user_input` and no response, as RAGAS's test sets have them, is a question.
`gold_paragraphs` count from 0. A question whose row carries `paragraphs` brings its own article;
rows with one `article_id` share it. The built-in suite names `article` and `paragraph` (from 1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from footnote.evals.suite.cases import BadRow, Case, ClaimCase, Gold, ResponseCase, SummaryCase
from footnote.ingest.errors import FootnoteError
from footnote.ingest.readers.document import to_article
from footnote.ingest.readers.jsonl import read_row
from footnote.rag.converse.turns import SPEAKERS, turns
from footnote.rag.errors import QuestionError
from footnote.rag.replies.refusals import declines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footnote.evals.suite.cases import AnyCase
    from footnote.ingest.article import Article
    from footnote.rag.types import Turn

RawRow = dict[str, Any]
BLANK = b" \t\r\n\xef\xbb\xbf"


class Unusable(Exception):
    """Why a row cannot be used; becomes the reason of a `BadRow`."""


@dataclass(slots=True)
class RowReader:
    """Collects the cases of files row by row, and the articles that rows bring with them."""

    suite: str
    responses: bool = False  # whether every row is the answer of another system
    cases: list[AnyCase] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    rows: dict[str, RawRow] = field(default_factory=dict)  # each as it stands in the file, by its case's id
    _seen: dict[str, int] = field(default_factory=dict)
    _pooled: dict[str, dict[str, int]] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, Article] = field(default_factory=dict)

    def read(self, file: str, lines: Iterable[bytes]) -> None:
        """Take every row of a file; one that cannot be used is kept as a bad row with its reason."""
        found = [(number, _row(line)) for number, line in enumerate(lines, start=1) if line.strip(BLANK)]
        named = {str(_named(row)) for _, row in found if isinstance(row, dict)}
        for number, row in found:
            try:
                if isinstance(row, Unusable):
                    raise row
                own = str(number) if str(number) not in named else f"line {number}"
                case = self._case(row, own)
                self.add(case, number)
                self.rows[case.id] = row
            except Unusable as error:
                self.bad.append(BadRow(file, number, f"{error}"))

    def add(self, case: AnyCase, number: int) -> None:
        """Keep a case.

        Raises:
            Unusable: If its id was used before.
        """
        if case.id in self._seen:
            raise Unusable(f"its id “{case.id}” was used on line {self._seen[case.id]}")
        self._seen[case.id] = number
        self.cases.append(case)

    def line(self, case: AnyCase) -> int:
        """Return where a case stands, counted from 1."""
        return self._seen[case.id]

    def articles(self) -> Iterator[Article]:
        """Yield the articles that the rows brought: pooled paragraphs and texts to summarise."""
        for key, paragraphs in self._pooled.items():
            row = {"paragraphs": list(paragraphs), "title": self._titles[key]}
            yield to_article(read_row(row), source=f"{self.suite}#{key}", name=key)
        yield from self._texts.values()

    def _case(self, row: RawRow, own: str) -> AnyCase:
        """Return the case of a row, which goes by `own` where it has no id."""
        case_id = _id(row, own)
        if self.responses:
            return response(row, case_id)
        if "claim" in row or "claim_or_answer" in row:
            return _claim(row, case_id)
        if _asks_only(row):
            row = {**row, "question": row["user_input"], "answers": _references(row)}
        elif "user_input" in row or "actual_output" in row or "response" in row:
            return response(row, case_id)
        if "question" in row:
            return self._question(row, case_id)
        if "reference" in row or "references" in row:
            return self._summary(row, case_id)
        known = '"question", "claim", "response" or "reference"'
        hint = "; it looks like an article: give it with --articles" if "paragraphs" in row else ""
        raise Unusable(f"it has none of {known}, so it is no case{hint}")

    def _question(self, row: RawRow, case_id: str) -> Case:
        question = _text(row, "question")
        article = str(row.get("article_id", row.get("article", "")) or "")
        answerable = row.get("answerable", row.get("kind") != "unanswerable")
        if not isinstance(answerable, bool):
            raise Unusable('its "answerable" is neither true nor false')
        numbers = self._pool(row, article) if "paragraphs" in row else None
        history = _history(row)
        return Case(
            case_id,
            ("followup" if history else "answerable") if answerable else "unanswerable",
            question,
            gold=_gold(row, article, numbers) if answerable else (),
            answers=_answers(row) if answerable else (),
            history=history,
            wording=str(row.get("wording", "")),
            article=article,
            reference_contexts=_texts(row, "reference_contexts") if answerable else (),
        )

    def _pool(self, row: RawRow, article: str) -> list[int]:
        """Add a row's own paragraphs to its article; return the number, from 1, of each there."""
        given = row["paragraphs"]
        if not isinstance(given, list) or not all(isinstance(p, str) for p in given):
            raise Unusable('its "paragraphs" are not a list of texts')
        if given and not article:
            raise Unusable('it has "paragraphs" but no "article_id" that says whose they are')
        if any(not p.strip() for p in given):
            raise Unusable('one of its "paragraphs" is empty')
        if given:
            self._titles.setdefault(article, str(row.get("title") or ""))
        pooled = self._pooled.setdefault(article, {}) if given else {}
        return [pooled.setdefault(p, len(pooled) + 1) for p in given]

    def _summary(self, row: RawRow, case_id: str) -> SummaryCase:
        references = _texts(row, "references") or ((_text(row, "reference"),) if row.get("reference") else ())
        if "article" in row:
            article = _text(row, "article")
            return SummaryCase(case_id if "id" in row else f"summary:{article}", article, references)
        source = f"{self.suite}#{case_id}"
        try:
            self._texts.setdefault(case_id, to_article(read_row(row), source=source, name=case_id))
        except FootnoteError as error:
            raise Unusable(str(error).rstrip(".")) from None
        return SummaryCase(case_id, case_id, references)


def _object(line: bytes) -> RawRow:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unusable("it is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise Unusable(f"it is not JSON ({str(error).partition(chr(10))[0][:80]})") from None
    if not isinstance(found, dict):
        raise Unusable("it is not an object in braces")
    return found


def _row(line: bytes) -> RawRow | Unusable:
    try:
        return _object(line)
    except Unusable as error:
        return error


def _named(row: RawRow) -> Any:
    return row.get("id", row.get("_id"))


def _id(row: RawRow, own: str) -> str:
    found = row.get("id", row.get("_id", own))
    if isinstance(found, bool) or not isinstance(found, (str, int, float)) or not str(found).strip():
        raise Unusable('its "id" is neither a text nor a number')
    return str(found)


def _text(row: RawRow, key: str) -> str:
    found = row.get(key)
    if not isinstance(found, str) or not found.strip():
        raise Unusable(f'its "{key}" is missing or no text')
    return found


def _texts(row: RawRow, key: str) -> tuple[str, ...]:
    return tuple(t for t in _placed(row, key) if t.strip())


def _placed(row: RawRow, key: str) -> list[str]:
    """Return the texts under a key, blank ones too: what counts them goes by their places."""
    found = row.get(key)
    found = [] if found is None else [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not all(isinstance(t, str) for t in found):
        raise Unusable(f'its "{key}" are not a list of texts')
    return found


def _asks_only(row: RawRow) -> bool:
    """Tell whether a row in RAGAS's form holds a question that nobody has answered yet."""
    given = ("response", "actual_output", "answer", "retrieved_contexts")
    return isinstance(row.get("user_input"), str) and all(row.get(name) is None for name in given)


def _references(row: RawRow) -> list[str]:
    return list(_texts(row, _present(row, "references", "reference", "expected_output", "ground_truth")))


def _ids(row: RawRow, key: str) -> tuple[str, ...]:
    found = row.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(type(one) in (str, int) for one in found):
        raise Unusable(f'its "{key}" are not a list of texts or numbers')
    return tuple(map(str, found))


def _answers(row: RawRow) -> tuple[str, ...]:
    return _texts(row, "answers" if "answers" in row else "answer")


def _gold(row: RawRow, article: str, numbers: list[int] | None) -> tuple[Gold, ...]:
    """Return the paragraphs that answer; `numbers` maps places in the row to places in the article."""
    if "paragraph" in row:
        return _built_in_gold(row, article)
    given = row.get("gold_paragraphs", [])
    if not isinstance(given, list) or not all(type(n) is int and n >= 0 for n in given):
        raise Unusable('its "gold_paragraphs" are not whole numbers from 0')
    if given and not article:
        raise Unusable('it has "gold_paragraphs" but no "article_id" that says whose they are')
    if numbers is not None and any(n >= len(numbers) for n in given):
        raise Unusable(
            f"it names gold paragraph {max(given)} of {len(numbers)} that it holds, counted from 0"
        )
    places = [n + 1 if numbers is None else numbers[n] for n in given]
    return tuple(Gold(article, n) for n in dict.fromkeys(places))


def _built_in_gold(row: RawRow, article: str) -> tuple[Gold, ...]:
    pairs = [(article, row["paragraph"]), *(tuple(pair) for pair in row.get("also", []))]
    if not all(len(p) == 2 and isinstance(p[0], str) and type(p[1]) is int and p[1] > 0 for p in pairs):
        raise Unusable('its "paragraph" or "also" does not name paragraphs by number from 1')
    return tuple(Gold(name, number) for name, number in pairs)


def _history(row: RawRow) -> tuple[Turn, ...]:
    given = row.get("history", row.get("dialogue_history"))
    if given is None:
        return ()
    try:
        return turns(given)
    except QuestionError as error:
        raise Unusable(f'its "history": {str(error).rstrip(".")}') from None


def _claim(row: RawRow, case_id: str) -> ClaimCase:
    if row.get("label") not in (0, 1):
        raise Unusable('its "label" is neither 0 nor 1')
    claim = _text(row, "claim" if "claim" in row else "claim_or_answer")
    return ClaimCase(case_id, _text(row, "source"), claim, bool(row["label"]))


def response(row: RawRow, case_id: str) -> ResponseCase:
    """Return the case of a row that RAGAS or DeepEval wrote, under the field names of either.

    Raises:
        Unusable: If the question or the response is missing.
    """
    row = _last_turn(row)
    question = _text(row, _present(row, "user_input", "input", "question"))
    answer = row.get(_present(row, "response", "actual_output", "answer"))
    if not isinstance(answer, str):
        raise Unusable('it has no "response" that is a text')
    refused, answerable = row.get("refused"), row.get("answerable")
    if not all(flag is None or isinstance(flag, bool) for flag in (refused, answerable)):
        raise Unusable('its "refused" or "answerable" is neither true nor false')
    accepted = tuple(_references(row))
    contexts = _placed(row, _present(row, "retrieved_contexts", "retrieval_context", "contexts"))
    short = row.get("short_answer") or ""
    if not isinstance(short, str):
        raise Unusable('its "short_answer" is no text')
    return ResponseCase(
        case_id,
        question,
        tuple(contexts) if any(t.strip() for t in contexts) else (),
        answer,
        reference=accepted[0] if accepted else "",
        refused=declines(answer) if refused is None else refused,
        answerable=answerable,
        references=accepted if len(accepted) > 1 else (),
        short_answer=short,
        reference_contexts=_texts(row, _present(row, "reference_contexts", "context")),
        retrieved_ids=_ids(row, "retrieved_context_ids"),
        reference_ids=_ids(row, "reference_context_ids"),
    )


def _last_turn(row: RawRow) -> RawRow:
    """Return a row of several turns, as RAGAS has them, as one on its last question and answer.

    Raises:
        Unusable: If nobody asks in it, or nobody answers.
    """
    messages = row.get("user_input")
    if not isinstance(messages, list):
        return row
    said = [
        (SPEAKERS.get(str(t.get("role", t.get("type")))), t.get("content"))
        for t in messages
        if isinstance(t, dict)
    ]
    asked = [place for place, (role, text) in enumerate(said) if role == "user" and isinstance(text, str)]
    if not asked:
        raise Unusable('nobody asks in its "user_input"')
    answers = [
        text for role, text in said[asked[-1] :] if role == "assistant" and isinstance(text, str) and text
    ]
    given = row.get("response") or (answers[-1] if answers else None)
    if given is None:
        raise Unusable('nobody answers in its "user_input", and it has no "response"')
    return {**row, "user_input": said[asked[-1]][1], "response": given}


def _present(row: RawRow, *keys: str) -> str:
    return next((key for key in keys if row.get(key) is not None), keys[0])
