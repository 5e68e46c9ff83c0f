"""What we do about identity: people are asked to verify their address, and told what happens to their account."""

from __future__ import annotations

from uuid import uuid5

from application.accounts import VERIFY_LASTS
from application.ledger import Recorded
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from domain.identity.events import PersonRegistered, ProofId
from domain.identity.proof import PROOF, Offer

PERMISSIONS = (
    Permission("identity.own", "Look after one's own account: sessions, password, address.", (EVERYONE,)),
    Permission("identity.sessions", "See and end the sessions of others."),
)


async def when_person_registered_ask_to_verify_the_address(registered: Recorded[PersonRegistered], do: Bound) -> None:
    fact = registered.event
    proof = ProofId(str(uuid5(registered.id, "verify")))
    until = registered.at + VERIFY_LASTS
    offer = Offer("verify", fact.person, proof, registered.at, until, fact.person, fact.address_mark)
    await do(PROOF.at("verify", fact.person), offer)
