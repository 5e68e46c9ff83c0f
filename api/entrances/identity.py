"""Registering, logging in and out, and showing by a link or a password who one is."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.entrances import entrance
from api.http.values import Address, Called, Username
from application import accounts, entering
from application.entering import Entered, Visitor
from application.ledger import Receipt
from application.people import accept_invitation as accept
from application.what_else import Challenged
from domain.identity.session import SESSIONS, EndEvery, EndSession
from domain.kernel import PersonId, Rejected, Value

Typed = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\s*[^\s\x00][^\x00]*$", max_length=254, description="The address or the username, in any case."
    ),
]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, description="Up to the tenant's rules.")]
LinkToken = Annotated[
    str, msgspec.Meta(min_length=1, max_length=1_000, description="What the link that was sent says.")
]
RefreshToken = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, description="The one that was given last.")]


class RegisterBody(Value, forbid_unknown_fields=True):
    """Who makes themselves an account."""

    address: Address
    name: Called
    password: Password
    username: Username | None = None


class LoginBody(Value, forbid_unknown_fields=True):
    """Who comes in."""

    name: Typed
    password: Password


class RefreshBody(Value, forbid_unknown_fields=True):
    refresh: RefreshToken


class LinkBody(Value, forbid_unknown_fields=True):
    token: LinkToken


class ForgotBody(Value, forbid_unknown_fields=True):
    name: Typed


class ResetBody(Value, forbid_unknown_fields=True):
    token: LinkToken
    password: Password


class ChangeBody(Value, forbid_unknown_fields=True):
    """The password there is, and the one there is to be."""

    current: Password
    password: Password


class Registered(Value):
    """There is an account. Any query given `min_position=position` knows of it."""

    person: PersonId
    position: int


class Done(Value):
    """It is done."""

    position: int


class Asked(Value):
    """The same for everyone."""

    answer: str = "If there is such a person, a letter is on its way."


PERSON = "0198c0de-da7a-7000-8000-0000000000ad"
PAIR = {
    "status": "in",
    "person": PERSON,
    "session": "0198c0de-da7a-7000-8000-00000000c0de",
    "access": "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiIwMTk4YzBkZSJ9.c2lnbmF0dXJl",
    "access_until": "2026-11-02T08:30:00Z",
    "refresh": "cmVmcmVzaA.bWFj",
    "refresh_until": "2026-11-09T08:00:00Z",
}
SECRET = "nine lanterns over the harbour"  # noqa: S105 — an example
LINK = "dmVyaWZ5.bWFj"


@entrance(
    "/api/register",
    refuses=["address.taken", "username.taken", "password.refused"],
    begins=True,
    example={"address": "ada@school.example", "name": "Ada", "username": "ada", "password": SECRET},
    answer_example={"person": PERSON, "position": 42},
)
async def register(body: RegisterBody, visitor: Visitor) -> Registered:
    """Make oneself an account.

    An address and a username are one person's, in whatever case they are written. A letter asks to verify the address.
    """
    receipt = await accounts.register(visitor, body.address, body.username, body.name, body.password)
    return Registered(PersonId(receipt.stream.partition(":")[2]), receipt.position)


@entrance(
    "/api/login",
    refuses=["login.refused", "login.locked", "account.closed", "password.expired"],
    example={"name": "ada@school.example", "password": SECRET},
    answer_example=PAIR,
)
async def log_in(body: LoginBody, visitor: Visitor) -> Entered | Challenged:
    """Come in with a name and a password.

    A wrong password and an unknown name are answered alike. Too many of them lock the entry for a while. Where a second
    factor is on, the answer is a challenge for `/api/login/second-step`.
    """
    return await entering.log_in(visitor, body.name, body.password)


@entrance(
    "/api/refresh",
    refuses=["refresh.refused", "account.closed"],
    example={"refresh": PAIR["refresh"]},
    answer_example=PAIR,
)
async def refresh(body: RefreshBody, visitor: Visitor) -> Entered:
    """Have a new pair of tokens for a refresh token, which is good once.

    One that comes again was stolen: the session ends. Whoever is not sure of having been answered asks again under the
    same Idempotency-Key.
    """
    return await entering.refresh(visitor, body.refresh)


@entrance(
    "/api/logout",
    requires="identity.own",
    refuses=["person.needed", "session.missing"],
    answer_example={"position": 42},
)
async def log_out(visitor: Visitor) -> Done:
    """End the session of this token."""
    if visitor.session is None:
        raise Rejected("session.missing", "this token is of no session")
    end = EndSession(visitor.person, visitor.session, "logged_out")
    return done(await visitor.do((SESSIONS.at(visitor.person), end)))


@entrance("/api/logout-everywhere", requires="identity.own", refuses=["person.needed"], answer_example={"position": 42})
async def log_out_everywhere(visitor: Visitor) -> Done:
    """End every session of whoever's token this is."""
    person = visitor.person
    return done(await visitor.do((SESSIONS.at(person), EndEvery(person, "logged_out_everywhere"))))


@entrance(
    "/api/verify-address",
    refuses=["link.refused", "link.expired", "person.not_possible"],
    example={"token": LINK},
    answer_example={"position": 42},
)
async def verify_address(body: LinkBody, visitor: Visitor) -> Done:
    """Show by the link in a letter that an address is one's own."""
    return done(await accounts.verify_address(visitor, body.token))


@entrance(
    "/api/verify-address/resend",
    requires="identity.own",
    refuses=["person.needed", "not_found", "address.verified", "link.too_soon"],
    answer_example={"position": 42},
)
async def resend_verification(visitor: Visitor) -> Done:
    """Have the letter sent again that asks to verify the address. The one before is void."""
    return done(await accounts.send_verification(visitor))


@entrance(
    "/api/password/forgot",
    refuses=["conflict.stream_moved"],
    status=202,
    example={"name": "ada@school.example"},
    answer_example={"answer": Asked().answer},
)
async def forgot_password(body: ForgotBody, visitor: Visitor) -> Asked:
    """Have a letter sent whose link sets a new password.

    The answer is the same whether or not there is such a person.
    """
    await accounts.forget_password(visitor, body.name)
    return Asked()


@entrance(
    "/api/password/reset",
    refuses=["link.refused", "link.expired", "password.refused", "not_found", "person.not_possible"],
    example={"token": LINK, "password": SECRET},
    answer_example={"position": 42},
)
async def reset_password(body: ResetBody, visitor: Visitor) -> Done:
    """Set a new password by the link in a letter. Every session ends."""
    return done(await accounts.reset_password(visitor, body.token, body.password))


@entrance(
    "/api/invitations/accept",
    refuses=["link.refused", "link.expired", "password.refused", "not_found"],
    example={"token": LINK, "password": SECRET},
    answer_example={"position": 42},
)
async def accept_invitation(body: ResetBody, visitor: Visitor) -> Done:
    """Take the account that was made for one, by the link in a letter, and set its password."""
    return done(await accept(visitor, body.token, body.password))


@entrance(
    "/api/password/change",
    requires="identity.own",
    refuses=[
        "password.wrong",
        "password.refused",
        "password.replaced",
        "login.locked",
        "person.needed",
        "not_found",
        "person.not_possible",
    ],
    example={"current": SECRET, "password": "four herons and a paper boat"},
    answer_example={"position": 42},
)
async def change_password(body: ChangeBody, visitor: Visitor) -> Done:
    """Set another password. Every other session ends."""
    return done(await accounts.change_password(visitor, body.current, body.password))


def done(receipt: Receipt) -> Done:
    return Done(receipt.position)
