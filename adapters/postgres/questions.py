"""Asks read models their questions, and waits for them where someone wants to read what they wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool

from projections.model import Asked, TooEarly

WAIT_S_MAX = 2.0
LOOK_EVERY_S = 0.005

AT_ONCE = 2
"""How many connections one question may take, so that a slow one leaves some to the others."""
BATCH_MAX = 64

_TYPES = """
select array(select t::regtype::text from unnest(p.proargtypes) with ordinality as a (t, i) order by i)
from pg_proc p join pg_namespace s on s.oid = p.pronamespace
where s.nspname || '.' || p.proname = %s and p.pronargs = %s
"""
_Waiting = tuple[tuple[Any, ...], asyncio.Future[tuple[int, bytes]]]
_encode = msgspec.json.Encoder().encode

_POSITIONS = "select follower, log, position from followers.checkpoints"


class Questions:
    """Asks through a pool of connections of the role annals_app."""

    def __init__(self, pool: AsyncConnectionPool[Any], *, wait_s_max: float = WAIT_S_MAX) -> None:
        self._pool = pool
        self._wait_s_max = wait_s_max
        self._asked: dict[str, _Asked] = {}
        self._waiting: dict[asyncio.Future[None], tuple[str, int, UUID]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def __call__(
        self, model: Asked, question: str, tenant: UUID, values: Sequence[Any], min_position: int
    ) -> tuple[int, bytes]:
        """The answer of a model that has come at least as far as `min_position`. Raises `TooEarly`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._wait_s_max
        while True:
            position, page = await self._ask(model, question, tenant, values)
            if position >= min_position:
                return position, page
            if loop.time() >= deadline:
                raise TooEarly(position)
            await self._until(model.name, min_position, tenant, deadline)

    async def _ask(self, model: Asked, question: str, tenant: UUID, values: Sequence[Any]) -> tuple[int, bytes]:
        name = f"{model.schema}.{question}"
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = _Asked(self._pool, name)
        try:
            return await asked.ask((tenant, *values))
        except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
            raise TooEarly(0) from None  # Nobody has built this model yet.

    async def _until(self, follower: str, position: int, tenant: UUID, deadline: float) -> None:
        """Wait for a model to come so far. However many wait, one of them all looks."""
        reached = asyncio.get_running_loop().create_future()
        self._waiting[reached] = (follower, position, tenant)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout_at(deadline):
                await reached
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(reached, None)

    async def _look(self) -> None:
        async with self._pool.connection() as connection:
            while self._waiting:
                cursor = await connection.execute(_POSITIONS, prepare=True)
                positions: dict[str, dict[int, int]] = {}
                for follower, number, position in await cursor.fetchall():
                    positions.setdefault(follower, {})[number] = position
                for reached, (follower, wanted, tenant) in list(self._waiting.items()):
                    logs = positions.get(follower, {})
                    at = logs.get(int.from_bytes(tenant.bytes[-4:], "big") % max(len(logs), 1), 0)
                    if at >= wanted and not reached.done():
                        reached.set_result(None)
                await asyncio.sleep(LOOK_EVERY_S)


class _Asked:
    """One question, asked by many at once. While it is being answered for some, those who come next gather."""

    def __init__(self, pool: AsyncConnectionPool[Any], name: str) -> None:
        self._pool = pool
        self._name = name
        self._sql: bytes | None = None
        self._waiting: list[_Waiting] = []
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, values: tuple[Any, ...]) -> tuple[int, bytes]:
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._waiting.append((values, answer))
        if self._under_way < AT_ONCE:
            self._under_way += 1
            task = asyncio.create_task(self._answer())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _answer(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                await self._settle([waiting for waiting in batch if not waiting[1].done()])
        finally:
            self._under_way -= 1

    async def _settle(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        try:
            answers = await self._do([values for values, _ in batch])
        except Exception as error:  # noqa: BLE001 — it belongs to those who asked
            self._sql = None  # The function may have been made anew.
            if len(batch) > 1:
                await asyncio.gather(*(self._settle([waiting]) for waiting in batch))
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for number, (_, answer) in enumerate(batch, 1):
            if not answer.done():
                answer.set_result(answers.get(number, (0, b"[]")))

    async def _do(self, asked: list[tuple[Any, ...]]) -> dict[int, tuple[int, bytes]]:
        async with self._pool.connection() as connection:
            if self._sql is None:
                self._sql = await written(connection, self._name, len(asked[0]))
            cursor = await connection.execute(self._sql, (_encode(asked).decode(),), prepare=True, binary=True)
            return {number: (position, page.encode()) for number, position, page in await cursor.fetchall()}


async def written(connection: psycopg.AsyncConnection[Any], name: str, count: int) -> bytes:
    """The statement that asks a question for many. Each call sets its own tenant before it looks at anything."""
    cursor = await connection.execute(_TYPES, (name, count))
    found = await cursor.fetchone()
    if found is None:
        raise psycopg.errors.UndefinedFunction(name)
    values = ", ".join(f"(w.v ->> {number})::{type_}" for number, type_ in enumerate(found[0]))
    return (
        f'select w.n::int, a."position", a.page::text '  # noqa: S608 — our own names
        "from json_array_elements(%t::json) with ordinality as w (v, n) "
        f"cross join lateral {name}({values}) a"
    ).encode()
