"""The spans of a trace, sent by OpenTelemetry. `api.tracing` sees to it that only who sends them loads this."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from application.ledger import Entry

if TYPE_CHECKING:
    from api.http.call import Call

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_wanted: ContextVar[tuple[int | None, int | None]] = ContextVar("wanted", default=(None, None))


class _Ids(IdGenerator):
    """Ids that are known beforehand where we know them, and chance elsewhere."""

    def __init__(self) -> None:
        self._chance = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        return _wanted.get()[0] or self._chance.generate_trace_id()

    def generate_span_id(self) -> int:
        return _wanted.get()[1] or self._chance.generate_span_id()


@contextmanager
def _named(trace_id: int | None = None, span_id: int | None = None) -> Generator[None]:
    token = _wanted.set((trace_id, span_id))
    try:
        yield
    finally:
        _wanted.reset(token)


class Tracing:
    """Makes the spans of one process and sends them."""

    def __init__(self, endpoint: str, process: str) -> None:
        resource = Resource.create({"service.name": f"annals-{process}", "service.namespace": "annals"})
        self._provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces", timeout=5)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
        self._tracer = self._provider.get_tracer("annals")

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    @contextmanager
    def request(self, call: Call) -> Generator[None]:
        """The span of a request, in the trace that its sender named, or in one of its own."""
        parent = Context()
        if call.trace is not None:
            correlation, span = call.trace
            parent = _below(correlation.int, span)
        with _named(trace_id=call.correlation.int):
            span_ = self._tracer.start_span(call.method, parent, SpanKind.SERVER)
        with _named(), trace.use_span(span_, end_on_exit=True):
            yield
            span_.update_name(f"{call.method} {call.template}")
            span_.set_attribute("http.request.method", call.method)
            span_.set_attribute("http.route", call.template)
            span_.set_attribute("http.response.status_code", call.status)
            span_.set_attribute("annals.request", call.id)
            if call.status >= 500:  # noqa: PLR2004 — as HTTP counts them
                span_.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def append(self, entry: Entry) -> Generator[Span]:
        """The span in which a command's facts are kept: in its request, or below the fact that it answers."""
        correlation, causation = entry.caller.correlation, entry.caller.causation
        parent = None if causation is None else _below(correlation.int, span_of(causation))
        with _named(correlation.int), self._tracer.start_as_current_span(f"append {entry.name}", parent) as span:
            span.set_attribute("annals.facts", len(entry.facts))
            yield span

    def kept(self, entry: Entry) -> None:
        """A span of no length for each fact. Its id is known from the fact's, so that what follows can name it."""
        for fact in entry.facts:
            with _named(span_id=span_of(fact.id)):
                self._tracer.start_span(f"fact {fact.type}").end()

    @contextmanager
    def following(self, what: str, correlation: UUID, fact: UUID) -> Generator[Span]:
        """The span of what follows from a fact: below it, in the trace of its request."""
        parent = _below(correlation.int, span_of(fact))
        with self._tracer.start_as_current_span(what, parent, SpanKind.CONSUMER) as span:
            yield span


def span_of(fact: UUID) -> int:
    """The id of the span of a fact."""
    return (fact.int & 0xFFFFFFFFFFFFFFFF) or 1


def _below(trace_id: int, span_id: int) -> Context:
    parent = SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())
