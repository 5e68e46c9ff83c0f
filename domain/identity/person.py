"""One person of a tenant: their account, from being made to being removed. What they are called is not kept here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from msgspec.structs import replace

from domain.identity.events import (
    AccessNeedsStated,
    AddressReplaced,
    AddressVerified,
    Mark,
    PasswordRehashed,
    PasswordSet,
    PersonActivated,
    PersonDeactivated,
    PersonInvited,
    PersonLocked,
    PersonReactivated,
    PersonRegistered,
    PersonRemoved,
    PersonUnlocked,
    PhoneConfirmed,
    PreferencesSet,
    Privacy,
    ProfileRevised,
)
from domain.identity.events import PersonEvent as Event
from domain.kernel import Decider, PersonId, Rejected, SecretId, Value, name

NO_NEEDS = Mark("")
"""Stands for needing nothing of a screen that everybody does not."""
CREDENTIALS_REMEMBERED = 24
"""How many passwords ago a rule about using them again may look."""


class Register(Value):
    person: PersonId
    address: str
    username: str | None
    name: str
    credential: SecretId
    address_mark: Mark
    username_mark: Mark | None = None


class Invite(Value):
    person: PersonId
    address: str
    username: str | None
    name: str
    address_mark: Mark
    username_mark: Mark | None = None


class Activate(Value):
    credential: SecretId | None = None


class Deactivate(Value):
    person: PersonId
    reason: str


class Reactivate(Value):
    person: PersonId
    reason: str


class Lock(Value):
    person: PersonId
    reason: str


class Unlock(Value):
    person: PersonId
    reason: str


class Remove(Value):
    person: PersonId
    reason: str


class VerifyAddress(Value):
    mark: Mark


class ReplaceAddress(Value):
    person: PersonId
    address: str
    mark: Mark


class SetPassword(Value):
    """Instead of the credential that was looked at: whoever was faster is not overruled."""

    credential: SecretId
    instead_of: SecretId | None
    how: Literal["changed", "reset"]


class Rehash(Value):
    credential: SecretId
    instead_of: SecretId


class Admit(Value):
    """Let them in if they may come in, and if this is still their credential, where one was shown."""

    credential: SecretId | None = None


class ReviseProfile(Value):
    person: PersonId
    mark: Mark
    name: str
    about: str | None = None
    phone: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    avatar: str | None = None
    phone_mark: Mark | None = None


class ConfirmPhone(Value):
    mark: Mark


class Localise(Value):
    """Speak to them so, and tell them this time; leave what else they prefer as it is."""

    locale: str | None
    time_zone: str | None


class SetPreferences(Value):
    """All of them. What they need of a screen is said as names with blanks between; a mark stands for that."""

    person: PersonId
    locale: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    privacy: tuple[Privacy, ...] = ()
    needs: str = ""
    needs_mark: Mark = NO_NEEDS


Command = (
    Register
    | Invite
    | Activate
    | Deactivate
    | Reactivate
    | Lock
    | Unlock
    | Remove
    | VerifyAddress
    | ReplaceAddress
    | SetPassword
    | Rehash
    | Admit
    | ReviseProfile
    | ConfirmPhone
    | Localise
    | SetPreferences
)


class Account(Value):
    """What is known of a person, whatever the status of the account."""

    person: PersonId
    address: Mark
    username: Mark | None = None
    verified: bool = False
    credentials: tuple[SecretId, ...] = ()
    """The one in use first, then those before it."""
    profile: Mark | None = None
    phone: Mark | None = None
    phone_confirmed: bool = False
    preferences: PreferencesSet = PreferencesSet()
    needs: Mark = NO_NEEDS

    @property
    def credential(self) -> SecretId | None:
        return self.credentials[0] if self.credentials else None


class Nobody(Value, tag=True):
    """There has never been such a person."""


class Invited(Value, tag=True):
    account: Account


class Active(Value, tag=True):
    account: Account


class Locked(Value, tag=True):
    account: Account


class Deactivated(Value, tag=True):
    account: Account


class Removed(Value, tag=True):
    account: Account


State = Nobody | Invited | Active | Locked | Deactivated | Removed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Nobody(), Register(person, address, username, called, credential, address_mark, username_mark):
            yield PersonRegistered(person, address, username, called, credential, address_mark, username_mark)
        case Nobody(), Invite(person, address, username, called, address_mark, username_mark):
            yield PersonInvited(person, address, username, called, address_mark, username_mark)
        case Invited(), Activate(credential):
            yield PersonActivated(credential)
        case Invited() | Active() | Locked(), Deactivate(person, reason):
            yield PersonDeactivated(person, reason)
        case Deactivated(), Reactivate(person, reason):
            yield PersonReactivated(person, reason)
        case Active(), Lock(person, reason):
            yield PersonLocked(person, reason)
        case Locked(), Unlock(person, reason):
            yield PersonUnlocked(person, reason)
        case Invited() | Active() | Locked() | Deactivated(), Remove(person, reason):
            yield PersonRemoved(person, reason)
        case Invited(account) | Active(account), VerifyAddress(mark) if account.address == mark:
            if not account.verified:
                yield AddressVerified(mark)
        case Invited(account) | Active(account) | Locked(account) | Deactivated(account), ReplaceAddress():
            if account.address != command.mark:
                yield AddressReplaced(command.person, command.address, command.mark)
        case Active(account), SetPassword(credential, instead_of, how) if account.credential == instead_of:
            if credential != instead_of:
                yield PasswordSet(credential, how)
        case Active(account), Rehash(credential, instead_of) if account.credential == instead_of:
            if credential != instead_of:
                yield PasswordRehashed(credential, instead_of)
        case Active(account), SetPassword(credential) | Rehash(credential) if account.credential == credential:
            return
        case Active(account), Admit(credential) if credential in {None, account.credential}:
            return
        case (Invited(account) | Active(account) | Locked(account) | Deactivated(account), ReviseProfile() as revision):
            if account.profile != revision.mark:
                yield _revised(revision)
        case Active(account), ConfirmPhone(mark) if account.phone == mark:
            if not account.phone_confirmed:
                yield PhoneConfirmed(mark)
        case Invited(account) | Active(account), (Localise() | SetPreferences()) as preferred:
            yield from _preferred(account, preferred)
        case Invited(account) | Active(account), Register(address_mark=mark) | Invite(address_mark=mark) if (
            account.address == mark
        ):
            return  # Already so. Saying it twice changes nothing.
        case Active(account), Activate(credential) if credential in {None, *account.credentials}:
            return
        case (Active(), Reactivate() | Unlock()) | (Removed(), Remove()):
            return
        case (Locked(), Lock()) | (Deactivated(), Deactivate()):
            return
        case Active(), SetPassword() | Rehash():
            raise Rejected("password.replaced", "the password was replaced meanwhile")
        case Invited() | Active(), VerifyAddress():
            raise Rejected("link.refused", "this link was sent to an address that is no longer theirs")
        case Active() | Nobody() | Removed() | Invited(), Admit():
            raise Rejected("login.refused", "this name and this password do not belong together")
        case Locked() | Deactivated(), Admit():
            raise Rejected("account.closed", f"this account is {name(state)}")
        case Active(), ConfirmPhone():
            raise Rejected("code.refused", "this code was sent to a number that is no longer theirs")
        case Nobody(), Deactivate() | Reactivate() | Activate() | Lock() | Unlock() | Remove() | ReviseProfile():
            raise Rejected("not_found", "there is no such thing")
        case _:
            raise Rejected("person.not_possible", f"cannot {name(command)} when {name(state)}")


def _preferred(account: Account, command: Localise | SetPreferences) -> Iterator[Event]:
    wanted = replace(account.preferences, locale=command.locale, time_zone=command.time_zone)
    if isinstance(command, SetPreferences):
        wanted = replace(wanted, theme=command.theme, privacy=command.privacy)
    if account.preferences != wanted:
        yield wanted
    if isinstance(command, SetPreferences) and command.needs_mark != account.needs:
        yield AccessNeedsStated(command.person, command.needs_mark, command.needs)


def _revised(command: ReviseProfile) -> ProfileRevised:
    return ProfileRevised(**{field: getattr(command, field) for field in ReviseProfile.__struct_fields__})


def evolve(state: State, event: Event) -> State:
    match event:
        case PersonRegistered(person=person, credential=credential, address_mark=address, username_mark=username):
            return Active(Account(person, address, username, credentials=(credential,)))
        case PersonInvited(person=person, address_mark=address, username_mark=username):
            return Invited(Account(person, address, username))
        case _ if isinstance(state, Nobody):
            return state
        case PersonActivated(credential):
            return Active(state.account if credential is None else _with_password(state.account, credential))
        case PersonReactivated() | PersonUnlocked():
            return Active(state.account)
        case PersonDeactivated():
            return Deactivated(state.account)
        case PersonLocked():
            return Locked(state.account)
        case PersonRemoved():
            return Removed(state.account)
        case AddressVerified(mark):
            return replace(state, account=replace(state.account, verified=state.account.address == mark))
        case AddressReplaced(mark=mark):
            return replace(state, account=replace(state.account, address=mark, verified=False))
        case PasswordSet(credential):
            return replace(state, account=_with_password(state.account, credential))
        case PasswordRehashed(credential):
            return replace(
                state, account=replace(state.account, credentials=(credential, *state.account.credentials[1:]))
            )
        case ProfileRevised(mark=mark, phone_mark=phone):
            return replace(state, account=_with_phone(replace(state.account, profile=mark), phone))
        case PhoneConfirmed(mark):
            return replace(state, account=replace(state.account, phone_confirmed=state.account.phone == mark))
        case PreferencesSet():
            return replace(state, account=replace(state.account, preferences=event))
        case AccessNeedsStated(mark=mark):
            return replace(state, account=replace(state.account, needs=mark))
        case _:
            assert_never(event)


def _with_password(account: Account, credential: SecretId) -> Account:
    return replace(account, credentials=(credential, *account.credentials)[:CREDENTIALS_REMEMBERED])


def _with_phone(account: Account, phone: Mark | None) -> Account:
    return account if account.phone == phone else replace(account, phone=phone, phone_confirmed=False)


PERSON = Decider[State, Command, Event]("person", Nobody(), decide, evolve)
