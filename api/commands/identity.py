"""Looking after people: their accounts, what is said of them, and where they are logged in."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated, Literal

import msgspec
from uuid_utils.compat import uuid7

from api.http.commands import Doing, command
from api.http.phones import e164
from api.http.values import Address, Called, Username
from api.http.zones import known_zone
from application.ledger import Receipt
from application.people import (
    CODE_LASTS,
    Preferences,
    Profile,
    activating,
    deactivating,
    digits,
    inviting,
    moving,
    preferring,
    removing,
    revising,
)
from domain.identity.claim import CLAIM, Claim
from domain.identity.events import AccessNeed, CodeId, Mark, Privacy, SessionId
from domain.identity.person import PERSON, ConfirmPhone, Invite, Invited, Localise, Lock, Nobody, Unlock
from domain.identity.phone_code import PHONE_CODE, Offer, Try
from domain.identity.session import SESSIONS, EndEvery, EndSession
from domain.kernel import ID, PersonId, Rejected, Value

Person = Annotated[PersonId, ID]
Session = Annotated[SessionId, ID]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$(?!\n)")]
Locale = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$(?!\n)", max_length=35, description="As BCP 47 has it: `de-CH`."
    ),
]
Zone = Annotated[str, msgspec.Meta(max_length=64, description="As the IANA calls it: `Europe/Berlin`.")]
Phone = Annotated[str, msgspec.Meta(max_length=20, description="As E.164 has it: `+493012345678`.")]
About = Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^[^\x00]*$(?!\n)")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]
Several = Annotated[tuple[Person, ...], msgspec.Meta(min_length=1, max_length=100)]


class InviteBody(Value, forbid_unknown_fields=True):
    """For whom an account is made."""

    address: Address
    name: Called
    username: Username | None = None


class ReviseBody(Value, forbid_unknown_fields=True):
    """All that is said of somebody: what is left out is not said any more. Without an address, theirs stays."""

    name: Called
    given_name: Called | None = None
    family_name: Called | None = None
    about: About | None = None
    phone: Phone | None = None
    avatar: Annotated[str, ID] | None = None
    address: Address | None = None


class ProfileBody(Value, forbid_unknown_fields=True):
    """All that somebody says of themselves, and how they are spoken to."""

    name: Called
    given_name: Called | None = None
    family_name: Called | None = None
    about: About | None = None
    phone: Phone | None = None
    avatar: Annotated[str, ID] | None = None
    locale: Locale | None = None
    time_zone: Zone | None = None


class PreferencesBody(Value, forbid_unknown_fields=True):
    """How somebody likes to be served: what is left out is as it is for everyone."""

    locale: Locale | None = None
    time_zone: Zone | None = None
    theme: Literal["dark", "light"] | None = None
    privacy: Annotated[tuple[Privacy, ...], msgspec.Meta(max_length=10)] = ()
    access_needs: Annotated[tuple[AccessNeed, ...], msgspec.Meta(max_length=10)] = ()


class WhyBody(Value, forbid_unknown_fields=True):
    """Why that is done; kept in the history of the account."""

    reason: Reason


class SeveralBody(Value, forbid_unknown_fields=True):
    """To whom it is done, and why."""

    people: Several
    reason: Reason


class CodeBody(Value, forbid_unknown_fields=True):
    """The code that was sent."""

    code: Digits


MANAGE = "identity.manage"
OWN = "identity.own"
SOMEBODY = "0198c0de-da7a-7000-8000-0000000000ad"
WHY = {"reason": "left the school"}

# --- people ---------------------------------------------------------------------------------------


@command(
    "/api/people",
    requires=MANAGE,
    limit="command",
    refuses=["address.taken", "username.taken"],
    example={"address": "ada@school.example", "name": "Ada Lovelace", "username": "ada"},
)
async def invite_person(body: InviteBody, do: Doing) -> Receipt:
    """Make an account for somebody, and send them a link to take it by.

    The receipt's stream is `person:` and their id.
    """
    person, address = PersonId(str(uuid7())), body.address.strip()
    mark = Mark(do.blind("address", address))
    username = None if body.username is None else Mark(do.blind("username", body.username))
    claims = [(CLAIM.at("address", mark), Claim("address", person))]
    if username is not None:
        claims.append((CLAIM.at("username", username), Claim("username", person)))
    invite = Invite(person, address, body.username, body.name.strip(), mark, username)
    return await do.together((PERSON.at(person), invite), *claims)


@command(
    "/api/people/{person}/invite-again",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.not_possible", "link.too_soon"],
)
async def invite_again(person: Person, do: Doing) -> Receipt:
    """Send the link again by which somebody takes the account that was made for them. The one before is void."""
    state = await do.look(PERSON.at(person))
    if not isinstance(state, Invited):
        raise absent_or_not_invited(state)
    return await do(*inviting(person, uuid7(), do.at, state.account.address))


@command(
    "/api/people/{person}/revise",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.not_possible", "person.erased", "phone.malformed", "address.taken"],
    example={"name": "Ada King", "given_name": "Ada", "family_name": "King", "phone": "+442079460000"},
)
async def revise_person(person: Person, body: ReviseBody, do: Doing) -> Receipt:
    """Say otherwise who somebody is.

    With If-Match it is done only if nobody has changed them since. Another address is verified anew.
    """
    profile = Profile(body.name, body.given_name, body.family_name, body.about, phone_of(body.phone), body.avatar)
    moves = () if body.address is None else moving(do.blind, person, await do.look(PERSON.at(person)), body.address)
    return await do.together((PERSON.at(person), revising(do.blind, person, profile)), *moves)


@command(
    "/api/people/{person}/remove",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.oneself", "person.erased"],
    example=WHY,
)
async def remove_person(person: Person, body: WhyBody, do: Doing) -> Receipt:
    """Close an account for good and show it no longer.

    What happened stays in the ledger. The address and the username may be somebody else's from now on.
    """
    not_oneself(do, person)
    return await do.together(*removing(person, await do.look(PERSON.at(person)), body.reason))


@command(
    "/api/people/{person}/deactivate",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.oneself", "person.not_possible", "person.erased"],
    example=WHY,
)
async def deactivate_person(person: Person, body: WhyBody, do: Doing) -> Receipt:
    """Close an account until it is opened again. Whoever is in by it is out, at once."""
    not_oneself(do, person)
    return await do.together(*deactivating([person], body.reason))


@command(
    "/api/people/{person}/activate",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.not_possible", "person.erased"],
    example={"reason": "is back"},
)
async def activate_person(person: Person, body: WhyBody, do: Doing) -> Receipt:
    """Open an account: one that was closed, again; one that nobody has taken yet, too."""
    return await do.across(*activating([person], body.reason))


@command(
    "/api/people/{person}/lock",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.oneself", "person.not_possible", "person.erased"],
    example={"reason": "somebody else has the password"},
)
async def lock_person(person: Person, body: WhyBody, do: Doing) -> Receipt:
    """Close an account for the safety of whoever it belongs to. Whoever is in by it is out."""
    not_oneself(do, person)
    end = EndEvery(person, "account_closed")
    return await do.together((PERSON.at(person), Lock(person, body.reason)), (SESSIONS.at(person), end))


@command(
    "/api/people/{person}/unlock",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.not_possible", "person.erased"],
    example={"reason": "the password is theirs alone again"},
)
async def unlock_person(person: Person, body: WhyBody, do: Doing) -> Receipt:
    """Open an account that was locked."""
    return await do(PERSON.at(person), Unlock(person, body.reason))


@command(
    "/api/people/deactivate",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.oneself", "person.not_possible", "person.erased"],
    example={"people": [SOMEBODY], **WHY},
)
async def deactivate_people(body: SeveralBody, do: Doing) -> Receipt:
    """Close up to 100 accounts: all of them or, if one cannot be, none."""
    for person in body.people:
        not_oneself(do, person)
    return await do.together(*deactivating(tuple(dict.fromkeys(body.people)), body.reason))


@command(
    "/api/people/activate",
    requires=MANAGE,
    limit="command",
    refuses=["not_found", "person.not_possible", "person.erased"],
    example={"people": [SOMEBODY], "reason": "are back"},
)
async def activate_people(body: SeveralBody, do: Doing) -> Receipt:
    """Open up to 100 accounts: all of them or, if one cannot be, none."""
    return await do.across(*activating(tuple(dict.fromkeys(body.people)), body.reason))


# --- oneself --------------------------------------------------------------------------------------


@command(
    "/api/me/profile",
    requires=OWN,
    limit="command",
    refuses=["person.needed", "person.not_possible", "phone.malformed", "time_zone.malformed", "not_found"],
    example={"name": "Ada", "given_name": "Ada", "family_name": "Lovelace", "locale": "en-GB"},
)
async def revise_own_profile(body: ProfileBody, do: Doing) -> Receipt:
    """Say who one is, and how one is spoken to."""
    person = PERSON.at(do.person)
    profile = Profile(body.name, body.given_name, body.family_name, body.about, phone_of(body.phone), body.avatar)
    return await do.together(
        (person, revising(do.blind, do.person, profile)), (person, Localise(body.locale, known_zone(body.time_zone)))
    )


@command(
    "/api/me/preferences",
    requires=OWN,
    limit="command",
    refuses=["person.needed", "person.not_possible", "time_zone.malformed"],
    example={"locale": "de-CH", "time_zone": "Europe/Zurich", "theme": "dark", "access_needs": ["captions"]},
)
async def set_preferences(body: PreferencesBody, do: Doing) -> Receipt:
    """Say how one likes to be served."""
    zone = known_zone(body.time_zone)
    wanted = Preferences(body.locale, zone, body.theme, body.privacy, body.access_needs)
    return await do(PERSON.at(do.person), preferring(do.blind, do.person, wanted))


@command(
    "/api/me/phone/send-code", requires=OWN, limit="command", refuses=["person.needed", "phone.none", "code.too_soon"]
)
async def send_phone_code(do: Doing) -> Receipt:
    """Have a code sent to one's telephone, to show that it is one's own."""
    state = await do.look(PERSON.at(do.person))
    phone = getattr(getattr(state, "account", None), "phone", None)
    if phone is None:
        raise Rejected("phone.none", "there is no telephone number in this profile")
    offer = Offer(do.person, CodeId(str(uuid7())), phone, do.at, do.at + CODE_LASTS)
    return await do(PHONE_CODE.at(do.person), offer)


@command(
    "/api/me/phone/confirm",
    requires=OWN,
    limit="command",
    refuses=["person.needed", "code.refused", "person.not_possible"],
    example={"code": "123456"},
)
async def confirm_phone(body: CodeBody, do: Doing) -> Receipt:
    """Show by the code that was sent that a telephone is one's own. After five that are wrong, ask for another."""
    person, codes = do.person, PHONE_CODE.at(do.person)
    last = (await do.look(codes)).last
    if last is None:
        raise Rejected("code.refused", "no code was sent")
    right = compare_digest(digits(do.blind, person, last.code), body.code)
    attempt = (codes, Try(last.code, right, do.key, do.at))
    if right:
        return await do.together(attempt, (PERSON.at(person), ConfirmPhone(last.mark)))
    await do(*attempt)
    raise Rejected("code.refused", "this is not the code that was sent")


# --- sessions -------------------------------------------------------------------------------------


@command(
    "/api/me/sessions/{session}/end",
    requires="identity.own",
    limit="command",
    refuses=["not_found", "person.needed"],
)
async def end_own_session(session: Session, do: Doing) -> Receipt:
    """End a session of one's own."""
    person = do.person
    return await do(SESSIONS.at(person), EndSession(person, session, "ended_by_owner"))


@command(
    "/api/people/{person}/sessions/{session}/end",
    requires="identity.sessions",
    limit="command",
    refuses=["not_found"],
)
async def end_session(person: Person, session: Session, do: Doing) -> Receipt:
    """End a session of somebody."""
    return await do(SESSIONS.at(person), EndSession(person, session, "ended_by_staff"))


@command("/api/people/{person}/sessions/end", requires="identity.sessions", limit="command", refuses=["not_found"])
async def end_every_session(person: Person, do: Doing) -> Receipt:
    """End all sessions of somebody."""
    return await do(SESSIONS.at(person), EndEvery(person, "ended_by_staff"))


def phone_of(said: str | None) -> str | None:
    return None if said is None else e164(said)


def not_oneself(do: Doing, person: PersonId) -> None:
    """Nobody shuts themselves out."""
    if do.principal.person == person:
        raise Rejected("person.oneself", "nobody closes their own account here: let somebody else do it")


def absent_or_not_invited(state: object) -> Rejected:
    if isinstance(state, Nobody):
        return Rejected("not_found", "there is no such thing")
    return Rejected("person.not_possible", "this account was taken already, or is closed")
