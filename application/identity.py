"""What we do about identity: people are asked to verify their address, and told what happens to their account."""

from __future__ import annotations

from uuid import uuid5

from application.accounts import VERIFY_LASTS
from application.jobs import Errand, job
from application.ledger import Recorded
from application.people import digits, inviting
from application.permissions import AUDITOR, EVERYONE, Permission
from application.policies import Bound
from application.ports import Blind, Telephones, Text, Texts
from domain.identity.events import CodeId, PersonInvited, PersonRegistered, PhoneCodeOffered, ProofId
from domain.identity.proof import PROOF, Offer
from domain.kernel import PersonId, Value

PERMISSIONS = (
    Permission("identity.own", "Look after one's own account: sessions, password, address.", (EVERYONE,)),
    Permission("identity.read", "Read what has happened to accounts, and who came in and when.", (AUDITOR,)),
    Permission("identity.sessions", "See and end the sessions of others."),
)


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
