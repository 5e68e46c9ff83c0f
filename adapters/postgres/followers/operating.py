"""What operators see of the followers, and do with them. Who did what is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg

from domain.kernel import Value

_INTERVENE = "insert into followers.interventions (by, action, about) values (%s, %s, %s)"


class Lag(Value):
    """How far a follower is in a log."""

    follower: str
    log: int
    position: int
    head: int
    lag: int
    leased: bool
    paused: bool
    parked: int


def lags(connection: psycopg.Connection[Any]) -> list[Lag]:
    """Every follower on every log."""
    cursor = connection.execute(
        "select follower, log, position, head, lag, leased, paused, parked from followers.lag order by 1, 2"
    )
    return [Lag(*row) for row in cursor.fetchall()]


def pause(connection: psycopg.Connection[Any], follower: str, by: str) -> None:
    """Have a follower stand still, on every log and in every engine."""
    with connection.transaction():
        connection.execute(
            "insert into followers.paused (follower, by) values (%s, %s) on conflict do nothing", (follower, by)
        )
        intervene(connection, by, "followers.pause", {"follower": follower})


def resume(connection: psycopg.Connection[Any], follower: str, by: str) -> None:
    """Have it go on."""
    with connection.transaction():
        connection.execute("delete from followers.paused where follower = %s", (follower,))
        intervene(connection, by, "followers.resume", {"follower": follower})


def intervene(connection: psycopg.Connection[Any], by: str, action: str, about: dict[str, Any]) -> None:
    """Keep what an operator did."""
    connection.execute(_INTERVENE, (by, action, msgspec.json.encode(about).decode()))


async def intervened(connection: psycopg.AsyncConnection[Any], by: str, action: str, about: dict[str, Any]) -> None:
    """Keep what an operator does."""
    await connection.execute(_INTERVENE, (by, action, msgspec.json.encode(about).decode()))
