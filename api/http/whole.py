"""Answers that are taken away whole: every row of a question, as CSV or as lines of JSON.

They are asked for by `Accept`, at the address of the question: it is the same question of the same caller, with the
same filters, and only the form is another. Its pages follow each other as they would for a client, so nothing is held
in the database however slowly they are taken: not a snapshot, nor a lock that a rebuild or an erasure would wait for.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol, cast

import msgspec
from msgspec.inspect import StructType, UnionType, VarTupleType, type_info

from api.http.feed import Feed
from api.http.lasting import Lasting
from api.http.problems import Refused
from api.http.reply import Headers
from application.standing import Principal
from application.tables import as_csv
from projections.model import AT_ONCE_MAX

JSON = "application/json"
CSV = "text/csv"
LINES = "application/x-ndjson"

VARY: Headers = ((b"vary", b"Accept"),)
_ENDINGS = {CSV: "csv", LINES: "ndjson"}
_PLAIN = frozenset((None, b"", b"*/*", JSON.encode()))
"""What nearly everybody accepts."""

_encode_lines = msgspec.json.Encoder().encode_lines
Form = Callable[[AsyncIterator[Any]], AsyncIterator[bytes]]


class Asker(Protocol):
    """Whoever asks, as far as an answer depends on them while it is sent."""

    @property
    def principal(self) -> Principal: ...
    @property
    def feed(self) -> Feed: ...


def accepted(accept: bytes | None) -> str | None:
    """The form that a client likes best, JSON where it likes several alike; None if it likes none of ours."""
    if accept in _PLAIN:
        return JSON
    ranges = [_range(one) for one in accept.decode("latin-1").lower().split(",")]  # type: ignore[union-attr]
    best: str | None = None
    liked = (0.0, 0)
    for form in (JSON, CSV, LINES):
        exact, of = max(((_exactness(kind, form), of) for kind, of in ranges), default=(0, 0.0))
        if exact and of and (of, exact) > liked:
            best, liked = form, (of, exact)
    return best


def _range(said: str) -> tuple[str, float]:
    """A range of forms, and how much it is liked."""
    kind, *parameters = (part.strip() for part in said.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return kind, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return kind, 0.0


def _exactness(kind: str, form: str) -> int:
    """How exactly a range means a form: 0 where it does not."""
    if kind == form:
        return 3
    if kind == f"{form.partition('/')[0]}/*":
        return 2
    return 1 if kind == "*/*" else 0


def columns_of(answer: Any) -> tuple[str, ...]:
    """What a row of this type of answer says; nothing where an answer has no rows."""
    told = type_info(answer)
    fields = told.fields if isinstance(told, StructType) else ()
    rows = next((field.type for field in fields if field.name == "rows"), None)
    if not isinstance(rows, VarTupleType):
        return ()
    kinds = rows.item_type.types if isinstance(rows.item_type, UnionType) else (rows.item_type,)
    return tuple(dict.fromkeys(name for kind in kinds if isinstance(kind, StructType) for name in _names(kind)))


def _names(kind: StructType) -> tuple[str, ...]:
    tag = (kind.tag_field,) if kind.tag_field is not None else ()
    return (*tag, *(field.encode_name for field in kind.fields))


class Whole:
    """Answers one question whole."""

    def __init__(self, name: str, ask: Callable[..., Awaitable[Any]], columns: tuple[str, ...]) -> None:
        self._name = name
        self._ask = ask
        self._columns = columns

    async def __call__(self, asking: Asker, form: str | None, given: Mapping[str, Any]) -> Lasting:
        """All rows. What is wrong with what is asked is said before anything is sent.

        What goes wrong later ends the answer without its end, so that nobody takes a part of it for the whole.
        """
        if form is None or not self._columns:
            forms = ", ".join((JSON, *(_ENDINGS if self._columns else ())))
            raise Refused("answer.not_acceptable", f"this is answered as {forms}")
        if given.get("cursor") is not None:
            raise Refused("request.invalid", "a whole answer begins at the beginning", path="cursor")
        pages = self._pages(asking, given)
        first = await anext(pages)
        headers: Headers = (
            (b"content-type", f"{form}; charset=utf-8".encode() if form == CSV else form.encode()),
            (b"content-disposition", f'attachment; filename="{self._name}.{_ENDINGS[form]}"'.encode()),
            (b"cache-control", b"private, no-cache"),
            *VARY,
        )
        position = getattr(first, "position", None)
        if position is not None:
            headers = (*headers, (b"annals-position", b"%d" % position))
        told = self._as_csv if form == CSV else _as_lines
        feed, who = asking.feed, asking.principal
        return Lasting(headers, told(_from(first, pages)), partial(feed.holds, who), feed.ended(who))

    async def _pages(self, asking: Asker, given: Mapping[str, Any]) -> AsyncGenerator[Any]:
        asked = {**given, "limit": AT_ONCE_MAX} if "limit" in given else dict(given)
        while True:
            page = await self._ask(asking=asking, **asked)
            yield page
            cursor = getattr(page, "cursor", None)
            if cursor is None:
                return
            asked["cursor"] = cursor

    async def _as_csv(self, pages: AsyncIterator[Any]) -> AsyncIterator[bytes]:
        yield as_csv(self._columns, ())
        async for page in pages:
            rows = cast("list[dict[str, Any]]", msgspec.to_builtins(page.rows))
            yield as_csv((), ([row.get(column) for column in self._columns] for row in rows))


async def _from(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for page in rest:
        yield page


async def _as_lines(pages: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield _encode_lines(page.rows)
