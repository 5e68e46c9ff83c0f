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

_MOVE = "select followers.move(%s, %s::smallint, %s, %s, %s)"
_ELSEWHERE = "LOST1"
"""How the database says that a checkpoint was not where it was to be moved from."""
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
    """Commit the changes and move the checkpoint from `place` to `until`, or do neither.

    All is sent at once, and Postgres takes what is sent at once for one transaction: it is waited for once.
    """
    since = place.since if isinstance(place, Reach) else place.position
    try:
        async with connection.pipeline():
            # The checkpoint first: whoever swaps a model locks it first as well, and then the tables.
            await connection.execute(_MOVE, (*place[:2], since, place.position, until), prepare=True)
            await send(connection, changes)
            for row, tries, error in parked:
                about = (row.position, row.tenant, row.stream, row.type)
                await connection.execute(_PARK, (*place[:2], *about, error is None, tries, error))
    except psycopg.DatabaseError as error:
        if error.sqlstate == _ELSEWHERE:
            raise LostPlace(place.follower) from None
        raise


def reason(error: BaseException) -> str:
    """An error in words that hold no values: Postgres tells them apart in the detail, or quotes them."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else str(error)
    if isinstance(error, psycopg.DataError):
        said = re.sub(r'"[^"]*"', '"…"', said or "")
    return f"{type(error).__name__}: {said or ''}"[:ERROR_LENGTH_MAX]
