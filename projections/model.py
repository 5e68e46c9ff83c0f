"""What a read model is: tables made of facts, and the questions they answer.

A module of a read model declares `TABLES`, `QUESTIONS`, `project` and `MODEL`, and one Python function a question. The
tables are named without a schema: the same model may stand beside the one that is shown while it is being rebuilt.
"""

from __future__ import annotations

import base64
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec

import projections
from domain.kernel import Rejected, Value

Row = TypeVar("Row")
Event_co = TypeVar("Event_co", covariant=True)

LIMIT_MAX = 200
AT_ONCE_MAX = 1_000
"""What is taken away whole is read so many rows at a time."""


@dataclass(frozen=True, eq=False)
class Many:
    """A statement that is done for many facts at once: they are its relation `fact`, a row each.

    For tables in which every row belongs to one stream: a statement sees at most one fact of a stream. `columns` are
    those of `fact`, each a name and one of the types int, text, bytea, uuid and timestamptz.
    """

    columns: str
    sql: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.split()[0] for column in self.columns.split(", "))

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(column.split()[1] for column in self.columns.split(", "))


Statement = tuple[str | Many, tuple[Any, ...]]
"""One change to the tables: a constant statement, and its values."""

Place = tuple[Any, ...]
"""Where a row stands in the order it was asked for in."""


class Fact(Protocol[Event_co]):
    """What a projection sees of a fact that was recorded."""

    @property
    def event(self) -> Event_co: ...
    @property
    def tenant(self) -> UUID: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> str: ...


class Erasable(NamedTuple):
    """A table with personal data: the columns that hold it, and the statement that takes from it what is a person's.

    The statement is done when somebody is forgotten, with their tenant and their id. Postgres gathers no statistics of
    the columns: it would keep what is in them elsewhere.
    """

    table: str
    columns: tuple[str, ...]
    erase: str


@dataclass(frozen=True)
class ReadModel:
    """A read model. A change of its tables or of what `project` does is a new `version`: then it is built anew."""

    name: str
    version: int
    tables: str
    questions: str
    types: tuple[type[Value], ...]
    """The facts it is made of."""
    project: Callable[[Any], Iterator[Statement]]
    personal: tuple[Erasable, ...] = ()
    """Where it holds what facts keep sealed."""

    @property
    def schema(self) -> str:
        return self.name.replace(".", "_")

    @property
    def functions(self) -> str:
        """Its questions, where it stands."""
        return self.questions.replace("{schema}", self.schema).replace("{follower}", self.name)


_PLACE = re.compile(r"coalesce\((_\w+), ([^(),]+)\)")


def question(name: str, asked: str, answer: str, *, declare: str = "", one_plan: bool = True) -> str:
    """A question as Postgres keeps it: what is `asked`, besides whose it is, and the expression that is the answer.

    It answers with the position that it shows, and sees the rows of the tenant alone. `one_plan` is for every call:
    planning each anew takes twice as long as answering; so a page begins at a place that is always given, and its index
    is always used. It is given as a case: Postgres does not trust a coalesce to keep to itself what it sees, and under
    row-level security would look at every row before that place. And it may not gather all rows and sort them, which it
    takes for as cheap where it believes that few pass the filters.
    """
    answer = _PLACE.sub(r"case when \1 is null then \2 else \1 end", answer)
    return f"""
create or replace function {{schema}}.{name}(_tenant uuid{asked and ", "}{asked})
returns table ("position" bigint, page json)
language plpgsql
{"set plan_cache_mode = force_generic_plan set enable_bitmapscan = off" if one_plan else ""}
as $$
{declare and "declare"}
{declare}
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select checkpoint.position, {answer}
  from followers.checkpoints checkpoint
  where checkpoint.follower = '{{follower}}' and checkpoint.log = ledger.log_of(_tenant);
end $$;
"""  # noqa: S608 — our own words


def rows(select: str) -> str:
    """An answer that is all of these rows."""
    return f"coalesce((select json_agg(r) from ({select}) r), '[]')"  # noqa: S608 — our own words


class TooEarly(Exception):  # noqa: N818 — named as the client sees it
    """The model has not come as far as was asked for, within the time one may wait."""

    def __init__(self, position: int) -> None:
        super().__init__(f"only as far as {position}")
        self.position = position


class Asked(Protocol):
    """What questions are asked of: what a follower keeps, and functions beside it that answer."""

    @property
    def name(self) -> str:
        """The follower's."""
        ...

    @property
    def schema(self) -> str: ...


class Ask(Protocol):
    """Asks a model its question for one tenant, no earlier than at a position."""

    async def __call__(
        self, model: Asked, question: str, tenant: UUID, values: Sequence[Any], min_position: int
    ) -> tuple[int, bytes]:
        """The position that the answer shows, and the answer as JSON. Raises `TooEarly`."""
        ...


class Page(Value, Generic[Row]):
    """Some rows in order. `cursor` asks for those after them; without one there are no more."""

    rows: tuple[Row, ...]
    position: int
    cursor: str | None = None


def page(rows: tuple[Row, ...], position: int, limit: int, place: Callable[[Row], Place]) -> Page[Row]:
    """A page of `limit` rows out of those found, which are one more when there is a next page."""
    if len(rows) <= limit:
        return Page(rows, position)
    cursor = base64.urlsafe_b64encode(msgspec.json.encode(place(rows[limit - 1]))).decode().rstrip("=")
    return Page(rows[:limit], position, cursor)


def after(cursor: str | None, shape: Any) -> Place | None:
    """The place that a cursor points to. `shape` is the type that it must have."""
    if cursor is None:
        return None
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place: Place = msgspec.json.decode(sealed, type=shape)
        return tuple(one.astimezone(UTC) if isinstance(one, datetime) else one for one in place)
    except (ValueError, OverflowError):  # Those of base64 and msgspec are kinds of the former.
        raise Rejected("cursor.malformed", "this cursor was not given by this question") from None


def limited(limit: int) -> int:
    """How many rows to ask for: one more than wanted, to know whether there are more."""
    if not 1 <= limit <= AT_ONCE_MAX:
        raise Rejected("limit.out_of_range", f"limit is from 1 to {AT_ONCE_MAX}")
    return limit + 1


@cache
def models() -> tuple[ReadModel, ...]:
    """Every read model, found by place: `projections.<context>.<model>` declares `MODEL`."""
    found: list[ReadModel] = []
    for module in pkgutil.walk_packages(projections.__path__, "projections."):
        model = getattr(importlib.import_module(module.name), "MODEL", None)
        if isinstance(model, ReadModel):
            found.append(model)
    return tuple(sorted(found, key=lambda model: model.name))


def model_named(name: str) -> ReadModel | None:
    """The read model of this name, if there is one."""
    return next((model for model in models() if model.name == name), None)
