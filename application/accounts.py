"""Making an account, and showing again and again that it is one's own: addresses verified, passwords set."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from application.entering import Step, Visitor, guarded
from application.ledger import Receipt, Repeated
from application.ports import Blind
from domain.identity.claim import CLAIM, Claim, Taken
from domain.identity.entry import ENTRY, OF_A_NAME, Fail
from domain.identity.events import Mark, ProofId, ProofOffered, Purpose
from domain.identity.person import (
    PERSON,
    Account,
    Activate,
    Active,
    Invited,
    Nobody,
    Register,
    SetPassword,
    VerifyAddress,
)
from domain.identity.person import State as Person
from domain.identity.proof import PROOF, Offer, Use
from domain.identity.session import SESSIONS, EndEvery
from domain.kernel import PersonId, Rejected, SecretId

VERIFY_LASTS = timedelta(days=2)
RESET_LASTS = timedelta(hours=1)
REFUSED = Rejected("link.refused", "this link is not one of ours, was used, or another was sent after it")


async def register(visitor: Visitor, address: str, username: str | None, name: str, password: str) -> Receipt:
    """Make an account. The names are claimed in the very moment it is made."""
    address, username = address.strip(), None if username is None else username.strip()
    await check_rules(visitor, password, (address, username or "", name))
    address_mark = visitor.mark("address", address)
    username_mark = None if username is None else visitor.mark("username", username)
    # Refused here, it costs no hash; what counts is decided below.
    if isinstance(await visitor.look(CLAIM.at("address", address_mark)), Taken) and visitor.caller.key is None:
        raise Rejected("address.taken", "somebody has an account with this address")
    person = PersonId(str(uuid7()))
    credential = await visitor.kept(person, password)
    steps: list[Step] = [
        (
            PERSON.at(person),
            Register(person, address, username, name.strip(), credential, address_mark, username_mark),
        ),
        (CLAIM.at("address", address_mark), Claim("address", person)),
    ]
    if username_mark is not None:
        steps.append((CLAIM.at("username", username_mark), Claim("username", person)))
    try:
        receipt = await visitor.do(*steps)
    except Rejected:
        await visitor.means.vault.forget(visitor.tenant, UUID(credential))
        raise
    if isinstance(receipt, Repeated):
        await visitor.means.vault.forget(visitor.tenant, UUID(credential))
    return receipt


async def send_verification(visitor: Visitor) -> Receipt:
    """Have the link sent again that shows whose the address is."""
    account = account_of(await visitor.look(PERSON.at(visitor.person)))
    if account.verified:
        raise Rejected("address.verified", "this address was verified before")
    proof = ProofId(str(visitor.derived("proof")))
    until = visitor.at + VERIFY_LASTS
    offer = Offer("verify", visitor.person, proof, visitor.at, until, visitor.person, account.address)
    return await visitor.do((PROOF.at("verify", visitor.person), offer))


async def verify_address(visitor: Visitor, token: str) -> Receipt:
    """Show by a link that an address is one's own."""
    who, person, proof, mark = opened(visitor, "verify", token)
    return await visitor.do(
        (PERSON.at(person), VerifyAddress(Mark(mark))),
        (PROOF.at("verify", who), Use(proof, str(visitor.id), visitor.at)),
    )


async def forget_password(visitor: Visitor, typed: str) -> None:
    """Have a link sent that sets a new password. Nobody learns from it whether there is such a person."""
    person, state = await visitor.person_called(typed)
    credential = None
    if isinstance(state, Active | Invited):
        credential = state.account.credential or ""
    who = visitor.mark("entry", typed)
    proof = ProofId(str(visitor.derived("proof")))
    reached = person if credential is not None else None
    offer = Offer("reset", who, proof, visitor.at, visitor.at + RESET_LASTS, reached, credential or "")
    try:
        await visitor.do((PROOF.at("reset", who), offer))
    except Rejected as no:
        if no.code != "link.too_soon":
            raise


async def reset_password(visitor: Visitor, token: str, password: str) -> Receipt:
    """Set a password by a link. Every session ends: whoever was in without leave is out."""
    who, person, proof, about = opened(visitor, "reset", token)
    use = (PROOF.at("reset", who), Use(proof, str(visitor.id), visitor.at))
    before = await visitor.look(PERSON.at(person))
    await check_rules(visitor, password, ())
    await check_former(visitor, account_of(before), password)
    credential = await visitor.kept(person, password)
    steps: tuple[Step, ...] = ((PERSON.at(person), SetPassword(credential, SecretId(about) or None, "reset")),)
    if isinstance(before, Invited):
        verify = VerifyAddress(before.account.address)
        steps = ((PERSON.at(person), Activate(credential)), (PERSON.at(person), verify))
    try:
        return await visitor.do(*steps, use, (SESSIONS.at(person), EndEvery(person, "password_set")))
    except Rejected as no:
        await visitor.means.vault.forget(visitor.tenant, UUID(credential))
        raise REFUSED if no.code == "password.replaced" else no from None


async def change_password(visitor: Visitor, current: str, password: str) -> Receipt:
    """Set another password, showing the one there is. All other sessions end."""
    person = visitor.person
    entry = ENTRY.at(visitor.mark("change", person))
    async with guarded(visitor, entry):
        state = await visitor.look(PERSON.at(person))
        before = account_of(state).credential
        checked = await visitor.means.passwords.check(current, await visitor.secret(before))
        if not checked.right:
            await visitor.do((entry, Fail(str(visitor.id), visitor.at, OF_A_NAME, person)))
            raise Rejected("password.wrong", "this is not the password there is")
        await check_rules(visitor, password, ())
        await check_former(visitor, account_of(state), password)
        credential = await visitor.kept(person, password)
        return await visitor.do(
            (PERSON.at(person), SetPassword(credential, before, "changed")),
            (SESSIONS.at(person), EndEvery(person, "password_set", visitor.session)),
        )


async def check_rules(visitor: Visitor, password: str, about: tuple[str, ...]) -> None:
    """See that the tenant takes this password."""
    broken = await visitor.means.rules.broken(visitor.tenant, password, about)
    if broken:
        raise Rejected("password.refused", f"this password breaks: {', '.join(broken)}")


async def check_former(visitor: Visitor, account: Account, password: str) -> None:
    """See that it is not the password there is, nor one of those before it that the tenant does not take again."""
    former = await visitor.means.rules.former(visitor.tenant)
    for credential in account.credentials[: max(1, former)]:
        kept = await visitor.secret(credential)
        if kept is not None and (await visitor.means.passwords.check(password, kept)).right:
            raise Rejected("password.refused", "this password breaks: history")


def account_of(state: Person) -> Account:
    if isinstance(state, Nobody):
        raise Rejected("not_found", "there is no such thing")
    return state.account


def opened(visitor: Visitor, purpose: Purpose, token: str) -> tuple[str, PersonId, ProofId, str]:
    """What a link says, if we wrote it, for this tenant and this purpose."""
    said = visitor.means.blind.open_token(purpose, token)
    if said is None or len(said) != PARTS or said[0] != str(visitor.tenant):
        raise REFUSED
    _, who, person, proof, about = said
    return who, PersonId(person), ProofId(proof), about


def token_of(blind: Blind, tenant: UUID, offered: ProofOffered) -> str:
    """What a link says, for `opened` to read. Nobody keeps it: it is made when it is sent."""
    person = offered.person or ""
    return blind.seal_token(offered.purpose, str(tenant), offered.who, person, offered.proof, offered.about)


PARTS = 5
