"""`annals worker`: does the jobs. Any number may run."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog
from dramatiq import Worker

from adapters.blind import KeyedBlind
from adapters.jobs import broker_of, declare
from adapters.outbox import Outbox
from api.logs import configure
from api.observing import WatchedJobs
from api.schools import Schools
from api.settings import Settings
from api.tracing import tracing
from application.ports import Blind, Notices, TenantSettings

log = structlog.get_logger()

GRACE_MS = 30_000
"""How long jobs under way may take to end; one that takes longer is done again by another worker."""


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    configure(settings, "worker", structlog.contextvars.get_contextvars)
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        del number, frame
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    broker = broker_of(settings.broker_url, settings.dsn("app"), settings.worker_threads)
    traces = tracing(settings.otel_endpoint, "worker")
    broker.add_middleware(WatchedJobs(settings.worker_metrics_port, traces))
    blind = KeyedBlind(settings.vault_key, settings.vault_key_before)
    with Schools(settings.dsn("app"), settings.logs) as schools:
        declare(broker, {Notices: Outbox(settings.outbox_folder), TenantSettings: schools, Blind: blind})
        worker = Worker(broker, worker_threads=settings.worker_threads)
        worker.start()
        log.info("worker.works", threads=settings.worker_threads)
        told.wait()
        worker.stop(timeout=GRACE_MS)
    broker.close()
    if traces is not None:
        traces.close()
