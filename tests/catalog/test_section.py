"""Every row of the table that decides about a section."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from domain.catalog.events import (
    AssistantAdded,
    AssistantRemoved,
    CoInstructorAdded,
    CoInstructorRemoved,
    InstructorAssigned,
    MeetingCancelled,
    MeetingId,
    MeetingMoved,
    MeetingScheduled,
    RoomId,
    SectionCapacitySet,
    SectionClosed,
    SectionOpened,
    SectionRevised,
    Timing,
)
from domain.catalog.section import (
    SECTION,
    AddAssistant,
    AddCoInstructor,
    AssignInstructor,
    CancelMeeting,
    CloseSection,
    Engagement,
    MoveMeeting,
    OpenSection,
    Remove,
    ReviseSection,
    Role,
    ScheduleMeeting,
    SetCapacity,
    Span,
    engagements,
    staff,
)
from domain.kernel import CourseId, PersonId
from tests.given import about

given = about(SECTION)

stars = CourseId("stars")
grace, ben, cy = PersonId("grace"), PersonId("ben"), PersonId("cy")
lecture, aula = MeetingId("lecture"), RoomId("aula")
spring, summer = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
span = Span(spring, summer, "Spring 2027", "A")
monday = Timing(date(2027, 3, 1), time(9), 90, "Europe/Berlin", (1,), date(2027, 6, 28))
tuesday = Timing(date(2027, 3, 2), time(9), 90, "Europe/Berlin", (2,), date(2027, 6, 29))
opened = SectionOpened(stars, 30, spring, summer, grace, "Spring 2027", "A")
scheduled = MeetingScheduled(lecture, monday, aula)


def test_a_section_is_opened_once() -> None:
    given().when(OpenSection(stars, 30, span, grace)).then(opened)
    given(opened).when(OpenSection(stars, 30, span, grace)).then()
    given(opened).when(OpenSection(stars, 31, span, grace)).refused("section.exists")
    given().when(OpenSection(stars, 30, Span(summer, spring))).refused("section.malformed")


def test_it_is_revised_and_has_more_or_fewer_seats() -> None:
    given(opened).when(ReviseSection(span)).then()
    given(opened).when(ReviseSection(Span(term="Autumn"))).then(SectionRevised(None, None, "Autumn", ""))
    given(opened).when(SetCapacity(30)).then()
    given(opened).when(SetCapacity(20)).then(SectionCapacitySet(20))


def test_an_instructor_comes_instead_of_another() -> None:
    given(opened).when(AssignInstructor(ben)).then(InstructorAssigned(ben))
    given(opened).when(AssignInstructor(grace)).then()
    given(opened, AssistantAdded(ben)).when(AssignInstructor(ben)).refused("section.staffed_already")
    given(opened).when(Remove(grace)).refused("section.needs_instructor")


def test_others_teach_too_or_assist() -> None:
    given(opened).when(AddCoInstructor(ben)).then(CoInstructorAdded(ben))
    given(opened, CoInstructorAdded(ben)).when(AddCoInstructor(ben)).then()
    given(opened, CoInstructorAdded(ben)).when(Remove(ben)).then(CoInstructorRemoved(ben))
    given(opened).when(AddAssistant(cy)).then(AssistantAdded(cy))
    given(opened, AssistantAdded(cy)).when(AddAssistant(cy)).then()
    given(opened, AssistantAdded(cy)).when(Remove(cy)).then(AssistantRemoved(cy))
    given(opened).when(AddAssistant(grace)).refused("section.staffed_already")
    given(opened, AssistantAdded(cy)).when(AddCoInstructor(cy)).refused("section.staffed_already")
    given(opened).when(Remove(ben)).then()


def test_meetings_are_scheduled_moved_and_cancelled() -> None:
    given(opened).when(ScheduleMeeting(lecture, monday, aula)).then(scheduled)
    given(opened, scheduled).when(ScheduleMeeting(lecture, monday, aula)).then()
    given(opened, scheduled).when(ScheduleMeeting(lecture, tuesday, aula)).refused("meeting.exists")
    given(opened, scheduled).when(MoveMeeting(lecture, tuesday)).then(MeetingMoved(lecture, tuesday))
    given(opened, scheduled).when(MoveMeeting(lecture, monday, aula)).then()
    given(opened).when(MoveMeeting(lecture, monday)).refused("meeting.not_found")
    given(opened, scheduled).when(CancelMeeting(lecture)).then(MeetingCancelled(lecture))
    given(opened).when(CancelMeeting(lecture)).then()
    never = Timing(date(2027, 3, 2), time(9), 90, "Europe/Berlin", (1,), date(2027, 3, 3))
    given(opened).when(ScheduleMeeting(lecture, never)).refused("meeting.malformed")


def test_what_is_closed_stays_so() -> None:
    given(opened).when(CloseSection()).then(SectionClosed())
    given(opened, SectionClosed()).when(CloseSection()).then()
    given(opened, SectionClosed()).when(SetCapacity(3)).refused("section.closed")
    given().when(CloseSection()).refused("section.not_found")


def test_diaries_and_roles_follow_from_it() -> None:
    taught = given(opened, scheduled, CoInstructorAdded(ben), AssistantAdded(cy)).state
    assert engagements(taught) == {
        Engagement("room", aula, lecture, monday),
        Engagement("instructor", grace, lecture, monday),
        Engagement("instructor", ben, lecture, monday),
    }
    assert staff(taught) == {Role(grace, "teaches"), Role(ben, "teaches"), Role(cy, "assists")}
    closed = given(opened, scheduled, SectionClosed()).state
    assert not engagements(closed)
    assert not staff(closed)
