"""When a room is taken or an instructor busy, by the wall clocks of their zones, however those are turned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as of
from hypothesis import settings
from hypothesis import strategies as st

from domain.catalog.diary import DIARY, Book, Free
from domain.catalog.events import MeetingId, TimeBooked, TimeFreed, Timing
from domain.catalog.timing import clash, occurrences
from domain.kernel import CourseId, SectionId
from projections.catalog._calendar import Meeting, expanded
from tests.given import about
from tests.proves import proves

given = about(DIARY)

spring, autumn = SectionId("spring"), SectionId("autumn")
lecture, exercise = MeetingId("lecture"), MeetingId("exercise")
mondays = Timing(date(2027, 3, 1), time(9), 90, "Europe/Berlin", (1,), date(2027, 6, 28))
same_time = Timing(date(2027, 5, 3), time(10, 29), 30, "Europe/Berlin")
right_after = Timing(date(2027, 5, 3), time(10, 30), 30, "Europe/Berlin")
booked = TimeBooked(spring, lecture, mondays)


def test_who_books_first_has_the_time() -> None:
    given().when(Book(spring, lecture, mondays, "room")).then(booked)
    given(booked).when(Book(spring, lecture, mondays, "room")).then()
    given(booked).when(Book(autumn, exercise, same_time, "room")).refused("meeting.clash")
    given(booked).when(Book(autumn, exercise, right_after, "room")).then(TimeBooked(autumn, exercise, right_after))


def test_a_meeting_does_not_clash_with_what_it_was_before() -> None:
    given(booked).when(Book(spring, lecture, same_time, "room")).then(TimeBooked(spring, lecture, same_time))


def test_what_is_freed_may_be_booked() -> None:
    given(booked).when(Free(spring, lecture)).then(TimeFreed(spring, lecture))
    given().when(Free(spring, lecture)).then()
    given(booked, TimeFreed(spring, lecture)).when(Book(autumn, exercise, same_time, "room")).then(
        TimeBooked(autumn, exercise, same_time)
    )


def test_a_day_that_is_left_out_is_free() -> None:
    without = Timing(
        mondays.first, mondays.begins, mondays.minutes, mondays.zone, (1,), mondays.last, (date(2027, 5, 3),)
    )
    given(TimeBooked(spring, lecture, without)).when(Book(autumn, exercise, same_time, "instructor")).then(
        TimeBooked(autumn, exercise, same_time)
    )


def test_it_goes_by_moments_not_by_what_clocks_show() -> None:
    in_london = Timing(date(2027, 5, 3), time(8, 30), 30, "Europe/London")
    after_in_london = Timing(date(2027, 5, 3), time(9, 30), 30, "Europe/London")
    given(booked).when(Book(autumn, exercise, in_london, "instructor")).refused("meeting.clash")
    given(booked).when(Book(autumn, exercise, after_in_london, "instructor")).then(
        TimeBooked(autumn, exercise, after_in_london)
    )


@proves("course.scheduling")
def test_a_weekly_meeting_stays_at_its_time_of_day_when_clocks_are_turned() -> None:
    across = Timing(date(2027, 3, 22), time(9), 60, "Europe/Berlin", (1,), date(2027, 4, 5))
    assert [one.begins for one in occurrences(across)] == [
        datetime(2027, 3, 22, 8, tzinfo=UTC),
        datetime(2027, 3, 29, 7, tzinfo=UTC),
        datetime(2027, 4, 5, 7, tzinfo=UTC),
    ]


@proves("course.scheduling")
def test_a_time_that_a_clock_skips_or_shows_twice_is_one_moment() -> None:
    skipped = Timing(date(2027, 3, 28), time(2, 30), 60, "Europe/Berlin")
    twice = Timing(date(2027, 10, 31), time(2, 30), 60, "Europe/Berlin")
    assert [one.begins for one in occurrences(skipped)] == [datetime(2027, 3, 28, 1, 30, tzinfo=UTC)]
    assert [one.begins for one in occurrences(twice)] == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    "wrong",
    [
        Timing(date(2027, 3, 1), time(9), 0, "Europe/Berlin"),
        Timing(date(2027, 3, 1), time(9), 1441, "Europe/Berlin"),
        Timing(date(1927, 3, 1), time(9), 60, "Europe/Berlin"),
        Timing(date(2027, 3, 1), time(9), 60, "Mars/Olympus"),
        Timing(date(2027, 3, 1), time(9), 60, "../etc/passwd"),
        Timing(date(2027, 3, 1), time(9), 60, "Europe"),
        Timing(date(2027, 3, 1), time(9, tzinfo=UTC), 60, "Europe/Berlin"),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (1,)),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (), date(2027, 4, 1)),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (8,), date(2027, 4, 1)),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (1,), date(2027, 2, 1)),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (1,), date(2029, 3, 1)),
        Timing(date(2027, 3, 2), time(9), 60, "Europe/Berlin", (1,), date(2027, 3, 7)),
        Timing(date(2027, 3, 1), time(9), 60, "Europe/Berlin", (), None, (date(2027, 3, 1),)),
    ],
)
def test_what_makes_no_sense_is_not_booked(wrong: Timing) -> None:
    given().when(Book(spring, lecture, wrong, "room")).refused("meeting.malformed")


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "America/Sao_Paulo")
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    first, begins, minutes = draw(DAYS), draw(st.times()), draw(st.integers(1, 1440))
    zone = draw(st.sampled_from(ZONES))
    if draw(st.booleans()):
        return Timing(first, begins, minutes, zone)
    last = first + timedelta(days=draw(st.integers(6, 200)))
    weekdays = tuple(draw(st.sets(st.integers(1, 7), min_size=1)))
    left_out = tuple(draw(st.lists(st.dates(first, last), max_size=2)))
    return Timing(first, begins.replace(microsecond=0), minutes, zone, weekdays, last, left_out)


@proves("course.scheduling")
@settings(max_examples=150, deadline=None)
@of(timings())
def test_it_is_when_the_rules_of_calendars_say(timing: Timing) -> None:
    """The domain counts days itself; what is shown is counted by another's implementation of RFC 5545."""
    meeting = Meeting(CourseId("stars"), "Stars", spring, lecture, None, timing, datetime(2027, 1, 1, tzinfo=UTC))
    told = expanded([meeting], date.min, date.max)
    # In UTC: Python holds what a clock shows twice, or skips, to be equal to nothing in another zone (PEP 495).
    shown = [(one.begins.astimezone(UTC), one.ends.astimezone(UTC)) for one in told]
    assert [tuple(one) for one in occurrences(timing)] == shown


@settings(max_examples=150, deadline=None)
@of(timings(), timings())
def test_two_clash_when_any_of_their_times_do(one: Timing, other: Timing) -> None:
    def follow(timing: Timing) -> bool:
        times = list(occurrences(timing))
        return all(before.ends <= after.begins for before, after in pairwise(times))

    at_once = any(
        this.begins < that.ends and that.begins < this.ends for this in occurrences(one) for that in occurrences(other)
    )
    assert (clash(one, other) is not None) == at_once or not (follow(one) and follow(other))
    assert clash(one, other) == clash(other, one)
