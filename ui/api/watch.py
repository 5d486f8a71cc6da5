"""Watching the doors: figures for Prometheus, and one line of JSON in the log for each request.

Neither holds a word of an article or of a question: paths are those of the routes, not those that were sent.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

log = logging.getLogger("footnote.ui.api")

request_id: ContextVar[str] = ContextVar("request_id", default="")
GIVEN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
# Seconds: an answer takes some tenths on two cores, a language model's some seconds, a book's summary more.
BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
EXTRA = ("request_id", "method", "route", "status", "ms", "key", "bytes")


def new_request_id(given: str = "") -> str:
    """Return the id that a request brought, where it can be one, else a new one."""
    return given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


class JsonLines(logging.Formatter):
    """A record as a line of JSON. Of an error its kind and where it was raised: its words may quote one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": at, "level": record.levelname.lower(), "logger": record.name}
        # The words as they stand in the code: what is filled in may be a piece of an article.
        line["message"] = str(record.msg)
        line |= {name: vars(record)[name] for name in EXTRA if name in vars(record)}
        if request_id.get():
            line.setdefault("request_id", request_id.get())
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)
            line["error"] = type(error).__name__
            line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=True, default=str)


def log_json() -> None:
    """Write everything that Footnote logs, requests too, as lines of JSON on standard error."""
    root = logging.getLogger("footnote")
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False


def known_method(method: str) -> str:
    """Return a request's method, one of the usual ones or `other`."""
    return method if method in ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS") else "other"


class Watch:
    """The figures of one server, in a registry of their own."""

    def __init__(self, assistant: Assistant) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "footnote_http_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "footnote_http_request_seconds",
            "Seconds to the end of a response, by route.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.open = Gauge("footnote_http_requests_open", "Requests being answered.", registry=self.registry)
        self.replies = Counter(
            "footnote_replies",
            "Replies by kind and by who wrote them.",
            ["kind", "answerer"],
            registry=self.registry,
        )
        self.refused = Counter(
            "footnote_requests_refused",
            "Requests that no door let in, by reason.",
            ["code"],
            registry=self.registry,
        )
        articles = Gauge("footnote_articles", "Articles in the library.", registry=self.registry)
        articles.set_function(lambda: len(assistant.library.articles()))

    def replied(self, reply: Reply) -> None:
        """Count a reply."""
        answerer = str(getattr(reply, "answerer", "footnote"))
        self.replies.labels(type(reply).__name__.lower(), answerer).inc()

    def done(self, method: str, route: str, status: int, seconds: float, **more: Any) -> None:
        """Count a request, and log it when it came through a door for programs."""
        known = known_method(method)
        self.requests.labels(known, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
        if route != "page":
            told = {"method": known, "route": route, "status": status, "ms": round(seconds * 1000, 1), **more}
            log.info("request", extra=told)

    def text(self) -> bytes:
        """Return all figures in Prometheus's text form."""
        from prometheus_client import generate_latest

        return bytes(generate_latest(self.registry))
