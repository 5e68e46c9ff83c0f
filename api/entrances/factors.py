"""The second factor and passkeys: set up, shown to come in, and given up."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.call import Call
from api.http.entrances import entrance
from application import passkeys, second_factor
from application.authenticators import MadeKey, SignedChallenge
from application.entering import Entered, Visitor
from application.passkeys import Asked
from application.second_factor import BackupCodes, Setup, Shown
from domain.kernel import Value

Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)", description="What the app shows now.")]
BackupCode = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9 -]{8,40}$(?!\n)", description="One of those that were shown once.")
]
Account = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f:]{1,100}$(?!\n)",
        description="How the app or the browser is to call the account, such as the address.",
    ),
]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Challenge = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, description="As it was given at the login.")]


class AccountBody(Value, forbid_unknown_fields=True):
    account: Account


class CodeBody(Value, forbid_unknown_fields=True):
    code: Code


class ShownBody(Value, forbid_unknown_fields=True):
    """A code of the app, or a backup code."""

    code: Code | None = None
    backup_code: BackupCode | None = None


class SecondStepBody(Value, forbid_unknown_fields=True):
    """The challenge, and a code of the app or a backup code."""

    challenge: Challenge
    code: Code | None = None
    backup_code: BackupCode | None = None


class DisableBody(Value, forbid_unknown_fields=True):
    """The password, and a code of the app or a backup code."""

    password: Password
    code: Code | None = None
    backup_code: BackupCode | None = None


class MadeBody(Value, forbid_unknown_fields=True):
    """What `navigator.credentials.create()` gave, as `toJSON()` writes it."""

    credential: MadeKey


class SignedBody(Value, forbid_unknown_fields=True):
    """What `navigator.credentials.get()` gave, as `toJSON()` writes it."""

    credential: SignedChallenge


class Disabled(Value):
    """Only the password is asked for from now on."""

    position: int


class Registered(Value):
    """A passkey is known, under this name."""

    passkey: str
    position: int


SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SIGNED = {
    "id": "Y3JlZGVudGlhbA",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
        "authenticatorData": "ZGF0YQ",
        "signature": "c2lnbmF0dXJl",
    },
}
MADE = {
    "id": "Y3JlZGVudGlhbA",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
        "attestationObject": "b2JqZWN0",
        "transports": ["internal"],
    },
}
IN = {
    "status": "in",
    "person": "0198c0de-da7a-7000-8000-0000000000ad",
    "session": "0198c0de-da7a-7000-8000-00000000c0de",
    "access": "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiIwMTk4YzBkZSJ9.c2lnbmF0dXJl",
    "access_until": "2026-11-02T08:30:00Z",
    "refresh": "cmVmcmVzaA.bWFj",
    "refresh_until": "2026-11-09T08:00:00Z",
}
STEP = {"challenge": "c2Vjb25kLXN0ZXA.bWFj", "code": "492039"}
TEN = {"backup_codes": ["k7mq-2xwe-9hpa"], "position": 42}
OPTIONS = {"options": {"challenge": "Y2hhbGxlbmdl", "rpId": "school.example"}, "until": "2026-11-02T08:05:00Z"}
WRONG = ("second_step.refused", "two_factor.code_used", "login.locked", "two_factor.locked")


@entrance(
    "/api/security/2fa/setup",
    requires="factors.manage",
    refuses=["person.needed", "two_factor.on_already", "two_factor.setup_over"],
    example={"account": "ada@school.example"},
    answer_example={"secret": SEED, "uri": f"otpauth://totp/Annals:ada?secret={SEED}", "qr": "iVBORw", "position": 42},
)
async def set_up_second_factor(body: AccountBody, visitor: Visitor) -> Setup:
    """Get a secret for an app that shows codes, also as a QR code.

    Nothing is asked for until a code of it was proved.
    """
    return await second_factor.set_up(visitor, body.account)


@entrance(
    "/api/security/2fa/enable",
    requires="factors.manage",
    refuses=[
        "person.needed",
        "two_factor.off",
        "two_factor.on_already",
        "two_factor.code_refused",
        "two_factor.codes_shown",
    ],
    example={"code": "492039"},
    answer_example=TEN,
)
async def enable_second_factor(body: CodeBody, visitor: Visitor) -> BackupCodes:
    """Turn two-factor authentication on by a code of the app, and get ten backup codes.

    They are shown now and never again; each is good once.
    """
    return await second_factor.enable(visitor, body.code)


@entrance(
    "/api/security/2fa/backup-codes",
    requires="factors.manage",
    refuses=["person.needed", "two_factor.off", "two_factor.not_proved", "two_factor.codes_shown", *WRONG],
    example={"code": "492039"},
    answer_example=TEN,
)
async def replace_backup_codes(body: ShownBody, visitor: Visitor) -> BackupCodes:
    """Get ten new backup codes, showing a code of the app or a backup code. The old ones are void."""
    return await second_factor.replace_backup_codes(visitor, Shown(body.code, body.backup_code))


@entrance(
    "/api/security/2fa/disable",
    requires="factors.manage",
    refuses=[
        "person.needed",
        "person.not_found",
        "password.wrong",
        "two_factor.off",
        "two_factor.not_proved",
        *WRONG,
    ],
    example={"password": "nine lanterns over the harbour", "code": "492039"},
    answer_example={"position": 42},
)
async def disable_second_factor(body: DisableBody, visitor: Visitor) -> Disabled:
    """Turn two-factor authentication off, showing the password and a code. The secrets are destroyed."""
    return Disabled(await second_factor.disable(visitor, body.password, Shown(body.code, body.backup_code)))


@entrance(
    "/api/login/second-step",
    refuses=["challenge.refused", "account.closed", "challenge.answered", *WRONG],
    example=STEP,
    answer_example=IN,
)
async def second_step(body: SecondStepBody, visitor: Visitor) -> Entered:
    """Come in with a code, once the password was right.

    A code is good for its own half minute, the one before and the one after, and once. Five wrong ones in a row lock
    the second step for a quarter of an hour.
    """
    return await second_factor.come_in(visitor, body.challenge, Shown(body.code, body.backup_code))


@entrance(
    "/api/security/2fa/verify",
    refuses=["challenge.refused", "account.closed", "challenge.answered", *WRONG],
    example=STEP,
    answer_example=IN,
)
async def verify_second_factor(body: SecondStepBody, visitor: Visitor) -> Entered:
    """The same as `/api/login/second-step`, under the name that clients of old know."""
    return await second_factor.come_in(visitor, body.challenge, Shown(body.code, body.backup_code))


@entrance(
    "/api/security/passkeys/options",
    requires="factors.manage",
    refuses=["person.needed"],
    example={"account": "ada@school.example"},
    answer_example=OPTIONS,
)
async def ask_for_passkey(body: AccountBody, visitor: Visitor, call: Call) -> Asked:
    """Get what `navigator.credentials.create()` takes to make a passkey."""
    return await passkeys.ask_to_make(visitor, host_of(call), body.account)


@entrance(
    "/api/security/passkeys",
    requires="factors.manage",
    refuses=["person.needed", "passkey.not_believed", "passkey.registered_already", "challenge.answered"],
    example={"credential": MADE},
    answer_example={"passkey": "mfrggzdfmztwq2lknnwg23tpob", "position": 42},
)
async def register_passkey(body: MadeBody, visitor: Visitor, call: Call) -> Registered:
    """Have a passkey known that was made."""
    receipt = await passkeys.register(visitor, host_of(call), body.credential)
    return Registered(receipt.stream.partition(":")[2], receipt.position)


@entrance("/api/login/passkey/options", refuses=["passkey.refused"], answer_example=OPTIONS)
async def ask_for_signature(visitor: Visitor, call: Call) -> Asked:
    """Get what `navigator.credentials.get()` takes to come in with a passkey."""
    return await passkeys.ask_to_sign(visitor, host_of(call))


@entrance(
    "/api/login/passkey",
    refuses=[
        "passkey.refused",
        "passkey.counter_fell",
        "challenge.answered",
        "passkey.not_found",
        "login.locked",
        "account.closed",
    ],
    example={"credential": SIGNED},
    answer_example=IN,
)
async def log_in_with_passkey(body: SignedBody, visitor: Visitor, call: Call) -> Entered:
    """Come in with a passkey alone: it stands for a password and a second factor."""
    return await passkeys.come_in(visitor, host_of(call), body.credential)


def host_of(call: Call) -> str:
    """The hostname that a request came to, with its port if that is said."""
    return call.headers.get(b"host", b"").decode("latin-1").lower()
