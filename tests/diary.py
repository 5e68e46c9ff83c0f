"""A context that only tests have: what people say of themselves. Every fact of it holds personal data."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, assert_never
from uuid import UUID

from application.catalogue import CATALOGUE, words_of
from application.ledger import TenantId
from domain.kernel import Decider, Personal, PersonId, Value


class Introduced(Value, person="person"):
    person: PersonId
    name: Personal[str]
    nickname: Personal[str | None] = None
    language: str = "en"


class Confided(Value, person="writer"):
    writer: PersonId
    secret: Personal[str] | None = None


Event = Introduced | Confided


class Introduce(Value):
    person: PersonId
    name: str
    nickname: str | None = None
    language: str = "en"


class Confide(Value):
    writer: PersonId
    secret: str | None


Command = Introduce | Confide


class Blank(Value):
    """Nothing is written yet."""


class Written(Value):
    """How long the last entry was: enough to see what evolve was shown, and no personal data."""

    letters: int


State = Blank | Written


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Introduce(person, name, nickname, language):
            yield Introduced(person, name, nickname, language)
        case Written(letters), Confide(_, str() as secret) if letters == len(secret):
            return
        case _, Confide(writer, secret):
            yield Confided(writer, secret)


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case Introduced(name=name):
            return Written(len(name))
        case Confided(secret=secret):
            return Written(len(secret or ""))
        case _:
            assert_never(event)


DIARY = Decider[State, Command, Event]("diary", Blank(), decide, evolve)


@contextmanager
def diary_is_known() -> Generator[None]:
    """For as long as this lasts the catalogue has the words of this context too."""
    known = tuple(CATALOGUE.words.values())
    module: Any = sys.modules[__name__]
    CATALOGUE.know((*known, *words_of("diary", module)))
    try:
        yield
    finally:
        CATALOGUE.know(known)


class KeysInHand:
    """The port `Keys`, for tests without a database."""

    def __init__(self) -> None:
        self.held: dict[tuple[UUID, str], bytes | None] = {}
        self.asked = 0

    async def keys(self, tenant: TenantId, people: Collection[str], *, make: bool) -> Mapping[str, bytes | None]:
        self.asked += 1
        if make:
            for person in people:
                self.held.setdefault((tenant, person), os.urandom(32))
        return {person: self.held[tenant, person] for person in people if (tenant, person) in self.held}

    def destroy(self, tenant: TenantId, person: str) -> None:
        self.held[tenant, person] = None
