"""Sends what facts changed to Postgres: in as few statements as the order allows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg

from adapters.postgres.arrays import blobs, ints, moments, texts, uuids
from projections.model import Many

_PACKERS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "int": ints,
    "text": texts,
    "bytea": blobs,
    "uuid": uuids,
    "timestamptz": moments,
}


class Change(NamedTuple):
    """A statement and its values. `of` is whose rows it touches, where it is one that can be done for many at once."""

    sql: str | Many
    values: tuple[Any, ...]
    of: Hashable = None


class _Group:
    """The same statement for many rows, no two of them of the same owner."""

    __slots__ = ("sql", "values")

    def __init__(self, sql: str | Many) -> None:
        self.sql = sql
        self.values: list[tuple[Any, ...]] = []


def grouped(changes: Iterable[Change]) -> list[tuple[str | Many, list[tuple[Any, ...]]]]:
    """Changes gathered by statement. Those of one owner stay in order; a plain statement stays after all before it."""
    groups: list[_Group] = []
    last: dict[Hashable, int] = {}
    floor = 0
    for sql, values, of in changes:
        if isinstance(sql, str):
            if not groups or groups[-1].sql is not sql:
                groups.append(_Group(sql))
            groups[-1].values.append(values)
            floor = len(groups)
            continue
        number = max(last.get(of, -1) + 1, floor)
        while number < len(groups) and groups[number].sql is not sql:
            number += 1
        if number == len(groups):
            groups.append(_Group(sql))
        groups[number].values.append(values)
        last[of] = number
    return [(group.sql, group.values) for group in groups]


async def send(connection: psycopg.AsyncConnection[Any], changes: Iterable[Change]) -> None:
    """Send the changes without waiting for each. To be called inside a pipeline."""
    cursor = connection.cursor()
    for sql, many in grouped(changes):
        if isinstance(sql, Many):
            columns = [
                _PACKERS[type_](column) for type_, column in zip(sql.types, zip(*many, strict=True), strict=True)
            ]
            await cursor.execute(_text(sql), columns, prepare=True)
        elif len(many) == 1:
            await cursor.execute(sql.encode(), many[0], prepare=True)
        else:
            await cursor.executemany(sql.encode(), many)


@cache
def _text(many: Many) -> bytes:
    arrays = ", ".join(f"%b::{type_}[]" for type_ in many.types)
    return f"with fact ({', '.join(many.names)}) as (select * from unnest({arrays})) {many.sql}".encode()  # noqa: S608 — our own constants
