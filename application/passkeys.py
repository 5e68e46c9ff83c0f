"""Passkeys: made by their owner, removed, and signed with to come in.

A challenge is a text that only we can have written. It says what it is for, for whom and until when, so nothing is kept
of it until it is answered; that it is answered once is decided on a stream of its own.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

from application.authenticators import MadeKey, SignedChallenge, Unbelieved
from application.entering import Entered, Step, Visitor, failed, guarded, open_session
from application.in_person import in_person
from application.ledger import Receipt
from domain.factors.challenge import CHALLENGE, Answer
from domain.factors.passkey import PASSKEY, Known, Register, ReportFallenCounter, Use
from domain.factors.passkey import State as Passkey
from domain.identity.entry import ENTRY
from domain.identity.person import PERSON, Admit
from domain.kernel import Moment, Rejected, Value

LASTS = timedelta(minutes=5)
PURPOSE = "passkey"
MAKE, SIGN = "make", "sign"


class Asked(Value):
    """What the browser is to be given, for `navigator.credentials`."""

    options: dict[str, Any]
    until: Moment


async def ask_to_make(visitor: Visitor, host: str, account: str) -> Asked:
    """What a browser is given to have a passkey made."""
    person = in_person(visitor)
    web = visitor.means.authenticators
    challenge, until = _challenge(visitor, MAKE, person)
    known = await visitor.means.known_keys(visitor.tenant, person)
    return Asked(web.ask_to_make(web.party(host), challenge, person, account, known), until)


async def register(visitor: Visitor, host: str, answer: MadeKey) -> Receipt:
    """Keep a passkey that was made."""
    person = in_person(visitor)
    web = visitor.means.authenticators
    try:
        challenge = web.challenge_of(answer)
        step = _answered(visitor, challenge, MAKE, person)
        party = web.party(host)
        key = web.key_of(answer, party, challenge)
    except Unbelieved as no:
        raise Rejected("passkey.not_believed", f"this is not believed: {no}") from None
    made = Register(
        person,
        key.credential,
        key.public_key,
        party.domain,
        key.counter,
        answer.response.transports,
        key.authenticator,
        key.backed_up,
    )
    return await visitor.do((PASSKEY.at(_name(visitor, answer.id)), made), step)


async def ask_to_sign(visitor: Visitor, host: str) -> Asked:
    """What a browser is given to come in with a passkey. It is the same for everyone: nobody has said who they are."""
    web = visitor.means.authenticators
    challenge, until = _challenge(visitor, SIGN, "")
    return Asked(web.ask_to_sign(web.party(host), challenge), until)


async def come_in(visitor: Visitor, host: str, answer: SignedChallenge) -> Entered:
    """Come in with a passkey. It stands for a password and a code: it was touched, and its owner was verified."""
    entry = ENTRY.at(visitor.mark("passkey entry", _plain(answer.id)))
    origin = ENTRY.at(visitor.mark("origin", visitor.address))
    async with guarded(visitor, entry, origin):
        stream = PASSKEY.at(_name(visitor, answer.id))
        state: Passkey = await visitor.look(stream)
        try:
            count, step = _believed(visitor, host, answer, state)
        except Unbelieved:
            await failed(visitor, entry, origin, state.person if isinstance(state, Known) else None)
            raise Rejected("passkey.refused", "this passkey is not known here, or has not signed for us") from None
        assert isinstance(state, Known)  # noqa: S101 — what is not known is not believed
        if state.has_fallen(count):
            await visitor.do((stream, ReportFallenCounter(str(visitor.id), count)))
            raise Rejected("passkey.counter_fell", "this passkey has counted less than before; it may be a copy")
        steps: tuple[Step, ...] = (
            (stream, Use(str(visitor.id), count)),
            step,
            (PERSON.at(state.person), Admit()),
        )
        return await open_session(visitor, state.person, "passkey", entry, *steps)


def _believed(visitor: Visitor, host: str, answer: SignedChallenge, state: Passkey) -> tuple[int, Step]:
    """How often a passkey says it has signed, and what answers its challenge."""
    web = visitor.means.authenticators
    challenge = web.challenge_of(answer)
    step = _answered(visitor, challenge, SIGN, "")
    party = web.party(host)
    if not isinstance(state, Known) or state.domain != party.domain:
        raise Unbelieved("it is not known")
    return web.count_of(answer, party, challenge, state.public_key, state.person), step


def _challenge(visitor: Visitor, what: str, person: str) -> tuple[str, datetime]:
    until = visitor.at + LASTS
    said = (str(visitor.tenant), what, person, str(visitor.derived("challenge")), until.isoformat())
    return visitor.means.blind.seal_token(PURPOSE, *said), until


def _answered(visitor: Visitor, challenge: str, what: str, person: str) -> Step:
    """What is to be decided so that this challenge is answered; or `Unbelieved`, if it is not ours, or too old."""
    said = visitor.means.blind.open_token(PURPOSE, challenge)
    if said is None or said[:3] != (str(visitor.tenant), what, person):
        raise Unbelieved("its challenge is not ours")
    _, _, _, id_, until = said
    if datetime.fromisoformat(until) <= visitor.at:
        raise Unbelieved("its challenge is too old")
    return CHALLENGE.at(id_), Answer(str(visitor.id))


def _name(visitor: Visitor, credential: str) -> str:
    """What a passkey is called in the ledger. What its authenticator calls it is the same wherever it is used."""
    return visitor.mark("passkey", _plain(credential))


def _plain(credential: str) -> str:
    """The same without capitals, which a mark does not tell apart; as it is, if no authenticator has called it so."""
    try:
        return urlsafe_b64decode(credential + "=" * (-len(credential) % 4)).hex()
    except ValueError:
        return credential
