"""When and where does this section meet, and when do I teach?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from adapters.postgres.followers.projector import Projector
from domain.catalog.course import COURSE, About, DraftCourse, PublishCourse
from domain.catalog.events import MeetingId, RoomId, Timing
from domain.catalog.section import (
    SECTION,
    AddAssistant,
    CancelMeeting,
    CloseSection,
    MoveMeeting,
    OpenSection,
    ScheduleMeeting,
    Span,
)
from domain.catalog.timing import occurrences
from domain.enrollments.enrollment import ENROLLMENT, Enroll, Reinstate, Suspend, Withdraw
from domain.kernel import CourseId, LearnerId, PersonId, Rejected, SectionId
from projections.catalog import timetable
from projections.catalog.timetable import (
    Days,
    feed_of_learner,
    feed_of_person,
    feed_of_section,
    of_learner,
    of_person,
    of_section,
)
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

stars, spring = CourseId("stars"), SectionId("spring")
sails, harbour = CourseId("sails"), SectionId("harbour")
grace, cy = PersonId("grace"), PersonId("cy")
lecture, exam, aula = MeetingId("lecture"), MeetingId("exam"), RoomId("aula")
mondays = Timing(
    date(2027, 3, 16), time(9), 90, "Europe/Berlin", (1, 3), date(2027, 4, 7), (date(2027, 3, 24), date(2027, 4, 5))
)
once = Timing(date(2027, 7, 1), time(14), 120, "America/New_York")


@proves("course.scheduling")
async def test_it_shows_every_meeting_and_feeds_a_calendar(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(timetable.MODEL)), asking(database) as ask:
        await do(COURSE.at(stars), DraftCourse(About("Stars", "", "", "introductory")), caller())
        section = SECTION.at(spring)
        await do(section, OpenSection(stars, 3, Span(), grace), caller())
        await do(section, ScheduleMeeting(lecture, mondays, aula), caller())
        await do(section, AddAssistant(cy), caller())
        receipt = await do(section, ScheduleMeeting(exam, once), caller())
        with pytest.raises(Rejected, match="no such section"):
            await of_section(ask, TENANT, stars, spring, shown=True, min_position=receipt.position)
        assert (await of_section(ask, TENANT, stars, spring, shown=False)).meetings
        receipt = await do(COURSE.at(stars), PublishCourse(1), caller())
        told = await of_section(ask, TENANT, stars, spring, shown=True, min_position=receipt.position)
        assert [one.begins.isoformat() for one in told.meetings] == [
            "2027-03-17T09:00:00+01:00",
            "2027-03-22T09:00:00+01:00",
            "2027-03-29T09:00:00+02:00",
            "2027-03-31T09:00:00+02:00",
            "2027-04-07T09:00:00+02:00",
            "2027-07-01T14:00:00-04:00",
        ]
        assert {one.room for one in told.meetings} == {aula, None}
        march = Days(date(2027, 3, 18), date(2027, 3, 31))
        assert len((await of_section(ask, TENANT, stars, spring, march, shown=True)).meetings) == 3
        for person in (grace, cy):
            assert (await of_person(ask, TENANT, person, Days())).meetings == told.meetings
        assert (await of_person(ask, TENANT, PersonId("ben"), Days())).meetings == ()
        with pytest.raises(Rejected, match="no such section"):
            await of_section(ask, TENANT, CourseId("sails"), spring, shown=False)

        fed = await feed_of_section(ask, TENANT, stars, spring, min_position=0)
        assert times_in(fed) == sorted(one.begins for rule in (mondays, once) for one in occurrences(rule))
        assert times_in(await feed_of_person(ask, TENANT, grace, min_position=0)) == times_in(fed)

        await do(section, MoveMeeting(lecture, once, aula), caller())
        receipt = await do(section, CancelMeeting(exam), caller())
        told = await of_section(ask, TENANT, stars, spring, shown=True, min_position=receipt.position)
        assert [(one.meeting, one.room) for one in told.meetings] == [(lecture, aula)]
        receipt = await do(section, CloseSection(), caller())
        assert not (await of_section(ask, TENANT, stars, spring, shown=True, min_position=receipt.position)).meetings


@proves("course.scheduling")
async def test_a_learner_sees_all_their_sections_and_feeds_their_calendar(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(timetable.MODEL)), asking(database) as ask:
        ada = LearnerId("ada")
        for course, name, meeting, timing in ((stars, spring, lecture, mondays), (sails, harbour, exam, once)):
            await do(COURSE.at(course), DraftCourse(About(course, "", "", "introductory")), caller())
            await do(SECTION.at(name), OpenSection(course, 3, Span(), None), caller())
            await do(SECTION.at(name), ScheduleMeeting(meeting, timing, aula), caller())
            receipt = await do(ENROLLMENT.at(course, ada), Enroll(course, ada, (), section=name), caller())

        async def sections(position: int) -> set[str]:
            told = await of_learner(ask, TENANT, ada, Days(), min_position=position)
            return {one.section for one in told.meetings}

        assert await sections(receipt.position) == {spring, harbour}
        fed = await feed_of_learner(ask, TENANT, ada, min_position=0)
        assert times_in(fed) == sorted(one.begins for rule in (mondays, once) for one in occurrences(rule))
        assert not (await of_learner(ask, TENANT, LearnerId("ben"), Days())).meetings
        receipt = await do(ENROLLMENT.at(stars, ada), Suspend("unpaid"), caller())
        assert await sections(receipt.position) == {harbour}
        receipt = await do(ENROLLMENT.at(stars, ada), Reinstate(), caller())
        assert await sections(receipt.position) == {spring, harbour}
        receipt = await do(ENROLLMENT.at(sails, ada), Withdraw("time"), caller())
        assert await sections(receipt.position) == {spring}


def times_in(fed: bytes) -> list[datetime]:
    """When a calendar that is fed with this has its events."""
    calendar = Calendar.from_ical(fed)
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    found: list[datetime] = []
    for event in calendar.walk("VEVENT"):
        assert event["DTSTART"].params["TZID"] in zones
        assert event.decoded("DURATION").total_seconds() > 0
        start = event.decoded("DTSTART")
        if "RRULE" not in event:
            found.append(start.astimezone(UTC))
            continue
        said: Any = event["RRULE"]
        left_out: Any = event["EXDATE"]
        out: set[datetime] = {one.dt.astimezone(UTC) for one in left_out.dts}
        rule = rrulestr(said.to_ical().decode(), dtstart=start)
        found += [one.astimezone(UTC) for one in rule if one.astimezone(UTC) not in out]
    return sorted(found)
