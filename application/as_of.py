"""What something was like: the state that the facts up to some moment make, as it can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from application.catalogue import decode
from domain.kernel import Decider


def evolved(decider: Decider[Any, Any, Any], state: Any, facts: Iterable[tuple[str, bytes]]) -> Any:
    """A state after these facts, each given as its type and its data. Personal data stay sealed: no state holds any."""
    return decider.fold((decode(type_, data) for type_, data in facts), state)


def shown(value: Any) -> Any:
    """A state as JSON can say it. Sets are in order; a mapping by more than text is a list of pairs."""
    match value:
        case msgspec.Struct():
            return {name: shown(getattr(value, name)) for name in value.__struct_fields__}
        case Mapping():
            pairs: list[tuple[Any, Any]] = [(shown(key), shown(one)) for key, one in value.items()]  # pyright: ignore[reportUnknownVariableType]
            return dict(pairs) if all(isinstance(key, str) for key, _ in pairs) else sorted(map(list, pairs), key=str)
        case AbstractSet():
            return sorted((shown(one) for one in value), key=str)  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [shown(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return msgspec.to_builtins(value)
