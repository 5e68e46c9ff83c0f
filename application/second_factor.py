"""The second factor: set up, turned on and off by its owner, and shown as the second step of coming in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from hmac import compare_digest
from uuid import UUID

import msgspec

from application.accounts import account_of
from application.entering import Entered, Locked, Step, Visitor, guarded, open_session
from application.in_person import in_person
from application.ledger import Repeated
from application.what_else import opened
from domain.factors.challenge import CHALLENGE, Answer
from domain.factors.two_factor import (
    BACKUP_CODES,
    TWO_FACTOR,
    Disable,
    Enable,
    EnterBackupCode,
    EnterCode,
    On,
    Proposed,
    ReplaceBackupCodes,
    StartSetup,
)
from domain.factors.two_factor import State as TwoFactor
from domain.identity.entry import ENTRY, OF_A_NAME, Fail
from domain.identity.person import PERSON, Admit
from domain.kernel import PersonId, Rejected, SecretId, Value

ISSUER = "Annals"
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
"""What nobody takes for another, read from paper."""
GROUPS, GROUP = 3, 4
REFUSED = "this is not the code that the app shows now, nor a backup code"

_Steps = Callable[[SecretId, int | None], tuple[Step, ...]]
_hashes = msgspec.json.Decoder(tuple[str, ...])


class Shown(Value):
    """What somebody shows as their second factor: a code of the app, or a backup code."""

    code: str | None = None
    backup_code: str | None = None


class Setup(Value):
    """What to put into an app: typed, as a link, or as a picture that it reads (a PNG in base64)."""

    secret: str
    uri: str
    qr: bytes
    position: int


class BackupCodes(Value):
    """Ten codes for the day the app is lost, each good once. They are shown now, and never again."""

    backup_codes: tuple[str, ...]
    position: int


async def set_up(visitor: Visitor, account: str) -> Setup:
    """Show a secret, which is not asked for until a code of it was proved."""
    person = in_person(visitor)
    stream = TWO_FACTOR.at(person)
    before: TwoFactor = await visitor.look(stream)
    vault, apps = visitor.means.vault, visitor.means.code_apps
    id_ = await vault.keep(visitor.tenant, person, "totp", apps.new_secret(), id=visitor.derived("totp"))
    try:
        receipt = await visitor.do((stream, StartSetup(SecretId(str(id_)))))
    except Rejected:
        await vault.forget(visitor.tenant, id_)
        raise
    if isinstance(before, Proposed) and before.secret != str(id_):
        await vault.forget(visitor.tenant, UUID(before.secret))
    secret = await vault.look(visitor.tenant, id_)
    if secret is None:
        raise Rejected("two_factor.setup_over", "this setup was begun anew since")
    told = apps.invitation(secret, account, ISSUER)
    return Setup(told.secret, told.uri, told.picture, receipt.position)


async def enable(visitor: Visitor, code: str) -> BackupCodes:
    """Turn it on by a code of the secret that was shown."""
    stream = TWO_FACTOR.at(in_person(visitor))
    state: TwoFactor = await visitor.look(stream)
    secret = state.secret if isinstance(state, Proposed) else SecretId("")
    return await _with_new_codes(
        visitor, lambda codes, step: ((stream, Enable(secret, step, codes)),), await _step(visitor, secret, code)
    )


async def disable(visitor: Visitor, password: str, shown: Shown) -> int:
    """Turn it off, showing the password and a code; destroy the secrets. Where in the ledger that is."""
    person = in_person(visitor)
    stream = TWO_FACTOR.at(person)
    await check_password(visitor, password)
    state = await _on(visitor, person)
    entered = await _entered(visitor, state, shown)
    await _check(visitor, person, entered)
    receipt = await visitor.do((stream, entered), (stream, Disable(str(visitor.id))))
    await visitor.means.vault.forget(visitor.tenant, UUID(state.secret), UUID(state.codes))
    return receipt.position


async def replace_backup_codes(visitor: Visitor, shown: Shown) -> BackupCodes:
    """Ten new backup codes; the old are void."""
    person = in_person(visitor)
    stream = TWO_FACTOR.at(person)
    state = await _on(visitor, person)
    entered = await _entered(visitor, state, shown)
    await _check(visitor, person, entered)
    answer = await _with_new_codes(
        visitor, lambda codes, _: ((stream, entered), (stream, ReplaceBackupCodes(str(visitor.id), codes))), None
    )
    await visitor.means.vault.forget(visitor.tenant, UUID(state.codes))
    return answer


async def come_in(visitor: Visitor, challenge: str, shown: Shown) -> Entered:
    """The second step: open the session that the right password did not open alone."""
    halfway = opened(visitor.means.blind, challenge)
    if halfway is None or halfway.tenant != visitor.tenant or halfway.until <= visitor.at:
        raise Rejected("challenge.refused", "log in again")
    state: TwoFactor = await visitor.look(TWO_FACTOR.at(halfway.person))
    if not isinstance(state, On):
        raise Rejected("challenge.refused", "log in again")
    entered = await _entered(visitor, state, shown)
    await _check(visitor, halfway.person, entered)
    method = f"{halfway.method} and {'code' if isinstance(entered, EnterCode) else 'backup code'}"
    steps: tuple[Step, ...] = (
        (TWO_FACTOR.at(halfway.person), entered),
        (CHALLENGE.at(halfway.id), Answer(str(visitor.id))),
        (PERSON.at(halfway.person), Admit(halfway.credential)),
    )
    try:
        return await open_session(visitor, halfway.person, method, ENTRY.at(halfway.entry), *steps)
    except Rejected as no:
        if no.code == "login.refused":  # It is no longer the password there is.
            raise Rejected("challenge.refused", "log in again") from None
        raise


async def proving(visitor: Visitor, person: PersonId, shown: Shown) -> Sequence[Step]:
    """What is to be done together with that for which the second factor was shown; nothing, where none is on."""
    state: TwoFactor = await visitor.look(TWO_FACTOR.at(person))
    if not isinstance(state, On):
        return ()
    entered = await _entered(visitor, state, shown)
    await _check(visitor, person, entered)
    return ((TWO_FACTOR.at(person), entered),)


async def check_password(visitor: Visitor, password: str) -> None:
    """See that it is the password of who asks. Who guesses too often is locked out of asking."""
    person = in_person(visitor)
    entry = ENTRY.at(visitor.mark("change", person))
    async with guarded(visitor, entry):
        credential = account_of(await visitor.look(PERSON.at(person))).credential
        checked = await visitor.means.passwords.check(password, await visitor.secret(credential))
        if not checked.right:
            await visitor.do((entry, Fail(str(visitor.id), visitor.at, OF_A_NAME, person)))
            raise Rejected("password.wrong", "this is not the password there is")


async def _on(visitor: Visitor, person: PersonId) -> On:
    state: TwoFactor = await visitor.look(TWO_FACTOR.at(person))
    if not isinstance(state, On):
        raise Rejected("two_factor.off", "two-factor authentication is off")
    return state


async def _entered(visitor: Visitor, state: On, shown: Shown) -> EnterCode | EnterBackupCode:
    """What was shown, held against what is in the vault."""
    attempt = str(visitor.id)
    if shown.backup_code is not None:
        kept = await visitor.means.vault.look(visitor.tenant, UUID(state.codes))
        number = None if kept is None else _number(_hash(visitor, state.codes, shown.backup_code), kept)
        return EnterBackupCode(attempt, state.codes, number, visitor.at)
    return EnterCode(attempt, state.secret, await _step(visitor, state.secret, shown.code or ""), visitor.at)


async def _check(visitor: Visitor, person: PersonId, entered: EnterCode | EnterBackupCode) -> None:
    """Keep that a code was wrong, and refuse it. While it is locked, refuse any."""
    stream = TWO_FACTOR.at(person)
    is_wrong = (entered.step if isinstance(entered, EnterCode) else entered.number) is None
    state = await _on(visitor, person)
    if not is_wrong and not state.is_locked(visitor.at):
        return
    try:
        await visitor.do((stream, entered))
    except Rejected as no:
        if no.code != "two_factor.locked":
            raise
        raise Locked(state.wait_s(visitor.at)) from None
    raise Rejected("second_step.refused", REFUSED)


async def _step(visitor: Visitor, secret: SecretId, code: str) -> int | None:
    kept = await visitor.secret(secret or None)
    return None if kept is None else visitor.means.code_apps.step_of(kept, code, visitor.at)


async def _with_new_codes(visitor: Visitor, steps: _Steps, step: int | None) -> BackupCodes:
    """Do what needs new backup codes, and show them. Asked again, they cannot be shown again."""
    codes = tuple(_new_code() for _ in range(BACKUP_CODES))
    id_ = SecretId(str(visitor.derived("backup codes")))
    hashes = msgspec.json.encode([_hash(visitor, id_, code) for code in codes])
    await visitor.means.vault.keep(visitor.tenant, visitor.person, "backup_codes", hashes, id=UUID(id_))
    try:
        receipt = await visitor.do(*steps(id_, step))
    except Rejected:
        await visitor.means.vault.forget(visitor.tenant, UUID(id_))
        raise
    if isinstance(receipt, Repeated):
        raise Rejected("two_factor.codes_shown", "the backup codes were shown once; ask for new ones")
    return BackupCodes(codes, receipt.position)


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _hash(visitor: Visitor, codes: SecretId, code: str) -> str:
    """What is kept of a backup code: a keyed hash, for 59 bits alone could be tried out by who has all hashes."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return visitor.means.blind.blind(visitor.tenant, "backup code", f"{codes} {plain}")


def _number(hashed: str, kept: bytes) -> int | None:
    found: int | None = None
    for number, one in enumerate(_hashes.decode(kept)):
        if compare_digest(one, hashed):
            found = number
    return found
