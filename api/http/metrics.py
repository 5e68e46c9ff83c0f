"""What is counted, for Prometheus. Labels are of few values: routes by their template, never by their path."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

CONTENT_TYPE = CONTENT_TYPE_PLAIN_1_0_0.encode()
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Requests:
    """Counts requests. What belongs to one series is looked up once and kept."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "annals_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._took = Histogram(
            "annals_http_request_seconds",
            "How long an answer took.",
            ["method", "route"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._errors = Counter(
            "annals_http_errors", "Requests that failed here (5xx).", ["method", "route"], registry=self.registry
        )
        self.commands = Counter(
            "annals_commands", "Commands by what became of them.", ["command", "outcome"], registry=self.registry
        )
        self.limited = Counter("annals_rate_limited", "Requests over their rate.", ["rate"], registry=self.registry)
        self.listening = Gauge(
            "annals_feed_listeners", "Live feeds that are open.", registry=self.registry, multiprocess_mode="livesum"
        )
        self.lag = Gauge(
            "annals_follower_lag",
            "Facts a follower has still to handle.",
            ["follower", "log"],
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.parked = Gauge(
            "annals_parked_facts",
            "Facts that a follower could not handle, and those that wait behind them.",
            ["follower", "log"],
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self._retries = Counter(
            "annals_ledger_retries",
            "Batches done again, by the SQLSTATE Postgres refused them with (40P01 is a deadlock) or connection_lost.",
            ["why"],
            registry=self.registry,
        )
        self._series: dict[tuple[str, str, int], tuple[Any, Any, Any]] = {}

    def note(self, method: str, route: str, status: int, took_s: float) -> None:
        """One request was answered."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            verb = method if method in METHODS else "other"
            failed = self._errors.labels(verb, route) if status >= 500 or not status else None  # noqa: PLR2004
            series = (self._count.labels(verb, route, status), self._took.labels(verb, route), failed)
            if verb == method:
                self._series[key] = series
        count, took, failed = series
        count.inc()
        took.observe(took_s)
        if failed is not None:
            failed.inc()

    def retried(self, why: str) -> None:
        """The ledger does a batch again."""
        self._retries.labels(why).inc()

    def text(self) -> bytes:
        """What is scraped: of all processes where `PROMETHEUS_MULTIPROC_DIR` is set, else of this one."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
