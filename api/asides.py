"""Read models aside, for whoever sits at the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.aside import Aside, Bounds, Standing, TooMuch, aside
from adapters.postgres.browsing import Choice
from adapters.postgres.connect import connect, lending, lending_one
from adapters.postgres.exporting import Exporter
from adapters.postgres.vault import PostgresVault, WrongKey
from api.cli import say
from api.console.facts import moment
from api.service.as_of import up_to
from api.settings import Settings


def when(text: str) -> int | datetime:
    """A position, or a time."""
    return int(text) if text.isdecimal() else moment(text)


def choice_of(then: int | datetime | None, **more: Any) -> Choice:
    """What had been decided by then; without one, by now."""
    at_time = up_to(then) if isinstance(then, datetime) else None
    return Choice(to=then if isinstance(then, int) else None, until=at_time, **more)


async def looking_aside(settings: Settings, look: Callable[[Aside, Exporter], Awaitable[int]]) -> int:
    """Look at something aside, and answer what the process exits with."""

    async def as_projector() -> psycopg.AsyncConnection[Any]:
        return await connect(settings.dsn("projector"))

    vault = PostgresVault(lending(settings.dsn("projector")), settings.vault_key, settings.vault_key_before)
    try:
        await vault.check()
        async with lending_one(settings.dsn("auditor")) as lend:
            exporter = Exporter(lend)
            async with aside(as_projector, exporter, vault, Bounds()) as opened:
                return await look(opened, exporter)
    except (WrongKey, TooMuch) as wrong:
        say(str(wrong))
        return 1


def told(standing: Standing, tenant: UUID) -> None:
    """Say what was read."""
    say(f"{standing.model.name} of {tenant} up to position {standing.position:,}: {standing.facts:,} facts")
    if standing.left_out:
        say(f"facts that cannot be projected, with those behind them in their streams, at {standing.left_out}")
