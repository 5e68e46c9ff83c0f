"""A link that is sent to an address, good once and for a while: who uses it holds the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import assert_never

from domain.identity.events import ProofEvent as Event
from domain.identity.events import ProofId, ProofOffered, ProofUsed, Purpose
from domain.kernel import Decider, PersonId, Rejected, Value

APART_S = 60
"""So long one waits before the next link."""
A_DAY_MAX = 10


class Offer(Value):
    """Have a link sent. Those that were sent before are void from now on.

    Whoever asks for one does not learn whether there is a person behind the name, so it is asked for all the same.
    """

    purpose: Purpose
    who: str
    proof: ProofId
    at: datetime
    until: datetime
    person: PersonId | None = None
    about: str = ""


class Use(Value):
    """Use a link. Whoever asks again under the same `request` is given the same answer."""

    proof: ProofId
    request: str
    at: datetime


Command = Offer | Use


class Link(Value):
    """The link that was sent last, and by which request it was used."""

    proof: ProofId
    until: datetime
    used_by: str | None = None


class Proofs(Value):
    sent: tuple[datetime, ...] = ()
    link: Link | None = None

    def wait(self, at: datetime) -> timedelta:
        """How long until another link may be sent; nothing, or less, if one may be sent now."""
        today = [at - sent for sent in self.sent if at - sent < timedelta(days=1)]
        if len(today) >= A_DAY_MAX:
            return timedelta(days=1) - today[-A_DAY_MAX]
        return timedelta(seconds=APART_S) - today[-1] if today else timedelta()


State = Proofs


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Proofs(link=Link(proof=known)), Offer(proof=proof) if known == proof:
            return
        case Proofs(), Offer(purpose, who, proof, at, until, person, about) if state.wait(at) <= timedelta():
            yield ProofOffered(purpose, who, proof, at, until, person, about)
        case Proofs(), Offer():
            raise Rejected("link.too_soon", "a link was sent just now; wait for it")
        case Proofs(link=Link(known, until, None)), Use(proof, request, at) if known == proof and at < until:
            yield ProofUsed(proof, request)
        case Proofs(link=Link(known, _, used_by)), Use(proof, request) if known == proof and used_by == request:
            return
        case Proofs(link=Link(known, used_by=None)), Use(proof) if known == proof:
            raise Rejected("link.expired", "this link is too old; ask for another")
        case _:
            raise Rejected("link.refused", "this link was used, or another was sent after it")


def evolve(state: State, event: Event) -> State:
    match event:
        case ProofOffered(proof=proof, at=at, until=until):
            return Proofs((*state.sent, at)[-A_DAY_MAX:], Link(proof, until))
        case ProofUsed(proof, request):
            if state.link is None or state.link.proof != proof:
                return state
            return Proofs(state.sent, Link(proof, state.link.until, request))
        case _:
            assert_never(event)


PROOF = Decider[State, Command, Event]("proof", Proofs(), decide, evolve)
"""At `proof:verify:{person}`, and at `proof:reset:{mark}` of what was typed as a name."""
