"""A plug-in of pytest: ask the library in a test and say what the answer must be; judge another system's.

::

    def test_the_bridge(footnote_answer):
        footnote_answer("Who designed the harbour bridge?", says="Hedda Krogh", confidence=0.5)

    def test_my_bot(footnote_response):
        footnote_response("It opened in 1931.", contexts=["The bridge opened in 1931."], faithfulness=1.0)

The library is that of `--footnote-home`, else of `footnote_home` in pytest's settings, else the one in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence  # noqa: TC003 - pytest shows fixtures' annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from footnote.evals.program import Evaluation
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where the library is."""
    group = parser.getgroup("footnote", "answers from a Footnote library")
    group.addoption("--footnote-home", metavar="DIR", help="the folder of the library that tests ask")
    parser.addini("footnote_home", "the folder of the library that tests ask", type="string", default="")


@pytest.fixture(scope="session")
def footnote_assistant(pytestconfig: pytest.Config) -> Iterator[Assistant]:
    """The assistant over the library, open for reading, once for all tests."""
    from footnote.rag.assistant import build
    from footnote.rag.settings import Settings

    named = pytestconfig.getoption("--footnote-home") or pytestconfig.getini("footnote_home")
    home = (pytestconfig.rootpath / Path(named).expanduser()) if named else None
    settings = Settings.load(home)
    if not settings.home.is_dir():
        pytest.fail(f"There is no library at “{settings.home}”: give --footnote-home.", pytrace=False)
    with build(settings, read_only=True) as assistant:
        yield assistant


@pytest.fixture
def footnote_answer(footnote_assistant: Assistant) -> Callable[..., Reply]:
    """Ask a question; fail where the reply is not as it must be; return the reply.

    `says`: words that the answer holds, whatever their case; `refuses`: whether the articles do not answer;
    `cites`: articles that are cited; `confidence` and `supported`: at least so sure, at least such a share of
    the sentences that claim something supported.
    """

    def ask(
        question: str,
        *,
        says: str | Sequence[str] = (),
        refuses: bool = False,
        cites: str | Sequence[str] = (),
        confidence: float = 0.0,
        supported: float = 1.0,
        articles: Sequence[str] | None = None,
        history: Sequence[Any] = (),
    ) -> Reply:
        from footnote.rag.types import Filters

        library = footnote_assistant.library
        ids = None if articles is None else tuple(map(library.resolve, articles))
        reply = footnote_assistant.ask(question, filters=Filters(ids), history=history)
        lacking = [*_unlike(reply, refuses), *_unsaid(reply, _each(says))]
        lacking += [
            f"“{name}” is not cited"
            for name in _each(cites)
            if library.resolve(name) not in {c.article_id for c in reply.citations}
        ]
        lacking += _below(reply, confidence, supported)
        if lacking:
            pytest.fail(f"{question}\n{reply}\n\n" + "\n".join(f"- {one}" for one in lacking), pytrace=False)
        return reply

    return ask


@pytest.fixture
def footnote_response() -> Callable[..., Evaluation]:
    """Judge what another system said from its contexts; fail where a figure is below its bound."""

    def judge(
        response: str, *, contexts: Sequence[str], question: str = "(not told)", **bounds: float
    ) -> Evaluation:
        from footnote.evals.program import evaluate

        row = {"user_input": question, "response": response, "retrieved_contexts": list(contexts)}
        found = evaluate([row])
        lacking = found.under(*(f"{name}={value}" for name, value in bounds.items()))
        if lacking:
            reasons = [s.support.reason for s in found.report.sections[0].rows[0].sentences]
            pytest.fail("\n".join([response, *lacking, *reasons]), pytrace=False)
        return found

    return judge


def _each(given: str | Sequence[str]) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given


def _unlike(reply: Reply, refuses: bool) -> list[str]:
    from footnote.rag.types import Refusal

    if isinstance(reply, Refusal) == refuses:
        return []
    return ["it is answered" if refuses else "the articles do not answer it"]


def _unsaid(reply: Reply, words: Sequence[str]) -> list[str]:
    said = reply.text.casefold()
    return [f"“{one}” is not said" for one in words if one.casefold() not in said]


def _below(reply: Reply, confidence: float, supported: float) -> list[str]:
    from footnote.rag.types import Verdict

    sure = getattr(reply, "confidence", 1.0)
    lacking = [f"its confidence is {sure:.2f}, below {confidence:g}"] if sure < confidence else []
    verdicts = [s.support.verdict for s in reply.sentences if s.support.verdict is not Verdict.NONE]
    if verdicts:
        share = verdicts.count(Verdict.SUPPORTED) / len(verdicts)
        if share < supported:
            lacking.append(f"{share:.0%} of its claims are supported, below {supported:.0%}")
    return lacking
