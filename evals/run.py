"""Run a suite: ask and summarise as the screen does, case by case, and judge what comes back."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.context import MetricContext
from footnote.evals.metrics.grounding import judge
from footnote.evals.metrics.metric import evaluated
from footnote.evals.metrics.relevance import DEPTH
from footnote.evals.metrics.rows import Row
from footnote.evals.report.report import Report, Section, peak_memory
from footnote.evals.report.versions import environment
from footnote.evals.suite.cases import Case, ClaimCase, ResponseCase, SummaryCase, case_digest
from footnote.evals.suite.corpus import Corpus
from footnote.ingest.errors import FootnoteError
from footnote.rag.model.cite import read_whole
from footnote.rag.types import Answer, Filters, Summary, Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from footnote.evals.journal import Finished
    from footnote.evals.metrics.metric import Metric
    from footnote.evals.metrics.rows import JudgedSentence
    from footnote.evals.suite.cases import AnyCase, Gold, Suite
    from footnote.ingest.library.library import Key
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

Scope = Literal["pool", "article"]
SEARCHED_FOR_ARTICLES = 50  # paragraphs looked at where whole articles are gold: ten articles are in them
FETCHED = 500  # paragraphs read from the library at once
T = TypeVar("T")
R = TypeVar("R")


class DataError(FootnoteError):
    """A case names what is not there: the data are wrong, not the reply."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def run_suite(
    assistant: Assistant,
    suite: Suite,
    *,
    corpus: Corpus | None = None,
    scope: Scope = "pool",
    threads: int = 1,
    journal: Finished | None = None,
    progress: Callable[[int, int], None] = silent,
    cancelled: Callable[[], bool] = lambda: False,
    facts: Mapping[str, Any] | None = None,
    metrics: Sequence[Metric] = METRICS,
) -> Report:
    """Run every case of `suite` and return the report on it.

    The assistant's library must hold the suite's articles: see `evals.suite.corpus.fill`, whose result is
    `corpus`. With scope `article` a question is asked of the article that it was written for.
    `threads` help a language model that is waited for; without one they only share the processor
    (300 questions on two cores: 38 ms each with one, two and four threads). `progress` gets the
    cases done and their number; once `cancelled` returns true, the report is on what is finished.
    A case that fails is a row with its error, and so is one that a metric fails on. `facts` about the run
    are kept with the report.
    """
    start = time.perf_counter()
    runner = _Runner(assistant, corpus or Corpus(), scope, metrics, suite.cases)
    known = dict(journal.finished) if journal else {}

    def finish(case: AnyCase) -> Row:
        digest = case_digest(case)
        if digest in known:
            return known[digest]
        row = runner.row(case)
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
        corpus={**(corpus.as_json() if corpus else {}), "ids": runner.names(suite.cases)},
        facts={
            "scope": scope,
            "threads": threads,
            **(facts or {}),
            "seconds": round(time.perf_counter() - start, 2),
            "resumed": len(known),
            "peak_memory_mb": peak_memory(),
        },
        paragraphs=runner.paragraphs(rows),
        metrics=metrics,
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


class _Runner:
    """Turns cases into rows with one assistant over one corpus."""

    def __init__(
        self,
        assistant: Assistant,
        corpus: Corpus,
        scope: Scope,
        metrics: Sequence[Metric],
        cases: Sequence[AnyCase],
    ) -> None:
        self.assistant = assistant
        self.corpus = corpus
        self.scope = scope
        self.metrics = metrics
        responses = [case for case in cases if isinstance(case, ResponseCase)]
        self.cites = any(_cites(case) for case in responses)
        self.grounded = any(case.contexts for case in responses)
        self._counts: dict[str, int] = {}

    def row(self, case: AnyCase) -> Row:
        """Return the row of a case, whatever happens to it."""
        given = {k: v for k, v in asdict(case).items() if k not in {"id", "kind"}}
        try:
            ctx = self._context(case)
        except DataError as error:
            return Row(case.id, case.kind, given, error=str(error))
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            named = str(error) if isinstance(error, FootnoteError) else f"{type(error).__name__}: {error}"
            return Row(case.id, case.kind, given, values=self._lost(case), error=named)
        values, failed = evaluated(ctx, self.metrics)
        failed = " ".join(filter(None, (ctx.unjudged, failed)))
        reply = _reply_json(ctx)
        return Row(case.id, case.kind, given, reply, ctx.ranking[:DEPTH], ctx.sentences, values, failed)

    def _lost(self, case: AnyCase) -> dict[str, float]:
        """Return the values of a case that failed: a question counts as wrong."""
        if not isinstance(case, Case):
            return {}
        values, _ = evaluated(MetricContext.of_failure(case), self.metrics)
        return values

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

    def _context(self, case: AnyCase) -> MetricContext:
        match case:
            case Case():
                return self._question(case)
            case SummaryCase():
                return self._summary(case)
            case ClaimCase():
                start = time.perf_counter()
                support = self.assistant.check(case.claim, [case.source])
                return MetricContext(case, support, 1000 * (time.perf_counter() - start))
            case ResponseCase():
                return self._response(case)

    def _question(self, case: Case) -> MetricContext:
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
        gold = self.assistant.library.fetch(list(grades)) if case.answers else {}
        return MetricContext(
            case,
            reply,
            milliseconds,
            _said(reply),
            self._judged(reply),
            tuple(record.text for record in gold.values()),
            tuple((p.article_id, p.paragraph) for p in found),
            grades,
            tuple(p.text for p in found[:DEPTH]),
        )

    def _summary(self, case: SummaryCase) -> MetricContext:
        article = self._resolve(case.article)
        texts = tuple(p.text for p in self.assistant.library.paragraphs(article))
        start = time.perf_counter()
        summary = self.assistant.summarise([article])
        milliseconds = 1000 * (time.perf_counter() - start)
        return MetricContext(case, summary, milliseconds, _said(summary), self._judged(summary, texts), texts)

    def _response(self, case: ResponseCase) -> MetricContext:
        marked, _ = read_whole("" if case.refused else case.response, len(case.contexts))
        cited = dict(enumerate(case.contexts, start=1))
        sentences = judge([(m.text, m.sources) for m in marked], cited, case.contexts, self.assistant.check)
        return MetricContext(
            case,
            said=tuple(m.text for m in marked),
            sentences=sentences,
            sources=case.contexts,
            cites=self.cites,
            grounded=self.grounded,
        )

    def _judged(
        self, reply: Reply | Summary, evidence: Sequence[str] | None = None
    ) -> tuple[JudgedSentence, ...]:
        """Judge the sentences of an answer or a summary against `evidence`, else all that it cites."""
        match reply:
            case Answer() | Summary():
                cited = {c.number: c.paragraph_text for c in reply.citations}
                said = [(s.text, s.citations) for s in reply.sentences]
                whole = list(dict.fromkeys(cited.values())) if evidence is None else evidence
                return judge(said, cited, whole, self.assistant.check)
            case _:
                return ()

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


def _cites(case: ResponseCase) -> bool:
    """Tell whether another system cites, were it in vain: if it never does, citations are not measured."""
    marked, unknown = read_whole(case.response, len(case.contexts))
    return unknown > 0 or any(m.sources for m in marked)


def _said(reply: Reply | Summary) -> tuple[str, ...]:
    match reply:
        case Answer() | Summary():
            return tuple(s.text for s in reply.sentences)
        case _:
            return ()


def _reply_json(ctx: MetricContext) -> dict[str, Any]:
    match ctx.reply:
        case None:
            return {"answer": ctx.case.response} if isinstance(ctx.case, ResponseCase) else {}
        case Support():
            return {"support": ctx.reply.as_json()}
        case _:
            return ctx.reply.as_json()
