"""`/v1`: Footnote as a model in OpenAI's form, for any client that can be told an address.

The text of an answer has markers, `[1]`. What they stand for is in the field `footnote` beside the choices:
the whole JSON of `footnote ask`, and where in the text each sentence stands. A conversation is kept nowhere.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from footnote.ingest.encoder.tokens import count_tokens
from footnote.rag.converse.turns import WORDS
from footnote.rag.types import Answer, Reply, Turn
from footnote.ui.api.doors import READS, STARTED, Chosen, Doors
from footnote.ui.api.faults import Fault, Json, Route, encoded, fault_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence

MODEL, WITH_SOURCES = "footnote", "footnote-sources"
SOURCES = "\n\nSources:\n"
MOST_TEXTS = 512  # embedded in one request
# Of these a client gets less than it was promised; the others change nothing that a program relies on.
REFUSED: dict[str, tuple[object, ...]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "functions": (None, []),
    "audio": (None,),
    "store": (None, False),
}
# What makes a client that shows Markdown ask a server that an article names: a picture, an element of HTML.
LOADS = re.compile(r"(\\*)(!(?=\[)|<(?=[A-Za-z/!?]))")
LISTED_AT_THE_END = re.compile(re.escape(SOURCES) + r"\[1\] .*\Z", re.DOTALL)


class Piece(BaseModel):
    """A piece of a message's content."""

    model_config = ConfigDict(extra="ignore")
    type: str
    text: str = ""


class Message(BaseModel):
    """A message of the conversation, the last of which is the question."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Piece] | None = None

    def text(self, place: int) -> str:
        """Return its words.

        Raises:
            Fault: If there is something else in it, a picture for instance.
        """
        if not isinstance(self.content, list):
            return self.content or ""
        other = next((p.type for p in self.content if p.type not in WORDS), None)
        if other is not None:
            told = f"Footnote reads text only; there is “{other}” in a message."
            raise Fault(400, told, "unsupported_content", param=f"messages.{place}.content")
        return "\n".join(p.text for p in self.content)


class StreamOptions(BaseModel):
    """Whether the last piece of a stream tells the tokens."""

    model_config = ConfigDict(extra="ignore")
    include_usage: bool | None = False


class Completion(BaseModel):
    """A request for a completion. Settings of sampling are taken and change nothing."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[Message] = Field(min_length=1, max_length=2_000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    footnote: Chosen = Field(default_factory=Chosen, description="Which articles may answer.")


class Embedding(BaseModel):
    """A request for vectors of the library's encoder."""

    model_config = ConfigDict(extra="allow")
    model: str
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A reply as text, and where each of its sentences stands in it."""

    content: str
    spans: tuple[tuple[int, int], ...]


def inert(text: str) -> str:
    r"""Return a text that is read as it stands and loads nothing where a client shows it as Markdown.

    Links stay: they are followed by a person or not at all.

    >>> print(inert(r"Seen ![here](http://a/b), \![there](c), 3 < 4 and <img src=d>."))
    Seen \![here](http://a/b), \![there](c), 3 < 4 and \<img src=d>.
    """
    return LOADS.sub(lambda m: m[1] + ("\\" if len(m[1]) % 2 == 0 else "") + m[2], text)


def text_of(reply: Reply) -> Text:
    """Return a reply as the text that a client shows: “Yes.” where it is that plain, and markers."""
    if not isinstance(reply, Answer):
        return Text(inert(reply.text), ())
    content, spans = reply.lead, []
    for sentence in reply.sentences:
        content += " " if content else ""
        shown = inert(sentence.marked)
        spans.append((len(content), len(content) + len(shown)))
        content += shown
    return Text(content, tuple(spans))


def sources_of(reply: Reply) -> str:
    """Return the list of an answer's sources as it stands under the text; nothing where it cites none."""
    if not isinstance(reply, Answer):
        return ""
    listed = []
    for c in reply.citations:
        place = f"paragraph {c.paragraph}" if c.paragraph else "its head"
        listed.append(f"[{c.number}] {c.title}, {place}: “{c.quote}”")
    return SOURCES + inert("\n".join(listed))


def router(doors: Doors) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1", route_class=Route, tags=["OpenAI’s form"], dependencies=READS)
    service = doors.service

    @routes.get("/models", summary="List the models")
    async def models() -> Response:
        """Footnote, Footnote with its sources under each answer, and the library's encoder for vectors."""
        return Json(
            {
                "object": "list",
                "data": [_model(m) for m in (MODEL, WITH_SOURCES, service.assistant.encoder.name)],
            }
        )

    @routes.get("/models/{model:path}", summary="Look up a model")
    async def model(model: str) -> Response:
        """What is listed under this name."""
        _known(model, (MODEL, WITH_SOURCES, service.assistant.encoder.name))
        return Json(_model(model))

    @routes.post("/chat/completions", summary="Answer the last message")
    async def completions(given: Completion) -> Response:
        """An answer with markers, and in `footnote` what they stand for."""
        _known(given.model, (MODEL, WITH_SOURCES))
        _refuse(given)
        asked = Asked.of(given, doors)
        if given.stream:
            begun = await doors.turns.begun(asked.replies)
            return StreamingResponse(asked.pieces(begun), media_type="text/event-stream")
        reply = await doors.turns.last(asked.replies)
        doors.watch.replied(reply)
        return Json(asked.whole(reply))

    @routes.post("/embeddings", summary="Return vectors of texts")
    async def embeddings(given: Embedding) -> Response:
        """Unit vectors by the library's encoder, which search uses too."""
        encoder = service.assistant.encoder
        _known(given.model, (encoder.name,))
        if given.dimensions not in (None, encoder.dimension):
            told = f"{encoder.name} makes vectors of {encoder.dimension} numbers, no others."
            raise Fault(400, told, "unsupported_value", param="dimensions")

        def made() -> dict[str, Any]:
            texts = _texts(given, encoder.window, encoder.count)
            shown = [_vector(v, given.encoding_format) for v in encoder.encode(texts)]
            data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(shown)]
            tokens = sum(map(encoder.count, texts))
            usage = {"prompt_tokens": tokens, "total_tokens": tokens}
            return {"object": "list", "data": data, "model": encoder.name, "usage": usage}

        return Json(await doors.turns.one(made))

    return routes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a completion, understood."""

    doors: Doors
    given: Completion
    question: str
    history: tuple[Turn, ...]
    id: str
    made: int

    @classmethod
    def of(cls, given: Completion, doors: Doors) -> Asked:
        """Read the messages: the last is the question, those before it are the conversation.

        Raises:
            Fault: If the last one is not the user's, or holds something other than text.
        """
        said = [(m.role, m.text(i)) for i, m in enumerate(given.messages)]
        if said[-1][0] != "user":
            raise Fault(
                400,
                "The last message must be the user’s: it is the question.",
                "no_question",
                param="messages",
            )
        turns = tuple(
            Turn("user" if role == "user" else "assistant", LISTED_AT_THE_END.sub("", text))
            for role, text in said[:-1]
            if role in ("user", "assistant") and text
        )
        return cls(doors, given, said[-1][1], turns, f"chatcmpl-{secrets.token_hex(12)}", int(time.time()))

    def replies(self) -> Iterator[Reply]:
        """Yield growing replies."""
        chosen = self.given.footnote
        filters = self.doors.service.filters(**chosen.within)
        return self.doors.service.stream(self.question, self.history, filters)

    def whole(self, reply: Reply) -> dict[str, Any]:
        """Return the completion."""
        text = text_of(reply)
        content = text.content + self._sources(reply)
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if notes := self._annotations(reply, content):
            message["annotations"] = notes
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.made,
            "model": self.given.model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": self._usage(content),
            "footnote": self._told(reply, text),
        }

    async def pieces(self, begun: AsyncGenerator[Reply]) -> AsyncIterator[bytes]:
        """Yield the events of a stream: each sentence as it is made, then `footnote`, then the end.

        What was sent cannot be taken back. Where a language model fails after its first sentences, the
        offline reply follows, and a line says that it counts.
        """
        sent, whole = "", None
        try:
            yield self._event({"role": "assistant", "content": ""})
            async with aclosing(begun) as replies:
                async for whole in replies:
                    text = text_of(whole).content
                    more = text[len(sent) :] if text.startswith(sent) else f"\n\nInstead of the above: {text}"
                    sent = text
                    if more:
                        yield self._event({"content": more})
            if whole is None:
                return
            self.doors.watch.replied(whole)
            if listed := self._sources(whole):
                yield self._event({"content": listed})
            yield self._event({}, finish="stop", footnote=self._told(whole, text_of(whole)))
            if self.given.stream_options and self.given.stream_options.include_usage:
                yield self._event(None, usage=self._usage(sent))
        except Exception as error:  # noqa: BLE001 - the response has begun: its form of an error is an event
            yield b"data: " + encoded(fault_of(error).as_json()) + b"\n\n"
        yield b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
        choices = (
            [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        )
        chunk = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.made,
            "model": self.given.model,
            "choices": choices,
            **more,
        }
        return b"data: " + encoded(chunk) + b"\n\n"

    def _told(self, reply: Reply, text: Text) -> dict[str, Any]:
        """Return the field `footnote`: the JSON of the reply, each sentence with its place in the text."""
        told = dict(reply.as_json())
        told["sentences"] = [
            {**sentence, "start": start, "end": end}
            for sentence, (start, end) in zip(told["sentences"], text.spans, strict=True)
        ]
        if any(m.role in ("system", "developer") and m.content for m in self.given.messages):
            told["notices"] = [*told["notices"], "The system’s message was not used: the articles answer."]
        return told

    def _sources(self, reply: Reply) -> str:
        return sources_of(reply) if self.given.model == WITH_SOURCES else ""

    def _annotations(self, reply: Reply, content: str) -> list[dict[str, Any]]:
        """Return OpenAI's own form of a citation for each marker whose article has an address."""
        if not isinstance(reply, Answer):
            return []
        library, found = self.doors.service.assistant.library, []
        for citation in reply.citations:
            url = library.article(citation.article_id).url
            at = content.find(f"[{citation.number}]")
            if url and at >= 0:
                place = {"start_index": at, "end_index": at + len(f"[{citation.number}]")}
                found.append(
                    {"type": "url_citation", "url_citation": {**place, "title": citation.title, "url": url}}
                )
        return found

    def _usage(self, content: str) -> dict[str, int]:
        asked = sum(count_tokens(m.text(i)) for i, m in enumerate(self.given.messages))
        said = count_tokens(content)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": STARTED, "owned_by": "footnote"}


def _known(name: str, names: Sequence[str]) -> None:
    if name not in names:
        told = f"There is no model “{name}” here. There is {' and '.join(f'“{n}”' for n in names)}."
        raise Fault(404, told, "model_not_found", param="model")


def _refuse(given: Completion) -> None:
    """Refuse what would silently be something else than was asked for."""
    extra = given.model_extra or {}
    for name, allowed in REFUSED.items():
        if extra.get(name) not in allowed:
            raise Fault(
                400, f"Footnote does not know “{name}” with this value.", "unsupported_parameter", param=name
            )
    form = extra.get("response_format")
    if isinstance(form, dict) and form.get("type") not in (None, "text"):
        told = "Footnote answers in text. `POST /api/ask` answers in JSON."
        raise Fault(400, told, "unsupported_parameter", param="response_format")
    if extra.get("tools") and extra.get("tool_choice") not in (None, "auto", "none"):
        raise Fault(400, "Footnote calls no tools.", "unsupported_parameter", param="tool_choice")


def _texts(given: Embedding, window: int, count: Any) -> list[str]:
    texts = [given.input] if isinstance(given.input, str) else given.input
    if not all(isinstance(t, str) for t in texts):
        told = "Send texts, not tokens. In LangChain: OpenAIEmbeddings(check_embedding_ctx_length=False)."
        raise Fault(400, told, "tokens_not_known", param="input")
    found = [str(t).encode("utf-8", "replace").decode() for t in texts]  # no half of a surrogate pair
    if not 0 < len(found) <= MOST_TEXTS:
        raise Fault(
            400, f"Send 1 to {MOST_TEXTS} texts at a time, not {len(found):,}.", "too_many", param="input"
        )
    for place, text in enumerate(found):
        if not text.strip():
            raise Fault(400, f"Text {place} is empty.", "empty_input", param="input")
        if count(text) > window:
            told = f"Text {place} has {count(text):,} tokens; the encoder reads {window}. Cut it into pieces."
            raise Fault(400, told, "context_length_exceeded", param="input")
    return found


def _vector(vector: Any, form: str | None) -> list[float] | str:
    floats = np.asarray(vector, dtype="<f4")
    return base64.b64encode(floats.tobytes()).decode() if form == "base64" else [float(x) for x in floats]
