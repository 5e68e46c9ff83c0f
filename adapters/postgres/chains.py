"""Which commands go into one batch, and which of them stand on one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from application.ledger import Entry, Fate

Place = tuple[UUID, str]
"""What tells a stream from all others."""


class Choosing:
    """Chooses a batch: one command of an id, and none that stands on what others leave, unless it was decided on that.

    What may not come now keeps its place before all that would disturb it.
    """

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._left: dict[Place, tuple[int, Fate | None]] = {}
        self._later_reads: set[Place] = set()
        self._later_writes: set[Place] = set()

    def takes(self, entry: Entry) -> bool:
        tenant = entry.caller.tenant
        written = [(tenant, fact.stream) for fact in entry.facts]
        free = (
            entry.id.int not in self._ids
            and all(self._fits(entry, (tenant, stream), version) for stream, version in entry.reads)
            and self._later_reads.isdisjoint(written)
        )
        self._ids.add(entry.id.int)
        if free:
            for place, fact in zip(written, entry.facts, strict=True):
                self._left[place] = (fact.version, entry.fate)
        else:
            self._later_reads.update((tenant, stream) for stream, _ in entry.reads)
            self._later_writes.update(written)
        return free

    def _fits(self, entry: Entry, place: Place, version: int) -> bool:
        left = self._left.get(place)
        return place not in self._later_writes and (left is None or _stands_on(entry, version, left))


class Link(NamedTuple):
    """A command as it is sent: what it read that is in the ledger by now, and the chain it belongs to."""

    number: int
    entry: Entry
    reads: Sequence[tuple[str, int]]
    chain: int


def linked(entries: Sequence[Entry]) -> list[Link]:
    """Those that may still be kept: what they stand on was kept, or comes before them here."""
    parents: list[int] = []
    here: dict[Fate, int] = {}
    left: dict[Place, tuple[int, Fate | None]] = {}
    looked_at: dict[int, set[tuple[str, int]]] = {}
    links: list[Link] = []
    for number, entry in enumerate(entries):
        if any(fate not in here and not fate.kept for fate in entry.after):
            continue
        tenant, sent = entry.caller.tenant, len(parents)
        before = {_root(parents, here[fate]) for fate in entry.after if fate in here}
        chain = min(before, default=sent)
        parents.append(chain)
        reads = entry.reads
        if before:
            for other in before - {chain}:
                parents[other] = chain
                looked_at[chain] |= looked_at.pop(other)
            # If what one of the chain has read is not so, none that comes after it is kept.
            reads = tuple(
                (stream, version)
                for stream, version in reads
                if (stream, version) not in looked_at[chain]
                and ((found := left.get((tenant, stream))) is None or not _stands_on(entry, version, found))
            )
        looked_at.setdefault(chain, set()).update(reads)
        if entry.fate is not None:
            here[entry.fate] = sent
            for fact in entry.facts:
                left[tenant, fact.stream] = (fact.version, entry.fate)
        links.append(Link(number, entry, reads, sent))
    return [link._replace(chain=_root(parents, link.chain) + 1) for link in links]


def _stands_on(entry: Entry, version: int, left: tuple[int, Fate | None]) -> bool:
    """Whether it was decided on exactly this."""
    return version == left[0] and left[1] in entry.after


def _root(parents: list[int], one: int) -> int:
    while parents[one] != one:
        one = parents[one]
    return one
