"""Every fact there is, told of somebody, with something in it that is found again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, cast, get_args, get_type_hints
from uuid import uuid4

import msgspec

from application.belonging import personal
from application.catalogue import CATALOGUE, Word
from application.do import Do
from application.ledger import Caller, TenantId
from domain.kernel import Decider, LearnerId, PersonId, SecretId, Stream, Value
from tests.house.plan import aggregates
from tests.values import example

PEOPLE = (PersonId, LearnerId)


class Telling(NamedTuple):
    """A fact, and the stream it is told in."""

    stream: Stream[Any, Any, Any]
    event: Value


@cache
def deciders() -> dict[type, Decider[Any, Any, Any]]:
    """Of each type of fact, the kind of stream that it happens in."""
    found: dict[type, Decider[Any, Any, Any]] = {}
    for aggregate in aggregates():
        for type_ in get_args(aggregate.facts) or (aggregate.facts,):
            found[type_] = aggregate.decider
    return found


def words() -> list[Word]:
    return [word for word in CATALOGUE.words.values() if not word.retired]


def tellings(person: str, mark: str) -> Iterator[Telling]:
    """Every fact there is, told of a person; whatever is said in words has this mark."""
    for word in words():
        decider = deciders()[word.type]
        yield Telling(_stream(word, decider, person, mark), marked(word.type, person, mark))


def marked(type_: type[Value], person: str, mark: str) -> Any:
    """A fact of a type, or any other value, that names this person wherever it names one, and is marked."""
    return msgspec.convert(_marked(msgspec.to_builtins(example(type_)), type_, person, mark), type_)


def _stream(word: Word, decider: Decider[Any, Any, Any], person: str, mark: str) -> Stream[Any, Any, Any]:
    of = personal()[word.context]
    place = of.keyed.get(decider.name)
    if place is None:
        return decider.at(f"{word.context}-{decider.name}-{mark}")
    return decider.at(*(f"of-{mark}" for _ in range(place)), person)


def _marked(value: Any, hint: Any, person: str, mark: str) -> Any:
    match value:
        case str():
            return _text(value, hint, person, mark)
        case dict():
            hints: dict[str, Any] = {}
            for part in _values(hint):
                hints.update(get_type_hints(part, include_extras=True))
            return {
                name: _marked(part, hints.get(name), person, mark)
                for name, part in cast("dict[str, Any]", value).items()
            }
        case list():
            inner = [part for part in get_args(_bare(hint)) if part is not Ellipsis]
            parts = cast("Sequence[Any]", value)
            return [_marked(part, inner[0] if inner else None, person, mark) for part in parts]
        case _:
            return value


def _text(value: str, hint: Any, person: str, mark: str) -> str:
    parts = {_bare(hint), *map(_bare, get_args(hint))}
    if parts & set(PEOPLE):
        return person
    if SecretId in parts:
        return str(uuid4())
    # So ends what an example says in words, and nothing else in it.
    return f"{value}-{mark}" if value.endswith("-1") else value


def _bare(hint: Any) -> Any:
    while hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    return hint


def _values(hint: Any) -> Iterator[type[Value]]:
    hint = _bare(hint)
    if isinstance(hint, type) and issubclass(hint, Value):
        yield hint
        return
    for part in get_args(hint):
        yield from _values(part)


async def tell(do: Do, tenant: TenantId, person: str, told: Iterable[Telling]) -> None:
    """Have these in the ledger."""
    told = list(told)
    streams = tuple({telling.stream.name: telling.stream for telling in told}.values())
    places = {stream.name: place for place, stream in enumerate(streams)}

    def decide(*states: Any) -> Iterator[tuple[int, Value]]:
        del states
        return ((places[telling.stream.name], telling.event) for telling in told)

    await do.across(streams, decide, told[0].event, Caller(tenant, person, "test", uuid4()))


def confided(person: str, text: str) -> Iterator[Telling]:
    """Every fact there is that holds personal data, with this text in every field that does."""
    for word in words():
        if word.personal:
            event = marked(word.type, person, "x")
            stream = _stream(word, deciders()[word.type], person, f"of-{person}")
            yield Telling(stream, msgspec.structs.replace(event, **dict.fromkeys(word.personal, text)))
