"""Traces for OpenTelemetry, where a setting says so: a span a request, a reply, a language model's request.

No span holds a word of an article, a question or an answer: kinds, counts, routes and names of models alone.
Of an error it has the kind; its words may quote one.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.rag.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

    from footnote.rag.types import Reply

MISSING = "Traces need a part that is not installed: pip install 'footnote[traces]'."
SECONDS = 5  # until the collector must have taken a batch


@dataclass(frozen=True, slots=True)
class Tracer:
    """Makes spans, or none where nobody asked for traces."""

    made: Any = None  # OpenTelemetry's own tracer

    @classmethod
    def to(cls, address: str) -> Tracer:
        """Return one that sends to the collector at an address, by OTLP over gRPC; empty: none.

        Raises:
            SettingsError: If OpenTelemetry is not installed.
        """
        if not address:
            return cls()
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider

            processor = sending(address)
        except ImportError as error:
            raise SettingsError(MISSING) from error
        provider = TracerProvider(resource=Resource.create({"service.name": "footnote"}))
        provider.add_span_processor(processor)
        return cls(provider.get_tracer("footnote"))

    @contextmanager
    def request(self, headers: Mapping[str, str]) -> Iterator[Told]:
        """Give a span for a request, within the trace that its `traceparent` names."""
        if self.made is None:
            yield Told()
            return
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract(headers)
        with self._current("request", context=parent, kind=SpanKind.SERVER) as span:
            yield Told(span)

    @contextmanager
    def span(self, name: str) -> Iterator[Told]:
        """Give a span within the one that is open."""
        if self.made is None:
            yield Told()
            return
        with self._current(name) as span:
            yield Told(span)

    @contextmanager
    def _current(self, name: str, **more: Any) -> Iterator[Span]:
        with self.made.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False, **more
        ) as span:
            try:
                yield span
            except Exception as error:
                _failed(span, type(error).__name__)
                raise

    def config(self) -> dict[str, Any]:
        """Return a LangChain config whose callbacks make spans of a model's requests, within the open one."""
        if self.made is None:
            return {}
        from opentelemetry.context import get_current

        from footnote.rag.langchain import ModelWatch

        here = get_current()

        def begin(model: str) -> Any:
            from opentelemetry.trace import SpanKind

            span = self.made.start_span(f"chat {model}", context=here, kind=SpanKind.CLIENT)
            span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": model})
            return span

        return {"callbacks": [ModelWatch(begin, _ended)]}


NO_TRACES = Tracer()


@dataclass(frozen=True, slots=True)
class Told:
    """A span, or nothing, that takes what is told of it."""

    span: Span | None = None

    def tell(self, name: str = "", **values: str | float) -> None:
        """Keep values, their dots written as `__`, and a name that is known only now."""
        if self.span is not None:
            if name:
                self.span.update_name(name)
            self.span.set_attributes({key.replace("__", "."): value for key, value in values.items()})

    def replied(self, reply: Reply) -> None:
        """Keep of what kind a reply is and how much there is of it."""
        self.tell(
            footnote__reply=type(reply).__name__.lower(),
            footnote__answerer=str(getattr(reply, "answerer", "footnote")),
            footnote__sentences=len(reply.sentences),
            footnote__citations=len(reply.citations),
        )


def sending(address: str) -> SpanProcessor:
    """Return what sends spans to a collector, from a thread of its own."""
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    plain = not address.startswith("https://")
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=address, insecure=plain, timeout=SECONDS))


def _ended(span: Any, used: Mapping[str, int], error: str) -> None:
    span.set_attributes({f"gen_ai.usage.{name}": count for name, count in used.items()})
    if error:
        _failed(span, error)
    span.end()


def _failed(span: Span, kind: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
