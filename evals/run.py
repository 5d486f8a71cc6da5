"""Run a suite: ask and summarise as the screen does, case by case, and judge what comes back."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from footnote.evals.metrics.correctness import answer_values
from footnote.evals.metrics.grounding import grounding_values, judge
from footnote.evals.metrics.judges import overlap
from footnote.evals.metrics.relevance import DEPTH, ranking_values
from footnote.evals.metrics.rows import Row
from footnote.evals.metrics.summaries import LEAD, rouge_values, shape_values
from footnote.evals.report.report import Report, Section, peak_memory
from footnote.evals.report.versions import environment
from footnote.evals.suite.cases import Case, ClaimCase, ResponseCase, SummaryCase, case_digest
from footnote.evals.suite.corpus import Corpus
from footnote.evals.suite.jsonl import MARKER, marked
from footnote.ingest.errors import FootnoteError
from footnote.ingest.text.sentences import sentences as split
from footnote.rag.types import Answer, Filters, Refusal, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from footnote.evals.journal import Journal
    from footnote.evals.metrics.grounding import JudgedSentence
    from footnote.evals.suite.cases import AnyCase, Gold, Suite
    from footnote.ingest.library.library import Key
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply, Summary

Scope = Literal["pool", "article"]
SEARCHED_FOR_ARTICLES = 50  # paragraphs looked at where whole articles are gold: ten articles are in them
FETCHED = 500  # paragraphs read from the library at once
CITED = {"recalled", "citations", "precise"}  # the values that figures on citations are computed from
T = TypeVar("T")
R = TypeVar("R")


class DataError(FootnoteError):
    """A case names what is not there: the data are wrong, not the reply."""


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def run_suite(
    assistant: Assistant,
    suite: Suite,
    *,
    corpus: Corpus | None = None,
    scope: Scope = "pool",
    threads: int = 1,
    journal: Journal | None = None,
    progress: Callable[[int, int], None] = _silent,
    cancelled: Callable[[], bool] = lambda: False,
    facts: Mapping[str, Any] | None = None,
) -> Report:
    """Run every case of `suite` and return the report on it.

    The assistant's library must hold the suite's articles: see `evals.suite.corpus.fill`, whose result is
    `corpus`. With scope `article` a question is asked of the article that it was written for.
    `threads` help a language model that is waited for; without one they only share the processor
    (300 questions on two cores: 38 ms each with one, two and four threads). `progress` gets the
    cases done and their number; once `cancelled` returns true, the report is on what is finished.
    A case that fails is a row with its error. `facts` about the run are kept with the report.
    """
    start = time.perf_counter()
    asker = _Asker(assistant, corpus or Corpus(), scope, marks=_marks(suite.cases))
    known = dict(journal.finished) if journal else {}

    def finish(case: AnyCase) -> Row:
        digest = case_digest(case)
        if digest in known:
            return known[digest]
        row = asker.row(case)
        if journal and not row.error:  # what failed is tried again: the model may be reachable by then
            journal.add(digest, row)
        return row

    rows: list[Row] = []
    for row in _each(finish, suite.cases, threads, cancelled):
        rows.append(row)
        progress(len(rows), len(suite.cases))
    order = {case.id: place for place, case in enumerate(suite.cases)}
    section = Section.of(
        suite,
        sorted(rows, key=lambda r: order[r.id]),
        corpus={**(corpus.as_json() if corpus else {}), "ids": asker.names(suite.cases)},
        facts={
            "scope": scope,
            "threads": threads,
            **(facts or {}),
            "seconds": round(time.perf_counter() - start, 2),
            "resumed": len(known),
            "peak_memory_mb": peak_memory(),
        },
        paragraphs=asker.paragraphs(rows),
    )
    return Report.of(environment(assistant), (section,))


def _each(
    work: Callable[[T], R], items: Sequence[T], threads: int, cancelled: Callable[[], bool]
) -> Iterator[R]:
    """Yield the results as they come, in order with one thread, until `cancelled`."""
    if threads <= 1:
        for item in items:
            if cancelled():
                return
            yield work(item)
        return
    left = iter(items)
    pool = ThreadPoolExecutor(threads)
    try:
        waiting: set[Future[R]] = {
            pool.submit(work, item) for _, item in zip(range(threads), left, strict=False)
        }
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
            if not cancelled():
                waiting |= {pool.submit(work, item) for _, item in zip(done, left, strict=False)}
    finally:
        pool.shutdown(cancel_futures=True)


class _Asker:
    """Turns cases into rows with one assistant over one corpus."""

    def __init__(self, assistant: Assistant, corpus: Corpus, scope: Scope, *, marks: bool) -> None:
        self.assistant = assistant
        self.corpus = corpus
        self.scope = scope
        self.marks = marks
        self._counts: dict[str, int] = {}

    def row(self, case: AnyCase) -> Row:
        """Return the row of a case, whatever happens to it."""
        given = {k: v for k, v in asdict(case).items() if k not in {"id", "kind"}}
        try:
            match case:
                case Case():
                    return self._question(case, given)
                case SummaryCase():
                    return self._summary(case, given)
                case ClaimCase():
                    return self._claim(case, given)
                case ResponseCase():
                    return self._response(case, given)
        except DataError as error:
            return Row(case.id, case.kind, given, error=str(error))
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            named = str(error) if isinstance(error, FootnoteError) else f"{type(error).__name__}: {error}"
            values = _lost(case) if isinstance(case, Case) else {}
            return Row(case.id, case.kind, given, values=values, error=named)

    def names(self, cases: Sequence[AnyCase]) -> dict[str, str]:
        """Return the library's id of every article that a case names and that is there."""
        named = [g.article for c in cases if isinstance(c, Case) for g in c.gold]
        named += [c.article for c in cases if isinstance(c, (Case, SummaryCase)) and c.article]
        found = {}
        for name in dict.fromkeys(named):
            with contextlib.suppress(DataError):
                found[name] = self._resolve(name)
        return found

    def paragraphs(self, rows: Sequence[Row]) -> dict[str, str]:
        """Return the text of every paragraph that a row found, under `article:number`."""
        keys = list(dict.fromkeys(place for row in rows for place in row.ranking))
        found: dict[str, str] = {}
        for start in range(0, len(keys), FETCHED):
            records = self.assistant.library.fetch(keys[start : start + FETCHED])
            found.update({f"{a}:{n}": record.text for (a, n), record in records.items()})
        return found

    def _resolve(self, reference: str) -> str:
        if reference in self.corpus.ids:
            return self.corpus.ids[reference]
        try:
            return self.assistant.library.resolve(reference)
        except FootnoteError as error:
            raise DataError(f"The case names an article that is not there. {error}") from error

    def _question(self, case: Case, given: Mapping[str, Any]) -> Row:
        grades = self._grades(case.gold)
        filters = Filters()
        if self.scope == "article" and case.article:
            filters = Filters((self._resolve(case.article),))
        start = time.perf_counter()
        reply = self.assistant.ask(case.question, filters=filters, history=case.history)
        milliseconds = 1000 * (time.perf_counter() - start)
        whole = any(g.paragraph == 0 for g in case.gold)
        found = self.assistant.search(
            reply.understood, k=SEARCHED_FOR_ARTICLES if whole else DEPTH, filters=filters
        )
        ranking = tuple((p.article_id, p.paragraph) for p in found)
        sentences = _judged(reply, self.assistant)
        values = {"milliseconds": round(milliseconds, 3), **_refusal_values(case, reply)}
        if case.kind != "unanswerable" and case.answers:
            said = [s.text for s in reply.sentences] if isinstance(reply, Answer) else []
            texts = [r.text for r in self.assistant.library.fetch(list(grades)).values()]
            values |= answer_values(said, case.answers, texts, short=_short_answer(reply))
            values |= _right(values, answerable=True) or {}
        if grades:
            values |= ranking_values(_collapsed(ranking) if whole else ranking, grades)
            values["cited_gold"] = float(_cites_gold(reply, grades, whole=whole))
        if sentences:
            values |= grounding_values(sentences)
        return Row(case.id, case.kind, given, reply.as_json(), ranking[:DEPTH], sentences, values)

    def _grades(self, gold: Sequence[Gold]) -> dict[Key, int]:
        """Return the relevance of each gold paragraph by its key in the library."""
        grades = {}
        for one in gold:
            article = self._resolve(one.article)
            if article not in self._counts:
                self._counts[article] = self.assistant.library.article(article).paragraphs
            if one.paragraph > self._counts[article]:
                raise DataError(
                    f"The case names paragraph {one.paragraph} of “{one.article}”, which has "
                    f"{self._counts[article]}."
                )
            grades[article, one.paragraph] = one.grade
        return grades

    def _summary(self, case: SummaryCase, given: Mapping[str, Any]) -> Row:
        article = self._resolve(case.article)
        texts = [p.text for p in self.assistant.library.paragraphs(article)]
        start = time.perf_counter()
        summary = self.assistant.summarise([article])
        milliseconds = 1000 * (time.perf_counter() - start)
        said = [s.text for s in summary.sentences]
        sentences = _judged(summary, self.assistant, texts)
        lead = [text[a:b] for text in texts for a, b in split(text)][:LEAD]
        values = {
            "milliseconds": round(milliseconds, 3),
            **grounding_values(sentences),
            **rouge_values(said, case.references),
            **{f"lead3_{name}": value for name, value in rouge_values(lead, case.references).items()},
            **shape_values(said, texts),
        }
        return Row(case.id, case.kind, given, summary.as_json(), (), sentences, values)

    def _claim(self, case: ClaimCase, given: Mapping[str, Any]) -> Row:
        start = time.perf_counter()
        support = self.assistant.check(case.claim, [case.source])
        values = {
            "milliseconds": round(1000 * (time.perf_counter() - start), 3),
            "score": support.score,
            "said": float(support.verdict is Verdict.SUPPORTED),
            "label": float(case.supported),
            "overlap": overlap(case.claim, case.source, 3),
        }
        return Row(case.id, case.kind, given, {"support": support.as_json()}, values=values)

    def _response(self, case: ResponseCase, given: Mapping[str, Any]) -> Row:
        spans = [] if case.refused else [case.response[a:b] for a, b in split(case.response)]
        said = [(MARKER.sub("", s).strip(), marked(s)) for s in spans]
        said = [(text, numbers) for text, numbers in said if text]
        cited = dict(enumerate(case.contexts, start=1))
        sentences = judge(said, cited, case.contexts, self.assistant.check)
        values = {"refused": float(case.refused)}
        if case.answerable is not None:
            values |= _refusals(answerable=case.answerable, refused=case.refused)
        if case.reference and case.answerable is not False:
            values |= answer_values([text for text, _ in said], (case.reference,), case.contexts)
        right = _right(values, answerable=case.answerable)
        if right is not None:
            values |= right
        if sentences and case.contexts:
            found = grounding_values(sentences)
            values |= found if self.marks else {k: v for k, v in found.items() if k not in CITED}
        return Row(case.id, case.kind, given, {"answer": case.response}, (), sentences, values)


def _marks(cases: Sequence[AnyCase]) -> bool:
    """Tell whether another system cites at all: if it never does, its citations are not measured."""
    return any(isinstance(c, ResponseCase) and MARKER.search(c.response) for c in cases)


def _judged(
    reply: Reply | Summary, assistant: Assistant, evidence: Sequence[str] | None = None
) -> tuple[JudgedSentence, ...]:
    """Judge the sentences of an answer or a summary; a refusal has none."""
    citations = getattr(reply, "citations", ())
    cited = {c.number: c.paragraph_text for c in citations}
    said = [(s.text, s.citations) for s in getattr(reply, "sentences", ())]
    whole = list(dict.fromkeys(cited.values())) if evidence is None else evidence
    return judge(said, cited, whole, assistant.check)


def _refusal_values(case: Case, reply: Reply) -> dict[str, float]:
    values = _refusals(answerable=case.kind != "unanswerable", refused=isinstance(reply, Refusal))
    confidence = getattr(reply, "confidence", None)
    if confidence is not None:
        values["confidence"] = float(confidence)
    if case.kind == "unanswerable":
        values |= _right(values, answerable=False) or {}
    return values


def _refusals(*, answerable: bool, refused: bool) -> dict[str, float]:
    return {
        "answerable": float(answerable),
        "unanswerable": float(not answerable),
        "refused": float(refused),
        "answered": float(not refused),
        "rightly_refused": float(refused and not answerable),
        "refused_or_unanswerable": float(refused) + float(not answerable),
    }


def _right(values: Mapping[str, float], *, answerable: bool | None) -> dict[str, float] | None:
    """Return whether the reply is right, where that can be told."""
    if answerable is False:
        right = values["refused"]
    elif "in_two" in values:
        right = values["in_two"]
    else:
        return None
    return {"right": right, "wrong": 1.0 - right}


def _lost(case: Case) -> dict[str, float]:
    """Return the values of a question that failed: nothing found, nothing right."""
    values = {**_refusals(answerable=case.kind != "unanswerable", refused=False), "answered": 0.0}
    if case.gold:
        values |= ranking_values((), {("", 1): 1}) | {"cited_gold": 0.0}
    if case.answers:
        values |= answer_values((), case.answers, case.answers)
    return values | {"right": 0.0, "wrong": 1.0}


def _short_answer(reply: Reply) -> str:
    """Return the few words that answer, where the reply marks them."""
    found = reply.as_json().get("short_answer") or ""
    return str(found.get("text", "")) if isinstance(found, dict) else str(found)


def _collapsed(ranking: Sequence[Key]) -> list[Key]:
    """Return the articles of a ranking of paragraphs, each at its best paragraph's place."""
    return [(article, 0) for article in dict.fromkeys(a for a, _ in ranking)]


def _cites_gold(reply: Reply, grades: Mapping[Key, int], *, whole: bool) -> bool:
    if not isinstance(reply, Answer):
        return False
    first = reply.citations[0]
    return (first.article_id, 0 if whole else first.paragraph) in grades
