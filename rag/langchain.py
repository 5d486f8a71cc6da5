"""Footnote for LangChain's programs: search as a retriever, `ask` as a runnable. Nothing here imports it.

>>> from footnote import Settings, build
>>> from footnote.rag.langchain import FootnoteRetriever, FootnoteRunnable
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import patch_config
from pydantic import InstanceOf

from footnote.rag.assistant import Assistant
from footnote.rag.types import NO_FILTERS, Filters, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.callbacks import CallbackManagerForChainRun, CallbackManagerForRetrieverRun

    from footnote.rag.types import Reply


class FootnoteRetriever(BaseRetriever):
    """The search of an assistant: a document a paragraph, the best first.

    The metadata name its article, title, source, paragraph (from 1) and score.
    """

    assistant: InstanceOf[Assistant]
    k: int = 10
    filters: InstanceOf[Filters] = NO_FILTERS

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's own signature
    ) -> list[Document]:
        found = self.assistant.search(query, k=self.k, filters=self.filters)
        return [Document(p.text, metadata=_without_text(p.as_json())) for p in found]


def _without_text(passage: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in passage.items() if name != "text"}


class FootnoteRunnable(Runnable[Any, dict[str, Any]]):
    """`ask` as a runnable: a question in, the JSON of the reply out.

    The question is a text or `{"question": …, "history": [{"role": …, "content": …}]}`. `stream` yields
    growing replies; callbacks in the config hear of the model's requests too. `batch` and the asynchronous
    forms work as everywhere in LangChain.
    """

    def __init__(self, assistant: Assistant, *, filters: Filters = NO_FILTERS) -> None:
        self.assistant = assistant
        self.filters = filters

    def invoke(
        self,
        input: Any,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        """Return the reply to one question."""
        return self._call_with_config(self._last, input, config, run_type="chain")

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield growing replies to one question."""
        yield from self._transform_stream_with_config(iter([input]), self._all, config, run_type="chain")

    def _replies(
        self, given: Any, manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[Reply]:
        question, history = _question(given)
        assistant = self.assistant.traced(patch_config(config, callbacks=manager.get_child()))
        return assistant.stream(question, filters=self.filters, history=history)

    def _last(
        self, given: Any, run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> dict[str, Any]:
        *_, last = self._replies(given, run_manager, config)
        return dict(last.as_json())

    def _all(
        self, given: Iterator[Any], run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[dict[str, Any]]:
        for one in given:
            for reply in self._replies(one, run_manager, config):
                yield reply.as_json()


def _question(given: Any) -> tuple[str, list[Turn]]:
    """Read a question, or `{"question": …, "history": [{"role": …, "content": …}]}`."""
    if isinstance(given, str):
        return given, []
    turns = given.get("history") or []
    return str(given["question"]), [Turn(t["role"], t["content"]) for t in turns]
