"""How long one class of data is kept at hand, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.privacy.events import (
    ArchivingHeldBack,
    RetentionFellDue,
    RetentionHeld,
    RetentionReleased,
    RetentionSet,
)
from domain.privacy.retention import RETENTION, FallDue, Hold, Release, Retaining, SetRetention
from tests.given import about

given = about(RETENTION)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SET = RetentionSet(30, NOON)
HELD = RetentionHeld("case-7", "a court wants them")


def test_what_is_older_falls_due_every_day() -> None:
    given().when(SetRetention(30, NOON)).then(SET)
    given(SET).when(SetRetention(30, NOON + DAY)).then()
    given(SET).when(FallDue(NOON)).then(RetentionFellDue(NOON - 30 * DAY, NOON + DAY))
    fell = RetentionFellDue(NOON - 30 * DAY, NOON + DAY)
    given(SET, fell).when(FallDue(NOON)).then()
    given(SET, fell).when(FallDue(NOON + DAY)).then(RetentionFellDue(NOON - 29 * DAY, NOON + 2 * DAY))


def test_another_period_is_looked_at_from_then_on_alone() -> None:
    other = RetentionSet(10, NOON + DAY / 2)
    given(SET).when(SetRetention(10, NOON + DAY / 2)).then(other)
    given(SET, other).when(FallDue(NOON)).then()


def test_nothing_falls_due_without_a_period_or_while_anything_holds_it() -> None:
    given().when(FallDue(NOON)).then()
    given(SET).when(Hold("case-7", "a court wants them")).then(HELD)
    given(SET, HELD).when(Hold("case-7", "again")).then()
    given(SET, HELD).when(FallDue(NOON)).then(ArchivingHeldBack(NOON + DAY))
    later = (SET, HELD, ArchivingHeldBack(NOON + DAY))
    given(*later).when(Release("case-7")).then(RetentionReleased("case-7"))
    given(*later).when(Release("case-8")).then()
    given(*later, RetentionReleased("case-7")).when(FallDue(NOON + DAY)).then(
        RetentionFellDue(NOON - 29 * DAY, NOON + 2 * DAY)
    )
    assert given(*later).state == Retaining(30, NOON + DAY, ("case-7",))
