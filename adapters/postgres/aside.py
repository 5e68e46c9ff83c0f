"""Read models as they were, or as they would be: built aside of the facts of one tenant, asked, and gone.

All of it is in one transaction that is never committed. Nobody else sees any of it, and nothing of it stays, whatever
this process is killed at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import tuple_row

from adapters.postgres import arrays
from adapters.postgres.browsing import Choice
from adapters.postgres.exporting import Exporter
from adapters.postgres.followers.projector import Projector, heard, make, tables_of
from adapters.postgres.followers.rows import Row, names_of
from adapters.postgres.followers.sending import send
from adapters.postgres.followers.watch import Connect
from adapters.postgres.followers.writing import TROUBLE
from adapters.postgres.questions import written
from adapters.postgres.reading import Columns
from application.catalogue import decode, encode
from application.ledger import TenantId
from application.ports import Keys
from application.what_if import Retelling
from domain.kernel import Value
from projections.model import Asked, ReadModel

FACTS_MAX = 5_000_000
SECONDS_MAX = 600.0
BATCH = 1_000


class TooMuch(Exception):  # noqa: N818 — said of what is asked
    """More facts than are read aside, or they take longer than one waits."""


class NotAModel(Exception):  # noqa: N818 — said of what is asked
    """What is asked is kept by a follower that is no read model, so it cannot be built aside."""


class Bounds(Value):
    """How much is done for one who asks."""

    facts: int = FACTS_MAX
    seconds: float = SECONDS_MAX


class Standing(NamedTuple):
    """A model that stands aside."""

    model: ReadModel
    beside: str
    tenant: UUID
    position: int
    """Of the last position that was looked at, or of the last fact, where a time was asked about."""
    facts: int
    left_out: tuple[int, ...]
    """The positions of facts that cannot be projected: those behind them in their streams are left out too."""

    @property
    def schema(self) -> str:
        return self.model.schema + self.beside


class Difference(Value, omit_defaults=True):
    """A row that is another in one of two models: without `before` it was added, without `after` it is gone."""

    table: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Aside:
    """A place beside all that is shown, for a while."""

    def __init__(
        self, connection: psycopg.AsyncConnection[Any], exporter: Exporter, keys: Keys, bounds: Bounds
    ) -> None:
        self._connection = connection
        self._exporter = exporter
        self._keys = keys
        self._left = bounds.facts
        self._number = 0

    async def build(self, model: ReadModel, tenant: UUID, choice: Choice) -> Standing:
        """The model as the facts of one tenant make it up to some moment, its `to` or its `until`."""
        log = await self._exporter.log_of(TenantId(tenant))
        types = heard(model)
        chosen = Choice(types=types, tenant=tenant, to=choice.to, until=choice.until)
        end = await self._exporter.end(log, chosen)
        last = 0

        async def told() -> AsyncIterator[list[Row]]:
            nonlocal last
            async for part in self._exporter.parts(log, chosen, end):
                rows = _rows(part.facts)
                last = rows[-1].position if rows else last
                yield rows

        built = await self.build_of(model, tenant, log, told())
        return built._replace(position=last if choice.until is not None else end)

    async def what_if(self, model: ReadModel, tenant: UUID, choice: Choice, retelling: Retelling) -> Standing:
        """The model as it would be, had these facts been told so."""
        log = await self._exporter.log_of(TenantId(tenant))
        types = tuple({*heard(model), *names_of(retelling.facts)})
        chosen = Choice(types=types, tenant=tenant, to=choice.to, until=choice.until)
        end = await self._exporter.end(log, chosen)

        async def told() -> AsyncIterator[list[Row]]:
            async for part in self._exporter.parts(log, chosen, end):
                yield [row for one in _rows(part.facts) for row in _retold(one, retelling)]

        return (await self.build_of(model, tenant, log, told()))._replace(position=end)

    async def build_of(self, model: ReadModel, tenant: UUID, log: int, told: AsyncIterable[Sequence[Row]]) -> Standing:
        """The model as these facts make it."""
        self._number += 1
        # Two who build the same model at once do not meet: neither sees the other's, but names are still taken.
        beside = f"__aside_{self._connection.info.backend_pid}_{self._number}"
        projector = Projector(model, beside, self._keys)
        await make(self._connection, model, beside)
        await self._connection.execute(
            "insert into followers.checkpoints (follower, log, position) values (%s, %s, 0)", (projector.name, log)
        )
        count, position, left_out = 0, 0, list[int]()
        waiting = set[str]()
        async for rows in told:
            count += len(rows)
            self._left -= len(rows)
            if self._left < 0:
                raise TooMuch("these are more facts than are read for one question")
            for first in range(0, len(rows), BATCH):
                batch = [row for row in rows[first : first + BATCH] if row.stream not in waiting]
                for broken in await self._project(projector, log, batch):
                    waiting.add(broken.stream)
                    left_out.append(broken.position)
            position = rows[-1].position if rows else position
        await self._connection.execute(
            "update followers.checkpoints set position = %s where follower = %s", (position, projector.name)
        )
        standing = Standing(model, beside, tenant, position, count, tuple(left_out))
        await self._connection.execute(_functions(standing).encode())
        await self._connection.execute(f"analyze {', '.join(await self._tables(standing))}".encode())
        return standing

    async def ask(self, standing: Standing, question: str, values: Sequence[Any]) -> bytes:
        """The answer to one of its questions, as it is shown now."""
        name = f"{standing.schema}.{question}"
        asked = (standing.tenant, *values)
        statement = await written(self._connection, name, len(asked))
        text = msgspec.json.encode([asked]).decode()
        cursor = await self._connection.execute(statement, (text,), binary=True)
        found = await cursor.fetchone()
        return b"[]" if found is None else str(found[2]).encode()

    async def rows(self, standing: Standing) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every row it has, by the name of its table, in the order of their keys."""
        for table in await tables_of(self._connection, standing.schema):
            key = ", ".join(f'"{name}"' for name in await self._key(standing.schema, table))
            query = f"""select to_jsonb(t) - 'tenant' from "{standing.schema}"."{table}" t order by {key}"""  # noqa: S608 — our own names
            async for (row,) in self._streamed(query):
                yield table, row

    async def differences(self, before: Standing, after: Standing) -> AsyncIterator[Difference]:
        """The rows that are not the same in both, which are of the same model."""
        for table in await tables_of(self._connection, before.schema):
            key = await self._key(before.schema, table)
            order = ", ".join(f'coalesce(b."{name}", a."{name}")' for name in key)
            same = " and ".join(f'b."{name}" = a."{name}"' for name in key)
            query = f"""
            select to_jsonb(b) - 'tenant', to_jsonb(a) - 'tenant'
            from "{before.schema}"."{table}" b full join "{after.schema}"."{table}" a on {same}
            where b::text is distinct from a::text order by {order}
            """  # noqa: S608 — our own names
            async for old, new in self._streamed(query):
                yield Difference(table, old, new)

    async def _project(self, projector: Projector, log: int, rows: Sequence[Row]) -> list[Row]:
        """Those that cannot be projected; the others are."""
        try:
            async with self._connection.transaction():
                await self._write(projector, log, rows)
        except Exception as error:
            if isinstance(error, TROUBLE):
                raise
            if len(rows) == 1:
                return list(rows)
        else:
            return []
        broken: list[Row] = []
        for row in rows:
            if not any(row.stream == one.stream for one in broken):
                broken.extend(await self._project(projector, log, [row]))
        return broken

    async def _write(self, projector: Projector, log: int, rows: Sequence[Row]) -> None:
        changes = await projector.handle(log, rows)
        if changes:
            async with self._connection.pipeline():
                # Another model may have been made since.
                await self._connection.execute(f"set local search_path = {projector.search_path}".encode())
                await send(self._connection, changes)

    async def _tables(self, standing: Standing) -> list[str]:
        return [f'"{standing.schema}"."{table}"' for table in await tables_of(self._connection, standing.schema)]

    async def _key(self, schema: str, table: str) -> list[str]:
        cursor = await self._connection.execute(_KEY, (f'"{schema}"."{table}"',))
        return [name for (name,) in await cursor.fetchall()]

    async def _streamed(self, query: str) -> AsyncIterator[tuple[Any, ...]]:
        async with self._connection.cursor(name="aside", row_factory=tuple_row) as cursor:
            await cursor.execute(query.encode())
            async for row in cursor:
                yield row


@asynccontextmanager
async def aside(connect: Connect, exporter: Exporter, keys: Keys, bounds: Bounds) -> AsyncGenerator[Aside]:
    """A place aside. Raises `TooMuch` where it takes longer than it may."""
    try:
        async with asyncio.timeout(bounds.seconds), AsyncExitStack() as stack:
            connection = await stack.enter_async_context(await connect())
            arrays.register(connection)
            await stack.enter_async_context(connection.transaction(force_rollback=True))
            # Reading what concerns others takes its time as well: as long as that, nothing is done here.
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(f"set local {limit} = {int(bounds.seconds * 1000)}".encode())
            yield Aside(connection, exporter, keys, bounds)
    except TimeoutError:
        raise TooMuch(f"this takes longer than {bounds.seconds:g} seconds") from None


class AskThen:
    """Asks read models as they were at a moment: the port `Ask` of every question there is."""

    def __init__(self, aside_: Aside, choice: Choice) -> None:
        self._aside = aside_
        self._choice = choice
        self._standing: dict[str, Standing] = {}

    async def __call__(
        self, model: Asked, question: str, tenant: UUID, values: Sequence[Any], min_position: int
    ) -> tuple[int, bytes]:
        del min_position  # What it shows is said by the moment.
        if not isinstance(model, ReadModel):
            raise NotAModel(f"{model.name} is no read model")
        if model.name not in self._standing:
            self._standing[model.name] = await self._aside.build(model, tenant, self._choice)
        standing = self._standing[model.name]
        return standing.position, await self._aside.ask(standing, question, values)

    @property
    def asked(self) -> bool:
        """Whether anything was asked at all."""
        return bool(self._standing)


def _retold(row: Row, retelling: Retelling) -> list[Row]:
    """A fact as it would be told, in as many words as that would take."""
    if not retelling.about(row.stream):
        return [row]
    told = (encode(event) for event in retelling.retold(row.stream, decode(row.type, row.data)))
    return [msgspec.structs.replace(row, type=type_, data=msgspec.Raw(data.encode())) for type_, data in told]


def _functions(standing: Standing) -> str:
    said = standing.model.questions.replace("{schema}", standing.schema)
    return said.replace("{follower}", standing.model.name + standing.beside)


def _rows(facts: Columns) -> list[Row]:
    return list(map(Row, *facts._replace(data=[msgspec.Raw(data) for data in facts.data])))


_KEY = """
select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indrelid = %s::regclass and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)
"""
