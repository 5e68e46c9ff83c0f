"""Takes what was done into the trail: every command in the order of the log, and what was noted besides.

Entries, their trees, the signed heads and how far was read are one transaction. It is on disk before anybody sees it: a
head that was shown is never followed by another one of the same size.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from adapters.postgres import arrays
from adapters.postgres.arrays import blobs, ints, moments, texts, uuids
from adapters.postgres.followers.runner import leased
from adapters.postgres.followers.sending import Change, send
from adapters.postgres.followers.watch import Connect
from adapters.postgres.followers.writing import TROUBLE, LostPlace, reason
from adapters.postgres.proofs.growing import Growing, Tampered, Tree, grown, tiled
from application.merkle import Edge
from application.security import Sign, gravest
from application.trail import CLERK, Entry, Kind, Outcome, line, origin_digest, tree_of

log = structlog.get_logger()

LOOK_EVERY_S = 0.25
AT_ONCE = 2_000
SALT_BYTES = 16
RECONNECT_S = 0.5

_SETTINGS = """
-- What is wanted is found by its number. A plan that was made while the tables were empty would read them whole.
set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off
"""
_BEGIN = """
with begun as (
  insert into followers.checkpoints (follower, log, position) values (%(clerk)s, %(log)s, 0) on conflict do nothing
)
insert into trail.taken (log, commands, position) values (%(log)s, 0, 0) on conflict do nothing
"""
_LOOK = """
select h.position, h.commands, t.commands, t.position, exists (select from trail.noted n where n.log = h.log)
from ledger.log_head h join trail.taken t using (log) where h.log = %s
"""
_COMMANDS = """
select 'command', tenant, id, at, by, name, route, stream, outcome, convert_from(refusal, 'utf8')::json ->> 'code', 1,
  position, correlation, causation, origin::text, number
from ledger.commands where log = %s and number > %s and number <= %s order by number
"""
_FACTS = """
select command, array_agg(type order by position) from ledger.facts
where log = %s and position > %s and position <= %s group by command
"""
_NOTES = """
select kind, tenant, id, at, by, action, route, record, outcome, code, times, 0, correlation, null::uuid, origin, 0
from trail.noted where log = %s order by id limit %s
"""
_KEEP = """
insert into trail.entries (tenant, number, log, kind, id, at, by, action, route, record, outcome, code, times, facts,
  position, correlation, causation, origin_digest, origin, salt, event, severity)
select e.tenant, e.number, e.log, e.kind, e.id, e.at, e.by, e.action, e.route, e.record, e.outcome, e.code, e.times,
  string_to_array(e.facts, ','), e.position, e.correlation, e.causation, e.origin_digest,
  e.origin, e.salt, e.event, e.severity
from unnest(%s::uuid[], %s::bigint[], %s::smallint[], %s::text[], %s::uuid[], %s::timestamptz[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::bigint[], %s::uuid[], %s::uuid[],
  %s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[])
as e (tenant, number, log, kind, id, at, by, action, route, record, outcome, code, times, facts, position, correlation,
  causation, origin_digest, origin, salt, event, severity)
"""
_PACKED: Sequence[Callable[[Sequence[Any]], Any]] = (
    *(uuids, list, list, texts, uuids, moments, texts, texts, texts, texts, texts, texts, ints, texts, list),
    *(uuids, uuids, texts, texts, blobs, texts, texts),
)
_TAKEN = "update trail.taken set commands = %s, position = %s where log = %s and commands = %s"
_MOVE = "update followers.checkpoints set position = %s, at = clock_timestamp() where follower = %s and log = %s"
_FORGET = "delete from trail.noted where log = %s and (tenant, id) in (select * from unnest(%s::uuid[], %s::uuid[]))"


class Done(NamedTuple):
    """What somebody did, as it is told to the clerk."""

    kind: Kind
    tenant: UUID
    id: UUID
    at: datetime
    by: str
    action: str
    route: str
    record: str
    outcome: Outcome
    code: str | None
    times: int
    position: int
    correlation: UUID
    causation: UUID | None
    origin: str | None
    number: int


class _Reach(NamedTuple):
    """How far the log is, and how far of it is in the trail."""

    head: int
    commands: int
    taken: int
    position: int
    noted: bool


class Clerk:
    """The clerk of one log."""

    name = CLERK

    def __init__(
        self, log: int, connect: Connect, growing: Growing, tell: Callable[[Sign, int], None] | None = None
    ) -> None:
        """`tell` is called with each sign that security is watched by, and how often it was seen."""
        self._log = log
        self._connect = connect
        self._growing = growing
        self._tell = tell
        self._trees: dict[UUID, Tree] = {}

    async def run(self) -> None:
        """Take into the trail what happens, for as long as this is not cancelled."""
        while True:
            try:
                async with await self._connect() as connection:
                    await leased(connection, self.name, self._log)
                    arrays.register(connection)
                    await connection.execute(_SETTINGS)
                    await connection.execute(_BEGIN, {"clerk": self.name, "log": self._log})
                    self._trees = await self._growing.kept(connection, self._log)
                    while True:
                        if await self.take(connection) < AT_ONCE:
                            await asyncio.sleep(LOOK_EVERY_S)
            except TROUBLE as trouble:
                log.warning("clerk.interrupted", log=self._log, error=reason(trouble))
            except LostPlace:
                log.info("clerk.starts_anew", log=self._log)
            except Tampered as why:
                log.error("clerk.refuses", log=self._log, error=str(why))  # noqa: TRY400 — where it was found says nothing
            except Exception:
                log.exception("clerk.failed", log=self._log)
            await asyncio.sleep(RECONNECT_S)

    async def take(self, connection: psycopg.AsyncConnection[Any]) -> int:
        """Take what is there into the trail, and answer how much that was."""
        reach = await self._look(connection)
        if reach.commands == reach.taken and not reach.noted:
            return 0
        given = await self._all(connection, _COMMANDS, (self._log, reach.taken, reach.taken + AT_ONCE))
        commands = [Done(*row) for row in given]
        notes = [Done(*row) for row in await self._all(connection, _NOTES, (self._log, AT_ONCE))]
        last = commands[-1].position if commands else reach.position
        types = dict(await self._all(connection, _FACTS, (self._log, reach.position, last))) if commands else {}
        number = commands[-1].number if commands else reach.taken
        # Commands that came after the look are taken as well, and are further than the log was then.
        position = max(reach.head, last) if number >= reach.commands else last
        entries = list(self._entries((*commands, *notes), types))
        async with connection.transaction():
            async with connection.pipeline():
                moved = await connection.execute(_TAKEN, (number, last, self._log, reach.taken), prepare=True)
                await send(connection, self._changes(entries))
                await connection.execute(_MOVE, (position, self.name, self._log), prepare=True)
                if notes:
                    kept = (uuids([note.tenant for note in notes]), uuids([note.id for note in notes]))
                    await connection.execute(_FORGET, (self._log, *kept))
            if moved.rowcount != 1:
                raise LostPlace(self.name)
        if self._tell is not None:
            for _, done, _, sign in entries:
                if sign is not None:
                    self._tell(sign, done.times)
        return len(entries)

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> _Reach:
        rows = await self._all(connection, _LOOK, (self._log,))
        if not rows:
            raise LostPlace(self.name)
        return _Reach(*rows[0])

    @staticmethod
    async def _all(connection: psycopg.AsyncConnection[Any], query: str, values: tuple[Any, ...]) -> list[Any]:
        return await (await connection.execute(query.encode(), values, prepare=True)).fetchall()

    def _entries(
        self, dones: Sequence[Done], types: Mapping[UUID, Sequence[str]]
    ) -> Iterator[tuple[Entry, Done, bytes | None, Sign | None]]:
        """What was done as entries, each with its salt and what it says of security, counted on in each tenant."""
        sizes: dict[UUID, int] = {}
        for done in dones:
            tree = self._trees.setdefault(tree_of(done.tenant), Tree(Edge(), 0))
            number = sizes[done.tenant] = sizes.get(done.tenant, tree.edge.size) + 1
            facts = tuple(types.get(done.id, ()))
            salt = None if done.origin is None else os.urandom(SALT_BYTES)
            digest = None if done.origin is None or salt is None else origin_digest(done.origin, salt)
            entry = Entry(
                done.tenant, number, done.kind, done.id, done.at, done.by, done.action, done.route, done.record,
                done.outcome, done.code, done.times, facts, done.position, done.correlation, done.causation, digest,
            )  # fmt: skip
            seen = (*facts, done.code or "", done.action if done.kind == "read" else "")
            yield entry, done, salt, gravest(seen)

    def _changes(self, entries: Sequence[tuple[Entry, Done, bytes | None, Sign | None]]) -> Iterator[Change]:
        """Keep the entries, and make their trees grow."""
        rows = [
            (
                *(entry.tenant, entry.number, self._log, entry.kind, entry.id, entry.at, entry.by, entry.action),
                *(entry.route, entry.record, entry.outcome, entry.code, entry.times, ",".join(entry.facts)),
                *(entry.position, entry.correlation, entry.causation, entry.origin_digest, done.origin, salt),
                *((None, None) if sign is None else (sign.event, sign.severity)),
            )
            for entry, done, salt, sign in entries
        ]
        columns = zip(_PACKED, zip(*rows, strict=True), strict=True)
        yield Change(_KEEP, tuple(pack(column) for pack, column in columns))
        tenants: dict[UUID, list[Entry]] = {}
        for entry, *_ in entries:
            tenants.setdefault(entry.tenant, []).append(entry)
        for tenant, some in tenants.items():
            tree = self._trees[tree_of(tenant)]
            yield tiled(grown(tree_of(tenant), tree, [line(one) for one in some], [one.number for one in some]))
        heads = ((tree_of(tenant), self._trees[tree_of(tenant)], tenant) for tenant in tenants)
        yield self._growing.signed(self._log, heads)
