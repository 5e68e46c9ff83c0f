"""Coming in: what happens at the door before anybody is known. Everything is looked up first, and decided once.

A `Visitor` is one request. What it does, it does under one command, so that a client may ask again under the same key.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace
from uuid_utils.compat import uuid7

from application.authenticators import Authenticators, CodeApps, KnownKeys
from application.do import Do, command_id
from application.ledger import Caller, Receipt, TenantId
from application.ports import AccessTokens, Blind, PasswordRules, Passwords, Vault
from application.providers import Abroad
from application.what_else import LASTS, Challenged, Halfway, what_else
from domain.identity.claim import CLAIM, Taken
from domain.identity.entry import ENTRY, OF_A_NAME, OF_AN_ADDRESS, Entry, Fail, Succeed
from domain.identity.events import Claimable, Mark, SessionId
from domain.identity.person import PERSON, Active, Admit, Nobody, Rehash
from domain.identity.person import State as Person
from domain.identity.session import SESSIONS, OpenSession, Rotate
from domain.kernel import PersonId, Rejected, SecretId, Stream, Value

ACCESS_LASTS = timedelta(minutes=30)
REFRESH_LASTS = timedelta(days=7)
REFRESH = "refresh"
"""What a refresh token is sealed for."""
NOBODY = PersonId("00000000-0000-7000-8000-000000000000")
NO_SECRET = UUID(int=0)
"""Looked for where there is nobody, so that it takes as long."""

RANDOM_BITS = 80
"""Of a uuid7; before them is its time."""

Step = tuple[Stream[Any, Any, Any], Any]


class Locked(Exception):  # noqa: N818 — said of an entry
    """Too many wrong guesses: nobody comes in here for so long."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong guesses; ask again in {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Means:
    """What it takes to let somebody in."""

    do: Do
    vault: Vault
    blind: Blind
    passwords: Passwords
    rules: PasswordRules
    tokens: AccessTokens
    code_apps: CodeApps
    authenticators: Authenticators
    known_keys: KnownKeys
    abroad: Abroad


class Entered(Value, tag_field="status", tag="in"):
    """Somebody is in: a token to ask with, and another, good once, to come back with for a new pair."""

    person: PersonId
    session: SessionId
    access: str
    access_until: datetime
    refresh: str
    refresh_until: datetime


class Visitor:
    """One request at the door; of `person`, in a `session`, if they have shown who they are."""

    def __init__(
        self,
        means: Means,
        caller: Caller,
        at: datetime,
        person: PersonId | None = None,
        session: SessionId | None = None,
    ) -> None:
        self.means = means
        self.known = person
        self.session = session
        self.id = command_id(caller)
        self.caller = replace(caller, command=self.id)
        self.at = at

    @property
    def person(self) -> PersonId:
        """Who asks, where only people may."""
        if self.known is None:
            raise Rejected("person.needed", "this is for people, and the token is not a person's")
        return self.known

    @property
    def tenant(self) -> TenantId:
        return self.caller.tenant

    @property
    def address(self) -> str:
        return (self.caller.origin or {}).get("address", "unknown")

    @property
    def agent(self) -> str:
        return (self.caller.origin or {}).get("agent", "")

    def derived(self, what: str) -> UUID:
        """An id that is the same when the same request comes again."""
        return uuid5(self.id, what) if self.caller.key is not None else uuid7()

    def mark(self, kind: str, value: str) -> Mark:
        return Mark(self.means.blind.blind(self.tenant, kind, value.strip()))

    async def do(self, *steps: Step) -> Receipt:
        return await self.means.do.together(*steps, caller=self.caller)

    async def look(self, stream: Stream[Any, Any, Any]) -> Any:
        return await self.means.do.look(self.tenant, stream)

    async def person_called(self, typed: str) -> tuple[PersonId | None, Person]:
        """Whom a name means: an address or a username. Where it is nobody's, as much is looked at."""
        what: Claimable = "address" if "@" in typed else "username"
        claim = await self.look(CLAIM.at(what, self.mark(what, typed)))
        person = claim.person if isinstance(claim, Taken) else None
        return person, await self.look(PERSON.at(person or NOBODY))

    async def secret(self, credential: SecretId | None) -> bytes | None:
        return await self.means.vault.look(self.tenant, NO_SECRET if credential is None else UUID(credential))

    async def kept(self, person: PersonId, password: str, *, set_at: datetime | None = None) -> SecretId:
        """A password, kept in the vault under a new id, which says when it was set."""
        hashed = await self.means.passwords.hash(password)
        return SecretId(
            str(await self.means.vault.keep(self.tenant, person, "password", hashed, id=id_at(set_at or self.at)))
        )


async def log_in(visitor: Visitor, typed: str, password: str) -> Entered | Challenged:
    """Come in with a name and a password. Who guesses wrong is told nothing, and takes as long to be told."""
    mark = visitor.mark("entry", typed)
    entry = ENTRY.at(mark)
    origin = ENTRY.at(visitor.mark("origin", visitor.address))
    async with guarded(visitor, entry, origin):
        person, state = await visitor.person_called(typed)
        credential = None if isinstance(state, Nobody) else state.account.credential
        checked = await visitor.means.passwords.check(password, await visitor.secret(credential))
        if person is None or credential is None or not checked.right:
            await failed(visitor, entry, origin, person)
            raise Rejected("login.refused", "this name and this password do not belong together")
        steps: list[Step] = []
        if isinstance(state, Active):
            await check_age(visitor, credential)
        if checked.outdated and isinstance(state, Active):
            newer = await visitor.kept(person, password, set_at=made_at(UUID(credential)))
            steps.append((PERSON.at(person), Rehash(newer, credential)))
            credential = newer
        steps.append((PERSON.at(person), Admit(credential)))
        challenge, until = str(visitor.derived("challenge")), visitor.at + LASTS
        halfway = Halfway(visitor.tenant, person, credential, mark, challenge, until)
        challenged = await what_else(visitor.means.do, visitor.means.blind, halfway)
        if challenged is not None:
            await visitor.do(*steps)
            return challenged
        return await open_session(visitor, person, "password", entry, *steps)


async def check_age(visitor: Visitor, credential: SecretId) -> None:
    """See that the tenant still takes a password that was set when this one was. Whoever knows it is told so."""
    lasts = await visitor.means.rules.lasts(visitor.tenant)
    if lasts is not None and visitor.at - made_at(UUID(credential)) > lasts:
        raise Rejected("password.expired", "this password is too old; have a link sent that sets another")


def id_at(at: datetime) -> UUID:
    """A new id that says when it was made."""
    return UUID(int=int(at.timestamp() * 1000) << RANDOM_BITS | uuid7().int & (1 << RANDOM_BITS) - 1)


def made_at(id_: UUID) -> datetime:
    """When a uuid7 was made, to the millisecond."""
    return datetime.fromtimestamp((id_.int >> RANDOM_BITS) / 1000, UTC)


@asynccontextmanager
async def guarded(visitor: Visitor, *entries: Stream[Any, Any, Any]) -> AsyncGenerator[None]:
    """Try to come in by these entries, if none of them is locked. A try at one that is, is kept as refused."""
    try:
        for entry in entries:
            state: Entry = await visitor.look(entry)
            if state.is_locked(visitor.at):
                await visitor.do((entry, Fail(str(visitor.id), visitor.at, OF_A_NAME)))
        yield
    except Rejected as no:
        if no.code != "login.locked":
            raise
        states: list[Entry] = [await visitor.look(entry) for entry in entries]
        raise Locked(max(state.wait_s(visitor.at) for state in states)) from None


async def failed(
    visitor: Visitor, entry: Stream[Any, Any, Any], origin: Stream[Any, Any, Any], person: PersonId | None
) -> None:
    """Keep that somebody guessed wrong: at this name, and from where they are."""
    attempt = str(visitor.id)
    await visitor.do(
        (entry, Fail(attempt, visitor.at, OF_A_NAME, person)), (origin, Fail(attempt, visitor.at, OF_AN_ADDRESS))
    )


async def open_session(
    visitor: Visitor, person: PersonId, method: str, entry: Stream[Any, Any, Any], *steps: Step
) -> Entered:
    """Let somebody in who has shown who they are, by `method`; with whatever else is decided at the same time."""
    session = SessionId(str(visitor.derived("session")))
    device = visitor.mark("device", f"{person} {visitor.agent}")
    until = visitor.at + REFRESH_LASTS
    await visitor.do(
        (
            SESSIONS.at(person),
            OpenSession(person, session, method, visitor.at, until, visitor.address, visitor.agent, device),
        ),
        *steps,
        (entry, Succeed(str(visitor.id), visitor.at, person, session, method)),
    )
    return entered(visitor, person, session, 0, until)


async def refresh(visitor: Visitor, token: str) -> Entered:
    """Come back with a refresh token, which is good once."""
    said = visitor.means.blind.open_token(REFRESH, token)
    if said is None or said[0] != str(visitor.tenant):
        raise Rejected("refresh.refused", "log in again")
    _, owner, opened, number = said
    person, session, generation = PersonId(owner), SessionId(opened), int(number)
    until = visitor.at + REFRESH_LASTS
    request = str(visitor.id)
    sessions = SESSIONS.at(person)
    await visitor.do(
        (
            sessions,
            Rotate(person, session, generation, request, visitor.at, until, visitor.address, visitor.agent),
        ),
        (PERSON.at(person), Admit()),
    )
    # What was decided may have been that this token was stolen.
    now = (await visitor.look(sessions)).opened(session)
    if now is None or now.request != request:
        raise Rejected("refresh.refused", "log in again")
    return entered(visitor, person, session, now.generation, now.until)


def entered(visitor: Visitor, person: PersonId, session: SessionId, generation: int, until: datetime) -> Entered:
    """The pair of tokens of a session."""
    access_until = min(visitor.at + ACCESS_LASTS, until)
    return Entered(
        person,
        session,
        visitor.means.tokens.give(visitor.tenant, person, session, visitor.at, access_until),
        access_until,
        visitor.means.blind.seal_token(REFRESH, str(visitor.tenant), person, session, str(generation)),
        until,
    )
