"""Proofs about one tenant's facts, made of the tree that the archivist keeps."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from application import merkle
from application.leaves import line_of
from application.merkle import Range, Tile
from domain.kernel import Value
from projections.model import Ask


class Kept(NamedTuple):
    """What is asked: the follower that keeps it, and where its answers are."""

    name: str
    schema: str


TREE = Kept("archivist", "proof")


class Witnessed(Value):
    """A checkpoint that a witness has seen, as it was signed: by us, and below by the witness."""

    witness: str
    size: int
    note: str
    at: datetime


class Head(Value):
    """The newest checkpoint of a tree, as it was signed, and what witnesses have signed."""

    size: int
    note: str
    signer: str
    at: datetime
    witnessed: tuple[Witnessed, ...]


Tiles = Mapping[Tile, bytes]
NO_TILES: Tiles = {}


class Placed(NamedTuple):
    """Which leaf a fact is, the bytes that are hashed, the head of the tree, and the hashes between the two."""

    number: int
    size: int
    note: str
    leaf: bytes
    tiles: Tiles


class _Fact(msgspec.Struct):
    """As a leaf, in the same order; the data as text, so that no byte of it is lost on the way."""

    tenant: UUID
    log: int
    position: int
    stream: str
    version: int
    type: str
    id: UUID
    at: datetime
    by: str
    command: UUID
    correlation: UUID
    causation: UUID | None
    data: str


_Rows = tuple[tuple[int, int, str], ...]


class _Found(msgspec.Struct):
    number: int
    size: int
    note: str
    fact: _Fact
    tiles: _Rows


_heads = msgspec.json.Decoder(tuple[Head, ...])
_found = msgspec.json.Decoder(tuple[_Found, ...])
_tiles = msgspec.json.Decoder(_Rows)


async def head(ask: Ask, tenant: UUID, *, min_position: int = 0) -> tuple[Head | None, int]:
    """The head of a tenant's tree; nothing, where no fact is in it yet."""
    position, found = await ask(TREE, "checkpoint", tenant, (), min_position)
    return next(iter(_heads.decode(found)), None), position


async def placed(ask: Ask, tenant: UUID, at: int, *, min_position: int = 0) -> tuple[Placed | None, int]:
    """The leaf that a fact is, found by its position."""
    position, found = await ask(TREE, "leaf", tenant, (at,), min_position)
    for one in _found.decode(found):
        leaf = line_of(msgspec.structs.astuple(one.fact))
        return Placed(one.number, one.size, one.note, leaf, _by_place(one.tiles)), position
    return None, position


async def hashes(ask: Ask, tenant: UUID, ranges: Sequence[Range], tiles: Tiles = NO_TILES) -> tuple[str, ...]:
    """The hash over each of these ranges of leaves, in base64. `tiles` are those that are at hand."""
    wanted = [tile for tile in merkle.tiles_of(ranges) if tile not in tiles]
    if wanted:
        _, found = await ask(TREE, "tiles", tenant, (wanted,), 0)
        tiles = {**tiles, **_by_place(_tiles.decode(found))}
    return tuple(b64encode(one).decode() for one in merkle.hashes(ranges, tiles))


def _by_place(rows: _Rows) -> Tiles:
    return {Tile(level, number): bytes.fromhex(kept) for level, number, kept in rows}
