"""Whether somebody may let roles follow from what a provider says: only those that they might grant themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from application.access import granting
from application.do import AnyStream
from application.standing import Principal
from domain.access.events import RoleName
from domain.kernel import PersonId

ANYBODY = PersonId("00000000-0000-7000-8000-00000000face")
"""Whoever may come: nobody in particular."""


class Mappable:
    """The streams that it rests on, and the answer from their states."""

    def __init__(self, by: Principal, roles: Sequence[str]) -> None:
        self._grantings = [granting(by, ANYBODY, RoleName(role), None) for role in roles]
        self._by_name: Mapping[str, AnyStream] = {
            stream.name: stream for one in self._grantings for stream in one.streams
        }

    @property
    def streams(self) -> tuple[AnyStream, ...]:
        return tuple(self._by_name.values())

    def check(self, states: Sequence[Any]) -> None:
        """Raises where one of the roles could not be granted by them, to anybody and everywhere."""
        seen = dict(zip(self._by_name, states, strict=True))
        for one in self._grantings:
            for _ in one.decide(*(seen[stream.name] for stream in one.streams)):
                break
