"""The lake: every fact as Parquet, in a folder or a bucket, for tools that know nothing of us.

    tenant=…/context=enrollments/date=2026-11-21/LearnerEnrolled-<schema>-<log>-<from>-<to>.parquet
    _annals/log-0.json    up to which position it is whole, and which it is being filled up to
    _annals/facts.json    what the data of each type of fact hold

It is filled step by step. Before a step its end is noted, and after it that it was done. What is in a file, and its
name, follow from the step and the ledger alone, so a step that was broken off is done again and writes the same files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from obstore.store import ObjectStore

from adapters.parquet import tables
from adapters.postgres.browsing import Choice
from adapters.postgres.exporting import Exporter
from adapters.postgres.reading import Columns, picked
from application import schemas

STEP = 40_000
"""So many positions are one step. Their facts are in memory at once."""
NOTES = "_annals"
OTHER = "other"
"""Where facts are whose type does not say a context of ours."""
_TYPE = re.compile(r"([a-z_]+)\.([A-Za-z]+)")


class Note(msgspec.Struct, frozen=True):
    """How far a log is in the lake."""

    reached: int = 0
    """Up to here it is whole."""
    until: int = 0
    """Up to here it is being filled, by a step that begins at `reached`."""


class Step(NamedTuple):
    """A step that was done."""

    log: int
    until: int
    end: int
    facts: int


class Lake:
    """A lake in a store."""

    def __init__(self, store: ObjectStore, step: int = STEP) -> None:
        self._store = store
        self._step = step

    def note(self, log: int) -> Note:
        """How far a log is."""
        try:
            said = self._store.get(_note(log)).bytes().to_bytes()
        except FileNotFoundError:
            return Note()
        return msgspec.json.decode(said, type=Note)

    def describe(self) -> None:
        """Put the catalogue of facts beside them."""
        self._store.put(f"{NOTES}/facts.json", msgspec.json.format(msgspec.json.encode(schemas.facts())))

    async def fill(self, exporter: Exporter, log: int, done: Callable[[Step], None]) -> None:
        """Bring a log up to where the ledger is now."""
        note, end = self.note(log), await exporter.end(log, Choice())
        while note.reached < end or note.until > note.reached:
            # A step that was begun is done to its own end: its files have that in their names.
            until = note.until if note.until > note.reached else min(note.reached + self._step, end)
            self._keep(log, Note(note.reached, until))
            count = await self._fill(exporter, log, note.reached, until)
            note = Note(until, until)
            self._keep(log, note)
            done(Step(log, until, end, count))

    async def _fill(self, exporter: Exporter, log: int, after: int, until: int) -> int:
        gathered: list[list[Any]] = [[] for _ in Columns._fields]
        async for part in exporter.parts(log, Choice(after=after), until):
            for column, more in zip(gathered, part.facts, strict=True):
                column.extend(more)
        columns = Columns._make(gathered)
        for folder, facts in _folders(columns):
            for table in tables(log, facts):
                name = f"{_fact(table.type)}-{table.version}-{log}-{after + 1:012}-{until:012}.parquet"
                self._store.put(f"{folder}/{name}", table.content)
        return len(columns.position)

    def _keep(self, log: int, note: Note) -> None:
        self._store.put(_note(log), msgspec.json.encode(note))


def _folders(facts: Columns) -> Iterator[tuple[str, Columns]]:
    """The facts of each tenant, context and day, by the folder that they belong into."""
    found: dict[str, list[int]] = {}
    for index, (tenant, type_, at) in enumerate(zip(facts.tenant, facts.type, facts.at, strict=True)):
        context = match[1] if (match := _TYPE.fullmatch(type_)) else OTHER
        found.setdefault(f"tenant={tenant}/context={context}/date={at.date()}", []).append(index)
    for folder, indexes in found.items():
        yield folder, picked(facts, indexes)


def _fact(type_: str) -> str:
    """What a type is called within its context; one that is not ours, by what of it can be in a name."""
    match = _TYPE.fullmatch(type_)
    return match[2] if match else re.sub(r"[^A-Za-z0-9_.]", "_", type_)


def _note(log: int) -> str:
    return f"{NOTES}/log-{log}.json"
