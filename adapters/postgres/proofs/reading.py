"""Trees as those see them who look at all tenants: auditors, and witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.postgres.proofs.growing import Of
from application import merkle
from application.merkle import Range, Tile

AT_ONCE = 1_000

_TREES = """
select tenant, log, size, position, note, signer, owner from proof.trees
where (%(tenant)s::uuid is null or tenant = %(tenant)s) and (%(of)s::text is null or of = %(of)s) order by tenant
"""
_TILES = """
select t.level, t.number, t.hashes
from unnest(%s::smallint[], %s::bigint[]) as w (level, number)
join proof.tiles t on t.tenant = %s and t.level = w.level and t.number = w.number
"""
_NOTES = "select note from proof.witnessed where tenant = %s order by witness"


class Tree(NamedTuple):
    """A tree: how many leaves, where the last one came from, the signed head, and whose trail it is of, if of one."""

    tenant: UUID
    log: int
    size: int
    position: int
    note: str
    signer: str
    owner: UUID | None


def trees(connection: psycopg.Connection[Any], tenant: UUID | None = None, of: Of | None = None) -> list[Tree]:
    """The trees there are: all, or those of a kind, or one."""
    return [Tree(*row) for row in connection.execute(_TREES, {"tenant": tenant, "of": of}).fetchall()]


def witnessed(connection: psycopg.Connection[Any], tenant: UUID) -> list[str]:
    """What witnesses have signed of a tenant's tree."""
    return [note for (note,) in connection.execute(_NOTES, (tenant,)).fetchall()]


def hashes(connection: psycopg.Connection[Any], tenant: UUID, ranges: Sequence[Range]) -> list[bytes]:
    """The hash over each of these ranges of leaves. Raises `Missing`."""
    wanted = merkle.tiles_of(ranges)
    tiles: dict[Tile, bytes] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        levels, numbers = [tile.level for tile in some], [tile.number for tile in some]
        for level, number, kept in connection.execute(_TILES, (levels, numbers, tenant)).fetchall():
            tiles[Tile(level, number)] = kept
    return merkle.hashes(ranges, tiles)
