"""What the pages of the console share: how entries, followers and moments are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from adapters.postgres.browsing import Choice
from api.http.problems import Refused
from api.http.queries import Asking
from api.pages.comparing import differences
from api.pages.html import Markup, badge, link, table, text, url
from api.service.as_of import StateThen, state_then
from api.service.facts import KeptFact, allowed
from application.catalogue import context_of
from application.deciders import stream_named
from application.ledger import TenantId
from application.security import SEVERITIES, Severity
from application.trail import TrailEntry

ROWS = 50
"""So many on a page."""


class Kept(NamedTuple):
    name: str
    schema: str


STREAMS = Kept("ledger", "ledger")
FOLLOWERS = Kept("ledger", "followers")


class ShownStream(msgspec.Struct):
    stream: str
    version: int
    at: datetime


class ShownParked(msgspec.Struct):
    position: int
    stream: str
    type: str
    held: bool
    tries: int
    error: str | None
    parked_at: datetime


class ShownFollower(msgspec.Struct):
    follower: str
    position: int
    head: int
    lag: int
    at: datetime
    leased: bool
    paused: bool
    parked: tuple[ShownParked, ...]


_streams = msgspec.json.Decoder(tuple[ShownStream, ...])
_followers = msgspec.json.Decoder(tuple[ShownFollower, ...])
_facts = msgspec.json.Decoder(tuple[KeptFact, ...])


def who(asking: Asking) -> str:
    return f"{asking.principal.name} · {asking.tenant}"


def more(path: str | None) -> Markup:
    return Markup() if path is None else Markup(f'<p class="more">{link(path, "Further")}</p>')


def entries_shown(caption: str, entries: tuple[TrailEntry, ...]) -> Markup:
    header = ("At", "By", "Action", "Record", "Outcome", "From", "Facts")
    return table(caption, header, map(_entry, entries))


def _entry(entry: TrailEntry) -> tuple[object, ...]:
    outcome = badge(entry.code or entry.outcome, entry.severity or entry.outcome)
    times = f", {entry.times} times" if entry.times > 1 else ""
    record: object = entry.record
    if entry.kind == "command":
        record = link(url("streams", entry.record), entry.record)
    return (
        entry.at, link(url("trail", by=entry.by), entry.by), f"{entry.action}{times}", record, outcome,
        None if entry.origin is None else entry.origin.address, ", ".join(entry.facts),
    )  # fmt: skip


def state_of(follower: ShownFollower) -> Markup:
    if follower.paused:
        return badge("paused", "warning")
    return badge("at work", "accepted") if follower.leased else badge("nobody at work", "critical")


def one_of(type_: Any, name: str, said: str) -> Any:
    """What was chosen, if it is one of what there is."""
    try:
        return msgspec.convert(said, type_) if said else None
    except msgspec.ValidationError:
        raise Refused("request.invalid", f"there is no such {name}", path=f"?{name}") from None


def grave(severity: Severity | None) -> tuple[Severity, ...] | None:
    return None if severity is None else SEVERITIES[SEVERITIES.index(severity) :]


def context_of_stream(stream: str) -> str | None:
    try:
        initial: object = stream_named(stream).decider.initial
        return context_of(type(initial))
    except (KeyError, TypeError):
        return None


def brief(data: dict[str, Any]) -> str:
    said = msgspec.json.encode(data).decode()
    return said if len(said) <= ROWS * 2 else f"{said[: ROWS * 2]}…"


async def streams_from(asking: Asking, beginning: str, after: str) -> tuple[ShownStream, ...]:
    """The streams that begin so, after one of them, in order."""
    _, found = await asking.ask(STREAMS, "streams_from", asking.tenant, (beginning, after, ROWS), 0)
    return _streams.decode(found)


async def standing(asking: Asking) -> tuple[ShownFollower, ...]:
    _, found = await asking.ask(FOLLOWERS, "followers_standing", asking.tenant, (), 0)
    return _followers.decode(found)


async def facts_of(asking: Asking, stream: str, after: int) -> tuple[KeptFact, ...]:
    found = await asking.replay(asking.tenant, after, ROWS, allowed(asking, None), stream)
    return _facts.decode(found.facts)


async def fact_at(asking: Asking, position: int) -> KeptFact:
    found = await asking.replay(asking.tenant, position - 1, 1, allowed(asking, None))
    for fact in _facts.decode(found.facts):
        if fact.position == position:
            return fact
    raise Refused("fact.not_found", "there is no fact at this position")


async def compared(asking: Asking, stream: str, ends: tuple[int, int]) -> Markup:
    """What was another at the second position than at the first."""
    tenant = TenantId(asking.tenant)
    log = await asking.exporter.log_of(tenant)
    states: list[StateThen | None] = []
    for position in ends:
        found = await state_then(asking.exporter, log, Choice(streams=(stream,), tenant=tenant, to=position))
        states.append(None if found is None else found[0])
    before, after = ({} if one is None else {"state": one.state, **one.data} for one in states)
    rows = [
        (one.place, Markup(f"<del>{text(one.before)}</del>"), Markup(f"<ins>{text(one.after)}</ins>"))
        for one in differences(before, after)
    ]
    return table(f"What is another at {ends[1]} than at {ends[0]}", ("Field", "Before", "After"), rows)
