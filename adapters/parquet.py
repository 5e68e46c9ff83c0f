"""Facts as Parquet: one table a type of fact, its columns typed as the catalogue says, `data` a structure of them.

What the catalogue does not know, or what is not as it says, is kept as text: no fact is left out.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from adapters.arrow import arrow, columns_of, envelope
from adapters.postgres.reading import Columns, picked
from application.catalogue import Word, words
from application.publishing import schema_version

UNTYPED = "untyped"
"""The version of what is kept as text."""


class Table(NamedTuple):
    """A file of Parquet, and which shape of which type of fact is in it."""

    type: str
    version: str
    content: bytes


def tables(log: int, facts: Columns) -> list[Table]:
    """The facts of each type as a file of its own; those that are not as the catalogue says as one more."""
    by_type: dict[str, list[int]] = {}
    for index, type_ in enumerate(facts.type):
        by_type.setdefault(type_, []).append(index)
    return [
        table for type_, indexes in sorted(by_type.items()) for table in _tables(log, type_, picked(facts, indexes))
    ]


def _tables(log: int, type_: str, facts: Columns) -> list[Table]:
    word = words().get(type_)
    if word is None:
        return [_untyped(log, type_, facts)]
    typed: list[int] = []
    rows: list[Any] = []
    odd: list[int] = []
    shape = shape_of(word)
    for index, data in enumerate(facts.data):
        try:
            row = shape.row(word.decode(bytes(data)))
        except (msgspec.ValidationError, msgspec.DecodeError, OverflowError):
            odd.append(index)
        else:
            typed.append(index)
            rows.append(row)
    found: list[Table] = []
    if typed:
        columns = [] if shape.type is None else [("data", arrow().array(rows, shape.type))]
        version = schema_version(type_)
        found.append(Table(type_, version, _written(log, picked(facts, typed), columns, type_, version)))
    return [*found, _untyped(log, type_, picked(facts, odd))] if odd else found


def _untyped(log: int, type_: str, facts: Columns) -> Table:
    texts = [("data", arrow().array([bytes(one).decode() for one in facts.data], arrow().utf8()))]
    return Table(type_, UNTYPED, _written(log, facts, texts, type_, UNTYPED))


def _written(log: int, facts: Columns, more: list[tuple[str, Any]], type_: str, version: str) -> bytes:
    library = arrow()
    named = zip((name for name, _ in envelope()), columns_of(log, facts), strict=True)
    columns = dict([*named, *more])
    del columns["tenant"]  # It is said by the folder.
    table = library.table(columns)
    table = table.replace_schema_metadata({"annals.type": type_, "annals.schema": version})
    out = library.BufferOutputStream()
    importlib.import_module("pyarrow.parquet").write_table(table, out, compression="zstd")
    return bytes(out.getvalue().to_pybytes())


# --- types ----------------------------------------------------------------------------------------


class Shape(NamedTuple):
    """How a type of fact is kept: the type of its `data`, if it says anything, and what makes a value of it."""

    type: Any
    fields: tuple[tuple[str, str, Any], ...]
    """Of each field its name in JSON, its name in the class, and what it is."""

    def row(self, event: Any) -> dict[str, Any]:
        """A fact's data as Arrow takes it."""
        return {said: _plain(getattr(event, name), kind) for said, name, kind in self.fields}


@cache
def shape_of(word: Word) -> Shape:
    """The shape of a type of fact."""
    info = inspect.type_info(word.type)
    assert isinstance(info, inspect.StructType)  # noqa: S101 — every fact is a value
    fields = tuple((field.encode_name, field.name, field.type) for field in info.fields)
    kind = arrow().struct([(said, _type(one)) for said, _, one in fields]) if fields else None
    return Shape(kind, fields)


def _type(kind: inspect.Type) -> Any:  # noqa: PLR0911 — it is a table
    """What a kind of value is in Arrow. What has no form of its own there is JSON, as text."""
    library = arrow()
    match _bare(kind):
        case inspect.BoolType():
            return library.bool_()
        case inspect.IntType():
            return library.int64()
        case inspect.FloatType():
            return library.float64()
        case inspect.DateTimeType():
            return library.timestamp("us", tz="UTC")
        case inspect.DateType():
            return library.date32()
        case (
            inspect.ListType(item_type=item)
            | inspect.VarTupleType(item_type=item)
            | inspect.SetType(item_type=item)
            | inspect.FrozenSetType(item_type=item)
        ):
            return library.list_(_type(item))
        case inspect.StructType(fields=fields, tag=None) if fields:
            return library.struct([(field.encode_name, _type(field.type)) for field in fields])
        case _:
            return library.utf8()


def _plain(value: Any, kind: inspect.Type) -> Any:
    if value is None:
        return None
    match _bare(kind):
        case inspect.BoolType() | inspect.IntType() | inspect.FloatType():
            return value
        case inspect.DateTimeType() | inspect.DateType() | inspect.StrType():
            return value
        case (
            inspect.ListType(item_type=item)
            | inspect.VarTupleType(item_type=item)
            | inspect.SetType(item_type=item)
            | inspect.FrozenSetType(item_type=item)
        ):
            return [_plain(one, item) for one in value]
        case inspect.StructType(fields=fields, tag=None) if fields:
            return {field.encode_name: _plain(getattr(value, field.name), field.type) for field in fields}
        case _:
            said = msgspec.to_builtins(value)
            return said if isinstance(said, str) else msgspec.json.encode(value).decode()


def _bare(kind: inspect.Type) -> inspect.Type:
    """A kind of value without what is said about it; of one that may be missing, what it is when it is not."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        some = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        if len(some) == 1:
            return _bare(some[0])
    return kind
