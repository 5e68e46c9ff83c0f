"""What something was like at a moment, and what led to a fact and followed from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec

from adapters.postgres.browsing import Choice
from adapters.postgres.causes import Chain
from adapters.postgres.exporting import Exporter
from api.http.problems import Refused
from api.http.queries import Asking, Position, query
from api.service.facts import allowed
from application.as_of import evolved, shown
from application.deciders import stream_named
from application.ledger import TenantId
from domain.kernel import Moment, Value

Stream = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9._~:-]+$", max_length=400, description="A stream: `enrollment:c1:ada`."),
]
FactPosition = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, description="Where a fact is in the ledger.")]


class StateThen(Value):
    """What the facts of a stream had made of it by then."""

    stream: str
    state: str
    """Which of its states it was in."""
    data: dict[str, Any]
    version: int
    position: int
    """Of the last fact that was decided by then."""


async def state_then(exporter: Exporter, log: int, choice: Choice) -> tuple[StateThen, frozenset[str]] | None:
    """The state of the one stream that is chosen, up to where it is chosen, and the types of facts that made it."""
    (name,) = choice.streams
    try:
        decider = stream_named(name).decider
    except KeyError:
        return None
    state, version, position, types = decider.initial, 0, 0, frozenset[str]()
    async for part in exporter.parts(log, choice, await exporter.end(log, choice)):
        facts = part.facts
        if facts.position:
            state = evolved(decider, state, zip(facts.type, facts.data, strict=True))
            version, position, types = facts.version[-1], facts.position[-1], types | frozenset(facts.type)
    return (StateThen(name, type(state).__name__, shown(state), version, position), types) if version else None


def up_to(at: Moment | None) -> Moment | None:
    """What is decided at this very moment has been decided."""
    return None if at is None else at + timedelta(microseconds=1)


@query(
    "/api/facts/streams/{stream}/state",
    requires="facts.read",
    limit="query",
    refuses=["request.invalid", "stream.not_found"],
    example={
        "stream": "enrollment:celestial-navigation:ada",
        "state": "Learning",
        "data": {"left": ["stars"]},
        "version": 1,
        "position": 1,
    },
)
async def state_as_of(
    asking: Asking, stream: Stream, position: Position | None = None, at: Moment | None = None
) -> StateThen:
    """What was this like at a position of the ledger, or at a time?

    Any aggregate, by the name of its stream, folded from its facts up to then; without either, as it is now.
    """
    tenant = TenantId(asking.tenant)
    choice = Choice(streams=(stream,), tenant=tenant, to=position, until=up_to(at))
    found = await state_then(asking.exporter, await asking.exporter.log_of(tenant), choice)
    if found is None or not found[1] <= frozenset(allowed(asking, None)):
        raise Refused("stream.not_found", "nothing of that name had happened by then")
    return found[0]


FACT = {
    "position": 1,
    "id": "0198c0de-da7a-7000-8000-00000000fac7",
    "type": "enrollments.LearnerEnrolled",
    "stream": "enrollment:celestial-navigation:ada",
    "version": 1,
    "at": "2026-11-02T08:00:00Z",
    "by": "teacher",
    "command": "0198c0de-da7a-7000-8000-00000000c0de",
}
COMMAND = {
    "id": "0198c0de-da7a-7000-8000-00000000c0de",
    "name": "enrollments.Enroll",
    "by": "teacher",
    "route": "POST /api/enrollments",
    "outcome": "accepted",
    "at": "2026-11-02T08:00:00Z",
    "position": 1,
    "causation": None,
}


@query(
    "/api/facts/{position}/causes",
    requires="facts.read",
    limit="query",
    refuses=["request.invalid", "fact.not_found"],
    example={"facts": [FACT], "commands": [COMMAND], "whole": True},
)
async def causes(asking: Asking, position: FactPosition) -> Chain:
    """What led to this fact, and what followed from what began it?

    A graph: a fact comes of its `command`; a command that a policy gave comes of the fact that is its `causation`.
    Of contexts that the caller may not read, nothing is told.
    """
    types = frozenset(allowed(asking, None))
    tenant = TenantId(asking.tenant)
    chain = await asking.causes(tenant, await asking.exporter.log_of(tenant), position)
    if chain is None or not any(fact.position == position and fact.type in types for fact in chain.facts):
        raise Refused("fact.not_found", "there is no fact at this position")
    facts = tuple(fact for fact in chain.facts if fact.type in types)
    commands = tuple(one for one in chain.commands if asking.principal.may(f"{one.name.partition('.')[0]}.read"))
    return Chain(facts, commands, chain.whole)
