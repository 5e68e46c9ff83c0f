"""Every tree made anew from the facts, and held against what is kept, what was signed, and what somebody has seen."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.proofs.reading import Tree, trees
from application.checkpoints import BadNote, Checkpoint, Key, verified
from application.leaves import line_of
from application.merkle import Edge, leaf_hash
from domain.kernel import Value

_FACTS = """
select tenant, log, position, stream, version, type, id, at, by, command, correlation, causation, data::text
from ledger.facts where log = %s and tenant = %s and position <= %s order by position
"""
_TILES = "select level, hashes, positions from proof.tiles where tenant = %s order by level, number"
_WITHOUT = """
select distinct f.tenant from ledger.facts f join followers.checkpoints c on c.log = f.log and c.follower = 'archivist'
where f.position <= c.position and (%(tenant)s::uuid is null or f.tenant = %(tenant)s)
  and not exists (select from proof.trees t where t.tenant = f.tenant)
"""
AT_ONCE = 1_000


class Verdict(Value):
    """What became of looking at one tree. `wrong` is empty where everything is as it was signed."""

    tenant: UUID
    size: int
    wrong: tuple[str, ...]


def check(
    connection: psycopg.Connection[Any],
    keys: Callable[[UUID], Sequence[Key]],
    seen: Sequence[Checkpoint] = (),
    tenant: UUID | None = None,
) -> Iterator[Verdict]:
    """Look at every tree, or one. `keys` may have signed it; `seen` are heads that somebody remembers."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        remembered = defaultdict[str, list[Checkpoint]](list)
        for one in seen:
            remembered[one.origin].append(one)
        for tree in trees(connection, tenant, "facts"):
            origins = {key.name for key in keys(tree.tenant)}
            theirs = [one for origin in origins for one in remembered.pop(origin, ())]
            yield Verdict(tree.tenant, tree.size, tuple(_wrong(connection, tree, keys(tree.tenant), theirs)))
        for (without,) in connection.execute(_WITHOUT, {"tenant": tenant}).fetchall():
            yield Verdict(without, 0, ("there is no tree over its facts any more",))


def _wrong(
    connection: psycopg.Connection[Any], tree: Tree, keys: Sequence[Key], seen: Sequence[Checkpoint]
) -> Iterator[str]:
    """What is wrong with one tree."""
    made = _Made({one.size for one in seen})
    with connection.cursor("facts") as cursor:
        rows = iter(cursor.execute(_FACTS, (tree.log, tree.tenant, tree.position)))
        while some := list(islice(rows, AT_ONCE)):
            made.take(some)
    try:
        signed = verified(tree.note, *keys)
    except BadNote as why:
        yield str(why)
        return
    if signed.size != tree.size:
        yield f"its head is signed for {signed.size} leaves, and it has {tree.size}"
    if made.edge.size != signed.size:
        yield f"{signed.size} facts were signed, and there are {made.edge.size}"
    elif made.edge.root() != signed.root:
        yield "its facts are not those that were signed"
    if made.digests() != _kept(connection, tree.tenant):
        yield "its hashes are not those of its facts"
    for one in seen:
        if one.size > signed.size:
            yield f"{one.size} leaves were seen, and there are only {signed.size}"
        elif made.roots.get(one.size) != one.root:
            yield f"it does not begin with the {one.size} leaves that were seen"


class _Made:
    """A tree made anew."""

    def __init__(self, sizes: set[int]) -> None:
        self.edge = Edge()
        self.roots: dict[int, bytes] = {0: self.edge.root()}
        self._sizes = sorted(sizes, reverse=True)
        self._levels: dict[int, Any] = defaultdict(hashlib.sha256)
        self._positions = hashlib.sha256()

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        leaves = [leaf_hash(line_of(row)) for row in rows]
        self._positions.update(b"".join(row[2].to_bytes(8, "big") for row in rows))
        while leaves:
            while self._sizes and self._sizes[-1] <= self.edge.size:
                self._sizes.pop()
            count = self._sizes[-1] - self.edge.size if self._sizes else len(leaves)
            some, leaves = leaves[:count], leaves[count:]
            for level, hashes in enumerate(self.edge.grow(some)):
                self._levels[level].update(b"".join(hashes))
            self.roots[self.edge.size] = self.edge.root()

    def digests(self) -> Mapping[str, bytes]:
        levels = {str(level): kept.digest() for level, kept in self._levels.items()}
        return {**levels, "positions": self._positions.digest()}


def _kept(connection: psycopg.Connection[Any], tenant: UUID) -> Mapping[str, bytes]:
    """The same of the tiles as they are kept."""
    found: dict[str, Any] = defaultdict(hashlib.sha256, {"positions": hashlib.sha256()})
    with connection.cursor("tiles") as cursor:
        for level, hashes, positions in cursor.execute(_TILES, (tenant,)):
            found[str(level)].update(hashes)
            found["positions"].update(positions)
    return {name: kept.digest() for name, kept in found.items()}
