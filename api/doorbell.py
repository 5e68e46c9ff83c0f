"""Which doorbell this installation has: NATS where there is one, else Postgres."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.nats import NatsDoorbell
from adapters.postgres.connect import connect
from adapters.postgres.doorbell import PostgresDoorbell
from api.settings import Settings
from application.ports import Doorbell


@asynccontextmanager
async def doorbell(settings: Settings, name: str) -> AsyncGenerator[Doorbell]:
    """The doorbell of a process. Starts also while NATS is away."""
    if settings.nats_url:
        async with NatsDoorbell(settings.nats_url, name) as by_nats:
            yield by_nats
    else:
        async with PostgresDoorbell(lambda: connect(settings.dsn("app"))) as by_postgres:
            yield by_postgres
