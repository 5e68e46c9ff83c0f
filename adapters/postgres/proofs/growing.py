"""Trees that grow leaf by leaf, and whose every head is signed: RFC 6962.

A tree, its signed head and how far was read are written in one transaction, so there is no tree without its head, and
nothing is in a tree twice. From what was not written and signed here, nothing goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

import psycopg

from adapters.postgres.arrays import blobs, texts, uuids
from adapters.postgres.followers.sending import Change
from application.checkpoints import BadNote, Checkpoint, Signer, origin, verified
from application.merkle import TILE_LEVELS, TILE_WIDTH, Edge, leaf_hash

Of = Literal["facts", "trail"]
"""What the leaves of a tree are."""

POSITION_BYTES = 8

_TREES = "select tenant, size, position, edge, note from proof.trees where log = %s and of = %s"
_GROW = """
insert into proof.tiles as t (tenant, level, number, first, hashes, positions)
select * from unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])
on conflict (tenant, level, number) do update
set hashes = t.hashes || excluded.hashes, positions = t.positions || excluded.positions
"""
_SIGN = """
insert into proof.trees as t (tenant, log, size, position, edge, note, signer, of, owner)
select * from unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::text[], %s::text[],
  %s::text[], %s::uuid[])
on conflict (tenant) do update set size = excluded.size, position = excluded.position, edge = excluded.edge,
  note = excluded.note, signer = excluded.signer, at = clock_timestamp()
"""
_GROW_PACKED = (uuids, list, list, list, blobs, blobs)
_SIGN_PACKED = (uuids, list, list, list, blobs, texts, texts, texts, uuids)


class Tampered(Exception):  # noqa: N818 — it reads as what is wrong
    """A tree, its head or its checkpoint is not as it was left here. Nothing more of this log is signed."""


class Tree:
    """A tree, and where its last leaf came from."""

    __slots__ = ("edge", "position")

    def __init__(self, edge: Edge, position: int) -> None:
        self.edge = edge
        self.position = position


class Growing:
    """The trees of one kind, and the key that signs their heads."""

    def __init__(self, of: Of, name: str, key: bytes, before: Sequence[bytes] = ()) -> None:
        """`before` are keys that were used once: what was signed with them is still ours."""
        self._of = of
        self._origin = name
        self._signer = Signer(key)
        self._signers = (self._signer, *map(Signer, before))

    async def kept(self, connection: psycopg.AsyncConnection[Any], log: int) -> dict[UUID, Tree]:
        """The trees of a log, each of them only if we have signed it."""
        cursor = await connection.execute(_TREES, (log, self._of))
        return {
            tree: Tree(self._believed(tree, size, edge, note), position)
            for tree, size, position, edge, note in await cursor.fetchall()
        }

    def _believed(self, id_: UUID, size: int, kept: bytes, note: str) -> Edge:
        name = origin(self._origin, id_)
        try:
            edge = Edge.read(size, kept)
            said = verified(note, *(signer.log_key(name) for signer in self._signers))
        except (BadNote, ValueError) as why:
            raise Tampered(f"the tree of {id_} is not as it was signed: {why}") from None
        if said != Checkpoint(name, size, edge.root()):
            raise Tampered(f"the tree of {id_} is not as it was signed")
        return edge

    def signed(self, log: int, trees: Iterable[tuple[UUID, Tree, UUID | None]]) -> Change:
        """The heads of these trees, each with whose trail it is of."""
        rows = [self._signed(log, *tree) for tree in trees]
        return _change(_SIGN, rows, _SIGN_PACKED)

    def _signed(self, log: int, id_: UUID, tree: Tree, owner: UUID | None) -> tuple[Any, ...]:
        edge = tree.edge
        head = Checkpoint(origin(self._origin, id_), edge.size, edge.root())
        key = self._signer.log_key(head.origin)
        note = self._signer.note(head)
        return id_, log, edge.size, tree.position, edge.kept(), note, str(key), self._of, owner


Tile = tuple[Any, ...]


def grown(id_: UUID, tree: Tree, leaves: Sequence[bytes], positions: Sequence[int]) -> list[Tile]:
    """Take leaves into a tree, each with where it is found, and answer what that adds to its tiles."""
    before = tree.edge.size
    levels = tree.edge.grow(list(map(leaf_hash, leaves)))
    tree.position = positions[-1]
    return [
        (id_, level, *piece)
        for level, hashes in enumerate(levels)
        for piece in _pieces(before >> (level * TILE_LEVELS), hashes, positions if level == 0 else ())
    ]


def tiled(tiles: Sequence[Tile]) -> Change:
    """What was added to tiles, to be kept."""
    return _change(_GROW, tiles, _GROW_PACKED)


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


def _change(sql: str, rows: Sequence[tuple[Any, ...]], packed: Sequence[Any]) -> Change:
    return Change(sql, tuple(pack(column) for pack, column in zip(packed, zip(*rows, strict=True), strict=True)))
