"""Whose a fact is. Each context says so of its own in `application.<context>.PERSONAL`; found by place.

    PERSONAL = OfPeople(keyed={"enrollment": 1}, apart=("seats", "terms", "group", "bulk"))

A stream may be named after a person: then all in it is of them. Or a fact in it says whose it is, from its beginning to
its end: a file is its owner's. All others stand apart: of what happened there, theirs is only what names them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast, get_args, get_type_hints

from application.catalogue import CATALOGUE, Word, contexts
from domain.kernel import LearnerId, PersonId, SecretId, Value

SOMEBODY = "somebody else"
"""Stands where another person is named."""


class Content(NamedTuple):
    """A file that a stream tells of: its name, under which name it is kept, and whether anybody is given it.

    Where it is sealed under the key of whose it is, it says what that seal is bound to. How large it is need not be
    said: then it is read to find out.
    """

    name: str
    kept: str
    given: bool = True
    sealed_in: str | None = None
    bytes: int = 0


def _no_contents(key: str, events: Sequence[Any]) -> Sequence[Content]:
    del key, events
    return ()


@dataclass(frozen=True)
class OfPeople:
    """What of a context is of people."""

    keyed: Mapping[str, int] = field(default_factory=dict[str, int])
    """Kinds of streams that are named after somebody, and which part of the name that is: of `progress:art:ada` 1."""
    owned: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kinds of streams that belong to whom a fact in them names, and the field that does: `agreement.subscriber`."""
    apart: tuple[str, ...] = ()
    """Kinds of streams that are nobody's, though facts in them may name people."""
    contents: Callable[[str, Sequence[Any]], Sequence[Content]] = _no_contents
    """The files that a stream of theirs tells of, from its key and all that happened in it."""


@cache
def personal() -> Mapping[str, OfPeople]:
    """What every context says, by its name. A context that says nothing is one that somebody forgot."""
    return MappingProxyType(
        {context: importlib.import_module(f"application.{context}").PERSONAL for context in contexts()}
    )


def context_of(type_: str) -> str:
    """The context of a type of fact, by its name."""
    return type_.partition(".")[0]


def owns(type_: str, stream: str, fields: Mapping[str, Any], person: str) -> bool:
    """Whether this fact shows that the whole stream it is in is of a person."""
    of = personal().get(context_of(type_))
    if of is None:
        return False
    kind, *key = stream.split(":")
    place = of.keyed.get(kind)
    if place is not None:
        return len(key) > place and key[place] == person
    return kind in of.owned and _at(fields, of.owned[kind]) == person


def names(type_: str, fields: Mapping[str, Any], person: str) -> bool:
    """Whether this fact names a person."""
    word = CATALOGUE.words.get(type_)
    return word is not None and person in set(_named(fields, word.type))


def theirs(word: Word, fields: Mapping[str, Any], person: str) -> dict[str, Any]:
    """What a fact says, without what it says of others, and without the ids of secrets."""
    others = word.type.__person__ is not None and fields.get(word.type.__person__) != person
    hints = _hints(word.type)
    return {
        name: None if others and name in word.personal else _own(value, hints.get(name), person)
        for name, value in fields.items()
    }


def names_people(type_: type[Value]) -> bool:
    """Whether facts of a type name anybody."""
    return any(_is_id_of_somebody(hint) for hint in _all_hints(type_))


# --- values, by what their fields are declared to be ----------------------------------------------


@cache
def _hints(type_: type[Value]) -> Mapping[str, Any]:
    return get_type_hints(type_, include_extras=True)


def _all_hints(hint: Any) -> Iterator[Any]:
    """A hint and all that is in it."""
    yield hint
    parts = _hints(hint).values() if _is_value(hint) else get_args(hint)
    for part in parts:
        yield from _all_hints(part)


def _named(value: Any, hint: Any) -> Iterator[str]:
    """The ids of people in a value."""
    match value:
        case str() if _is_id_of_somebody(hint):
            yield value
        case dict():
            hints = _fields_of(hint)
            for name, part in cast("dict[str, Any]", value).items():
                yield from _named(part, hints.get(name))
        case list():
            parts = cast("Sequence[Any]", value)
            for part in parts:
                yield from _named(part, hint)
        case str() if any(_is_id_of_somebody(part) for part in get_args(hint)):
            yield value
        case _:
            return


def _own(value: Any, hint: Any, person: str) -> Any:
    """A value without what is in it of others."""
    if hint is SecretId or SecretId in get_args(hint):
        return None
    match value:
        case dict():
            hints = _fields_of(hint)
            said = cast("dict[str, Any]", value)
            return {name: _own(part, hints.get(name), person) for name, part in said.items()}
        case list():
            parts = cast("Sequence[Any]", value)
            kept = (part for part in parts if not (of := set(_named(part, hint))) or person in of)
            return [_own(part, hint, person) for part in kept]
        case str() if value != person and value in set(_named(value, hint)):
            return SOMEBODY
        case _:
            return value


def _fields_of(hint: Any) -> Mapping[str, Any]:
    """What the fields of a value are declared to be; of several kinds of value it may be, of all of them."""
    found: dict[str, Any] = {}
    for part in _all_hints_of_one(hint):
        found.update(_hints(part))
    return found


def _all_hints_of_one(hint: Any) -> Iterator[Any]:
    if _is_value(hint):
        yield hint
        return
    for part in get_args(hint):
        yield from _all_hints_of_one(part)


def _is_value(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Value)


def _is_id_of_somebody(hint: Any) -> bool:
    return hint is PersonId or hint is LearnerId


def _at(fields: Mapping[str, Any], path: str) -> Any:
    name, _, rest = path.partition(".")
    found: Any = fields.get(name)
    if not rest:
        return found
    return _at(cast("dict[str, Any]", found), rest) if isinstance(found, dict) else None
