"""Every row of the table that decides about study days and milestones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from application.own_days import day_of
from domain.kernel import CourseId
from domain.progress.events import CourseCounted, MilestoneReached, StudyDayCounted
from domain.progress.streak import STREAK, CountCourse, Study, streak
from tests.given import about
from tests.proves import proves

given = about(STREAK)

FIRST = date(2026, 3, 25)


def days(*numbers: int) -> tuple[StudyDayCounted, ...]:
    return tuple(StudyDayCounted(FIRST + timedelta(days=number)) for number in numbers)


@proves("progress.milestones")
def test_a_day_is_counted_once() -> None:
    given().when(Study(FIRST)).then(*days(0))
    given(*days(0)).when(Study(FIRST)).then()


@proves("progress.milestones")
def test_the_seventh_day_in_a_row_is_a_milestone_once() -> None:
    reached = MilestoneReached("streak_of_7_days")
    given(*days(*range(6))).when(Study(FIRST + timedelta(days=6))).then(*days(6), reached)
    # The streak breaks, and is as long again: the milestone was reached before.
    given(*days(*range(7)), reached, *days(*range(10, 16))).when(Study(FIRST + timedelta(days=16))).then(*days(16))


@proves("progress.milestones")
def test_a_day_that_is_heard_of_late_closes_the_gap() -> None:
    history = days(0, 1, 2, 4, 5, 6)
    late = FIRST + timedelta(days=3)
    given(*history).when(Study(late)).then(StudyDayCounted(late), MilestoneReached("streak_of_7_days"))


@proves("progress.milestones")
def test_the_first_the_fifth_and_the_tenth_course_are_milestones() -> None:
    first = MilestoneReached("first_course")
    art = CountCourse(CourseId("art"))
    given().when(art).then(CourseCounted(CourseId("art")), first)
    given(CourseCounted(CourseId("art")), first).when(art).then()
    four = tuple(CourseCounted(CourseId(name)) for name in ("art", "botany", "chess", "dance"))
    given(first, *four).when(CountCourse(CourseId("economics"))).then(
        CourseCounted(CourseId("economics")), MilestoneReached("five_courses")
    )


def test_a_streak_ends_where_the_calendar_does() -> None:
    assert streak({date.min, date.max}, date.min) == streak({date.max}, date.max) == 1


@proves("progress.milestones")
@pytest.mark.parametrize(
    ("zone", "clock_changes"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
    ],
)
def test_a_streak_follows_the_calendar_over_days_of_23_and_25_hours(zone: str, clock_changes: date) -> None:
    there = ZoneInfo(zone)
    # Late in the evening before, and just after each of the next midnights: in UTC some of them are one day.
    evenings = [
        datetime(day.year, day.month, day.day, 23, 30, tzinfo=there).astimezone(UTC)
        for day in (clock_changes + timedelta(days=number) for number in range(-3, 4))
    ]
    studied = {day_of(at, zone) for at in evenings}
    assert streak(studied, clock_changes) == 7
    assert studied == {clock_changes + timedelta(days=number) for number in range(-3, 4)}
    mornings = [at + timedelta(hours=1) for at in evenings]
    assert {day_of(at, zone) for at in mornings} == {day + timedelta(days=1) for day in studied}


def test_a_zone_that_nobody_knows_is_taken_for_utc() -> None:
    at = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    assert day_of(at, None) == day_of(at, "Nowhere/Land") == day_of(at, "../etc") == date(2026, 3, 29)
