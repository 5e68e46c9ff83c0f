"""One passkey, told as stories."""

from __future__ import annotations

from domain.factors.events import PasskeyCounterFell, PasskeyRegistered, PasskeyRemoved, PasskeyUsed
from domain.factors.passkey import PASSKEY, Known, Register, Remove, ReportFallenCounter, Unknown, Use
from domain.kernel import PersonId
from tests.given import about

given = about(PASSKEY)

ADA, BEN = PersonId("ada"), PersonId("ben")


def register(person: PersonId = ADA, counter: int = 5) -> Register:
    return Register(person, "credential", "public", "localhost", counter, ("internal",), "model", backed_up=True)


def registered(counter: int = 5) -> PasskeyRegistered:
    return PasskeyRegistered(ADA, "credential", "public", "localhost", counter, ("internal",), "model", backed_up=True)


def test_a_passkey_is_registered_once_by_one_person() -> None:
    given().when(register()).then(registered())
    given(registered()).when(register()).then()
    given(registered()).when(register(BEN)).refused("passkey.registered_already")


def test_its_counter_only_grows() -> None:
    given(registered()).when(Use("one", 6)).then(PasskeyUsed("one", 6))
    given(registered()).when(Use("one", 5)).refused("passkey.counter_fell")
    given(registered()).when(Use("one", 0)).refused("passkey.counter_fell")
    given(registered(), PasskeyUsed("one", 9)).when(Use("two", 9)).refused("passkey.counter_fell")
    given(registered(), PasskeyUsed("one", 9)).when(Use("one", 9)).then()


def test_an_authenticator_that_does_not_count_is_good_for_ever() -> None:
    given(registered(0)).when(Use("one", 0)).then(PasskeyUsed("one", 0))
    given(registered(0), PasskeyUsed("one", 0)).when(Use("two", 0)).then(PasskeyUsed("two", 0))


def test_a_fallen_counter_is_a_fact() -> None:
    given(registered()).when(ReportFallenCounter("one", 3)).then(PasskeyCounterFell("one", 5, 3))
    given(registered(), PasskeyCounterFell("one", 5, 3)).when(ReportFallenCounter("one", 3)).then()
    given(registered()).when(ReportFallenCounter("one", 6)).then()
    given(registered(), PasskeyCounterFell("one", 5, 3)).when(Use("two", 4)).refused("passkey.counter_fell")
    given().when(ReportFallenCounter("one", 3)).refused("passkey.not_found")


def test_only_its_owner_removes_it() -> None:
    given(registered()).when(Remove(ADA)).then(PasskeyRemoved(ADA))
    given(registered()).when(Remove(BEN)).refused("passkey.not_found")
    given(registered(), PasskeyRemoved(ADA)).when(Remove(ADA)).then()
    given(registered(), PasskeyRemoved(ADA)).when(Use("one", 6)).refused("passkey.not_found")


def test_the_states_of_a_passkey() -> None:
    assert given().state == Unknown()
    assert given(registered(), PasskeyUsed("one", 6)).state == Known(ADA, "credential", "public", "localhost", 6, "one")
    assert given(PasskeyUsed("one", 6), PasskeyCounterFell("two", 6, 1)).state == Unknown()
