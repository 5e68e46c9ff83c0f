"""Keeps time: does the commands that policies wanted done later, when they are due.

One scheduler at a time has the lease of a log. A timer's id is its command's, so one that fires, and whose engine is
killed before the timer is taken away, fires again and does nothing.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg.rows import class_row

from adapters.postgres.followers.runner import leased
from adapters.postgres.followers.watch import Connect
from adapters.postgres.followers.writing import TROUBLE, reason
from application.deciders import command_named, stream_named
from application.do import Do
from application.ledger import Caller, TenantId
from application.ports import Clock
from domain.kernel import Rejected

log = structlog.get_logger()

LOOK_EVERY_S = 0.2
AT_ONCE = 200
RETRY_S = 5
RETRY_S_MAX = 3600
RECONNECT_S = 0.5

_DUE = """
select tenant, id, stream, command, data::text as data, by, correlation, causation, tries
from followers.timers where log = %s and due <= %s order by due limit %s
"""

_DONE = "delete from followers.timers where log = %s and tenant = %s and id = %s"
_LATER = """
update followers.timers set due = %s, error = %s, tries = tries + 1 where log = %s and tenant = %s and id = %s
"""


class Scheduler:
    """The timers of one log."""

    name = "scheduler"

    def __init__(self, log: int, connect: Connect, do: Do, clock: Clock) -> None:
        self._log = log
        self._connect = connect
        self._do = do
        self._clock = clock

    async def run(self) -> None:
        """Fire what is due, for as long as this is not cancelled."""
        while True:
            try:
                async with await self._connect() as connection:
                    await leased(connection, self.name, self._log)
                    while True:
                        if not await self._fire_due(connection):
                            await asyncio.sleep(LOOK_EVERY_S)
            except TROUBLE as trouble:
                log.warning("scheduler.interrupted", log=self._log, error=reason(trouble))
            except Exception:
                log.exception("scheduler.failed", log=self._log)
            await asyncio.sleep(RECONNECT_S)

    async def _fire_due(self, connection: psycopg.AsyncConnection[Any]) -> int:
        now = self._clock.now()
        cursor = connection.cursor(row_factory=class_row(_Due))
        await cursor.execute(_DUE, (self._log, now, AT_ONCE), prepare=True)
        due = await cursor.fetchall()
        if not due:
            return 0
        errors = await asyncio.gather(*map(self._fire, due))
        async with connection.transaction(), connection.pipeline():
            for timer, error in zip(due, errors, strict=True):
                key = (self._log, timer.tenant, timer.id)
                if error is None:
                    await connection.execute(_DONE, key)
                else:
                    later = now + timedelta(seconds=min(RETRY_S * 2**timer.tries, RETRY_S_MAX))
                    await connection.execute(_LATER, (later, error, *key))
        return len(due)

    async def _fire(self, timer: _Due) -> str | None:
        """Do the command of a timer. Answers what went wrong, when it must be tried again."""
        caller = Caller(
            timer.tenant, timer.by, "scheduler", timer.correlation, causation=timer.causation, command=timer.id
        )
        try:
            command = msgspec.json.decode(timer.data, type=command_named(timer.command))
            await self._do(stream_named(timer.stream), command, caller)
        except Rejected as no:
            log.info("timer.refused", command=timer.command, code=no.code, correlation=str(timer.correlation))
        except TROUBLE:
            raise
        except Exception as error:
            log.exception("timer.failed", command=timer.command, correlation=str(timer.correlation))
            return reason(error)
        return None


class _Due(NamedTuple):
    """A timer whose time has come."""

    tenant: TenantId
    id: UUID
    stream: str
    command: str
    data: str
    by: str
    correlation: UUID
    causation: UUID
    tries: int
