"""People, as staff and they themselves look after them: what is decided together, and what is looked up first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from application.accounts import REFUSED, account_of, check_rules, opened
from application.do import AnyStream, Decide
from application.entering import Step, Visitor
from application.ledger import Receipt, Repeated
from application.permissions import AUDITOR, STAFF, Permission
from domain.identity.claim import CLAIM, Claim, Release
from domain.identity.events import AccessNeed, CodeId, Mark, Privacy, ProofId
from domain.identity.person import (
    NO_NEEDS,
    PERSON,
    Activate,
    Deactivate,
    Invited,
    Reactivate,
    Remove,
    ReplaceAddress,
    ReviseProfile,
    SetPreferences,
    VerifyAddress,
)
from domain.identity.person import State as Person
from domain.identity.proof import PROOF, Offer, Use
from domain.identity.session import SESSIONS, EndEvery
from domain.kernel import PersonId, Rejected, Value

PERMISSIONS = (
    Permission("identity.directory", "Look people up.", (STAFF, AUDITOR), watched=True),
    Permission("identity.manage", "Invite people, revise, open, close and remove their accounts."),
)

INVITATION_LASTS = timedelta(days=14)
CODE_LASTS = timedelta(minutes=10)
CODE_DIGITS = 6

Name = Callable[[str, str], str]
"""Gives a name to a value that must not be said: `Blind.blind` for one tenant."""


class Profile(Value):
    """What is said of somebody, all of it: what is left out, is not said any more."""

    name: str
    given_name: str | None = None
    family_name: str | None = None
    about: str | None = None
    phone: str | None = None
    avatar: str | None = None


class Preferences(Value):
    """How somebody likes to be served, all of it."""

    locale: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    privacy: tuple[Privacy, ...] = ()
    access_needs: tuple[AccessNeed, ...] = ()


def revising(blind: Name, person: PersonId, profile: Profile) -> ReviseProfile:
    """What somebody is called and so on, as a command. Its mark tells it from any other profile, also in its case."""
    phone = None if profile.phone is None else Mark(blind("phone", profile.phone))
    return ReviseProfile(person, _mark_of(blind, profile), phone_mark=phone, **msgspec.structs.asdict(profile))


def preferring(blind: Name, person: PersonId, preferences: Preferences) -> SetPreferences:
    """What somebody prefers, as a command."""
    needs = tuple(sorted(set(preferences.access_needs)))
    return SetPreferences(
        person,
        preferences.locale,
        preferences.time_zone,
        preferences.theme,
        tuple(sorted(set(preferences.privacy))),
        " ".join(needs),
        _mark_of(blind, needs) if needs else NO_NEEDS,
    )


def _mark_of(blind: Name, value: Any) -> Mark:
    return Mark(blind("said", sha256(msgspec.json.encode(value)).hexdigest()))


def moving(blind: Name, person: PersonId, state: Person, address: str) -> Sequence[Step]:
    """Another address for somebody, and the one there was is nobody's again."""
    before, mark = account_of(state).address, Mark(blind("address", address))
    if before == mark:
        return ()
    return (
        (PERSON.at(person), ReplaceAddress(person, address, mark)),
        (CLAIM.at("address", mark), Claim("address", person)),
        (CLAIM.at("address", before), Release(person)),
    )


def removing(person: PersonId, state: Person, reason: str) -> Sequence[Step]:
    """Nobody comes in by this account any more, and others may have its address and its username."""
    account = account_of(state)
    username = () if account.username is None else ((CLAIM.at("username", account.username), Release(person)),)
    return (
        (PERSON.at(person), Remove(person, reason)),
        (SESSIONS.at(person), EndEvery(person, "account_closed")),
        (CLAIM.at("address", account.address), Release(person)),
        *username,
    )


def deactivating(people: Sequence[PersonId], reason: str) -> Sequence[Step]:
    """These accounts are closed, all or none, and whoever is in is out."""
    return (
        *((PERSON.at(person), Deactivate(person, reason)) for person in people),
        *((SESSIONS.at(person), EndEvery(person, "account_closed")) for person in people),
    )


def activating(people: Sequence[PersonId], reason: str) -> tuple[Sequence[AnyStream], Decide, Value]:
    """These accounts are open, all or none: those that were closed again, and those that nobody has taken yet."""

    def decide(*states: Person) -> Iterator[tuple[int, Any]]:
        for place, (person, state) in enumerate(zip(people, states, strict=True)):
            command = Activate() if isinstance(state, Invited) else Reactivate(person, reason)
            yield from ((place, event) for event in PERSON.decide(state, command))

    return [PERSON.at(person) for person in people], decide, Reactivate(people[0], reason)


# --- invitations ----------------------------------------------------------------------------------


def inviting(person: PersonId, proof: UUID, at: datetime, mark: Mark) -> Step:
    """A link by which somebody takes the account that was made for them."""
    offer = Offer("invite", person, ProofId(str(proof)), at, at + INVITATION_LASTS, person, mark)
    return PROOF.at("invite", person), offer


async def accept_invitation(visitor: Visitor, token: str, password: str) -> Receipt:
    """Take the account that was made for one, by the link that was sent: it shows whose the address is, too."""
    who, person, proof, mark = opened(visitor, "invite", token)
    await check_rules(visitor, password, ())
    credential = await visitor.kept(person, password)
    try:
        receipt = await visitor.do(
            (PERSON.at(person), Activate(credential)),
            (PERSON.at(person), VerifyAddress(Mark(mark))),
            (PROOF.at("invite", who), Use(proof, str(visitor.id), visitor.at)),
        )
    except Rejected as no:
        await visitor.means.vault.forget(visitor.tenant, UUID(credential))
        raise REFUSED if no.code == "person.not_possible" else no from None
    if isinstance(receipt, Repeated):
        await visitor.means.vault.forget(visitor.tenant, UUID(credential))
    return receipt


# --- telephones -----------------------------------------------------------------------------------


def digits(blind: Name, person: PersonId, code: CodeId) -> str:
    """The six digits of a code. Nobody keeps them: they are made when they are sent, and when they are looked at."""
    hashed = sha256(blind("phone-code", f"{person} {code}").encode()).digest()
    return f"{int.from_bytes(hashed[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
