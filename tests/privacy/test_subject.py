"""Whose data it is, told as stories."""

from __future__ import annotations

from domain.kernel import PersonId
from domain.privacy.events import (
    ErasureAsked,
    ErasureSettled,
    HoldLifted,
    HoldPlaced,
    KeyDestroyed,
    PartErased,
    PersonErased,
)
from domain.privacy.subject import (
    SUBJECT,
    AskErasure,
    LiftHold,
    PlaceHold,
    Settle,
    TellErased,
    TellKeyDestroyed,
)
from tests.given import about
from tests.values import TIMES

given = about(SUBJECT)
ADA = PersonId("ada")
PARTS = ("identity", "files")
ASKED = ErasureAsked(ADA, PARTS)
DESTROYED = KeyDestroyed(ADA, TIMES[0])
FORGOTTEN = ErasureSettled(ADA, PARTS)
HELD = HoldPlaced(ADA, "case-7", "a court wants it")


def test_who_is_held_is_not_erased_until_every_hold_is_lifted() -> None:
    given().when(PlaceHold(ADA, "case-7", "a court wants it")).then(HELD)
    given(HELD).when(PlaceHold(ADA, "case-7", "said again")).then()
    given(HELD).when(AskErasure(ADA, PARTS)).refused("erasure.held")
    given(HELD, HoldPlaced(ADA, "case-8", "another")).when(LiftHold("case-7")).then(HoldLifted(ADA, "case-7"))
    given(HELD, HoldPlaced(ADA, "case-8", "another"), HoldLifted(ADA, "case-7")).when(AskErasure(ADA, PARTS)).refused(
        "erasure.held"
    )
    given(HELD, HoldLifted(ADA, "case-7")).when(AskErasure(ADA, PARTS)).then(ASKED)
    given(HELD).when(LiftHold("case-9")).then()


def test_who_is_being_erased_cannot_be_held_any_more() -> None:
    for history in ((ASKED,), (ASKED, DESTROYED), (ASKED, DESTROYED, FORGOTTEN)):
        given(*history).when(PlaceHold(ADA, "case-7", "too late")).refused("person.erased")
        given(*history).when(AskErasure(ADA, PARTS)).then()
        given(*history).when(LiftHold("case-7")).then()


def test_an_erasure_goes_from_the_key_to_the_last_part() -> None:
    given(ASKED).when(TellKeyDestroyed(TIMES[0])).then(DESTROYED)
    given(ASKED, DESTROYED).when(TellKeyDestroyed(TIMES[1])).then()
    given(ASKED, DESTROYED).when(Settle()).then(FORGOTTEN)
    given(ASKED, DESTROYED, FORGOTTEN).when(Settle()).then()
    given(ASKED, DESTROYED, FORGOTTEN).when(TellErased("files", 2)).then(PartErased(ADA, "files", 2))
    nearly = (ASKED, DESTROYED, FORGOTTEN, PartErased(ADA, "files", 2))
    given(*nearly).when(TellErased("files", 2)).then()
    given(*nearly).when(TellErased("identity", 0)).then(PartErased(ADA, "identity", 0), PersonErased(ADA))
    given(*nearly, PartErased(ADA, "identity", 0), PersonErased(ADA)).when(AskErasure(ADA, PARTS)).then()


def test_where_no_part_has_anything_it_is_done_at_once() -> None:
    given(ErasureAsked(ADA, ()), DESTROYED).when(Settle()).then(ErasureSettled(ADA, ()), PersonErased(ADA))


def test_nothing_is_skipped() -> None:
    given().when(TellKeyDestroyed(TIMES[0])).refused("erasure.not_asked")
    given(ASKED).when(Settle()).refused("erasure.not_asked")
    given(ASKED, DESTROYED).when(TellErased("files", 0)).refused("erasure.not_asked")
