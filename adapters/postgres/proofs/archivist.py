"""Keeps a tree over the facts of each tenant, and signs each head of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from adapters.postgres.proofs.growing import Growing, Tampered, Tile, Tree, grown, tiled
from application.leaves import Leaf, line
from application.merkle import Edge

ARCHIVIST = "archivist"


class Archivist(Follower):
    """The archivist of all logs."""

    name = ARCHIVIST
    window = 4000  # Each tenant's head is signed once a window: when there is much to catch up with, that is seldom.
    pause_s = 0.1
    parks = False

    def __init__(self, name: str, key: bytes, before: Sequence[bytes] = ()) -> None:
        """`before` are keys that were used once: what was signed with them is still ours."""
        self._growing = Growing("facts", name, key, before)
        self._logs: dict[int, dict[UUID, Tree]] = {}

    async def begin(self, connection: psycopg.AsyncConnection[Any], number: int, checkpoint: int) -> int:
        """Remember the trees of a log, each of them only if we have signed it."""
        trees = await self._growing.kept(connection, number)
        for tenant, tree in trees.items():
            if tree.position > checkpoint:
                raise Tampered(f"the tree of {tenant} is at {tree.position}, and its archivist only at {checkpoint}")
        self._logs[number] = trees
        return checkpoint

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        trees = self._logs[number]
        tenants: dict[UUID, list[Row]] = {}
        for row in rows:
            tenants.setdefault(row.tenant, []).append(row)
        tiles: list[Tile] = []
        for tenant, some in tenants.items():
            tree = trees.setdefault(tenant, Tree(Edge(), 0))
            if some[0].position <= tree.position:
                raise Tampered(f"the fact at {some[0].position} of log {number} is in the tree of {tenant} already")
            tiles += grown(tenant, tree, [leaf_of(row, number) for row in some], [row.position for row in some])
        return [tiled(tiles), self._growing.signed(number, ((tenant, trees[tenant], None) for tenant in tenants))]


def leaf_of(row: Row, number: int) -> bytes:
    """The leaf that a fact is."""
    return line(
        Leaf(
            row.tenant,
            number,
            row.position,
            row.stream,
            row.version,
            row.type,
            row.id,
            row.at,
            row.by,
            row.command,
            row.correlation,
            row.causation,
            row.data,
        )
    )
