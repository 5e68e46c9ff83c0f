"""The tree over a tenant's facts, as RFC 6962 has it: what its hashes are, how it grows, and what proves what.

Numbers of leaves begin with 0. A proof is a list of ranges of leaves, each hashed to one hash: which ranges those are
follows from what is to be proven, so nobody has to say it, and whoever verifies knows what to expect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

HASH_BYTES = 32
EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""

TILE_LEVELS = 5
TILE_WIDTH = 1 << TILE_LEVELS
"""Hashes are kept in tiles of so many neighbours, on every fifth level: those between are soon made from them."""


class Range(NamedTuple):
    """The leaves from one number to before another, which are a tree of their own within the whole."""

    first: int
    end: int


class Node(NamedTuple):
    """The hash over 2 ** level leaves, the first of which is leaf number * 2 ** level."""

    level: int
    number: int


class Tile(NamedTuple):
    """Where a hash is kept: the tiles of level 1 hold the hashes of the full tiles of level 0."""

    level: int
    number: int


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a tree: all that is needed to make it grow, and to know its root."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        """The largest whole trees that the leaves make, from left to right: one for each bit of the size."""
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    @classmethod
    def read(cls, size: int, kept: bytes) -> Edge:
        """As it was kept."""
        return cls(size, (kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)))

    def kept(self) -> bytes:
        return b"".join(self.peaks)

    def copy(self) -> Edge:
        return Edge(self.size, self.peaks)

    def root(self) -> bytes:
        return _joined(self.peaks) if self.peaks else EMPTY

    def grow(self, leaves: Sequence[bytes]) -> list[list[bytes]]:
        """Take these hashes of leaves in, and answer what is new on each level of tiles."""
        new = [list(leaves)]
        peaks, sha256 = self.peaks, hashlib.sha256
        for leaf in leaves:
            node, count, level = leaf, self.size, 0
            while count & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                count >>= 1
                level += 1
                if level % TILE_LEVELS == 0:
                    if level // TILE_LEVELS == len(new):
                        new.append([])
                    new[level // TILE_LEVELS].append(node)
            peaks.append(node)
            self.size += 1
        return new


def _joined(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring trees, each larger than those to its right together."""
    whole = hashes[-1]
    for left in reversed(hashes[:-1]):
        whole = node_hash(left, whole)
    return whole


def _half(count: int) -> int:
    """The largest power of two below this: where RFC 6962 divides so many leaves."""
    return 1 << ((count - 1).bit_length() - 1)


# --- what proves what ---------------------------------------------------------------------------------


def besides(leaves: Sequence[Range], size: int) -> list[Range]:
    """What is needed besides these leaves to know the root, from left to right. The ranges are in order, and apart.

    For one leaf these are the hashes of its inclusion proof, in another order; for all leaves there are none.
    """
    found: list[Range] = []

    def look(first: int, end: int, some: Sequence[Range]) -> None:
        inside = [one for one in some if one.first < end and first < one.end]
        if not inside:
            found.append(Range(first, end))
        elif inside[0].first > first or inside[0].end < end:
            middle = first + _half(end - first)
            look(first, middle, inside)
            look(middle, end, inside)

    if size:
        look(0, size, leaves)
    return found


def inclusion(number: int, size: int) -> list[Range]:
    """The audit path of a leaf, from the leaf to the root: PATH of RFC 6962."""
    first, end, found = 0, size, list[Range]()
    while end - first > 1:
        middle = first + _half(end - first)
        if number < middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(first, middle))
            first = middle
    return found[::-1]


def consistency(before: int, size: int) -> list[Range]:
    """What proves that a tree has only grown since it had so many leaves: PROOF of RFC 6962."""
    if before in {0, size}:
        return []
    first, end, found = 0, size, list[Range]()
    while before != end:
        middle = first + _half(end - first)
        if before <= middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(first, middle))
            first = middle
    if first:
        found.append(Range(first, end))
    return found[::-1]


# --- where hashes are kept ----------------------------------------------------------------------------


def nodes(leaves: Range) -> Iterator[Node]:
    """The largest whole trees of a range, from left to right."""
    first = leaves.first
    while first < leaves.end:
        level = (leaves.end - first).bit_length() - 1
        yield Node(level, first >> level)
        first += 1 << level


def tile_of(node: Node) -> Tile:
    return Tile(node.level // TILE_LEVELS, node.number >> (TILE_LEVELS - node.level % TILE_LEVELS))


def tiles_of(ranges: Iterable[Range]) -> list[Tile]:
    """The tiles from which these ranges can be hashed."""
    return sorted({tile_of(node) for leaves in ranges for node in nodes(leaves)})


class Missing(Exception):  # noqa: N818 — it reads as what is wrong
    """A hash is not where it is to be kept."""


def hashes(ranges: Iterable[Range], tiles: Mapping[Tile, bytes]) -> list[bytes]:
    """The hash over each range, from the tiles that are kept."""
    return [_joined([_hash_of(node, tiles) for node in nodes(leaves)]) for leaves in ranges]


def _hash_of(node: Node, tiles: Mapping[Tile, bytes]) -> bytes:
    place = tile_of(node)
    above = node.level % TILE_LEVELS
    first = (node.number << above) % TILE_WIDTH
    kept = tiles.get(place, b"")[first * HASH_BYTES : (first + (1 << above)) * HASH_BYTES]
    if len(kept) != HASH_BYTES << above:
        raise Missing(f"tile {place.number} of level {place.level} ends too early")
    row = [kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def grew(before: int, old: bytes, size: int, new: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a tree with the root `new` begins with the leaves of the one with the root `old`: RFC 9162, 2.1.4.2."""
    if before > size or (before in {0, size} and proof):
        return False
    if before == size:
        return old == new
    if before == 0:
        return old == EMPTY
    path = list(proof) if before & (before - 1) else [old, *proof]
    if not path:
        return False
    left, right = before - 1, size - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    of_old = of_new = path[0]
    for sibling in path[1:]:
        if right == 0:
            return False
        if left & 1 or left == right:
            of_old, of_new = node_hash(sibling, of_old), node_hash(sibling, of_new)
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            of_new = node_hash(of_new, sibling)
        left, right = left >> 1, right >> 1
    return right == 0 and of_old == old and of_new == new
