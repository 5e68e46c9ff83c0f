"""Trees as RFC 6962 has them, by its vectors, and by a verifier that knows nothing of how they are made."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import pytest

import annals_verify
from application import merkle
from application.merkle import EMPTY, TILE_WIDTH, Edge, Missing, Range, Tile, leaf_hash, node_hash

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""Those with which logs of certificates are tested, and the roots over the first one to eight of them."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_0_IN_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
FROM_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
ANOTHER = leaf_hash(b"of another tree")
MANY = [leaf_hash(b"%d" % number) for number in range(TILE_WIDTH**2 + 70)]


def kept(leaves: list[bytes], rng: random.Random | None = None) -> tuple[Edge, dict[Tile, bytes]]:
    """A tree that grew by so much at a time, and its tiles."""
    edge, levels, at = Edge(), list[bytes](), 0
    while at < len(leaves):
        step = rng.randint(1, 90) if rng else len(leaves)
        for level, new in enumerate(edge.grow(leaves[at : at + step])):
            levels += [b""] * (level + 1 - len(levels))
            levels[level] += b"".join(new)
        at += step
    width = TILE_WIDTH * merkle.HASH_BYTES
    return edge, {
        Tile(level, start // width): hashes[start : start + width]
        for level, hashes in enumerate(levels)
        for start in range(0, len(hashes), width)
    }


@cache
def root(first: int, end: int) -> bytes:
    """The root of some leaves, word for word as RFC 6962 defines it."""
    if end - first == 0:
        return EMPTY
    if end - first == 1:
        return MANY[first]
    half = 1
    while half * 2 < end - first:
        half *= 2
    return node_hash(root(first, first + half), root(first + half, end))


def sizes() -> Iterator[int]:
    yield from range(72)
    yield from (127, 128, 129, 991, 992, 993, 1023, 1024, 1025, 1055, 1056, 1057, 1090)


def test_the_vectors_of_certificate_transparency() -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    for size, expected in enumerate(ROOTS, 1):
        edge, _ = kept(hashes[:size])
        assert edge.root().hex() == expected
    _, tiles = kept(hashes)
    assert [one.hex() for one in merkle.hashes(merkle.inclusion(0, 8), tiles)] == PATH_OF_0_IN_8
    assert [one.hex() for one in merkle.hashes(merkle.consistency(6, 8), tiles)] == FROM_6_TO_8


def test_a_tree_has_the_root_that_is_defined_however_it_grew() -> None:
    rng = random.Random(7)  # noqa: S311 — the same each time
    for size in sizes():
        edge, _ = kept(MANY[:size], rng)
        assert edge.root() == root(0, size)
        assert Edge.read(size, edge.kept()).root() == edge.root()
    with pytest.raises(ValueError, match="has 2 peaks"):
        Edge.read(3, b"")


def test_every_leaf_is_proven_to_be_in_every_tree_and_nowhere_else() -> None:
    _, tiles = kept(MANY)
    for size in sizes():
        for number in range(size) if size < 72 else (0, 1, size // 2, size - 2, size - 1):
            path = merkle.hashes(merkle.inclusion(number, size), tiles)
            leaf = b"%d" % number
            assert annals_verify.includes(number, size, leaf, path, root(0, size))
            assert not annals_verify.includes(number, size, leaf + b"!", path, root(0, size))
            assert not annals_verify.includes(number ^ 1, size, leaf, path, root(0, size))
            assert not annals_verify.includes(number, size, leaf, [*path, path[0] if path else EMPTY], root(0, size))
            assert not path or not annals_verify.includes(number, size, leaf, path[:-1], root(0, size))


def test_every_tree_is_proven_to_have_grown_from_every_smaller_one() -> None:
    _, tiles = kept(MANY)
    for size in sizes():
        for before in range(size + 1) if size < 40 else (0, 1, size // 3, size - 1, size):
            path = merkle.hashes(merkle.consistency(before, size), tiles)
            for grew in (merkle.grew, annals_verify.grew):
                assert grew(before, root(0, before), size, root(0, size), path)
                assert not grew(before, ANOTHER, size, root(0, size), path)
                assert not grew(before, root(0, before), size, ANOTHER, path) or before == 0
                assert not grew(size + 1, root(0, size + 1), size, root(0, size), path)
                if path:
                    changed = [path[0][:-1] + bytes([path[0][-1] ^ 1]), *path[1:]]
                    assert not grew(before, root(0, before), size, root(0, size), changed)
                    assert not grew(before, root(0, before), size, root(0, size), path[:-1])
                    assert not grew(before, root(0, before), size, root(0, size), [*path, EMPTY])


def test_any_leaves_are_proven_by_what_is_besides_them() -> None:
    _, tiles = kept(MANY)
    rng = random.Random(11)  # noqa: S311 — the same each time
    for size in (1, 2, 7, 33, 100, 1024, 1090):
        for _ in range(20):
            marks = sorted(rng.sample(range(size + 1), min(2 * rng.randint(1, 5), (size + 1) // 2 * 2)))
            leaves = [Range(first, end) for first, end in zip(marks[::2], marks[1::2], strict=True)]
            besides = merkle.hashes(merkle.besides(leaves, size), tiles)
            known = [MANY[number] for first, end in leaves for number in range(first, end)]
            assert annals_verify.root_of(leaves, known, besides, size) == root(0, size)
            assert annals_verify.root_of(leaves, known[::-1], besides, size) != root(0, size) or len(known) < 2
            with pytest.raises(annals_verify.NotProven):
                annals_verify.root_of(leaves, known, [*besides, EMPTY], size)
            with pytest.raises(annals_verify.NotProven):
                annals_verify.root_of(leaves, known[:-1], besides, size)
    assert merkle.besides([Range(0, 1090)], 1090) == []


def test_a_tile_that_ends_too_early_proves_nothing() -> None:
    _, tiles = kept(MANY)
    tiles[Tile(0, 1)] = tiles[Tile(0, 1)][:-1]
    with pytest.raises(Missing, match="tile 1 of level 0"):
        merkle.hashes([Range(48, 64)], tiles)
