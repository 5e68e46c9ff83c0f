"""Enrolling, learning, leaving."""

from __future__ import annotations

import base64

from api.http.commands import Doing, command
from api.http.enrollments import (
    BulkBody,
    ChosenBody,
    Course,
    EnrollBody,
    Group,
    GroupBody,
    Learner,
    Lesson,
    MembersBody,
    OfferBody,
    PaymentBody,
    ReasonBody,
    RequireBody,
    ResizeBody,
    Section,
)
from application.enrolling import Looks, TermsMoved, enrolling, enrolling_group
from application.ledger import Receipt
from application.rows import table
from domain.enrollments.bulk import BULK, OrderBulk
from domain.enrollments.enrollment import (
    ENROLLMENT,
    CompleteLesson,
    Enroll,
    Promote,
    RecordPayment,
    Refund,
    Reinstate,
    Return,
    Suspend,
    Withdraw,
)
from domain.enrollments.group import GROUP, EndStanding, EnrollGroup, Join, Leave
from domain.enrollments.seats import SEATS, CloseSeats, OfferSeats, ResizeSeats
from domain.enrollments.terms import TERMS, Require
from domain.kernel import Rejected, Track
from domain.tenancy.settings import SETTINGS

REFUSES = (
    "enrollment.nothing_to_learn",
    "enrollment.on_other_track",
    "enrollment.in_other_section",
    "enrollment.suspended",
    "enrollment.stopped",
    "enrollment.prerequisite_missing",
    "section.not_found",
    "section.closed",
)
"""What enrolling may be refused with."""


@command(
    "/api/enrollments",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=REFUSES,
    example={"course": "celestial-navigation", "learner": "ada", "lessons": ["stars", "sextant", "almanac"]},
)
async def enroll(body: EnrollBody, do: Doing) -> Receipt:
    """Enrol a learner on a course, perhaps in a section of it.

    A section that is full puts them on its waitlist. A course that costs something is open to them when it is paid for.
    """
    return await _enroll(body, do)


@command(
    "/api/courses/{course}/sections/{section}/learners/{learner}/enroll",
    requires="enrollments.enroll",
    scope={"course": "course", "section": "section", "person": "learner"},
    limit="command",
    refuses=REFUSES,
)
async def enroll_in_section(course: Course, section: Section, learner: Learner, do: Doing) -> Receipt:
    """Enrol in a section, oneself or somebody else.

    A section that is full puts them on its waitlist. A course that costs something is open to them when it is paid for.
    """
    return await _enroll(EnrollBody(course, learner, section=section), do)


@command(
    "/api/bulk/enrollments",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=["bulk.malformed"],
    example={"course": "celestial-navigation", "lessons": ["stars"], "people": ["ada", "grace"]},
)
async def enroll_in_bulk(body: BulkBody, do: Doing) -> Receipt:
    """Enrol everyone in a list, row by row, while one does something else.

    The receipt's stream is `bulk:` and the id under which to ask how far it is. A row that cannot be enrolled is told
    of with its line and a code, and hinders no other.
    """
    if not body.people and not body.file:
        raise Rejected("bulk.malformed", "give people or a file")
    file = "\n".join(("learner", *body.people)).encode() if body.people else body.file
    table(file)
    settings = await do.look(SETTINGS.at("main"))
    source = await do.keep("enrollments.list", base64.b64encode(file).decode())
    resume = settings.configuration.returning_resumes
    order = OrderBulk(body.course, source, body.lessons, body.section, body.until, resume)
    return await do(BULK.at(do.key), order)


@command(
    "/api/groups/{group}/join",
    requires="enrollments.group",
    limit="command",
    refuses=["id.malformed"],
    example={"members": ["ada", "grace"]},
)
async def join_group(group: Group, body: MembersBody, do: Doing) -> Receipt:
    """Put learners into a group. They follow it into what it is enrolled on for good."""
    return await do(GROUP.at(group), Join(body.members))


@command(
    "/api/groups/{group}/members/{learner}/leave",
    requires="enrollments.group",
    limit="command",
    refuses=["id.malformed"],
)
async def leave_group(group: Group, learner: Learner, do: Doing) -> Receipt:
    """Take a learner out of a group. What they are enrolled on stays."""
    return await do(GROUP.at(group), Leave(learner))


@command(
    "/api/groups/{group}/enroll",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=["group.empty"],
    example={"course": "celestial-navigation", "lessons": ["stars"], "standing": True},
)
async def enroll_group(group: Group, body: GroupBody, do: Doing) -> Receipt:
    """Enrol everyone in a group; where that is standing, also whoever joins later.

    The receipt's stream is `bulk:` and the id under which to ask what became of each member.
    """
    command = EnrollGroup(body.course, body.lessons, body.section, body.until, body.standing)
    return await do.across(*enrolling_group(group, command, do.key))


@command(
    "/api/groups/{group}/courses/{course}/end-standing",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=["id.malformed"],
)
async def end_standing_enrollment(group: Group, course: Course, do: Doing) -> Receipt:
    """Let whoever joins a group from now on not follow it into a course."""
    return await do(GROUP.at(group), EndStanding(course))


async def _enroll(body: EnrollBody, do: Doing, track: Track = "main") -> Receipt:
    wish = Enroll(body.course, body.learner, body.lessons, body.until, track, body.section)
    while True:
        try:
            return await do.across(*await enrolling(Looks(do.recall), wish, do.at))
        except TermsMoved:
            continue  # What was recalled was of before; it is forgotten now.


@command(
    "/api/beta/enrollments",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=REFUSES,
    needs_feature="beta.program",
    example={"course": "celestial-navigation", "learner": "grace", "lessons": ["stars", "sextant", "almanac"]},
)
async def enroll_on_beta(body: EnrollBody, do: Doing) -> Receipt:
    """Enrol a learner on a course as it is tried on beta. No list of main's shows it."""
    return await _enroll(body, do, "beta")


@command(
    "/api/beta/promote",
    requires="enrollments.promote",
    limit="command",
    refuses=["enrollment.not_possible"],
    needs_feature="beta.program",
    example={"enrollments": [{"course": "celestial-navigation", "learner": "grace"}]},
)
async def promote_to_main(body: ChosenBody, do: Doing) -> Receipt:
    """Move enrolments from beta to main, with all that has happened in them: all of them or none."""
    return await do.together(*((ENROLLMENT.at(one.course, one.learner), Promote()) for one in body.enrollments))


@command(
    "/api/beta/return",
    requires="enrollments.promote",
    limit="command",
    refuses=["enrollment.not_possible", "enrollment.never_on_beta"],
    needs_feature="beta.program",
    example={"enrollments": [{"course": "celestial-navigation", "learner": "grace"}]},
)
async def return_to_beta(body: ChosenBody, do: Doing) -> Receipt:
    """Move enrolments that were promoted back to beta: all of them or none."""
    return await do.together(*((ENROLLMENT.at(one.course, one.learner), Return()) for one in body.enrollments))


@command(
    "/api/enrollments/{course}/{learner}/lessons/{lesson}/complete",
    requires="enrollments.learn",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.unknown_lesson", "enrollment.not_possible"],
)
async def complete_lesson(course: Course, learner: Learner, lesson: Lesson, do: Doing) -> Receipt:
    """Say that a lesson is done.

    With the last one the course is completed.
    """
    return await do(ENROLLMENT.at(course, learner), CompleteLesson(lesson))


@command(
    "/api/enrollments/{course}/{learner}/withdraw",
    requires="enrollments.enroll",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.not_possible"],
    needs_feature="enrollments.withdrawal",
    example={"reason": "no time this winter"},
)
async def withdraw(course: Course, learner: Learner, body: ReasonBody, do: Doing) -> Receipt:
    """Take a learner off a course, at their own wish."""
    return await do(ENROLLMENT.at(course, learner), Withdraw(body.reason))


@command(
    "/api/enrollments/{course}/{learner}/suspend",
    requires="enrollments.suspend",
    scope="course",
    limit="command",
    refuses=["enrollment.not_possible"],
    example={"reason": "fees are due"},
)
async def suspend(course: Course, learner: Learner, body: ReasonBody, do: Doing) -> Receipt:
    """Keep a learner from a course until they are reinstated. Nothing they did is lost."""
    return await do(ENROLLMENT.at(course, learner), Suspend(body.reason))


@command(
    "/api/enrollments/{course}/{learner}/reinstate",
    requires="enrollments.suspend",
    scope="course",
    limit="command",
    refuses=["enrollment.not_possible"],
)
async def reinstate(course: Course, learner: Learner, do: Doing) -> Receipt:
    """Let a learner who was suspended go on."""
    return await do(ENROLLMENT.at(course, learner), Reinstate())


@command(
    "/api/enrollments/{course}/{learner}/payment",
    requires="enrollments.settle",
    limit="command",
    refuses=["enrollment.nothing_to_pay"],
    example={"payment": "payment-7"},
)
async def record_payment(course: Course, learner: Learner, body: PaymentBody, do: Doing) -> Receipt:
    """Say that an enrolment was paid for. It may be said again, and before the learner has enrolled."""
    return await do(ENROLLMENT.at(course, learner), RecordPayment(body.payment))


@command(
    "/api/enrollments/{course}/{learner}/refund",
    requires="enrollments.settle",
    limit="command",
    refuses=["id.malformed"],
    example={"payment": "payment-7"},
)
async def refund(course: Course, learner: Learner, body: PaymentBody, do: Doing) -> Receipt:
    """Say that what was paid for an enrolment was given back. The enrolment is suspended."""
    return await do(ENROLLMENT.at(course, learner), Refund(body.payment))


@command(
    "/api/seats/offer",
    requires="enrollments.offer",
    scope="course",
    limit="command",
    refuses=["id.malformed"],
    example={"section": "evening-watch", "course": "celestial-navigation", "capacity": 24},
)
async def offer_seats(body: OfferBody, do: Doing) -> Receipt:
    """Offer seats in a section that the catalogue does not have."""
    return await do(SEATS.at(body.section), OfferSeats(body.course, body.capacity, body.ends))


@command(
    "/api/seats/{section}/resize",
    requires="enrollments.offer",
    scope="section",
    limit="command",
    refuses=["id.malformed"],
    example={"capacity": 30},
)
async def resize_seats(section: Section, body: ResizeBody, do: Doing) -> Receipt:
    """Have more seats in a section, or fewer. Nobody loses theirs, and new ones go to those who wait, in order."""
    return await do(SEATS.at(section), ResizeSeats(body.capacity))


@command(
    "/api/seats/{section}/close",
    requires="enrollments.offer",
    scope="section",
    limit="command",
    refuses=["id.malformed"],
)
async def close_seats(section: Section, do: Doing) -> Receipt:
    """Let nobody enrol in a section any more."""
    return await do(SEATS.at(section), CloseSeats())


@command(
    "/api/courses/{course}/prerequisites",
    requires="enrollments.offer",
    scope="course",
    limit="command",
    refuses=["terms.circular"],
    example={"courses": ["spherical-trigonometry"]},
)
async def require_courses(course: Course, body: RequireBody, do: Doing) -> Receipt:
    """Have whoever enrols from now on have graduated from some other courses."""
    return await do(TERMS.at(course), Require(course, body.courses))
