"""A person's account, from being made to being removed."""

from __future__ import annotations

import pytest

from domain.identity.events import (
    AccessNeedsStated,
    AddressReplaced,
    AddressVerified,
    Mark,
    PasswordRehashed,
    PasswordSet,
    PersonActivated,
    PersonDeactivated,
    PersonEvent,
    PersonInvited,
    PersonLocked,
    PersonReactivated,
    PersonRegistered,
    PersonRemoved,
    PersonUnlocked,
    PhoneConfirmed,
    PreferencesSet,
    ProfileRevised,
)
from domain.identity.person import (
    CREDENTIALS_REMEMBERED,
    NO_NEEDS,
    PERSON,
    Activate,
    Active,
    Admit,
    Command,
    ConfirmPhone,
    Deactivate,
    Deactivated,
    Invite,
    Invited,
    Localise,
    Lock,
    Locked,
    Nobody,
    Reactivate,
    Register,
    Rehash,
    Remove,
    Removed,
    ReplaceAddress,
    ReviseProfile,
    SetPassword,
    SetPreferences,
    Unlock,
    VerifyAddress,
)
from domain.kernel import PersonId, SecretId
from tests.given import about
from tests.proves import proves

given = about(PERSON)
ada = PersonId("0198c0de-da7a-7000-8000-0000000000ad")
here, there = Mark("here"), Mark("there")
first, second, third = SecretId("first"), SecretId("second"), SecretId("third")

registered = PersonRegistered(ada, "ada@school.example", "ada", "Ada", first, here, Mark("ada"))
invited = PersonInvited(ada, "ada@school.example", None, "Ada", here)
REASON = "asked to"


@proves("auth.register")
def test_who_registers_has_an_account_and_says_so_once() -> None:
    register = Register(ada, "ada@school.example", "ada", "Ada", first, here, Mark("ada"))
    given().when(register).then(registered)
    given(registered).when(register).then()
    given(registered).when(Register(ada, "eve@school.example", None, "Eve", second, there)).refused(
        "person.not_possible"
    )
    given(registered, PersonRemoved(ada, REASON)).when(register).refused("person.not_possible")


def test_who_is_invited_takes_the_account() -> None:
    invite = Invite(ada, "ada@school.example", None, "Ada", here)
    given().when(invite).then(invited)
    given(invited).when(invite).then()
    given(invited).when(Activate(first)).then(PersonActivated(first))
    given(invited, PersonActivated(first)).when(Activate(first)).then()
    given(invited).when(Admit()).refused("login.refused")
    assert given(invited, PersonActivated()).state == Active(given(invited).state.account)  # type: ignore[union-attr]


@proves("user.account_status")
@pytest.mark.parametrize(
    ("status", "legal"),
    [
        ((invited,), {Activate, Deactivate, Remove}),
        ((registered,), {Activate, Reactivate, Unlock, Deactivate, Lock, Remove}),
        ((registered, PersonLocked(ada, REASON)), {Lock, Unlock, Deactivate, Remove}),
        ((registered, PersonDeactivated(ada, REASON)), {Deactivate, Reactivate, Remove}),
        ((registered, PersonRemoved(ada, REASON)), {Remove}),
    ],
    ids=["invited", "active", "locked", "deactivated", "removed"],
)
def test_only_what_is_legal_of_a_status_is_done(status: tuple[PersonEvent, ...], legal: set[type[Command]]) -> None:
    commands: tuple[Command, ...] = (
        Activate(first),
        Deactivate(ada, REASON),
        Reactivate(ada, REASON),
        Lock(ada, REASON),
        Unlock(ada, REASON),
        Remove(ada, REASON),
    )
    for command in commands:
        if type(command) not in legal:
            given(*status).when(command).refused("person.not_possible")
        else:
            tuple(PERSON.decide(given(*status).state, command))


def test_what_nobody_has_is_not_found() -> None:
    closing: tuple[Command, ...] = (Deactivate(ada, REASON), Lock(ada, REASON), Remove(ada, REASON))
    for command in (*closing, Activate(), Reactivate(ada, REASON), Unlock(ada, REASON)):
        given().when(command).refused("not_found")


def test_an_account_is_taken_once() -> None:
    taken = (invited, PersonActivated(first))
    given(*taken).when(Activate(first)).then()
    given(*taken).when(Activate()).then()
    given(*taken).when(Activate(second)).refused("person.not_possible")


@proves("user.account_status")
def test_an_account_is_closed_and_opened_again() -> None:
    given(registered).when(Deactivate(ada, REASON)).then(PersonDeactivated(ada, REASON))
    given(registered, PersonDeactivated(ada, REASON)).when(Reactivate(ada, REASON)).then(PersonReactivated(ada, REASON))
    given(registered).when(Lock(ada, REASON)).then(PersonLocked(ada, REASON))
    given(registered, PersonLocked(ada, REASON)).when(Unlock(ada, REASON)).then(PersonUnlocked(ada, REASON))
    given(registered).when(Remove(ada, REASON)).then(PersonRemoved(ada, REASON))
    for closed in (PersonDeactivated(ada, REASON), PersonLocked(ada, REASON)):
        given(registered, closed).when(Admit(first)).refused("account.closed")
    given(registered, PersonRemoved(ada, REASON)).when(Admit(first)).refused("login.refused")
    given().when(Admit()).refused("login.refused")


def test_the_states_of_an_account() -> None:
    assert given().state == Nobody()
    for fact, state in (
        (PersonDeactivated(ada, REASON), Deactivated),
        (PersonLocked(ada, REASON), Locked),
        (PersonRemoved(ada, REASON), Removed),
    ):
        assert isinstance(given(registered, fact).state, state)
    assert isinstance(given(invited).state, Invited)
    assert isinstance(given(registered, PersonDeactivated(ada, REASON), PersonReactivated(ada, REASON)).state, Active)
    assert given(AddressVerified(here)).state == Nobody()


@proves("auth.email_verification")
def test_an_address_is_verified_as_long_as_it_is_theirs() -> None:
    given(registered).when(VerifyAddress(here)).then(AddressVerified(here))
    given(registered, AddressVerified(here)).when(VerifyAddress(here)).then()
    given(registered).when(VerifyAddress(there)).refused("link.refused")
    moved = AddressReplaced(ada, "ada@home.example", there)
    given(registered).when(ReplaceAddress(ada, "ada@home.example", there)).then(moved)
    given(registered, moved).when(ReplaceAddress(ada, "ada@home.example", there)).then()
    given(registered, moved).when(VerifyAddress(here)).refused("link.refused")
    state = given(registered, AddressVerified(here), moved).state
    assert isinstance(state, Active)
    assert (state.account.address, state.account.verified) == (there, False)


@proves("auth.password_reset")
def test_a_password_replaces_the_one_that_was_looked_at() -> None:
    given(registered).when(SetPassword(second, first, "changed")).then(PasswordSet(second, "changed"))
    given(registered, PasswordSet(second, "changed")).when(SetPassword(second, first, "changed")).then()
    given(registered, PasswordSet(second, "reset")).when(SetPassword(third, first, "reset")).refused(
        "password.replaced"
    )
    given(registered, PasswordSet(second, "reset")).when(Admit(first)).refused("login.refused")
    given(registered, PasswordSet(second, "reset")).when(Admit(second)).then()


def test_the_passwords_there_were_are_remembered_and_a_new_hash_is_no_new_password() -> None:
    state = given(registered, PasswordSet(second, "changed"), PasswordRehashed(third, second)).state
    assert isinstance(state, Active)
    assert state.account.credentials == (third, first)
    given(registered).when(Rehash(second, first)).then(PasswordRehashed(second, first))
    given(registered, PasswordRehashed(second, first)).when(Rehash(second, first)).then()
    many = [PasswordSet(SecretId(f"secret-{number}"), "changed") for number in range(CREDENTIALS_REMEMBERED + 5)]
    state = given(registered, *many).state
    assert isinstance(state, Active)
    assert len(state.account.credentials) == CREDENTIALS_REMEMBERED


def test_what_they_say_of_themselves_is_said_once() -> None:
    revise = ReviseProfile(ada, there, "Ada L.", "counts")
    revised = ProfileRevised(ada, there, "Ada L.", "counts")
    given(registered).when(revise).then(revised)
    given(registered, revised).when(revise).then()
    given(registered, PersonRemoved(ada, REASON)).when(revise).refused("person.not_possible")
    for closed in (PersonDeactivated(ada, REASON), PersonLocked(ada, REASON)):
        given(registered, closed).when(revise).then(revised)
    given().when(revise).refused("not_found")


def test_what_they_prefer_is_said_once_and_what_they_need_is_told_apart() -> None:
    german, dark = PreferencesSet("de"), PreferencesSet("de", "Europe/Berlin", "dark", ("hide_profile",))
    given(registered).when(SetPreferences(ada, "de")).then(german)
    given(registered, german).when(SetPreferences(ada, "de")).then()
    captions = SetPreferences(ada, "de", needs="captions", needs_mark=there)
    stated = AccessNeedsStated(ada, there, "captions")
    given(registered).when(captions).then(german, stated)
    given(registered, german, stated).when(captions).then()
    given(registered, german, stated).when(SetPreferences(ada, "de")).then(AccessNeedsStated(ada, NO_NEEDS, ""))
    given(registered, dark).when(Localise("en", None)).then(PreferencesSet("en", None, "dark", ("hide_profile",)))
    given(registered, dark).when(Localise("de", "Europe/Berlin")).then()
    given(registered, PersonDeactivated(ada, REASON)).when(captions).refused("person.not_possible")


@proves("user.profile")
def test_a_phone_is_confirmed_as_long_as_it_is_theirs() -> None:
    called = ProfileRevised(ada, there, "Ada L.", phone="+442079460000", phone_mark=here)
    given(registered, called).when(ConfirmPhone(here)).then(PhoneConfirmed(here))
    given(registered, called, PhoneConfirmed(here)).when(ConfirmPhone(here)).then()
    given(registered, called).when(ConfirmPhone(there)).refused("code.refused")
    given(registered).when(ConfirmPhone(here)).refused("code.refused")
    moved = ProfileRevised(ada, here, "Ada L.", phone="+442079460001", phone_mark=there)
    state = given(registered, called, PhoneConfirmed(here), moved).state
    assert isinstance(state, Active)
    assert (state.account.phone, state.account.phone_confirmed) == (there, False)
