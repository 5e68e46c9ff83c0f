"""Every row of the table that decides about an enrolment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.enrollments.enrollment import (
    ENROLLMENT,
    CompleteLesson,
    Enroll,
    Expire,
    Graduated,
    Learning,
    Outside,
    Withdraw,
)
from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    LearnerEnrolled,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import CourseId, LearnerId, LessonId
from tests.given import about

given = about(ENROLLMENT)

course, learner = CourseId("algebra"), LearnerId("ada")
one, two, other = LessonId("one"), LessonId("two"), LessonId("other")
summer = datetime(2027, 6, 30, tzinfo=UTC)

enroll = Enroll(course, learner, (one, two))
enrolled = LearnerEnrolled(course, learner, (one, two))
enrolled_until_summer = LearnerEnrolled(course, learner, (one, two), summer)
withdrew = LearnerWithdrew("moved away")
graduated = (enrolled, LessonCompleted(one), LessonCompleted(two), CourseCompleted())


def test_a_learner_enrols() -> None:
    given().when(enroll).then(enrolled)


def test_an_enrolment_may_have_an_end() -> None:
    given().when(Enroll(course, learner, (one, two), summer)).then(enrolled_until_summer)


def test_who_is_learning_is_enrolled_already() -> None:
    given(enrolled).when(enroll).then()


def test_who_graduated_is_enrolled_already() -> None:
    given(*graduated).when(enroll).then()


def test_a_course_without_lessons_cannot_be_enrolled_on() -> None:
    given().when(Enroll(course, learner, ())).refused("enrollment.nothing_to_learn")


def test_who_withdrew_may_enrol_again() -> None:
    given(enrolled, withdrew).when(enroll).then(enrolled)


def test_whose_time_ran_out_may_enrol_again_and_starts_anew() -> None:
    again = given(enrolled_until_summer, LessonCompleted(one), EnrollmentExpired(summer), enrolled)
    assert again.state == Learning(frozenset({one, two}))


def test_a_lesson_is_completed() -> None:
    given(enrolled).when(CompleteLesson(one)).then(LessonCompleted(one))


def test_the_last_lesson_completes_the_course() -> None:
    given(enrolled, LessonCompleted(one)).when(CompleteLesson(two)).then(LessonCompleted(two), CourseCompleted())


def test_a_lesson_is_completed_once() -> None:
    given(enrolled, LessonCompleted(one)).when(CompleteLesson(one)).then()


def test_a_lesson_of_another_course_cannot_be_completed() -> None:
    given(enrolled).when(CompleteLesson(other)).refused("enrollment.unknown_lesson")


def test_who_graduated_has_completed_every_lesson_already() -> None:
    given(*graduated).when(CompleteLesson(one)).then()


def test_who_is_not_enrolled_cannot_complete_a_lesson() -> None:
    given().when(CompleteLesson(one)).refused("enrollment.not_possible")
    given(enrolled, withdrew).when(CompleteLesson(one)).refused("enrollment.not_possible")


def test_a_learner_withdraws() -> None:
    given(enrolled).when(Withdraw("moved away")).then(withdrew)


def test_who_is_outside_has_withdrawn_already() -> None:
    given().when(Withdraw("moved away")).then()
    given(enrolled, withdrew).when(Withdraw("again")).then()


def test_who_graduated_cannot_withdraw() -> None:
    given(*graduated).when(Withdraw("bored")).refused("enrollment.not_possible")


def test_an_enrolment_expires_at_its_end() -> None:
    given(enrolled_until_summer).when(Expire(summer)).then(EnrollmentExpired(summer))


def test_an_end_that_was_not_agreed_expires_nothing() -> None:
    given(enrolled_until_summer).when(Expire(summer - timedelta(days=1))).then()
    given(enrolled).when(Expire(summer)).then()


def test_what_is_over_does_not_expire() -> None:
    given().when(Expire(summer)).then()
    given(*graduated).when(Expire(summer)).then()


def test_the_states_of_an_enrolment() -> None:
    assert given().state == Outside()
    assert given(enrolled_until_summer, LessonCompleted(one)).state == Learning(
        frozenset({two}), frozenset({one}), summer
    )
    assert given(*graduated).state == Graduated()
    assert given(enrolled, withdrew).state == Outside()
