"""The one home of langchain: chat models by name, each request within its limits, its faults in words.

A request runs in an event loop of its own thread, because only there a hung or dripping connection
can be left at any moment, whatever the provider's library does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import re
import threading
import time
import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast
from urllib.parse import urlsplit

from footnote.ingest.encoder.tokens import count_tokens
from footnote.rag.errors import ModelError, ModelSetupError
from footnote.rag.model import local
from footnote.rag.model.faults import Server, explain
from footnote.rag.settings import WITHHELD

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig

    from footnote.prompts import Messages
    from footnote.rag.answer.answerer import Meter
    from footnote.rag.settings import Settings

log = logging.getLogger(__name__)

PROVIDERS = frozenset({"openai", "anthropic", "google_genai", "mistralai", "ollama"})
EXTRAS = {"langchain-anthropic": "anthropic", "langchain-ollama": "ollama"}  # as in pyproject.toml
PACKAGE = re.compile(r"langchain-[\w-]+")
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google_genai": "GOOGLE_API_KEY"}
PLACES = {"ollama": "127.0.0.1:11434"}  # where a provider's server is when nobody says
NEEDED = frozenset("accept accept-encoding connection content-length content-type host user-agent".split())
NO_KEY = "no-key"  # what a server of one's own is sent when there is none: the client insists on one

STOPPED = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "finished"})
TOO_LONG = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})

FIRST_BACKOFF = 0.25  # seconds before a request is sent again; doubled each time
LONGEST_BACKOFF = 20.0  # a server that asks for more patience is told of instead
# English prose has 4 to 5 characters a token, most languages fewer: a longer text ignores its limit.
CHARACTERS_A_TOKEN = 5
GRACE = 5.0  # seconds beyond its own deadline after which a request is given up from outside


# The responses of one request. A stream that is left half-read lies in suspended generators of three
# libraries and would keep its connection until Python's garbage collector comes by.
_OPENED: ContextVar[list[Any]] = ContextVar("footnote-opened")


async def _remember(response: Any) -> None:
    _OPENED.get([]).append(response)


async def _tell_nothing(request: Any) -> None:
    """Send a server that gets no key none of what the client takes from the environment besides.

    That is OPENAI_CUSTOM_HEADERS, which services take keys in, and whose organisation and project it is.
    """
    for name in [name for name in request.headers if name.lower() not in NEEDED]:
        del request.headers[name]
    request.headers["Authorization"] = f"Bearer {WITHHELD}"


class Piece(NamedTuple):
    """A piece of a model's answer; the last one carries why it ended and what it took."""

    text: str
    ended: str = ""
    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a connection, the first words, a pause and the whole; how often to ask again."""

    connect: float
    first: float
    pause: float
    deadline: float
    retries: int
    tokens: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits that `settings` name."""
        return cls(
            settings.model_connect,
            settings.model_first,
            settings.model_pause,
            settings.model_deadline,
            settings.model_retries,
            settings.answer_tokens,
        )


@dataclass(frozen=True, slots=True)
class _Request:
    """A request on its way: when it must end, what came, and whether its reader has left."""

    messages: Messages
    until: float
    made: queue.Queue[Piece | ModelError | None] = field(default_factory=queue.Queue)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        """Seconds that it still has."""
        return max(0.0, self.until - time.monotonic())


@dataclass(frozen=True)
class Chat:
    """A chat model that is asked one thing at a time: `prompt | model | parser`.

    `config` is a LangChain config whose callbacks hear
    of every request.
    """

    server: Server
    model: BaseChatModel
    limits: Limits
    config: RunnableConfig | None = None
    close_client: Callable[[], Any] | None = None
    lease: local.Lease | None = None  # of a model file's process

    def traced(self, config: RunnableConfig) -> Chat:
        """Return the same chat, reporting to the callbacks of `config`."""
        return replace(self, config=config)

    def close(self) -> None:
        """Close its connections, and let go of a model file's process."""
        if self.lease is not None:
            self.lease.close()
        if self.close_client is not None:
            with contextlib.suppress(Exception):
                asyncio.run_coroutine_threadsafe(self.close_client(), _loop()).result(GRACE)

    @property
    def alive(self) -> bool:
        """Whether asking has a chance: the process of a model file may have ended."""
        return self.lease is None or self.lease.alive

    @property
    def window(self) -> int | None:
        """Tokens that a prompt may have, where LangChain knows the model."""
        return (self.model.profile or {}).get("max_input_tokens")

    def stream(self, messages: Messages, meter: Meter) -> Iterator[Piece]:
        """Yield the answer as it comes; the last piece says in `ended` how it ended.

        `ended` is "stop", "length", or empty when the stream just stopped. Leaving the iterator ends
        the request.

        Raises:
            ModelError: If there is no answer, or it breaks off after some pieces.
        """
        request = _Request(messages, time.monotonic() + meter.seconds_left(self.limits.deadline))
        future = asyncio.run_coroutine_threadsafe(self._pump(request), _loop())
        started = time.perf_counter()
        text: list[str] = []
        last, spoken = Piece(""), False
        try:
            while (piece := self._next(request)) is not None:
                if piece.text.strip() and not spoken:
                    meter.laps["first_words"], spoken = _milliseconds(started), True
                text.append(piece.text)
                last = piece
                yield piece
        finally:
            request.left.set()
            future.cancel()
            meter.laps["model"] = round(meter.laps.get("model", 0.0) + _milliseconds(started), 2)
            self._count(messages, "".join(text), last, meter)

    def complete(self, messages: Messages, meter: Meter) -> tuple[str, str]:
        """Return the whole answer and how it ended.

        Raises:
            ModelError: If there is none, or it breaks off.
        """
        pieces = list(self.stream(messages, meter))
        return "".join(p.text for p in pieces), pieces[-1].ended if pieces else ""

    @staticmethod
    def _count(messages: Messages, text: str, last: Piece, meter: Meter) -> None:
        """Count what a request took: as the server says, else by the text; nothing when it failed at once."""
        asked = count_tokens(messages.system) + count_tokens(messages.user) if text else 0
        estimated = bool(text) and not last.prompt
        meter.add(last.prompt or asked, last.completion or count_tokens(text), estimated=estimated)

    def _next(self, request: _Request) -> Piece | None:
        try:
            item = request.made.get(timeout=request.seconds + GRACE)
        except queue.Empty:
            raise self._late() from None
        if isinstance(item, ModelError):
            raise item from None
        return item

    async def _pump(self, request: _Request) -> None:
        """Hand on all pieces, then None or what went wrong."""
        opened: list[Any] = []
        _OPENED.set(opened)
        put = request.made.put
        try:
            async with asyncio.timeout(request.seconds) as total:
                await self._ask(request)
        except ModelError as error:
            put(error)
        except TimeoutError:
            put(self._late() if total.expired() else explain(TimeoutError(), self.server))
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            put(explain(error, self.server))
        else:
            put(None)
        finally:
            for response in opened:
                await response.aclose()

    async def _ask(self, request: _Request) -> None:
        """Ask, and again while not one word has come."""
        for attempt in range(self.limits.retries + 1):
            spoken = False
            try:
                async with contextlib.aclosing(self._pieces(request)) as pieces:
                    async for piece in pieces:
                        spoken = spoken or bool(piece.text.strip())
                        request.made.put(piece)
            except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
                problem = error if isinstance(error, ModelError) else explain(error, self.server)
                wait = _backoff(problem, attempt)
                last = attempt == self.limits.retries
                if spoken or wait is None or last or wait > request.seconds:
                    raise problem from None
                await asyncio.sleep(wait)
            else:
                return

    async def _pieces(self, request: _Request) -> AsyncGenerator[Piece, None]:
        """Yield the pieces of one answer, each within its time, up to the longest answer."""
        characters = self.limits.tokens * CHARACTERS_A_TOKEN
        spoken = False
        async with contextlib.aclosing(self._astream(request.messages)) as stream:
            # A library on the way may swallow a cancellation that comes at the wrong moment: so look, too.
            while not request.left.is_set():
                piece = await self._piece(stream, spoken=spoken)
                if piece is None:
                    return
                if not request.seconds:
                    raise self._late()
                spoken = spoken or bool(piece.text.strip())
                characters -= len(piece.text)
                if characters < 0:
                    yield piece._replace(text=piece.text[:characters], ended="length")
                    return
                yield piece

    async def _piece(self, stream: AsyncGenerator[Piece, None], *, spoken: bool) -> Piece | None:
        """Return the next piece, None at the end."""
        limit = self.limits.pause if spoken else self.limits.first
        try:
            # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with the piece.
            async with asyncio.timeout(limit) as pause:
                return await anext(stream, None)
        except TimeoutError:
            if pause.expired():
                raise self._silent(limit, spoken=spoken) from None
            raise

    def _astream(self, messages: Messages) -> AsyncGenerator[Piece, None]:
        return cast("AsyncGenerator[Piece, None]", self._chain().astream(messages, self.config))

    def _chain(self) -> Runnable[Messages, Piece]:
        from langchain_core.runnables import RunnableGenerator, RunnableLambda

        prompt = RunnableLambda(_to_langchain)
        parser: Runnable[Any, Piece] = RunnableGenerator(_parsed, _parsed_async)
        return prompt | self.model | parser

    def _silent(self, seconds: float, *, spoken: bool) -> ModelError:
        said = "fell silent for" if spoken else "did not begin to answer within"
        name = "FOOTNOTE_MODEL_PAUSE" if spoken else "FOOTNOTE_MODEL_FIRST"
        unit = "second" if seconds == 1 else "seconds"
        return ModelError(
            f"The model at {self.server.place} {said} {seconds:g} {unit}. Ask again, or raise {name} if "
            "it is just slow."
        )

    def _late(self) -> ModelError:
        return ModelError(
            f"The model at {self.server.place} had not finished after {self.limits.deadline:g} seconds. Ask "
            "for less, or raise FOOTNOTE_MODEL_DEADLINE."
        )


def _milliseconds(since: float) -> float:
    return round((time.perf_counter() - since) * 1000, 2)


def _backoff(problem: ModelError, attempt: int) -> float | None:
    if problem.retry_after is None or problem.retry_after > LONGEST_BACKOFF:
        return None
    return float(problem.retry_after or FIRST_BACKOFF * 2**attempt)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of the thread in which every request runs."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="footnote-model", daemon=True).start()
    return loop


# prompt | model | parser


def _to_langchain(messages: Messages) -> list[Any]:
    from langchain_core.messages import HumanMessage, SystemMessage

    return [SystemMessage(messages.system), HumanMessage(messages.user)]


def _parsed(chunks: Iterator[Any]) -> Iterator[Piece]:
    pieces = _Pieces()
    for chunk in chunks:
        yield pieces.of(chunk)
    yield pieces.last()


async def _parsed_async(chunks: AsyncIterator[Any]) -> AsyncIterator[Piece]:
    pieces = _Pieces()
    async for chunk in chunks:
        yield pieces.of(chunk)
    yield pieces.last()


class _Pieces:
    """Reads LangChain's message chunks: text, why it ended, and tokens."""

    def __init__(self) -> None:
        self.ended, self.prompt, self.completion = "", 0, 0

    def of(self, chunk: Any) -> Piece:
        """Return a chunk's text; its end and its tokens are kept for the last piece."""
        facts = chunk.response_metadata or {}
        for name in ("finish_reason", "stop_reason", "done_reason"):
            if facts.get(name):
                self.ended = _ended(str(facts[name]))
        usage = chunk.usage_metadata or {}
        self.prompt = max(self.prompt, usage.get("input_tokens") or 0)
        self.completion = max(self.completion, usage.get("output_tokens") or 0)
        return Piece(str(chunk.text or ""))

    def last(self) -> Piece:
        """Return the last piece."""
        return Piece("", self.ended, self.prompt, self.completion)


def _ended(reason: str) -> str:
    lowered = reason.lower()
    if lowered in STOPPED:
        return "stop"
    return "length" if lowered in TOO_LONG else lowered


# A model by its name


def connect(settings: Settings) -> Chat:
    """Return the chat model that `settings.model` names, as `openai:gpt-4.1-mini` or `ollama:llama3.2`.

    With a base URL and no provider it is an OpenAI-compatible server; `local:PATH` is a model file, which a
    process is started for. Nothing is sent yet.

    Raises:
        ModelSetupError: If its package, its key or its name is missing or wrong, or a file cannot be served.
    """
    if local.name_of(settings.model) is not None:
        return _connect_local(settings)
    return _connect(settings)


def _connect_local(settings: Settings) -> Chat:
    """Return the chat with a model file, whose process runs while the chat is open."""
    lease = local.serve(settings)
    try:
        reached = replace(settings, model="openai:local", base_url=lease.url, api_key=lease.key)
        chat = _connect(reached)
    except ModelError:
        lease.close()
        raise
    server = replace(chat.server, model=settings.model, place="this computer", own=True)
    return replace(chat, server=server, lease=lease)


def _connect(settings: Settings) -> Chat:
    from langchain.chat_models import init_chat_model

    # A server whose JSON has other types than the standard's is read all the same; it is no news to a reader.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
    provider, name = split_name(settings)
    _refuse_unknown_senders(provider, settings)
    options, close = _options(provider, settings)
    try:
        try:
            model = init_chat_model(name, model_provider=provider or None, **options)
        except Exception:
            # A server of one's own needs no key, but the client does not start without.
            if not settings.base_url or provider != "openai" or "api_key" in options:
                raise
            model = init_chat_model(name, model_provider=provider, api_key=NO_KEY, **options)
    except ImportError as error:
        raise _no_package(provider, settings.model, error) from None
    except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
        raise _no_model(provider, settings.model, error) from None
    server = Server(settings.model, _place(settings, provider), _key_name(settings, provider))
    return Chat(server, model, Limits.of(settings), close_client=close)


def _refuse_unknown_senders(provider: str, settings: Settings) -> None:
    """Refuse a server that gets no key where the provider's client sends more than keys of its own accord.

    Raises:
        ModelSetupError: If it might, as Anthropic's does with ANTHROPIC_AUTH_TOKEN and the like.
    """
    if settings.api_key == WITHHELD and provider not in ("openai", "ollama"):
        raise ModelSetupError(
            f"The library’s own footnote.toml names the server {settings.base_url} for “{settings.model}”. "
            "If you trust it, set FOOTNOTE_BASE_URL to the same address."
        )


def split_name(settings: Settings) -> tuple[str, str]:
    """Return provider and name; the provider is "" when LangChain must tell it from the name."""
    provider, colon, name = settings.model.partition(":")
    if colon and (provider in PROVIDERS or not settings.base_url):
        return provider, name
    return ("openai" if settings.base_url else ""), settings.model


def _options(provider: str, settings: Settings) -> tuple[dict[str, Any], Callable[[], Any] | None]:
    """Return what the model's class is given, and what closes its connections."""
    options: dict[str, Any] = {}
    if settings.api_key:
        options["api_key"] = settings.api_key
    if settings.base_url:
        options["base_url"] = settings.base_url
    if provider == "ollama":
        client: dict[str, Any] = {"timeout": settings.model_deadline}
        if settings.api_key == WITHHELD:  # or its client would send OLLAMA_API_KEY
            client["headers"] = {"Authorization": f"Bearer {WITHHELD}"}
        extra = {"num_ctx": settings.model_window, "num_predict": settings.answer_tokens, "temperature": 0}
        return {**options, **extra, "client_kwargs": client}, None
    options |= {"timeout": settings.model_deadline, "max_retries": 0}
    if provider != "openai":
        return {**options, "max_tokens": settings.answer_tokens}, None
    return _openai_options(options, settings)


def _openai_options(options: dict[str, Any], settings: Settings) -> tuple[dict[str, Any], Callable[[], Any]]:
    import httpx

    timeout = httpx.Timeout(settings.model_deadline, connect=settings.model_connect)
    # A proxy from the environment is for other computers, not for a server on this one.
    asked: list[Any] = [_tell_nothing] if settings.api_key == WITHHELD else []
    http = httpx.AsyncClient(
        timeout=timeout,
        trust_env=not _is_local(settings.base_url),
        event_hooks={"request": asked, "response": [_remember]},
    )
    options |= {"http_async_client": http, "timeout": timeout, "stream_chunk_timeout": None}
    if settings.base_url:
        # Older servers know neither `max_completion_tokens` nor `stream_options`.
        options |= {"extra_body": {"max_tokens": settings.answer_tokens, "temperature": 0}}
        options["stream_usage"] = False
    else:
        options |= {"max_tokens": settings.answer_tokens, "stream_usage": True}
    return options, http.aclose


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _place(settings: Settings, provider: str) -> str:
    """Return the server's name for messages: host and port, never a password."""
    if not settings.base_url:
        return PLACES.get(provider, provider or settings.model)
    parts = urlsplit(settings.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or settings.base_url
    with contextlib.suppress(ValueError):
        return f"{host}:{parts.port}" if parts.port else host
    return host


def _key_name(settings: Settings, provider: str) -> str:
    if settings.api_key == WITHHELD:
        return f"FOOTNOTE_BASE_URL={settings.base_url} beside your key, which is not sent where a file says"
    if settings.api_key or provider not in KEYS:
        return "FOOTNOTE_API_KEY"
    return f"FOOTNOTE_API_KEY or {KEYS[provider]}" if settings.base_url else KEYS[provider]


def _no_package(provider: str, model: str, error: ImportError) -> ModelSetupError:
    """Name the package that is missing, by LangChain’s word where it has one: Bedrock needs langchain-aws."""
    said = PACKAGE.search(str(error))
    package = said[0] if said else f"langchain-{provider.replace('_', '-')}"
    extra = EXTRAS.get(package)
    ask = f"pip install 'footnote[{extra}]'" if extra else f"pip install {package}"
    return ModelSetupError(f"The model “{model}” needs the package {package}. Install it: {ask}.")


def _no_model(provider: str, model: str, error: Exception) -> ModelSetupError:
    """Say why a model could not be made; the library's own words may hold a key and are left out."""
    text = str(error).lower()
    if "key" in text or "credential" in text or "auth" in text:
        return ModelSetupError(
            f"The model “{model}” needs a key. Set {KEYS.get(provider, 'FOOTNOTE_API_KEY')}, or "
            "FOOTNOTE_BASE_URL for a server of your own."
        )
    log.info("the model %s could not be made: %s", model, type(error).__name__)
    return ModelSetupError(
        f"There is no model “{model}”: write provider:name, as openai:gpt-4.1-mini, anthropic:…, "
        "ollama:llama3.2, local:PATH.gguf, or any name with FOOTNOTE_BASE_URL."
    )
