"""What we do about identity: people are asked to verify their address, and told what happens to their account."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from application.accounts import VERIFY_LASTS, token_of
from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.people import digits, inviting
from application.permissions import AUDITOR, EVERYONE, Permission
from application.policies import Bound
from application.ports import Blind, Links, SchoolNames, Telephones, Text, Texts
from domain.identity.events import (
    CodeId,
    EntryLocked,
    PasswordSet,
    PersonDeactivated,
    PersonInvited,
    PersonRegistered,
    PhoneCodeOffered,
    ProofId,
    ProofOffered,
    SessionOpened,
)
from domain.identity.proof import PROOF, Offer
from domain.kernel import PersonId, Value

PERMISSIONS = (
    Permission("identity.own", "Look after one's own account: sessions, password, address.", (EVERYONE,)),
    Permission(
        "identity.read", "Read what has happened to accounts, and who came in and when.", (AUDITOR,), watched=True
    ),
    Permission("identity.sessions", "See and end the sessions of others.", watched=True),
)
PERSONAL = OfPeople(keyed={"person": 0, "phone-code": 0, "sessions": 0}, apart=("claim", "entry", "proof"))


async def when_person_registered_ask_to_verify_the_address(registered: Recorded[PersonRegistered], do: Bound) -> None:
    fact = registered.event
    proof = ProofId(str(uuid5(registered.id, "verify")))
    until = registered.at + VERIFY_LASTS
    offer = Offer("verify", fact.person, proof, registered.at, until, fact.person, fact.address_mark)
    await do(PROOF.at("verify", fact.person), offer)


async def when_person_invited_send_a_link(invited: Recorded[PersonInvited], do: Bound) -> None:
    fact = invited.event
    await do(*inviting(fact.person, invited.id, invited.at, fact.address_mark))


async def when_phone_code_offered_text_it(offered: Recorded[PhoneCodeOffered], do: Bound) -> None:
    do.later(text_phone_code, PhoneCode(offered.event.person, offered.event.code))


async def when_proof_was_offered_send_the_link(offered: Recorded[ProofOffered], do: Bound) -> None:
    if offered.event.person is not None:
        do.later(send_invitation if offered.event.purpose == "invite" else send_link, offered.event)


async def when_password_was_set_say_so(replaced: Recorded[PasswordSet], do: Bound) -> None:
    do.later(say_password_was_changed, Happened(PersonId(replaced.stream.partition(":")[2])))


async def when_entry_was_locked_say_so(locked: Recorded[EntryLocked], do: Bound) -> None:
    fact = locked.event
    if fact.person is not None:
        do.later(say_account_was_locked, LockedUntil(fact.person, fact.until))


async def when_session_was_opened_on_a_new_device_say_so(opened: Recorded[SessionOpened], do: Bound) -> None:
    fact = opened.event
    if fact.is_new:
        do.later(say_new_device, Happened(fact.person))


async def when_person_deactivated_say_so(deactivated: Recorded[PersonDeactivated], do: Bound) -> None:
    do.later(say_account_was_deactivated, Happened(deactivated.event.person))


class Happened(Value):
    """Something happened to the account of a person."""

    person: PersonId


class LockedUntil(Value):
    person: PersonId
    until: datetime


LETTERS = {"verify": "verify_address", "reset": "reset_password"}


@job(retries=RETRIES)
def send_link(errand: Errand[ProofOffered], people: People, mailer: Mailer, blind: Blind, links: Links) -> None:
    offered = errand.order
    to = people.person(errand.tenant, offered.person or "")
    if to is not None:
        which = LETTERS[offered.purpose]
        link = links.link(errand.tenant, which.replace("_", "-"), token_of(blind, errand.tenant, offered))
        mailer.send(letter(errand, to, f"identity/{which}", link=link, until=offered.until))


@job(retries=RETRIES)
def send_invitation(  # noqa: PLR0913, PLR0917 — what it takes to write to somebody who knows nothing of us
    errand: Errand[ProofOffered], people: People, mailer: Mailer, blind: Blind, links: Links, schools: SchoolNames
) -> None:
    offered = errand.order
    to = people.person(errand.tenant, offered.person or "")
    if to is not None:
        link = links.link(errand.tenant, "accept-invitation", token_of(blind, errand.tenant, offered))
        school = schools.name(errand.tenant)
        mailer.send(letter(errand, to, "identity/welcome_invitation", school=school, link=link, until=offered.until))


@job(retries=RETRIES)
def say_password_was_changed(errand: Errand[Happened], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/password_was_changed", at=errand.at))


@job(retries=RETRIES)
def say_account_was_locked(errand: Errand[LockedUntil], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/account_was_locked", at=errand.at, until=errand.order.until))


@job(retries=RETRIES)
def say_new_device(errand: Errand[Happened], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/new_device", at=errand.at, device="a device that was not seen before"))


@job(retries=RETRIES)
def say_account_was_deactivated(errand: Errand[Happened], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/account_was_deactivated", at=errand.at))


class PhoneCode(Value):
    """The code that is to be sent to somebody's telephone."""

    person: PersonId
    code: CodeId


@job()
def text_phone_code(errand: Errand[PhoneCode], telephones: Telephones, texts: Texts, blind: Blind) -> None:
    order = errand.order
    number = telephones.number(errand.tenant, order.person)
    if number is not None:
        code = digits(lambda kind, value: blind.blind(errand.tenant, kind, value), order.person, order.code)
        said = f"{code} is your code. It is good for ten minutes."
        texts.send(Text(errand.id, errand.tenant, number, said, errand.at))
