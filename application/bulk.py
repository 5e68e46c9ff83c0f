"""Enrolling many: a job that goes through a list, some rows at a time, each some kept whole or not at all.

How far it has come is decided in the same append as the enrolments themselves. So it may be killed at any moment: what
was told is done, what was not told was not done, and the job goes on from there.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import islice
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid5

from application.do import AnyStream, Do
from application.enrolling import Looks, enrolled, informed
from application.jobs import Errand
from application.ledger import Caller
from application.ports import Blind, Keys, Vault
from application.rows import Row, rows, table, to_put_right
from domain.enrollments.bulk import BULK, FinishBulk, Running, TellRows
from domain.enrollments.enrollment import ENROLLMENT, Enroll
from domain.enrollments.events import (
    BulkEnrollmentOrdered,
    EnrollmentHeldForPayment,
    LearnerEnrolled,
    LearnerWaitlisted,
    Outcome,
    RowTold,
)
from domain.enrollments.seats import SEATS
from domain.enrollments.terms import TERMS
from domain.identity.claim import CLAIM, Taken
from domain.identity.person import PERSON, Nobody, Removed
from domain.kernel import LearnerId, Rejected, SecretId, Value

Done = TypeVar("Done")

ROWS_AT_ONCE = 200
"""So many rows are one append. Whoever else has something to append meanwhile waits for it; but of shorter appends each
row costs more of the processor, for which they wait as well."""
ROWS_A_SECOND_MAX = 2_200
"""No faster than this: nobody waits for the next row of a list, but others wait for what it is kept by."""
BEHIND_S_MAX = 0.5
"""Of time that was lost on the way, so much is made up for."""


class Means(NamedTuple):
    """What is done with at a desk."""

    do: Do
    vault: Vault
    blind: Blind
    keys: Keys


class Desk(Protocol):
    """Where jobs give commands."""

    def run(self, work: Callable[[Means], Awaitable[Done]]) -> Done:
        """Do this work, wait for its end, and say what came of it."""
        ...


class BulkOrder(Value):
    bulk: str


class _Wanted(NamedTuple):
    """A row and who is meant by it."""

    row: Row
    learner: LearnerId | None
    wish: Enroll | None
    wrong: str | None = None


class _Pace:
    """When it is time for the next rows: evenly, so that others find room between any two appends."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._due = monotonic()

    async def turn(self, rows: int) -> None:
        """Wait until it is the turn of so many rows."""
        now = monotonic()
        await asyncio.sleep(self._due - now)
        self._due = max(self._due, now - BEHIND_S_MAX) + rows / self._a_second


async def enroll_rows(means: Means, errand: Errand[BulkOrder]) -> None:
    """Go through the list from where it was left."""
    stream = BULK.at(errand.order.bulk)
    state = await means.do.look(errand.tenant, stream)
    if not isinstance(state, Running):
        return
    of = table(await _file(means, errand, state.order))
    todo = islice(rows(of), state.handled, None)
    first = state.handled
    wanted = await _looked_up(means, errand, state.order, tuple(islice(todo, ROWS_AT_ONCE)))
    pace = _Pace(ROWS_A_SECOND_MAX)
    while wanted:
        await pace.turn(len(wanted))
        # Who is meant by the next rows is looked up while these are kept.
        ahead = _looked_up(means, errand, state.order, tuple(islice(todo, ROWS_AT_ONCE)))
        _, then = await asyncio.gather(_enroll(means, errand, state.order, first, wanted), ahead)
        first, wanted = first + len(wanted), then
    state = await means.do.look(errand.tenant, stream)
    if isinstance(state, Running):
        errors = await _keep_errors(means, errand, to_put_right(of, state.refused)) if state.refused else None
        await means.do(stream, FinishBulk(errors), _caller(errand, "finish"))


async def _file(means: Means, errand: Errand[BulkOrder], order: BulkEnrollmentOrdered) -> bytes:
    if order.source is None:
        return "\n".join(("learner", *order.people)).encode()
    return base64.b64decode(await means.vault.look(errand.tenant, UUID(order.source)) or b"")


async def _keep_errors(means: Means, errand: Errand[BulkOrder], file: bytes) -> SecretId:
    id_ = uuid5(errand.id, "errors")
    return SecretId(str(await means.vault.keep(errand.tenant, "", "enrollments.errors", file, id=id_)))


def _caller(errand: Errand[BulkOrder], part: str) -> Caller:
    id_ = uuid5(errand.id, part)
    return Caller(errand.tenant, "job:enroll_in_bulk", "job", errand.correlation, errand.causation, command=id_)


async def _enroll(
    means: Means, errand: Errand[BulkOrder], order: BulkEnrollmentOrdered, first: int, wanted: Sequence[_Wanted]
) -> None:
    bulk = BULK.at(errand.order.bulk)
    learners = tuple({one.learner: None for one in wanted if one.learner is not None and one.wrong is None})
    seats = () if order.section is None else (SEATS.at(order.section),)
    streams = (bulk, *seats, *(ENROLLMENT.at(order.course, learner) for learner in learners))
    places = {learner: place for place, learner in enumerate(learners, 1 + len(seats))}

    def decide(state: Any, *others: Any) -> Iterator[tuple[int, Any]]:
        if not isinstance(state, Running) or state.handled != first:
            return  # Another worker was faster.
        states: list[Any] = [state, *others]
        outcomes: list[RowTold] = []
        for one in wanted:
            outcome, events = _one(one, states, places, errand, seated=bool(seats))
            outcomes.append(outcome)
            for place, event in events:
                states[place] = streams[place].decider.evolve(states[place], event)
            yield from events
        yield from ((0, event) for event in BULK.decide(state, TellRows(first, tuple(outcomes))))

    command = TellRows(first, ())
    await means.do.across(streams, decide, command, _caller(errand, f"rows:{first}"))


def _one(
    one: _Wanted, states: Sequence[Any], places: Mapping[LearnerId, int], errand: Errand[BulkOrder], *, seated: bool
) -> tuple[RowTold, list[tuple[int, Any]]]:
    """What becomes of one row, and the facts of that by the place of their stream."""
    line, learner, wish = one.row.line, one.learner, one.wish
    if one.wrong is not None or learner is None or wish is None:
        return RowTold(line, "refused", learner, one.wrong), []
    place = places[learner]
    try:
        if wish.section is None or not seated:
            events = [(place, event) for event in ENROLLMENT.decide(states[place], wish)]
        else:
            found = enrolled(states[place], states[1], wish, wish.section, errand.at)
            events = [(1 if which else place, event) for which, event in found]
    except Rejected as no:
        return RowTold(line, "refused", learner, no.code), []
    return RowTold(line, _outcome([event for _, event in events]), learner), events


def _outcome(events: Sequence[object]) -> Outcome:
    for event in events:
        match event:
            case LearnerEnrolled():
                return "enrolled"
            case LearnerWaitlisted():
                return "waitlisted"
            case EnrollmentHeldForPayment():
                return "awaiting_payment"
            case _:
                pass
    return "already"


async def _looked_up(
    means: Means, errand: Errand[BulkOrder], order: BulkEnrollmentOrdered, some: Sequence[Row]
) -> Sequence[_Wanted]:
    """Who is meant by these rows, and what the course asks of them. How they are on it so far is read by the way."""
    terms = TERMS.at(order.course)
    asked = asyncio.ensure_future(means.do.look(errand.tenant, terms))

    async def look(stream: AnyStream) -> Any:
        """What all rows ask about is looked at once."""
        return await (asked if stream.name == terms.name else means.do.look(errand.tenant, stream))

    async def one(row: Row) -> _Wanted:
        if row.wrong is not None:
            return _Wanted(row, None, None, row.wrong)
        learner = await _person(means, errand, Looks(look), row)
        if learner is None:
            return _Wanted(row, None, None, "person.unknown")
        wish = Enroll(order.course, learner, order.lessons, order.until, section=order.section, resume=order.resume)
        return _Wanted(row, learner, await informed(Looks(look), wish, errand.at))

    _, *found = await asyncio.gather(asked, *map(one, some))
    learners = {one.learner: None for one in found if one.learner is not None}
    await means.do.foresee(errand.tenant, [ENROLLMENT.at(order.course, learner) for learner in learners])
    return found


async def _person(means: Means, errand: Errand[BulkOrder], look: Looks, row: Row) -> LearnerId | None:
    """Who is meant; nobody, where no account is called so."""
    if row.column == "learner":
        person = await look(PERSON.at(row.value))
        return None if isinstance(person, Nobody | Removed) else LearnerId(row.value)
    found = await look(CLAIM.at(row.column, means.blind.blind(errand.tenant, row.column, row.value)))
    return LearnerId(found.person) if isinstance(found, Taken) else None
