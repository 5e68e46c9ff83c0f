"""Facts put aside, and how they come back: in order, by the follower itself, because an operator wants it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import psycopg
import structlog

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.operating import intervene
from adapters.postgres.followers.rows import read_rows
from adapters.postgres.followers.sending import send
from adapters.postgres.followers.writing import TROUBLE, LostPlace, Place, reason
from domain.kernel import Value

log = structlog.get_logger()


class Parking:
    """What one follower has put aside in one log."""

    def __init__(self, follower: Follower, log: int, connection: psycopg.AsyncConnection[Any]) -> None:
        self._follower = follower
        self._log = log
        self._connection = connection
        self.streams: set[tuple[UUID, str]] = set()
        """Streams with a parked fact: their later facts wait behind it."""

    async def load(self) -> None:
        cursor = await self._connection.execute(
            "select distinct tenant, stream from followers.parked where follower = %s and log = %s", self._key
        )
        self.streams = {(tenant, stream) for tenant, stream in await cursor.fetchall()}

    async def release(self) -> None:
        """Do what operators want done, and then whatever waited behind it."""
        cursor = await self._connection.execute(
            "select tenant, stream, position, release from followers.parked "
            "where follower = %s and log = %s and release is not null order by position",
            self._key,
        )
        for tenant, stream, position, how in await cursor.fetchall():
            done = await self._drop(position) if how == "skip" else await self._retry(position)
            if done and await self._retry_held(tenant, stream):
                self.streams.discard((tenant, stream))

    async def _retry_held(self, tenant: UUID, stream: str) -> bool:
        """Try what waited, in order, until one fails. True when nothing is left."""
        cursor = await self._connection.execute(
            "select position from followers.parked "
            "where follower = %s and log = %s and tenant = %s and stream = %s order by position",
            (*self._key, tenant, stream),
        )
        for (position,) in await cursor.fetchall():
            if not await self._retry(position):
                return False
        return True

    async def _retry(self, position: int) -> bool:
        """Handle one parked fact and forget that it was parked, in one transaction."""
        _, (row,) = await read_rows(self._connection, self._log, position - 1, 1, None)
        try:
            changes = await self._follower.handle(self._log, (row,))
            async with self._connection.transaction():
                async with self._connection.pipeline():
                    await send(self._connection, changes)
                await self._forget(position)
        except (*TROUBLE, LostPlace):
            raise
        except Exception as error:  # noqa: BLE001 — whatever is wrong with this fact, the others go on
            await self._connection.execute(
                "update followers.parked set held = false, tries = tries + 1, error = %s, release = null "
                "where follower = %s and log = %s and position = %s",
                (reason(error), *self._key, position),
            )
            return False
        return True

    async def _drop(self, position: int) -> bool:
        await self._forget(position)
        log.warning("follower.fact_skipped", follower=self._follower.name, log=self._log, position=position)
        return True

    async def _forget(self, position: int) -> None:
        gone = await self._connection.execute(
            "delete from followers.parked where follower = %s and log = %s and position = %s", (*self._key, position)
        )
        if gone.rowcount != 1:
            raise LostPlace(self._follower.name)

    @property
    def _key(self) -> tuple[str, int]:
        return self._follower.name, self._log


class ParkedFact(Value):
    """A parked fact, as operators see it. `held` are those that wait behind it."""

    follower: str
    log: int
    position: int
    tenant: UUID
    stream: str
    type: str
    tries: int
    error: str
    parked_at: str
    held: int
    release: str | None


def parked(connection: psycopg.Connection[Any]) -> list[ParkedFact]:
    """Every fact that could not be handled."""
    cursor = connection.execute(
        "select p.follower, p.log, p.position, p.tenant, p.stream, p.type, p.tries, p.error, p.parked_at::text, "
        "(select count(*) from followers.parked h where h.follower = p.follower and h.log = p.log "
        "and h.tenant = p.tenant and h.stream = p.stream and h.held), p.release "
        "from followers.parked p where not p.held order by p.follower, p.log, p.position"
    )
    return [ParkedFact(*row) for row in cursor.fetchall()]


def want(connection: psycopg.Connection[Any], place: Place, release: Literal["retry", "skip"], by: str) -> bool:
    """Have a parked fact tried again or skipped. Who wanted it is kept. False when there is no such fact."""
    with connection.transaction():
        cursor = connection.execute(
            "update followers.parked set release = %s, released_by = %s "
            "where follower = %s and log = %s and position = %s and not held returning tenant, stream, type, error",
            (release, by, *place),
        )
        found = cursor.fetchone()
        if found is None:
            return False
        tenant, stream, type_, error = found
        about = {**place._asdict(), "tenant": tenant, "stream": stream}
        intervene(connection, by, f"parked.{release}", about | {"type": type_, "error": error})
        return True
