"""Every row of the table that decides about the seats of a section."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.enrollments.events import (
    SeatReleased,
    SeatsClosed,
    SeatsOffered,
    SeatsResized,
    SeatsTermSet,
    SeatTaken,
    WaitlistJoined,
    WaitlistLeft,
)
from domain.enrollments.seats import (
    SEATS,
    Closed,
    CloseSeats,
    OfferSeats,
    ReleaseSeat,
    ResizeSeats,
    SetTerm,
    TakeSeat,
    seated,
)
from domain.kernel import CourseId, LearnerId
from tests.given import about
from tests.proves import proves

given = about(SEATS)

art = CourseId("art")
ada, ben, cy = LearnerId("ada"), LearnerId("ben"), LearnerId("cy")
now = datetime(2026, 11, 21, 9, tzinfo=UTC)
offered = SeatsOffered(art, 1)
full = (offered, SeatTaken(art, ada))
two_wait = (*full, WaitlistJoined(ben), WaitlistJoined(cy))


def take(learner: LearnerId, course: CourseId = art, at: datetime = now) -> TakeSeat:
    return TakeSeat(course, learner, at)


def test_seats_are_offered_once() -> None:
    given().when(OfferSeats(art, 1)).then(offered)
    given(offered).when(OfferSeats(art, 1)).then()


@proves("enroll.user")
def test_who_comes_when_all_are_taken_waits_in_order() -> None:
    given(offered).when(take(ada)).then(SeatTaken(art, ada))
    given(*full).when(take(ben)).then(WaitlistJoined(ben))
    given(*full).when(take(ada)).then()
    given(*full, WaitlistJoined(ben)).when(take(ben)).then()


@proves("enroll.user")
def test_a_seat_that_frees_goes_to_who_waited_longest() -> None:
    given(*two_wait).when(ReleaseSeat(ada)).then(SeatReleased(ada), SeatTaken(art, ben, from_waitlist=True))
    given(*two_wait).when(ReleaseSeat(ben)).then(WaitlistLeft(ben))
    given(*two_wait, WaitlistLeft(ben)).when(ReleaseSeat(ada)).then(
        SeatReleased(ada), SeatTaken(art, cy, from_waitlist=True)
    )
    given(*full).when(ReleaseSeat(ben)).then()


def test_new_seats_go_to_those_who_wait_and_nobody_loses_theirs() -> None:
    given(*two_wait).when(ResizeSeats(3)).then(
        SeatsResized(3), SeatTaken(art, ben, from_waitlist=True), SeatTaken(art, cy, from_waitlist=True)
    )
    given(*two_wait).when(ResizeSeats(0)).then(SeatsResized(0))
    given(*two_wait, SeatsResized(0)).when(ReleaseSeat(ada)).then(SeatReleased(ada))
    given(*full).when(ResizeSeats(1)).then()


def test_who_comes_later_does_not_pass_those_who_wait() -> None:
    fewer = (offered, SeatsResized(2), SeatTaken(art, ada), WaitlistJoined(ben))
    given(*fewer).when(take(cy)).then(WaitlistJoined(cy))


@proves("enroll.user")
def test_nobody_has_a_seat_when_the_term_is_over() -> None:
    ends = now + timedelta(days=1)
    given(offered).when(SetTerm(ends)).then(SeatsTermSet(ends))
    given(offered, SeatsTermSet(ends)).when(SetTerm(ends)).then()
    given(offered, SeatsTermSet(ends)).when(take(ada)).then(SeatTaken(art, ada))
    given(offered, SeatsTermSet(ends)).when(take(ada, at=ends)).refused("section.closed")


def test_a_closed_section_takes_nobody() -> None:
    given(*full).when(CloseSeats()).then(SeatsClosed())
    given(*full, SeatsClosed()).when(CloseSeats()).then()
    given(*full, SeatsClosed()).when(take(ben)).refused("section.closed")
    given(*full, SeatsClosed()).when(take(ada)).then()
    given(*full, SeatsClosed()).when(ReleaseSeat(ada)).then(SeatReleased(ada))
    assert given(*full, SeatsClosed()).state == Closed(art, frozenset({ada}))


def test_there_are_no_seats_where_there_is_no_section() -> None:
    given().when(take(ada)).refused("section.not_found")
    given(offered).when(take(ada, CourseId("chess"))).refused("section.not_found")
    assert not seated(given().state, ada)
    assert seated(given(*full).state, ada)
