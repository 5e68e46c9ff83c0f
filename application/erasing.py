"""Being forgotten: who may ask for it and how, and who has to say that nothing is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from application.belonging import personal
from application.bulk import Desk, Means
from application.do import AnyStream
from application.entering import REFRESH_LASTS, Visitor
from application.in_person import in_person
from application.ledger import Receipt, TenantId
from application.outlines import Decision
from application.people import removing
from application.second_factor import Shown, check_password, proving
from domain.files.belongings import BELONGINGS, OrderErasure
from domain.files.belongings import State as Belongings
from domain.identity.person import PERSON, Remove
from domain.identity.session import SESSIONS, EndEvery, Sessions
from domain.kernel import PersonId, Rejected, Stream, Value
from domain.privacy.subject import SUBJECT, AskErasure, Kept
from domain.privacy.subject import State as Subject

State = TypeVar("State")

PHRASE = "erase all that is kept of me"
"""What has to be typed, so that nobody is forgotten by a slip."""
WHY = "they asked to be forgotten"
"""Why their account is closed."""
FRESH = timedelta(minutes=10)
"""Who came in so lately need not show a password again."""
PAGES = "pages"
"""The last part: what is left in the pages of the database, and in what was written before them."""


@cache
def parts() -> tuple[str, ...]:
    """Those that have to say that they have nothing left: contexts that keep something of people, then the pages."""
    return (*(context for context, of in personal().items() if of.keyed or of.owned), PAGES)


async def ask_erasure(visitor: Visitor, phrase: str | None, password: str | None, shown: Shown) -> Receipt:
    """Forget whoever asks, who says so in words and shows who they are once more. Their account is closed at once."""
    person = in_person(visitor)
    if phrase != PHRASE:
        raise Rejected("erasure.not_confirmed", f"type: {PHRASE}")
    if password is not None:
        await check_password(visitor, password)
    elif not await _is_fresh(visitor, person):
        raise Rejected("erasure.not_authenticated", "show your password, or log in once more")
    proved = await proving(visitor, person, shown) if password is not None else ()
    state = await visitor.look(PERSON.at(person))
    ask = (SUBJECT.at(person), AskErasure(person, parts()))
    return await visitor.do(ask, *proved, *removing(person, state, WHY))


def asking_again(person: PersonId) -> Sequence[tuple[AnyStream, Value]]:
    """What is to be done where an older state was restored, in which nobody had asked yet: their key is gone already.

    With it their address is, so nobody can be told that it is free.
    """
    return (
        (SUBJECT.at(person), AskErasure(person, parts())),
        (PERSON.at(person), Remove(person, WHY)),
        (SESSIONS.at(person), EndEvery(person, "account_closed")),
    )


async def _is_fresh(visitor: Visitor, person: PersonId) -> bool:
    """Whether they have shown who they are a moment ago: a session's first tokens say when that was."""
    if visitor.session is None:
        return False
    sessions: Sessions = await visitor.look(SESSIONS.at(person))
    opened = sessions.opened(visitor.session)
    return opened is not None and opened.generation == 0 and visitor.at - (opened.until - REFRESH_LASTS) < FRESH


def erasing_belongings(person: PersonId) -> Decision:
    """To have all files of somebody erased, unless the law wants them."""
    order = OrderErasure()

    def decide(state: Belongings, subject: Subject) -> Iterator[tuple[int, Any]]:
        if isinstance(subject, Kept) and subject.holds:
            raise Rejected("erasure.held", "the law wants this data, until that hold is lifted")
        yield from ((0, event) for event in BELONGINGS.decide(state, order))

    return Decision((BELONGINGS.at(person), SUBJECT.at(person)), decide, order)


def key_of(desk: Desk, tenant: TenantId, person: PersonId) -> bytes | None:
    """The key of somebody; None where it was destroyed."""

    async def looked_up(means: Means) -> bytes | None:
        return (await means.keys.keys(tenant, (person,), make=True))[person]

    return desk.run(looked_up)


def looked_at(desk: Desk, tenant: TenantId, stream: Stream[State, Any, Any]) -> State:
    """The state of a stream as it is now."""

    async def looked_up(means: Means) -> State:
        state: State = await means.do.look(tenant, stream)
        return state

    return desk.run(looked_up)
