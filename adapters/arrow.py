"""Facts as Arrow: whole columns, in the form that Polars, DuckDB, pandas and Spark read without decoding a line.

Arrow is loaded when it is first wanted: those who never want it stay small.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from adapters.postgres.reading import Columns

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def arrow() -> Any:
    """The library."""
    return importlib.import_module("pyarrow")


@cache
def envelope() -> tuple[tuple[str, Any], ...]:
    """What is known of every fact, whatever it says: the columns and their types."""
    library = arrow()
    text, number = library.utf8(), library.int64()
    return (
        ("log", library.int16()),
        ("position", number),
        ("at", library.timestamp("us", tz="UTC")),
        ("type", library.dictionary(library.int32(), text)),
        ("tenant", library.dictionary(library.int32(), text)),
        ("stream", text),
        ("version", library.int32()),
        ("by", text),
        ("id", text),
        ("command", text),
        ("correlation", text),
        ("causation", text),
    )


def columns_of(log: int, facts: Columns) -> list[Any]:
    """The columns of the envelope of these facts."""
    values: tuple[Sequence[Any], ...] = (
        (log,) * len(facts.position),
        facts.position,
        facts.at,
        facts.type,
        _texts(facts.tenant),
        facts.stream,
        facts.version,
        facts.by,
        _texts(facts.id),
        _texts(facts.command),
        _texts(facts.correlation),
        _texts(facts.causation),
    )
    array = arrow().array
    return [array(column, type_) for column, (_, type_) in zip(values, envelope(), strict=True)]


class ArrowStream:
    """Writes an Arrow IPC stream, batch by batch; what was written is taken away as bytes."""

    def __init__(self) -> None:
        library = arrow()
        self._schema = library.schema([*envelope(), ("data", library.utf8())])
        options = library.ipc.IpcWriteOptions(compression="lz4")
        self._sink = _Sink()
        self._writer = library.ipc.new_stream(self._sink, self._schema, options=options)

    def part(self, log: int, facts: Columns) -> bytes:
        """Some more facts."""
        library = arrow()
        data = library.array(facts.data, library.binary()).cast(library.utf8())
        self._writer.write_batch(library.RecordBatch.from_arrays([*columns_of(log, facts), data], schema=self._schema))
        return self._sink.taken()

    def end(self) -> bytes:
        """That was all: whoever reads it sees that nothing is missing."""
        self._writer.close()
        return self._sink.taken()


class _Sink:
    """A file for Arrow to write to, of which nothing stays."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


_as_json = msgspec.json.Encoder().encode
_read_texts = msgspec.json.Decoder(list[str | None]).decode


def _texts(ids: Sequence[UUID | None]) -> list[str | None]:
    """Ids as texts. By way of JSON it takes a fifth of the time."""
    return _read_texts(_as_json(ids))
