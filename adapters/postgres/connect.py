"""How a process reaches Postgres: as one of the five roles, with limits that fit what the role does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Role = Literal["owner", "app", "projector", "auditor", "witness"]
"""owner makes the tables, app appends and asks, projector writes read models, auditor reads, witness signs."""

ROLES: tuple[Role, ...] = ("owner", "app", "projector", "auditor", "witness")

_LIMITS: dict[Role, dict[str, str]] = {
    "owner": {"lock_timeout": "30s"},
    "app": {"statement_timeout": "5s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "10s"},
    "projector": {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"},
    "witness": {"statement_timeout": "30s", "idle_in_transaction_session_timeout": "10s"},
    "auditor": {"default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "10min"},
}

_REACH = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""A server that went away without a word is noticed within seconds, not hours."""


def dsn(url: str, role: Role) -> str:
    """This database as this role. What the URL itself says, wins."""
    given = conninfo_to_dict(url)
    settings = {"role": f"annals_{role}", "timezone": "UTC", **_LIMITS[role]}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    said = {**_REACH, "application_name": f"annals {role}", **given}
    return make_conninfo("", **{**said, "options": f"{options} {given.get('options') or ''}".strip()})


Lend = Callable[[], AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]]
"""Lends a connection in autocommit for a moment: `pool.connection`, or `lending` for those who seldom need one."""


def lending(dsn: str) -> Lend:
    """Lends a new connection each time."""

    @asynccontextmanager
    async def lend() -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
        async with await connect(dsn) as connection:
            yield connection

    return lend


@asynccontextmanager
async def lending_one(dsn: str) -> AsyncGenerator[Lend]:
    """Lends one and the same connection, to one at a time."""
    async with await connect(dsn) as connection:

        @asynccontextmanager
        async def lend() -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
            yield connection

        yield lend


async def connect(dsn: str) -> psycopg.AsyncConnection[Any]:
    """A connection on which every statement is its own transaction, unless one is opened."""
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True)
