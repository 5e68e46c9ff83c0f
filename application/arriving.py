"""Coming in by an identity provider: there, back again, and who that is here.

Whoever goes there carries a state that only we can have written, and a cookie with the same in it, so that nobody ends
in another browser what they have begun in theirs. That cookie lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from application.entering import Entered, Step, Visitor, open_session
from application.ledger import Receipt
from application.permissions import BUILT_IN, PLATFORM_ADMIN
from application.providers import Proof, Registration, Trip
from application.what_else import LASTS, Challenged, Halfway, what_else
from domain.access.events import RoleName
from domain.access.grants import GRANTS, Grant, GrantRole, Holding, WithdrawRole
from domain.access.role import ROLE, Defined
from domain.identity.claim import CLAIM
from domain.identity.claim import Claim as ClaimAddress
from domain.identity.claim import Taken as AddressTaken
from domain.identity.entry import ENTRY
from domain.identity.person import PERSON, Activate, Admit, Invite, VerifyAddress
from domain.kernel import PersonId, Rejected, Value
from domain.sso.events import Login, ProviderId, SignInId
from domain.sso.login import LOGIN, Claim, Taken
from domain.sso.logins import LOGINS, Link, Logins, MapRoles
from domain.sso.mapping import mapped, may_return_to, roles_of, speaks_for
from domain.sso.message import MESSAGE, Take
from domain.sso.provider import PROVIDER, Enabled
from domain.sso.sign_in import SIGN_IN, Begin, Finish, Prove, Proven, Underway
from domain.sso.terms import Terms

GOING_LASTS = timedelta(minutes=10)
FINISHING_LASTS = timedelta(minutes=10)
LINKING_LASTS = timedelta(minutes=10)

STATE, BROWSER, TICKET, LINKING = "sign-in", "sign-in browser", "sign-in ticket", "linking"
"""What tokens are sealed for: the state that goes along, the cookie that stays, what is left to do, who may link."""

ADDRESS_LENGTH_MAX = 254
NAME_LENGTH_MAX = 200


class Departure(Value):
    """Where the browser goes, and what it keeps to be known by when it comes back."""

    url: str
    cookie: str


class Arrival(Value):
    """Somebody came back: they are in, or nearly, or a ticket says what is left to do; and where they go then."""

    entered: Entered | Challenged | None
    ticket: str
    links: bool
    return_to: str | None


class _Known(Value):
    """Who a proof says it is, in our words."""

    login: Login
    address: str | None
    is_vouched_for: bool
    name: str | None
    roles: tuple[str, ...]


async def depart(
    visitor: Visitor,
    provider: ProviderId,
    callback: str,
    *,
    return_to: str | None,
    linking: str | None,
) -> Departure:
    """Set out to a provider."""
    if return_to is not None and not may_return_to(return_to, visitor.means.abroad.origins):
        raise Rejected("return.refused", "a browser is sent back to a path of ours, or to an origin that may call us")
    person = None if linking is None else _who_links(visitor, linking)
    enabled = await _enabled(visitor, provider)
    id_ = visitor.derived("sign-in")
    going = _trip(visitor, id_, callback)
    url = await visitor.means.abroad.providers.way_to(await _registration(visitor, enabled), going)
    await visitor.do((SIGN_IN.at(id_.hex), Begin(provider, visitor.at + GOING_LASTS, return_to, person)))
    return Departure(url, visitor.means.blind.seal_token(BROWSER, _short(id_)))


async def arrive(
    visitor: Visitor, provider: ProviderId, callback: str, said: Mapping[str, str], cookie: str
) -> Arrival:
    """Come back from a provider."""
    id_ = _returned(visitor, said, cookie)
    state = await visitor.look(SIGN_IN.at(id_.hex))
    if not isinstance(state, Underway):
        raise Rejected("sign_in.used", "whoever came back this way has come before")
    if state.provider != provider:
        raise Rejected("sign_in.refused", "this was begun with another provider")
    if state.until <= visitor.at:
        raise Rejected("sign_in.expired", "this took too long; begin again")
    enabled = await _enabled(visitor, provider)
    registration = await _registration(visitor, enabled)
    proof = await visitor.means.abroad.providers.who_came(registration, _trip(visitor, id_, callback), said, visitor.at)
    known = _known(visitor, provider, enabled.terms, proof)
    steps: list[Step] = []
    if proof.message is not None and proof.until is not None:
        message = MESSAGE.at(visitor.mark("message", f"{provider} {_digest(proof.message)}"))
        steps.append((message, Take(SignInId(id_.hex), proof.until)))
    owner = await visitor.look(LOGIN.at(known.login))
    ticket = visitor.means.blind.seal_token(TICKET, _short(id_))
    until = visitor.at + FINISHING_LASTS
    sign_in, request = SIGN_IN.at(id_.hex), str(visitor.id)
    links = state.person is not None or (not isinstance(owner, Taken) and await _belongs_to_somebody(visitor, known))
    if links:
        person = state.person or await _owner_of_address(visitor, known)
        await visitor.do((sign_in, Prove(request, visitor.at, known.login, person, until, links=True)), *steps)
        return Arrival(None, ticket, links=True, return_to=state.return_to)
    person = owner.person if isinstance(owner, Taken) else PersonId(str(uuid7()))
    if not isinstance(owner, Taken):
        steps += _welcome(visitor, provider, enabled.terms, person, known)
    steps += await _roles(visitor, provider, person, known.roles)
    steps.insert(0, (sign_in, Prove(request, visitor.at, known.login, person, until)))
    if state.return_to is not None:
        await visitor.do(*steps, (PERSON.at(person), Admit()))
        return Arrival(None, ticket, links=False, return_to=state.return_to)
    steps.append((sign_in, Finish(request, visitor.at, person)))
    entered = await _enter(visitor, person, known.login, enabled.kind, *steps)
    return Arrival(entered, ticket, links=False, return_to=None)


async def finish(visitor: Visitor, ticket: str) -> Entered | Challenged:
    """Come in with the ticket that one came back with."""
    id_ = _opened(visitor, TICKET, ticket)
    state = await visitor.look(SIGN_IN.at(id_.hex))
    if not isinstance(state, Proven):
        raise Rejected("sign_in.used", "this was finished before")
    enabled = await _enabled(visitor, state.provider)
    step = (SIGN_IN.at(id_.hex), Finish(str(visitor.id), visitor.at, state.person))
    return await _enter(visitor, state.person, state.login, enabled.kind, step)


def may_link(visitor: Visitor) -> str:
    """What lets a browser set out to link a login to whoever asks now."""
    until = visitor.at + LINKING_LASTS
    return visitor.means.blind.seal_token(LINKING, str(visitor.tenant), visitor.person, str(int(until.timestamp())))


async def link(visitor: Visitor, ticket: str) -> Receipt:
    """Link the login that one came back with to oneself."""
    id_ = _opened(visitor, TICKET, ticket)
    state = await visitor.look(SIGN_IN.at(id_.hex))
    if not isinstance(state, Proven):
        raise Rejected("sign_in.used", "this was finished before")
    person = visitor.person
    return await visitor.do(
        (LOGINS.at(person), Link(state.provider, state.login)),
        (LOGIN.at(state.login), Claim(person)),
        (SIGN_IN.at(id_.hex), Finish(str(visitor.id), visitor.at, person, links=True)),
    )


async def description(visitor: Visitor, provider: ProviderId, callback: str) -> bytes:
    """What the provider wants to read of us."""
    said = visitor.means.abroad.providers.description(
        await _registration(visitor, await _enabled(visitor, provider)), callback
    )
    if said is None:
        raise Rejected("not_found", "there is nothing for this provider to read")
    return said


async def _enter(visitor: Visitor, person: PersonId, login: Login, kind: str, *steps: Step) -> Entered | Challenged:
    """Let them in, unless their second factor is on: then it is asked for, whoever has said who they are."""
    mark = visitor.mark("entry", f"login {login}")
    admitted = (*steps, (PERSON.at(person), Admit()))
    challenge, until = str(visitor.derived("challenge")), visitor.at + LASTS
    halfway = Halfway(visitor.tenant, person, None, mark, challenge, until, kind)
    challenged = await what_else(visitor.means.do, visitor.means.blind, halfway)
    if challenged is not None:
        await visitor.do(*admitted)
        return challenged
    return await open_session(visitor, person, kind, ENTRY.at(mark), *admitted)


async def _enabled(visitor: Visitor, provider: ProviderId) -> Enabled:
    state = await visitor.look(PROVIDER.at(provider))
    if not isinstance(state, Enabled):
        raise Rejected("not_found", "there is no such provider")
    return state


async def _registration(visitor: Visitor, provider: Enabled) -> Registration:
    terms = provider.terms
    secret = None if terms.secret is None else await visitor.secret(terms.secret)
    return Registration(
        provider.kind,
        terms.issuer,
        terms.client_id,
        (secret or b"").decode(),
        terms.sign_in_url,
        terms.certificates,
    )


def _trip(visitor: Visitor, id_: UUID, callback: str) -> Trip:
    """All of it follows from the id, with a key that only we have: there is nothing to keep."""
    blind = visitor.means.blind
    nonce, *verifier = (blind.blind(visitor.tenant, f"sign-in {what}", id_.hex) for what in ("nonce", "one", "two"))
    return Trip(id_.hex, blind.seal_token(STATE, _short(id_)), nonce, "".join(verifier), callback)


def _returned(visitor: Visitor, said: Mapping[str, str], cookie: str) -> UUID:
    """Which way it is that ends here, if it is one of ours and began in this browser."""
    state = said.get("state") or said.get("RelayState") or ""
    id_ = _opened(visitor, STATE, state)
    if not hmac.compare_digest(_opened(visitor, BROWSER, cookie).bytes, id_.bytes):
        raise Rejected("sign_in.refused", "this was begun in another browser")
    return id_


def _opened(visitor: Visitor, purpose: str, token: str) -> UUID:
    parts = visitor.means.blind.open_token(purpose, token)
    if parts is None:
        raise Rejected("sign_in.refused", "this was not begun here")
    return UUID(bytes=urlsafe_b64decode(parts[0] + "=="))


def _short(id_: UUID) -> str:
    """An id as short as it can be: SAML lets a state have 80 letters."""
    return urlsafe_b64encode(id_.bytes).decode().rstrip("=")


def _who_links(visitor: Visitor, linking: str) -> PersonId:
    parts = visitor.means.blind.open_token(LINKING, linking)
    if parts is None or parts[0] != str(visitor.tenant) or int(parts[2]) <= visitor.at.timestamp():
        raise Rejected("sign_in.refused", "ask anew to link a login")
    return PersonId(parts[1])


def _known(visitor: Visitor, provider: ProviderId, terms: Terms, proof: Proof) -> _Known:
    ours = mapped(terms.attributes, proof.attributes)
    address = ours.get("address", proof.address)
    if address is not None and ("@" not in address or len(address) > ADDRESS_LENGTH_MAX):
        address = None
    if terms.domains and not speaks_for(terms.domains, address):
        raise Rejected("login.unwelcome", "this provider does not speak for this address here")
    subject = ours.get("subject", proof.subject)
    return _Known(
        # A subject is the same only if every letter is: what is blinded does not tell capitals from small ones.
        login=Login(visitor.mark("login", f"{provider} {_digest(subject)}")),
        address=address,
        is_vouched_for=bool(terms.domains) or (proof.address_is_verified and address == proof.address),
        name=ours.get("name", proof.name),
        roles=roles_of(terms.roles, proof.attributes),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _belongs_to_somebody(visitor: Visitor, known: _Known) -> bool:
    """Whether somebody here has this address. They may link the login; it is never done for them."""
    if known.address is None:
        return False
    claim = await visitor.look(CLAIM.at("address", visitor.mark("address", known.address)))
    if not isinstance(claim, AddressTaken):
        return False
    if not known.is_vouched_for:
        raise Rejected("address.taken", "somebody has an account with this address: log in to it, and link this login")
    return True


async def _owner_of_address(visitor: Visitor, known: _Known) -> PersonId:
    claim = await visitor.look(CLAIM.at("address", visitor.mark("address", known.address or "")))
    if not isinstance(claim, AddressTaken):
        raise Rejected("sign_in.refused", "this address is nobody's any more; begin again")
    return claim.person


def _welcome(visitor: Visitor, provider: ProviderId, terms: Terms, person: PersonId, known: _Known) -> list[Step]:
    """An account for somebody who is new here."""
    if not terms.welcomes:
        raise Rejected("login.unwelcome", "nobody here comes in by this login")
    if known.address is None:
        raise Rejected("login.no_address", "the provider does not say an address, and an account has one")
    mark = visitor.mark("address", known.address)
    called = (known.name or known.address.partition("@")[0])[:NAME_LENGTH_MAX]
    steps: list[Step] = [
        (PERSON.at(person), Invite(person, known.address, None, called, mark)),
        (PERSON.at(person), Activate()),
        (CLAIM.at("address", mark), ClaimAddress("address", person)),
        (LOGIN.at(known.login), Claim(person)),
        (LOGINS.at(person), Link(provider, known.login)),
    ]
    if known.is_vouched_for:
        steps.append((PERSON.at(person), VerifyAddress(mark)))
    return steps


async def _roles(visitor: Visitor, provider: ProviderId, person: PersonId, follow: tuple[str, ...]) -> list[Step]:
    """The roles that follow now are granted, those that followed before and do not any more are withdrawn.

    A role that was granted in another way is not taken for one that follows, so it is not withdrawn with it.
    """
    logins: Logins = await visitor.look(LOGINS.at(person))
    holding: Holding = await visitor.look(GRANTS.at(person))
    before = logins.roles_by(provider)
    permits = {role: await _permits(visitor, RoleName(role)) for role in {*follow, *before}}
    wanted = tuple(
        role
        for role in follow
        if permits[role] is not None and (role in before or Grant(RoleName(role)) not in holding.grants)
    )
    steps: list[Step] = [(LOGINS.at(person), MapRoles(provider, wanted))]
    grants: Any = GRANTS.at(person)
    for role in wanted:
        some = permits[role] or frozenset()
        steps.append((grants, GrantRole(RoleName(role), None, some, some)))
    for role in before:
        if role not in follow:
            some = permits[role] or frozenset()
            steps.append((grants, WithdrawRole(RoleName(role), None, some, some)))
    return steps


async def _permits(visitor: Visitor, role: RoleName) -> frozenset[str] | None:
    """What a role permits: nothing of the platform's, and None where there is no such role any more.

    Who configured the provider held all of it, or could not have mapped anything to it.
    """
    if role == PLATFORM_ADMIN:
        return None
    if role in BUILT_IN:
        return frozenset()
    state = await visitor.look(ROLE.at(role))
    return state.permissions if isinstance(state, Defined) else None
