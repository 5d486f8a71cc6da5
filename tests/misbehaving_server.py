"""A server that speaks as OpenAI's chat completions do, over real HTTP on loopback, or misbehaves.

    with ModelServer(says("The bridge closed on Monday [1].")) as server:
        settings = Settings(model="openai:test", base_url=server.url)

What it does is a plain function of an `Exchange`: `says(...)`, `fails(401)`, `in_turn(fails(500), says("…"))`.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Behaviour = Callable[["Exchange"], None]

SOURCE = re.compile(r"<<source (\d+) (\w+)>>\n(.*?)\n<<end \1 \2>>", re.DOTALL)


class Gone(Exception):
    """The client went away."""


class Exchange:
    """One request with what can be done to answer it."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, body: dict[str, Any], stopping: threading.Event
    ) -> None:
        self.handler = handler
        self.body = body
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.begun = False
        self._stopping = stopping

    @property
    def system(self) -> str:
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] == "system")

    @property
    def user(self) -> str:
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] == "user")

    @property
    def sources(self) -> dict[int, str]:
        """The numbered sources that the prompt holds."""
        return {int(n): text for n, _, text in SOURCE.findall(self.user)}

    def status(self, code: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.handler.send_response(code)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("content-length", str(len(data)))
        self.handler.end_headers()
        self._write(data)

    def begin(self) -> None:
        if not self.begun:
            self.begun = True
            self.handler.send_response(200)
            self.handler.send_header("content-type", "text/event-stream")
            self.handler.send_header("transfer-encoding", "chunked")
            self.handler.end_headers()

    def raw(self, data: bytes) -> None:
        """Send bytes of the event stream as they are."""
        self.begin()
        self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def event(self, value: Any) -> None:
        self.raw(b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n")

    def piece(self, text: str | None = None, *, finish: str | None = None, role: bool = False) -> None:
        delta: dict[str, Any] = {"role": "assistant"} if role else {}
        if text is not None:
            delta["content"] = text
        self.event(
            {
                "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "test",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
        )  # fmt: skip

    def pieces(self, text: str, size: int = 7) -> None:
        self.piece("", role=True)
        for i in range(0, len(text), size):
            self.piece(text[i : i + size])

    def end(self, *, done: bool = True) -> None:
        if done:
            self.raw(b"data: [DONE]\n\n")
        self._write(b"0\r\n\r\n")

    def usage(self, prompt: int, completion: int) -> None:
        self.event(
            {
                "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "test", "choices": [],
                "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
            }
        )  # fmt: skip

    def wait(self, seconds: float) -> None:
        """Be silent; ends early when the server is closed."""
        self._stopping.wait(seconds)

    def cut(self) -> None:
        """Drop the connection as it is."""
        self.handler.wfile.flush()
        self.handler.close_connection = True
        self.handler.connection.close()

    def _write(self, data: bytes) -> None:
        try:
            self.handler.wfile.write(data)
            self.handler.wfile.flush()
        except (OSError, ValueError):
            raise Gone from None


class ModelServer:
    """Serves `behaviour` on a free port of this computer and keeps every request in `exchanges`."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.exchanges: list[Exchange] = []
        self.gone = 0
        self.stopping = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                exchange = Exchange(self, body, server.stopping)
                server.exchanges.append(exchange)
                try:
                    server.behaviour(exchange)
                except Gone:
                    server.gone += 1
                    self.close_connection = True

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None: ...

        self.http = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(5)


def says(text: str | Callable[[Exchange], str], *, size: int = 7, finish: str | None = "stop") -> Behaviour:
    """Stream a text, or what a function makes of the request."""

    def behave(exchange: Exchange) -> None:
        exchange.pieces(text if isinstance(text, str) else text(exchange), size)
        exchange.piece(finish=finish)
        exchange.end()

    return behave


def fails(code: int, headers: dict[str, str] | None = None, message: str = "no") -> Behaviour:
    """Refuse with a status and OpenAI's form of an error."""
    return lambda e: e.status(code, {"error": {"message": message, "type": "x", "code": None}}, headers)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Do one after the other, the last for ever."""
    left: list[Behaviour] = list(behaviours)

    def behave(exchange: Exchange) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return behave


def too_long(exchange: Exchange) -> None:
    message = (
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."
    )
    exchange.status(
        400,
        {"error": {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}},
    )


def hangs(exchange: Exchange) -> None:
    exchange.wait(30)


def hangs_after_headers(exchange: Exchange) -> None:
    exchange.begin()
    exchange.piece("", role=True)
    exchange.wait(30)


def hangs_after(text: str) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.pieces(text)
        exchange.wait(30)

    return behave


def drips(text: str, seconds: float) -> Behaviour:
    """Send a character at a time, slowly."""

    def behave(exchange: Exchange) -> None:
        exchange.piece("", role=True)
        for char in text:
            exchange.piece(char)
            exchange.wait(seconds)
        exchange.piece(finish="stop")
        exchange.end()

    return behave


def comments_for_ever(exchange: Exchange) -> None:
    """Keep the connection alive with comments and never say a word."""
    while not exchange._stopping.is_set():
        exchange.raw(b": still here\n\n")
        exchange.wait(0.05)


def cut_after(text: str) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.pieces(text)
        exchange.cut()

    return behave


def ends_early(text: str) -> Behaviour:
    """End the stream as if all were well, without a finish_reason."""

    def behave(exchange: Exchange) -> None:
        exchange.pieces(text)
        exchange.end(done=False)

    return behave


def html(exchange: Exchange) -> None:
    page = b"<html><body><h1>Sign in to the hotel network</h1></body></html>"
    exchange.status(200, page, {"content-type": "text/html"})


def broken_json(exchange: Exchange) -> None:
    exchange.event(b'{"id": "c1", "choices": [{"ind')
    exchange.end()


def broken_json_after(text: str) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.pieces(text)
        exchange.event(b'{"id": "c1", "choices": [{"ind\xff')
        exchange.end()

    return behave


def other_json(exchange: Exchange) -> None:
    exchange.event({"status": "ok", "data": [1, 2, 3]})
    exchange.end()


def error_after(text: str) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        if text:
            exchange.pieces(text)
        exchange.event(
            {"error": {"message": "out of memory at sk-secret", "type": "server_error", "code": 500}}
        )
        exchange.end()

    return behave


def not_packed(exchange: Exchange) -> None:
    """Say that the stream is compressed when it is not."""
    exchange.status(200, b"data: {}\n\n", {"content-type": "text/event-stream", "content-encoding": "gzip"})


def says_beside(text: str) -> Behaviour:
    """Stream a text among what other servers send beside one: comments, thoughts, tools, parts, usage."""

    def behave(exchange: Exchange) -> None:
        beside: list[dict[str, Any]] = [
            {"role": "assistant", "content": None},
            {"reasoning_content": "First, let me think."},
            {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}]},
            {"content": [{"type": "text", "text": text}]},
        ]  # fmt: skip
        exchange.raw(b": keep-alive\r\n\r\n")
        for delta in beside:
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "t"}
            chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}]
            exchange.raw(b"event: message\r\ndata:" + json.dumps(chunk).encode() + b"\r\n\r\n")
        exchange.piece(finish="stop")
        exchange.usage(50, 9)
        exchange.end()

    return behave


def empty(exchange: Exchange) -> None:
    exchange.piece("", role=True)
    exchange.piece(finish="stop")
    exchange.end()


def raw_content(*contents: str) -> Behaviour:
    """Send pieces whose JSON string is written as it is given, as `\\ud83d`."""

    def behave(exchange: Exchange) -> None:
        for content in contents:
            exchange.event(
                b'{"id":"c1","object":"chat.completion.chunk","created":1,"model":"t","choices":[{"index":0,"delta":{"content":"'
                + content.encode()
                + b'"},"finish_reason":null}]}'
            )
        exchange.piece(finish="stop")
        exchange.end()

    return behave


def endless(text: str) -> Behaviour:
    """Never stop talking."""

    def behave(exchange: Exchange) -> None:
        exchange.piece("", role=True)
        while not exchange._stopping.is_set():
            exchange.piece(text)

    return behave


def spoken(exchanges: Sequence[Exchange]) -> str:
    """All that was ever sent to the server, for a look at what must not be there."""
    return "\n".join(json.dumps(e.body) for e in exchanges)


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return action(), time.perf_counter() - start
