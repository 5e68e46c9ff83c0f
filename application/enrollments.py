"""What we do about enrollments: a learner is welcomed, congratulated, and their time ends when it was said to."""

from __future__ import annotations

from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import ANALYST, AUDITOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from application.ports import TenantSettings
from domain.enrollments.enrollment import ENROLLMENT, Expire
from domain.enrollments.events import CourseCompleted, LearnerEnrolled
from domain.kernel import CourseId, LearnerId, Value

PERMISSIONS = (
    Permission(
        "enrollments.enroll", "Enrol learners on courses, and take them off.", (STAFF, INSTRUCTOR), own=(STUDENT,)
    ),
    Permission("enrollments.learn", "Say that a lesson is done.", (STAFF, INSTRUCTOR), own=(STUDENT,)),
    Permission("enrollments.promote", "Move enrolments from beta to main, and back."),
    Permission(
        "enrollments.read",
        "See who learns what, and how far along they are.",
        (STAFF, INSTRUCTOR, GUARDIAN, ANALYST, AUDITOR),
        own=(STUDENT,),
    ),
)


async def when_learner_enrolled_send_welcome(enrolled: Recorded[LearnerEnrolled], do: Bound) -> None:
    fact = enrolled.event
    do.later(send_welcome, Welcome(fact.course, fact.learner, len(fact.lessons)))


async def when_learner_enrolled_expire_in_time(enrolled: Recorded[LearnerEnrolled], do: Bound) -> None:
    fact = enrolled.event
    if fact.until is not None:
        do.at(fact.until, ENROLLMENT.at(fact.course, fact.learner), Expire(fact.until))


async def when_course_completed_congratulate(completed: Recorded[CourseCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    do.later(congratulate, Congratulation(CourseId(course), LearnerId(learner)))


class Welcome(Value):
    course: CourseId
    learner: LearnerId
    lessons: int


class Congratulation(Value):
    course: CourseId
    learner: LearnerId


@job(retries=RETRIES)
def send_welcome(errand: Errand[Welcome], people: People, mailer: Mailer, settings: TenantSettings) -> None:
    if not settings.of(errand.tenant).welcome_notice:
        return
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
