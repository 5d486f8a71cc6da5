"""Footnote for LangChain's programs: search as a retriever, `ask` as a runnable. Nothing here imports it.

Both can be pickled: what is kept is which library they open, and opening it again finds the same articles.

>>> from footnote import Settings, build
>>> from footnote.rag.langchain import FootnoteRetriever, FootnoteRunnable
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from langchain_core.runnables.config import patch_config
from pydantic import ConfigDict, Field, InstanceOf, model_validator
from typing_extensions import TypedDict

from footnote.rag.assistant import Assistant, build
from footnote.rag.converse.turns import turns
from footnote.rag.errors import QuestionError, UnknownArticle
from footnote.rag.settings import Settings
from footnote.rag.types import NO_FILTERS, Filters, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from uuid import UUID

    from langchain_core.callbacks import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.outputs import LLMResult

    from footnote.rag.types import Passage, Reply

MOST = 1000  # documents of one search
SECRETS = ("api_key", "password")  # never pickled
QUESTION = ("question", "input", "query")
HISTORY = ("history", "chat_history")
FILTERING = ("articles", "since", "until", "collections", "tags")
_END = object()


class Asked(TypedDict, total=False):
    """What the runnable is asked, beside a plain text or a list of messages."""

    question: str
    input: str
    query: str
    history: list[Any]
    chat_history: list[Any]
    messages: list[Any]
    articles: list[str]
    since: str
    until: str
    collections: list[str]
    tags: list[str]


class ModelWatch(BaseCallbackHandler):
    """Callbacks that hear when a language model is asked and when it is done, and none of the words.

    `begin` gets the model's name and returns what `end` gets back, with the tokens used and, where it failed,
    the kind of the error.
    """

    def __init__(
        self, begin: Callable[[str], Any], end: Callable[[Any, Mapping[str, int], str], None]
    ) -> None:
        self._begin, self._end = begin, end
        self._open: dict[UUID, Any] = {}

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002 - LangChain's own signature
        messages: list[list[BaseMessage]],  # noqa: ARG002 - LangChain's own signature
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """A model is asked."""
        self._open[run_id] = self._begin(str((metadata or {}).get("ls_model_name") or "model"))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        """It is done."""
        used = [getattr(one, "message", None) for line in response.generations for one in line]
        counts = [usage for one in used if (usage := getattr(one, "usage_metadata", None))]
        names = ("input_tokens", "output_tokens")
        self._close(run_id, {name: sum(int(c.get(name, 0)) for c in counts) for name in names if counts})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """It failed."""
        self._close(run_id, {}, type(error).__name__)

    def _close(self, run_id: UUID, used: Mapping[str, int], error: str = "") -> None:
        if run_id in self._open:
            self._end(self._open.pop(run_id), used, error)


class FootnoteRetriever(BaseRetriever):
    """The search of an assistant: a document a paragraph, the best first.

    A document's id is its article's and the paragraph's number. The metadata name article, title, source,
    paragraph (from 1) and score; and section, page, time, date, author and url where they are known.
    `search_kwargs` may hold `k`, `articles`, `since`, `until`, `collections` and `tags`; so may a call, which
    comes first.

    Raises:
        QuestionError: If the query is empty or too long.
        UnknownArticle: If `articles` name one that is not there.
    """

    assistant: InstanceOf[Assistant]
    k: int = Field(default=10, ge=1, le=MOST, strict=True)
    filters: InstanceOf[Filters] = NO_FILTERS
    search_kwargs: dict[str, Any] = Field(default_factory=dict)

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    @model_validator(mode="after")
    def _known(self) -> FootnoteRetriever:
        self._wish({})
        return self

    def __reduce__(self) -> Any:
        kept = (_kept(self.assistant.settings), self.k, self.filters, self.search_kwargs)
        return _retriever, kept

    def _wish(self, given: Mapping[str, Any]) -> tuple[int, Filters]:
        """Return how many paragraphs are wished for, and of which articles."""
        wished = {**self.search_kwargs, **given}
        _refuse_unknown(wished, ("k", *FILTERING), "a search")
        k = wished.get("k", self.k)
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST:
            raise ValueError(f"k must be a number from 1 to {MOST}, not {k!r}.")
        return k, _filtered(self.filters, wished, self.assistant)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's own signature
        **given: Any,
    ) -> list[Document]:
        k, filters = self._wish(given)
        return [self._document(p) for p in self.assistant.search(query, k=k, filters=filters)]

    def _document(self, passage: Passage) -> Document:
        told = {name: value for name, value in passage.as_json().items() if name != "text"}
        try:
            record = self.assistant.library.article(passage.article_id)
        except UnknownArticle:  # it was removed since it was found
            more = {}
        else:
            more = {"author": record.author, "url": record.url}
        more |= {"date": passage.date, "section": passage.section}
        told |= {name: value for name, value in more.items() if value}
        return Document(passage.text, id=f"{passage.article_id}:{passage.paragraph}", metadata=told)


class FootnoteRunnable(RunnableSerializable[Any, dict[str, Any]]):
    """`ask` as a runnable: a question in, the JSON of the reply out.

    The question is a text, a message, a list of messages whose last is the question, a prompt, or a mapping:
    `{"question": …, "history": […], "articles": […], "since": …, "until": …, "collections": […],
    "tags": […]}`, with `input` and `chat_history` as other names of the first two; or `{"messages": […]}`,
    the state of a LangGraph graph, which gets `messages` with the answer beside the JSON. A message is
    LangChain's own, a `Turn`, a pair or a mapping; those of the system and of tools are left out. Any other
    key is refused.

    `stream` and `astream` yield growing replies: `complete` is false but in the last. Callbacks in the config
    hear of a language model's requests too.
    """

    assistant: InstanceOf[Assistant]
    filters: InstanceOf[Filters] = NO_FILTERS

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    def __init__(self, assistant: Assistant, *, filters: Filters = NO_FILTERS, **more: Any) -> None:
        super().__init__(**{"assistant": assistant, "filters": filters, **more})

    def __reduce__(self) -> Any:
        return _runnable, (_kept(self.assistant.settings), self.filters)

    @property
    def InputType(self) -> Any:  # noqa: N802 - LangChain's own name
        """A text, a list of messages, or a mapping."""
        return str | list[Any] | Asked

    @property
    def OutputType(self) -> Any:  # noqa: N802 - LangChain's own name
        """The JSON of a reply."""
        return dict[str, Any]

    def invoke(
        self,
        input: Any,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **given: Any,
    ) -> dict[str, Any]:
        """Return the reply to one question.

        Raises:
            QuestionError: If there is no question in it, or something that is not understood.
            UnknownArticle: If it names an article that is not there.
        """
        _refuse_unknown(given, (), "a call")
        return self._call_with_config(self._last, input, config, run_type="chain")

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **given: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield growing replies to one question."""
        _refuse_unknown(given, (), "a call")
        yield from self._transform_stream_with_config(iter([input]), self._all, config, run_type="chain")

    async def astream(
        self,
        input: Any,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **given: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield growing replies to one question; each is made in a thread, and the event loop is free."""
        _refuse_unknown(given, (), "a call")

        async def once() -> AsyncIterator[Any]:
            yield input

        made = self._atransform_stream_with_config(once(), self._aall, config, run_type="chain")
        async for reply in made:
            yield reply

    def _replies(self, given: Any, callbacks: Any, config: RunnableConfig) -> Iterator[dict[str, Any]]:
        question, history, filters = _understood(given, self.filters, self.assistant)
        assistant = self.assistant.traced(patch_config(config, callbacks=callbacks))
        in_state = isinstance(given, Mapping) and "messages" in given
        for reply in assistant.stream(question, filters=filters, history=history):
            yield _with_message(reply) if in_state else reply.as_json()

    def _last(
        self, given: Any, run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> dict[str, Any]:
        *_, last = self._replies(given, run_manager.get_child(), config)
        return last

    def _all(
        self, given: Iterator[Any], run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[dict[str, Any]]:
        for one in given:
            yield from self._replies(one, run_manager.get_child(), config)

    async def _aall(
        self, given: AsyncIterator[Any], run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> AsyncIterator[dict[str, Any]]:
        async for one in given:
            replies = self._replies(one, run_manager.get_sync().get_child(), config)
            try:
                while (reply := await asyncio.to_thread(next, replies, _END)) is not _END:
                    yield cast("dict[str, Any]", reply)
            finally:
                await asyncio.to_thread(replies.close)  # type: ignore[attr-defined]


def _with_message(reply: Reply) -> dict[str, Any]:
    told = reply.as_json()
    return {**told, "messages": [AIMessage(told["answer"], response_metadata={"footnote": told})]}


def _understood(given: Any, filters: Filters, assistant: Assistant) -> tuple[str, list[Turn], Filters]:
    """Return the question, the conversation before it, and which articles may answer."""
    if isinstance(given, Mapping):
        _refuse_unknown(given, (*QUESTION, *HISTORY, "messages", *FILTERING), "a question")
        within = _filtered(filters, given, assistant)
        if "messages" in given:
            return (*_conversation(given["messages"]), within)
        question = _only(given, QUESTION, needed=True)
        return _text(question), _turns(_only(given, HISTORY) or ()), within
    if isinstance(given, PromptValue):
        return (*_conversation(given.to_messages()), filters)
    if isinstance(given, BaseMessage):
        return (*_conversation([given]), filters)
    if isinstance(given, Sequence) and not isinstance(given, str):
        return (*_conversation(given), filters)
    return _text(given), [], filters


def _conversation(messages: Any) -> tuple[str, list[Turn]]:
    turns = _turns(messages)
    if not turns or turns[-1].role != "user":
        raise QuestionError("The last message must be the user’s: it is the question.")
    return turns[-1].content, turns[:-1]


def _turns(given: Any) -> list[Turn]:
    """Return a conversation; a text that nobody is named for is the user's, as LangChain has it."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        given = [("user", one) if isinstance(one, str) else one for one in given]
    return list(turns(given))


def _text(given: Any) -> str:
    if isinstance(given, BaseMessage):
        return given.text
    if not isinstance(given, str):
        raise QuestionError(f"The question must be a text, not {type(given).__name__}.")
    return given


def _only(given: Mapping[str, Any], names: Sequence[str], *, needed: bool = False) -> Any:
    found = [name for name in names if name in given]
    if len(found) > 1:
        raise QuestionError(f"Give {' or '.join(f'“{n}”' for n in found)}, not both.")
    if needed and not found:
        raise QuestionError("There is no “question” in it.")
    return given[found[0]] if found else None


def _filtered(filters: Filters, given: Mapping[str, Any], assistant: Assistant) -> Filters:
    named = {name: given[name] for name in FILTERING if given.get(name) is not None}
    for name in ("articles", "collections", "tags"):
        if isinstance(named.get(name), str):
            named[name] = [named[name]]
    if "articles" in named:
        named["articles"] = tuple(assistant.library.resolve(a) for a in named["articles"])
    for name in ("collections", "tags"):
        if name in named:
            named[name] = tuple(named[name])
            assistant.library.chosen(**{name: named[name]})
    try:
        return replace(filters, **named) if named else filters
    except (TypeError, ValueError) as error:
        raise QuestionError(str(error)) from error


def _refuse_unknown(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        may = f" Known: {', '.join(known)}." if known else ""
        raise QuestionError(f"“{unknown[0]}” is no part of {what}.{may}")


def _kept(settings: Settings) -> dict[str, Any]:
    """Return the settings to pickle: without what must not leave this computer."""
    return {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in SECRETS}


@lru_cache(maxsize=8)
def _opened(kept: tuple[tuple[str, Any], ...]) -> Assistant:
    """Return an assistant over the library of these settings; the key comes from the environment here."""
    settings = Settings(**dict(kept))
    return build(replace(settings, api_key=Settings.load(settings.home).api_key), read_only=True)


def _retriever(
    settings: dict[str, Any], k: int, filters: Filters, search_kwargs: dict[str, Any]
) -> FootnoteRetriever:
    assistant = _opened(tuple(settings.items()))
    return FootnoteRetriever(assistant=assistant, k=k, filters=filters, search_kwargs=search_kwargs)


def _runnable(settings: dict[str, Any], filters: Filters) -> FootnoteRunnable:
    return FootnoteRunnable(_opened(tuple(settings.items())), filters=filters)
