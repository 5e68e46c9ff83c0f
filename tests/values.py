"""Values made from their own types: many by chance, for properties; one by rule, for golden facts."""

from __future__ import annotations

from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

WORDS = ("ada", "algebra", "one", "two", "three")
"""A few ids that meet again and again, so that a story of chance commands gets somewhere."""
TIMES = (datetime(2027, 6, 30, tzinfo=UTC), datetime(2026, 11, 21, 9, 30, tzinfo=UTC))


def values(type_: Any) -> st.SearchStrategy[Any]:
    """Any value of a type; of a union, any of its members."""
    members = get_args(type_) if isinstance(type_, UnionType) else (type_,)
    return st.one_of(*(_any(inspect.type_info(one)) for one in members))


def _any(info: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912 — a table, a row a type
    match info:
        case inspect.Metadata(type=inner):
            return _any(inner)
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: _any(field.type) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of(*(_any(one) for one in types))
        case inspect.StrType(pattern=str() as pattern):
            return st.from_regex(pattern, fullmatch=True)
        case inspect.StrType():
            return st.sampled_from(WORDS) | st.text(st.characters(codec="utf-8"), max_size=12)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=low, le=high):
            return st.integers(-(2**31) if low is None else low, 2**31 if high is None else high)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.DateTimeType():
            return st.sampled_from(TIMES) | st.datetimes(timezones=st.just(UTC))
        case inspect.DateType():
            return st.dates()
        case inspect.TimeType():
            return st.times()
        case inspect.UUIDType():
            return st.uuids()
        case inspect.DecimalType():
            return st.decimals(allow_nan=False, allow_infinity=False, places=2)
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType(values=literals):
            return st.sampled_from(sorted(literals, key=str))
        case inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case inspect.VarTupleType(item_type=item):
            return st.lists(_any(item), max_size=4).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*(_any(item) for item in items))
        case inspect.FrozenSetType(item_type=item):
            return st.frozensets(_any(item), max_size=4)
        case _:
            raise TypeError(f"no values are known of {info}: facts and commands are made of simpler things")


def example(type_: Any) -> Any:
    """The one value of a type that documents and golden facts show; the same every time."""
    return msgspec.convert(_one(inspect.type_info(type_), "example"), type_)


def _one(info: inspect.Type, name: str) -> Any:  # noqa: C901, PLR0911, PLR0912 — a table, a row a type
    match info:
        case inspect.Metadata(type=inner):
            return _one(inner, name)
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{field.name: _one(field.type, field.name) for field in fields})
        case inspect.UnionType(types=types):
            return _one(next(one for one in types if not isinstance(one, inspect.NoneType)), name)
        case inspect.StrType():
            return f"{name.replace('_', '-')}-1"
        case inspect.BoolType():
            return True
        case inspect.IntType(ge=low):
            return max(low or 0, 7)
        case inspect.FloatType():
            return 0.5
        case inspect.DateTimeType():
            return TIMES[0]
        case inspect.DateType():
            return TIMES[0].date()
        case inspect.TimeType():
            return TIMES[1].time()
        case inspect.UUIDType():
            return UUID("0193f0f0-0000-7000-8000-000000000001")
        case inspect.DecimalType():
            return "9.99"
        case inspect.NoneType():
            return None
        case inspect.LiteralType(values=literals):
            return min(literals, key=str)
        case inspect.EnumType(cls=cls):
            return next(iter(cls))
        case inspect.VarTupleType(item_type=item):
            return (_one(item, name.removesuffix("s")),)
        case inspect.TupleType(item_types=items):
            return tuple(_one(item, name) for item in items)
        case inspect.FrozenSetType(item_type=item):
            return frozenset({_one(item, name.removesuffix("s"))})
        case _:
            raise TypeError(f"no example is known of {info}: facts and commands are made of simpler things")
