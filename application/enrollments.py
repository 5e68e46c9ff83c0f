"""What we do about enrollments: a learner is welcomed, congratulated, and their time ends when it was said to."""

from __future__ import annotations

from typing import Any

from application.belonging import OfPeople
from application.bulk import BulkOrder, Desk, enroll_rows
from application.enrolling import PAY_WITHIN, releasing
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import ANALYST, AUDITOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from application.ports import Configurations, TenantSettings
from domain.catalog.events import (
    CourseArchived,
    CoursePriced,
    CoursePublished,
    SectionCapacitySet,
    SectionClosed,
    SectionOpened,
    SectionRevised,
)
from domain.enrollments.bulk import BULK, OrderBulk
from domain.enrollments.enrollment import ENROLLMENT, Expire, Graduate, Lapse, MoveUp
from domain.enrollments.events import (
    BulkEnrollmentOrdered,
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentHeldForPayment,
    EnrollmentLapsed,
    LaterMemberFollowed,
    LearnerEnrolled,
    LearnerWithdrew,
    SeatTaken,
)
from domain.enrollments.seats import SEATS, CloseSeats, OfferSeats, ResizeSeats, SetTerm
from domain.enrollments.terms import TERMS, ResumeEnrolling, SetPriced, StopEnrolling
from domain.kernel import CourseId, LearnerId, SectionId, Value
from domain.progress.events import CourseItemsCompleted

PERMISSIONS = (
    Permission(
        "enrollments.enroll", "Enrol learners on courses, and take them off.", (STAFF, INSTRUCTOR), own=(STUDENT,)
    ),
    Permission("enrollments.learn", "Say that a lesson is done.", (STAFF, INSTRUCTOR), own=(STUDENT,)),
    Permission(
        "enrollments.offer", "Offer seats in a section, and say on what terms one enrols on a course.", (STAFF,)
    ),
    Permission("enrollments.group", "Say who is in a group.", (STAFF,)),
    Permission("enrollments.suspend", "Suspend enrolments, and reinstate them.", (STAFF, INSTRUCTOR)),
    Permission("enrollments.settle", "Say that an enrolment was paid for, or that this was given back."),
    Permission("enrollments.promote", "Move enrolments from beta to main, and back."),
    Permission(
        "enrollments.read",
        "See who learns what, and how far along they are.",
        (STAFF, INSTRUCTOR, GUARDIAN, ANALYST, AUDITOR),
        own=(STUDENT,),
    ),
)
PERSONAL = OfPeople(keyed={"enrollment": 1}, apart=("bulk", "group", "seats", "terms"))


async def when_learner_enrolled_send_welcome(
    enrolled: Recorded[LearnerEnrolled], do: Bound, settings: Configurations
) -> None:
    fact = enrolled.event
    if (await settings.configured(enrolled.tenant)).welcome_notice:
        do.later(send_welcome, Welcome(fact.course, fact.learner, len(fact.lessons)))


async def when_learner_enrolled_expire_in_time(enrolled: Recorded[LearnerEnrolled], do: Bound) -> None:
    fact = enrolled.event
    if fact.until is not None:
        do.at(fact.until, ENROLLMENT.at(fact.course, fact.learner), Expire(fact.until))


async def when_enrollment_held_for_payment_let_it_lapse_in_time(
    held: Recorded[EnrollmentHeldForPayment], do: Bound
) -> None:
    fact = held.event
    do.at(fact.pay_by, ENROLLMENT.at(fact.course, fact.learner), Lapse(fact.pay_by))


async def when_seat_taken_move_up_from_waitlist(taken: Recorded[SeatTaken], do: Bound) -> None:
    fact = taken.event
    if fact.from_waitlist:
        move_up = MoveUp(_section(taken.stream), taken.at + PAY_WITHIN)
        await do(ENROLLMENT.at(fact.course, fact.learner), move_up)


async def when_learner_withdrew_release_seat(withdrew: Recorded[LearnerWithdrew], do: Bound) -> None:
    await _release(withdrew, withdrew.event.section, do)


async def when_learner_withdrew_confirm_it(withdrew: Recorded[LearnerWithdrew], do: Bound) -> None:
    _, course, learner = withdrew.stream.split(":")
    do.later(confirm_withdrawal, Withdrawal(CourseId(course), LearnerId(learner)))


async def when_enrollment_expired_release_seat(expired: Recorded[EnrollmentExpired], do: Bound) -> None:
    await _release(expired, expired.event.section, do)


async def when_enrollment_lapsed_release_seat(lapsed: Recorded[EnrollmentLapsed], do: Bound) -> None:
    await _release(lapsed, lapsed.event.section, do)


async def when_section_opened_offer_seats(opened: Recorded[SectionOpened], do: Bound) -> None:
    fact = opened.event
    await do(SEATS.at(_section(opened.stream)), OfferSeats(fact.course, fact.capacity, fact.ends))


async def when_section_capacity_set_resize_seats(resized: Recorded[SectionCapacitySet], do: Bound) -> None:
    await do(SEATS.at(_section(resized.stream)), ResizeSeats(resized.event.capacity))


async def when_section_revised_set_term_of_seats(revised: Recorded[SectionRevised], do: Bound) -> None:
    await do(SEATS.at(_section(revised.stream)), SetTerm(revised.event.ends))


async def when_section_closed_close_seats(closed: Recorded[SectionClosed], do: Bound) -> None:
    await do(SEATS.at(_section(closed.stream)), CloseSeats())


async def when_course_priced_ask_for_payment(priced: Recorded[CoursePriced], do: Bound) -> None:
    price = priced.event.price
    await do(TERMS.at(priced.stream.partition(":")[2]), SetPriced(price is not None and price.amount > 0))


async def when_course_archived_stop_enrolling(archived: Recorded[CourseArchived], do: Bound) -> None:
    await do(TERMS.at(archived.stream.partition(":")[2]), StopEnrolling())


async def when_course_published_resume_enrolling(published: Recorded[CoursePublished], do: Bound) -> None:
    await do(TERMS.at(published.stream.partition(":")[2]), ResumeEnrolling())


async def _release(left: Recorded[Any], section: SectionId | None, do: Bound) -> None:
    if section is not None:
        _, course, learner = left.stream.split(":")
        await do.across(*releasing(CourseId(course), LearnerId(learner), section))


def _section(stream: str) -> SectionId:
    return SectionId(stream.partition(":")[2])


async def when_course_items_completed_graduate(completed: Recorded[CourseItemsCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    await do(ENROLLMENT.at(course, learner), Graduate())


async def when_course_completed_congratulate(completed: Recorded[CourseCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    do.later(congratulate, Congratulation(CourseId(course), LearnerId(learner)))


async def when_bulk_enrollment_ordered_enroll_everyone(ordered: Recorded[BulkEnrollmentOrdered], do: Bound) -> None:
    do.later(enroll_in_bulk, BulkOrder(ordered.stream.partition(":")[2]))


async def when_later_member_followed_enroll_them(followed: Recorded[LaterMemberFollowed], do: Bound) -> None:
    fact = followed.event.enrolled
    people = (followed.event.member,)
    order = OrderBulk(fact.course, None, fact.lessons, fact.section, fact.until, people=people)
    await do(BULK.at(str(followed.id)), order)


@job()
def enroll_in_bulk(errand: Errand[BulkOrder], desk: Desk) -> None:
    desk.run(lambda means: enroll_rows(means, errand))


class Welcome(Value):
    course: CourseId
    learner: LearnerId
    lessons: int


class Withdrawal(Value):
    course: CourseId
    learner: LearnerId


class Congratulation(Value):
    course: CourseId
    learner: LearnerId


@job(retries=RETRIES)
def send_welcome(errand: Errand[Welcome], people: People, mailer: Mailer, settings: TenantSettings) -> None:
    if not settings.of(errand.tenant).welcome_notice:
        return  # Switched off since.
    order = errand.order
    learner = people.person(errand.tenant, order.learner)
    if learner is not None:
        mailer.send(letter(errand, learner, "enrollments/welcome", course=order.course, lessons=order.lessons))


@job(retries=RETRIES)
def congratulate(errand: Errand[Congratulation], people: People, mailer: Mailer) -> None:
    order = errand.order
    learner = people.person(errand.tenant, order.learner)
    if learner is not None:
        mailer.send(letter(errand, learner, "enrollments/congratulation", course=order.course))


@job(retries=RETRIES)
def confirm_withdrawal(errand: Errand[Withdrawal], people: People, mailer: Mailer) -> None:
    order = errand.order
    learner = people.person(errand.tenant, order.learner)
    if learner is not None:
        mailer.send(letter(errand, learner, "enrollments/withdrawal", course=order.course))
