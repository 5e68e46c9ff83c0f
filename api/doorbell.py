"""Which doorbell this installation has: NATS where there is one, else Postgres."""

from __future__ import annotations

from adapters.nats import NatsDoorbell
from adapters.postgres.connect import connect
from adapters.postgres.doorbell import PostgresDoorbell
from api.settings import Settings


def doorbell(settings: Settings, name: str) -> NatsDoorbell | PostgresDoorbell:
    """The doorbell of a process. It is entered before it rings, also while NATS is away."""
    if settings.nats_url:
        return NatsDoorbell(settings.nats_url, name)
    return PostgresDoorbell(lambda: connect(settings.dsn("app")))
