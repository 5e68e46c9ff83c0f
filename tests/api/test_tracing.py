"""One command is one trace: from the request over the ledger to everything that follows."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID, uuid4

import httpx
import psycopg
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.api.serving import LESSONS, Client, serving
from tests.proves import proves
from tests.servers import Database

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector:
    """Takes traces as an OpenTelemetry collector does: OTLP over HTTP, in protobuf."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[tuple[str, Span]] = []

    def of(self, trace: str) -> dict[str, tuple[str, Span]]:
        return {
            span.span_id.hex(): (service, span) for service, span in list(self.spans) if span.trace_id.hex() == trace
        }

    def until(self, trace: str, names: set[str], seconds: float = 20) -> dict[str, tuple[str, Span]]:
        """Wait until all these spans have come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.of(trace)
            if names <= {span.name for _, span in found.values()}:
                return found
            time.sleep(0.05)
        raise TimeoutError(f"only {sorted(span.name for _, span in self.of(trace).values())}")


@contextmanager
def collecting() -> Generator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                raw = gzip.decompress(raw)
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
                (service,) = [
                    one.value.string_value for one in resource.resource.attributes if one.key == "service.name"
                ]
                collector.spans += [(service, span) for scope in resource.scope_spans for span in scope.spans]
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — as it is called there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        serving_it = threading.Thread(target=server.serve_forever)
        serving_it.start()
        try:
            yield collector
        finally:
            server.shutdown()
            serving_it.join()


@proves("obs.tracing")
def test_one_command_is_one_trace(database: Database, nats: str) -> None:
    with (
        collecting() as collector,
        serving(database, engine=True, worker=True, NATS_URL=nats, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as (
            served,
        ),
        Client(served, uuid4()) as client,
    ):
        client.enroll()
        client.command(f"/api/enrollments/art/ada/lessons/{LESSONS[0]}/complete")
        done = client.command(
            f"/api/enrollments/art/ada/lessons/{LESSONS[1]}/complete", traceparent=f"00-{TRACE}-{PARENT}-01"
        )
        assert done.status_code == 200
        request = "POST /api/enrollments/{course}/{learner}/lessons/{lesson}/complete"
        append, fact = "append enrollments.CompleteLesson", "fact enrollments.CourseCompleted"
        follow = {"enrollments.roster", "enrollments.my_courses", "policies.enrollments", "relay"}
        job = "enrollments.congratulate"
        spans = collector.until(TRACE, {request, append, fact, *follow, f"job {job}"})
        named = {span.name: (service, span) for service, span in spans.values() if span.name != "relay"}

        def parent(name: str) -> str:
            above = named[name][1].parent_span_id.hex()
            return spans[above][1].name if above in spans else above

        assert parent(request) == PARENT
        assert parent(append) == request
        assert parent(fact) == append
        assert parent(f"job {job}") == fact
        assert named[request][0] == named[append][0] == "annals-api"
        assert named["enrollments.roster"][0] == "annals-engine"
        assert named[f"job {job}"][0] == "annals-worker"
        with psycopg.connect(database.url) as connection:
            found = connection.execute(
                "select distinct correlation from ledger.facts where command = %s", (done.json()["id"],)
            ).fetchall()
        assert found == [(UUID(TRACE),)]


@proves("obs.tracing")
def test_nothing_is_sent_where_nobody_collects(database: Database) -> None:
    with collecting() as collector, serving(database) as (served,), Client(served, uuid4()) as client:
        client.enroll()
        assert httpx.get(f"{served.url}/health").status_code == 200
        assert not collector.spans
