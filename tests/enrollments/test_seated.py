"""Rows of the table of an enrolment: waiting, paying, resting, coming back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from domain.enrollments.enrollment import (
    ENROLLMENT,
    CompleteLesson,
    Enroll,
    Expire,
    Graduate,
    Graduated,
    JoinWaitlist,
    Lapse,
    Learning,
    MoveUp,
    Outside,
    RecordPayment,
    Refund,
    Reinstate,
    Suspend,
    Suspended,
    Withdraw,
    section_of,
)
from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentHeldForPayment,
    EnrollmentLapsed,
    EnrollmentPaid,
    EnrollmentRefunded,
    EnrollmentReinstated,
    EnrollmentSuspended,
    LearnerEnrolled,
    LearnerPromotedFromWaitlist,
    LearnerWaitlisted,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import CourseId, LearnerId, LessonId, PaymentId, SectionId
from tests.given import about
from tests.proves import proves

given = about(ENROLLMENT)

art, ada, evening, morning = CourseId("art"), LearnerId("ada"), SectionId("evening"), SectionId("morning")
one, two = LessonId("one"), LessonId("two")
card, cash = PaymentId("card"), PaymentId("cash")
soon = datetime(2026, 11, 22, tzinfo=UTC)
later = soon + timedelta(days=3)

wish = Enroll(art, ada, (), section=evening)
priced = replace(wish, pay_by=soon)
enrolled = LearnerEnrolled(art, ada, (), section=evening)
paid_for = LearnerEnrolled(art, ada, (), section=evening, payment=card)
waitlisted = LearnerWaitlisted(art, ada, (), evening)
held = EnrollmentHeldForPayment(art, ada, (), soon, evening)
with_lessons = LearnerEnrolled(art, ada, (one, two), later)


@proves("enroll.user")
def test_one_enrols_in_a_section_without_naming_its_lessons() -> None:
    given().when(wish).then(enrolled)
    given(enrolled).when(wish).then()
    given(enrolled).when(replace(wish, section=morning)).refused("enrollment.in_other_section")
    given(enrolled).when(Graduate()).then(CourseCompleted())
    given(enrolled, CourseCompleted()).when(Graduate()).then()
    given().when(Graduate()).refused("enrollment.not_possible")


@proves("enroll.user")
def test_what_the_course_asks_for_is_asked_of_everyone() -> None:
    unprepared, too_late = replace(wish, missing=(CourseId("ink"),)), replace(wish, stopped=True)
    for command in (unprepared, JoinWaitlist(unprepared, evening)):
        given().when(command).refused("enrollment.prerequisite_missing")
    for command in (too_late, JoinWaitlist(too_late, evening)):
        given().when(command).refused("enrollment.stopped")
    given(enrolled).when(replace(wish, missing=(CourseId("ink"),), stopped=True)).then()


@proves("enroll.user")
def test_who_waits_is_moved_up_once() -> None:
    given().when(JoinWaitlist(wish, evening)).then(waitlisted)
    given(waitlisted).when(JoinWaitlist(wish, evening)).then()
    given(waitlisted).when(wish).then()
    given(waitlisted).when(MoveUp(morning, soon)).then()
    given(waitlisted).when(MoveUp(evening, soon)).then(LearnerPromotedFromWaitlist(evening), enrolled)
    given(waitlisted, LearnerPromotedFromWaitlist(evening), enrolled).when(MoveUp(evening, soon)).then()
    given(waitlisted).when(Withdraw("no time")).then(LearnerWithdrew("no time", evening))
    given(waitlisted, LearnerWithdrew("no time", evening)).when(MoveUp(evening, soon)).then()


@proves("enroll.paid_activation", "enroll.user")
def test_what_costs_something_waits_until_it_is_paid_for() -> None:
    given().when(priced).then(held)
    given(held).when(priced).then()
    given(held).when(CompleteLesson(one)).refused("enrollment.not_possible")
    given(held).when(RecordPayment(card)).then(EnrollmentPaid(card), paid_for)
    given(held, EnrollmentPaid(card), paid_for).when(RecordPayment(card)).then()
    given(held, EnrollmentPaid(card), paid_for).when(RecordPayment(cash)).refused("enrollment.nothing_to_pay")
    given(enrolled).when(RecordPayment(card)).refused("enrollment.nothing_to_pay")


@proves("enroll.paid_activation")
def test_a_payment_that_is_told_of_first_waits_for_the_enrolment() -> None:
    given().when(RecordPayment(card)).then(EnrollmentPaid(card))
    given(EnrollmentPaid(card)).when(RecordPayment(card)).then()
    given(EnrollmentPaid(card)).when(priced).then(paid_for)
    given(LearnerWaitlisted(art, ada, (), evening, priced=True)).when(MoveUp(evening, later)).then(
        LearnerPromotedFromWaitlist(evening), replace(held, pay_by=later)
    )
    given(LearnerWaitlisted(art, ada, (), evening, priced=True), EnrollmentPaid(card)).when(
        MoveUp(evening, later)
    ).then(LearnerPromotedFromWaitlist(evening), paid_for)


@proves("enroll.paid_activation")
def test_what_nobody_pays_for_lapses() -> None:
    given(held).when(Lapse(soon)).then(EnrollmentLapsed(soon, evening))
    given(held).when(Lapse(later)).then()
    given(held, EnrollmentPaid(card), paid_for).when(Lapse(soon)).then()
    assert given(held, EnrollmentLapsed(soon, evening)).state == Outside()


@proves("enroll.paid_activation")
def test_what_is_refunded_rests() -> None:
    given(paid_for).when(Refund(card)).then(EnrollmentRefunded(card), EnrollmentSuspended("refunded"))
    given(paid_for).when(Refund(cash)).then()
    refunded = (paid_for, EnrollmentRefunded(card), EnrollmentSuspended("refunded"))
    given(*refunded).when(Refund(card)).then()
    given(EnrollmentPaid(card)).when(Refund(card)).then(EnrollmentRefunded(card))
    assert given(*refunded).state == Suspended(Learning(frozenset(), section=evening))


@proves("enroll.withdraw")
def test_an_enrolment_is_suspended_and_goes_on_where_it_was() -> None:
    history = (with_lessons, LessonCompleted(one), EnrollmentSuspended("fees"))
    given(with_lessons).when(Suspend("fees")).then(EnrollmentSuspended("fees"))
    given(*history).when(Suspend("again")).then()
    given(*history).when(CompleteLesson(two)).refused("enrollment.not_possible")
    given(*history).when(Enroll(art, ada, (one, two))).refused("enrollment.suspended")
    given(*history).when(Reinstate()).then(EnrollmentReinstated())
    given(*history).when(Expire(later)).then(EnrollmentExpired(later))
    given(*history, EnrollmentReinstated()).when(Reinstate()).then()
    assert given(*history, EnrollmentReinstated()).state == Learning(frozenset({two}), frozenset({one}), later)
    assert isinstance(given(enrolled, CourseCompleted(), EnrollmentSuspended("fees")).state, Suspended)
    given().when(Suspend("fees")).refused("enrollment.not_possible")
    given(waitlisted).when(Reinstate()).refused("enrollment.not_possible")


@proves("enroll.withdraw")
def test_who_comes_back_goes_on_or_starts_anew() -> None:
    left = (with_lessons, LessonCompleted(one), LearnerWithdrew("moved away"))
    again = Enroll(art, ada, (one, two))
    given(*left).when(again).then(LearnerEnrolled(art, ada, (one, two)))
    given(*left).when(replace(again, resume=True)).then(LearnerEnrolled(art, ada, (one, two), done=(one,)))
    given(*left).when(replace(again, lessons=(one,), resume=True)).then(
        LearnerEnrolled(art, ada, (one,), done=(one,)), CourseCompleted()
    )
    assert given(*left, LearnerEnrolled(art, ada, (one, two), done=(one,))).state == Learning(
        frozenset({two}), frozenset({one})
    )


@proves("enroll.withdraw")
def test_who_withdraws_says_why_and_what_they_had_paid_with() -> None:
    given(paid_for).when(Withdraw("moved away")).then(LearnerWithdrew("moved away", evening, card))
    assert given(paid_for, LearnerWithdrew("moved away", evening, card)).state == Outside()
    given(paid_for, EnrollmentSuspended("fees")).when(Withdraw("moved away")).then(
        LearnerWithdrew("moved away", evening, card)
    )


def test_where_somebody_sits() -> None:
    assert section_of(given().state) is None
    for history in ((enrolled,), (waitlisted,), (held,), (enrolled, EnrollmentSuspended("fees"))):
        assert section_of(given(*history).state) == evening
    assert given(enrolled, CourseCompleted()).state == Graduated(section=evening)
