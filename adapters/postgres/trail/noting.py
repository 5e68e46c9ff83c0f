"""Writes down what the ledger knows nothing of, for the clerk to take into the trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from msgspec.structs import astuple

from adapters.postgres.arrays import ints, moments, texts, uuids
from adapters.postgres.gathering import Connect, Gathering
from application.trail import Note

_NOTE = """
insert into trail.noted
  (log, tenant, id, kind, at, by, action, route, record, outcome, code, times, correlation, origin)
select ledger.log_of(n.tenant), n.*
from unnest(%b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
  %b::text[], %b::text[], %b::int[], %b::uuid[], %b::text[])
as n (tenant, id, kind, at, by, action, route, record, outcome, code, times, correlation, origin)
on conflict do nothing
"""
_PACKED: Sequence[Callable[[Sequence[Any]], Any]] = (
    *(uuids, uuids, texts, moments, texts, texts, texts, texts, texts, texts, ints, uuids, texts),
)


class Noter(Gathering[Note, UUID]):
    """Many notes are one insert. Whoever asked is answered when it is on disk."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect, 0)

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Note]) -> Sequence[UUID]:
        columns = zip(_PACKED, zip(*map(astuple, jobs), strict=True), strict=True)
        await connection.execute(_NOTE, tuple(pack(column) for pack, column in columns), prepare=True)
        return [note.id for note in jobs]
