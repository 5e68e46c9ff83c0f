"""Keeps a tree over the facts of each tenant, and signs each head of it: RFC 6962.

A tree, its signed head and how far it was read are written in one transaction, so there is no tree without its head,
and no fact is in a tree twice. What the archivist has not written itself it does not go on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.arrays import blobs, texts, uuids
from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from application.checkpoints import BadNote, Checkpoint, Signer, origin, verified
from application.leaves import Leaf, line
from application.merkle import TILE_LEVELS, TILE_WIDTH, Edge, leaf_hash

ARCHIVIST = "archivist"
POSITION_BYTES = 8

_TREES = "select tenant, size, position, edge, note from proof.trees where log = %s"
_GROW = """
insert into proof.tiles as t (tenant, level, number, first, hashes, positions)
select * from unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])
on conflict (tenant, level, number) do update
set hashes = t.hashes || excluded.hashes, positions = t.positions || excluded.positions
"""
_SIGN = """
insert into proof.trees as t (tenant, log, size, position, edge, note, signer)
select * from unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::text[], %s::text[])
on conflict (tenant) do update set size = excluded.size, position = excluded.position, edge = excluded.edge,
  note = excluded.note, signer = excluded.signer, at = clock_timestamp()
"""


class Tampered(Exception):  # noqa: N818 — it reads as what is wrong
    """A tree, its head or its checkpoint is not as the archivist left it. It signs nothing more of this log."""


class _Tree:
    """A tree, and where in the log its last fact is."""

    __slots__ = ("edge", "position")

    def __init__(self, edge: Edge, position: int) -> None:
        self.edge = edge
        self.position = position


class Archivist(Follower):
    """The archivist of all logs."""

    name = ARCHIVIST
    window = 4000  # Each tenant's head is signed once a window: when there is much to catch up with, that is seldom.
    parks = False

    def __init__(self, name: str, key: bytes, before: Sequence[bytes] = ()) -> None:
        """`before` are keys that were used once: what was signed with them is still ours."""
        self._origin = name
        self._signer = Signer(key)
        self._signers = (self._signer, *map(Signer, before))
        self._logs: dict[int, dict[UUID, _Tree]] = {}

    async def begin(self, connection: psycopg.AsyncConnection[Any], number: int, checkpoint: int) -> int:
        """Remember the trees of a log, each of them only if we have signed it."""
        cursor = await connection.execute(_TREES, (number,))
        trees: dict[UUID, _Tree] = {}
        for tenant, size, position, edge, note in await cursor.fetchall():
            trees[tenant] = _Tree(self._believed(tenant, size, edge, note), position)
            if position > checkpoint:
                raise Tampered(f"the tree of {tenant} is at {position}, and its archivist only at {checkpoint}")
        self._logs[number] = trees
        return checkpoint

    def _believed(self, tenant: UUID, size: int, kept: bytes, note: str) -> Edge:
        name = origin(self._origin, tenant)
        try:
            edge = Edge.read(size, kept)
            said = verified(note, *(signer.log_key(name) for signer in self._signers))
        except (BadNote, ValueError) as why:
            raise Tampered(f"the tree of {tenant} is not as it was signed: {why}") from None
        if said != Checkpoint(name, size, edge.root()):
            raise Tampered(f"the tree of {tenant} is not as it was signed")
        return edge

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        trees = self._logs[number]
        tenants: dict[UUID, list[Row]] = {}
        for row in rows:
            tenants.setdefault(row.tenant, []).append(row)
        tiles: list[tuple[Any, ...]] = []
        heads: list[tuple[Any, ...]] = []
        for tenant, some in tenants.items():
            tree = trees.setdefault(tenant, _Tree(Edge(), 0))
            if some[0].position <= tree.position:
                raise Tampered(f"the fact at {some[0].position} of log {number} is in the tree of {tenant} already")
            tiles += _grown(tenant, tree, number, some)
            heads.append((tenant, number, *self._signed(tenant, tree)))
        return [_change(_GROW, tiles, _GROW_PACKED), _change(_SIGN, heads, _SIGN_PACKED)]

    def _signed(self, tenant: UUID, tree: _Tree) -> tuple[int, int, bytes, str, str]:
        edge = tree.edge
        head = Checkpoint(origin(self._origin, tenant), edge.size, edge.root())
        key = self._signer.log_key(head.origin)
        return edge.size, tree.position, edge.kept(), self._signer.note(head), str(key)


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


def _grown(tenant: UUID, tree: _Tree, number: int, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Take facts into a tree, and answer what that adds to its tiles."""
    before = tree.edge.size
    levels = tree.edge.grow([leaf_hash(leaf_of(row, number)) for row in rows])
    positions = [row.position for row in rows]
    tree.position = positions[-1]
    return [
        (tenant, level, *piece)
        for level, hashes in enumerate(levels)
        for piece in _pieces(before >> (level * TILE_LEVELS), hashes, positions if level == 0 else ())
    ]


def _pieces(before: int, hashes: Sequence[bytes], positions: Sequence[int]) -> list[tuple[int, int, bytes, bytes]]:
    """New hashes of a level, which has so many already, as the ends of its tiles."""
    found: list[tuple[int, int, bytes, bytes]] = []
    at = 0
    while at < len(hashes):
        number, filled = divmod(before + at, TILE_WIDTH)
        end = min(len(hashes), at + TILE_WIDTH - filled)
        where = positions[at:end]
        packed = b"".join(position.to_bytes(POSITION_BYTES, "big") for position in where)
        found.append((number, where[0] if where else 0, b"".join(hashes[at:end]), packed))
        at = end
    return found


_GROW_PACKED = (uuids, list, list, list, blobs, blobs)
_SIGN_PACKED = (uuids, list, list, list, blobs, texts, texts)


def _change(sql: str, rows: Sequence[tuple[Any, ...]], packed: Sequence[Any]) -> Change:
    return Change(sql, tuple(pack(column) for pack, column in zip(packed, zip(*rows, strict=True), strict=True)))
