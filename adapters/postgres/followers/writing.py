"""Writing what facts changed, how far that is, and what could not be done: all in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change, send
from application.ledger import Conflict, Unavailable

TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError, OSError, Unavailable, Conflict)
"""Not the fault of a fact: the world is away, and will come back."""

ERROR_LENGTH_MAX = 500

_MOVE = """
update followers.checkpoints set position = %s, at = clock_timestamp()
where follower = %s and log = %s and position between %s and %s
"""
_PARK = """
insert into followers.parked (follower, log, position, tenant, stream, type, held, tries, error)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class LostPlace(Exception):  # noqa: N818 — it reads as what happened
    """The checkpoint is not where this follower left it: its model was rebuilt, or another has taken over."""


class Parked(NamedTuple):
    """A fact to be put aside: behind another, or with the error of its own."""

    row: Row
    tries: int = 0
    error: str | None = None


class Place(NamedTuple):
    """Where a follower is in a log."""

    follower: str
    log: int
    position: int


class Reach(NamedTuple):
    """Where a follower is in a log, when between `since` and `position` is nothing for it.

    Its checkpoint may stand anywhere between, for it is moved over nothing only now and then.
    """

    follower: str
    log: int
    since: int
    position: int


async def write(
    connection: psycopg.AsyncConnection[Any],
    changes: Sequence[Change],
    place: Place | Reach,
    until: int,
    parked: Sequence[Parked] = (),
) -> None:
    """Commit the changes and move the checkpoint from `place` to `until`, or do neither."""
    async with connection.transaction():
        async with connection.pipeline():
            # The checkpoint first: whoever swaps a model locks it first as well, and then the tables.
            since = place.since if isinstance(place, Reach) else place.position
            moved = await connection.execute(_MOVE, (until, *place[:2], since, place.position), prepare=True)
            await send(connection, changes)
            for row, tries, error in parked:
                about = (row.position, row.tenant, row.stream, row.type)
                await connection.execute(_PARK, (*place[:2], *about, error is None, tries, error))
        if moved.rowcount != 1:
            raise LostPlace(place.follower)


def reason(error: BaseException) -> str:
    """An error in words that hold no values: Postgres tells them apart in the detail, or quotes them."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else str(error)
    if isinstance(error, psycopg.DataError):
        said = re.sub(r'"[^"]*"', '"…"', said or "")
    return f"{type(error).__name__}: {said or ''}"[:ERROR_LENGTH_MAX]
