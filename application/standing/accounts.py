"""Who has an account stands on it: it is open, so is the session, and the address was verified where that is asked."""

from __future__ import annotations

from application.ledger import TenantId
from application.permissions import permissions
from application.standing import Ground, Lapse, Who, hears
from domain.identity.events import (
    AddressReplaced,
    AddressVerified,
    PersonActivated,
    PersonDeactivated,
    PersonInvited,
    PersonLocked,
    PersonReactivated,
    PersonRegistered,
    PersonRemoved,
    PersonUnlocked,
    SessionEnded,
    SessionId,
)
from domain.identity.person import PERSON, Active, Nobody
from domain.identity.person import State as Person
from domain.identity.session import SESSIONS, Sessions

UNVERIFIED = "address.unverified"


@hears(SessionEnded)
def the_session_is_open(who: Who) -> Ground | None:
    """A token ends with the session that it was given in."""
    if who.person is None or who.session is None:
        return None
    session = SessionId(who.session)

    def ended(sessions: Sessions) -> Lapse | None:
        return Lapse("token.refused", "the session has ended") if sessions.opened(session) is None else None

    return Ground(TenantId(who.tenant), SESSIONS.at(who.person), ended)


@hears(
    PersonRegistered,
    PersonInvited,
    PersonActivated,
    PersonDeactivated,
    PersonReactivated,
    PersonLocked,
    PersonUnlocked,
    PersonRemoved,
    AddressVerified,
    AddressReplaced,
)
def the_account_is_open(who: Who) -> Ground | None:
    """Nobody asks by an account that is closed. Who has not verified their address may what the tenant lets them."""
    if who.person is None:
        return None
    return Ground(TenantId(who.tenant), PERSON.at(who.person), _closed)


def _closed(person: Person) -> Lapse | None:
    match person:
        case Nobody():
            return None  # A token of the console's, for somebody who is to be.
        case Active(account):
            unverified = Lapse(UNVERIFIED, "this waits until the address is verified", frozenset(permissions()))
            return None if account.verified else unverified
        case _:
            return Lapse("token.refused", "the account is closed")
