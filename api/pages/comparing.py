"""What is another between two states, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec


class Difference(NamedTuple):
    """A field, and what was in it before and after; nothing where it was not there."""

    place: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any, place: str = "") -> Iterator[Difference]:
    """Where two values as JSON has them are not the same, in the order of their fields."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_fields(_named(before), _named(after), f"{place}." if place else "", "")  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_fields(_numbered(before), _numbered(after), f"{place}[", "]")  # pyright: ignore[reportUnknownArgumentType]
    elif before != after:
        yield Difference(place, _said(before), _said(after))


def _of_fields(before: Mapping[str, Any], after: Mapping[str, Any], begins: str, ends: str) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        place = f"{begins}{name}{ends}"
        if name in before and name in after:
            yield from differences(before[name], after[name], place)
        else:
            was, is_ = (_said(one[name]) if name in one else None for one in (before, after))
            yield Difference(place, was, is_)


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(fields.items()))


def _numbered(elements: list[Any]) -> dict[str, Any]:
    return {str(number): element for number, element in enumerate(elements)}


def _said(value: Any) -> str:
    return msgspec.json.encode(value).decode()
