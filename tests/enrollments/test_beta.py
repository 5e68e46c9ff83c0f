"""An enrolment on beta: kept apart from main, promoted with its history, and returned."""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.enrollments.enrollment import (
    ENROLLMENT,
    CompleteLesson,
    Enroll,
    Graduated,
    Learning,
    Promote,
    Return,
    Withdraw,
)
from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentPromoted,
    EnrollmentReturned,
    LearnerEnrolled,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import CourseId, LearnerId, LessonId
from projections.enrollments import my_courses as mine
from projections.enrollments import roster
from projections.enrollments.my_courses import my_courses
from projections.enrollments.roster import who_is_on
from tests.followers.running import COURSE, LESSONS, TENANT, asking, caller, following, make_models, writing
from tests.given import about
from tests.proves import proves
from tests.servers import Database

given = about(ENROLLMENT)

course, ada = CourseId("algebra"), LearnerId("ada")
one, two = LessonId("one"), LessonId("two")
on_beta = LearnerEnrolled(course, ada, (one, two), None, "beta")
on_main = LearnerEnrolled(course, ada, (one, two))
promoted, returned = EnrollmentPromoted(), EnrollmentReturned()


@proves("tenant.beta_program")
def test_what_is_on_beta_is_promoted_and_returned() -> None:
    given().when(Enroll(course, ada, (one, two), None, "beta")).then(on_beta)
    given(on_beta).when(Promote()).then(promoted)
    given(on_beta, promoted).when(Promote()).then()
    given(on_beta, promoted).when(Return()).then(returned)
    given(on_beta, promoted, returned).when(Return()).then()
    given(on_beta, promoted, returned).when(Promote()).then(promoted)


@proves("tenant.beta_program")
def test_what_has_happened_goes_with_it() -> None:
    assert given(on_beta, LessonCompleted(one), promoted).state == Learning(
        frozenset({two}), frozenset({one}), stands="promoted"
    )
    graduated = (on_beta, LessonCompleted(one), LessonCompleted(two), CourseCompleted())
    given(*graduated).when(Promote()).then(promoted)
    given(*graduated, promoted).when(Return()).then(returned)
    assert given(*graduated, promoted).state == Graduated("promoted")


def test_what_was_never_on_beta_is_not_returned() -> None:
    given(on_main).when(Promote()).then()
    given(on_main).when(Return()).refused("enrollment.never_on_beta")
    given(on_main, LearnerWithdrew("time")).when(Promote()).refused("enrollment.not_possible")
    given().when(Return()).refused("enrollment.not_possible")


def test_a_learner_is_on_a_course_on_one_track() -> None:
    again_on_beta, again_on_main = Enroll(course, ada, (one, two), None, "beta"), Enroll(course, ada, (one, two))
    given(on_main).when(again_on_beta).refused("enrollment.on_other_track")
    given(on_beta).when(again_on_main).refused("enrollment.on_other_track")
    given(on_beta).when(again_on_beta).then()
    given(on_beta, promoted).when(again_on_main).then()
    given(on_beta, promoted).when(again_on_beta).refused("enrollment.on_other_track")
    given(on_beta, LearnerWithdrew("time")).when(again_on_main).then(on_main)


@proves("tenant.beta_program")
async def test_neither_track_shows_what_is_on_the_other(database: Database) -> None:
    await make_models(database)
    async with (
        writing(database) as do,
        following(database, Projector(roster.MODEL), Projector(mine.MODEL)),
        asking(database) as ask,
    ):

        async def shown(position: int) -> dict[str, tuple[list[tuple[str, int]], list[str]]]:
            """Who is on the course, and what Ada takes, on each track."""
            found: dict[str, tuple[list[tuple[str, int]], list[str]]] = {}
            for track in ("main", "beta"):
                there = await who_is_on(ask, TENANT, COURSE, track=track, min_position=position)
                hers = await my_courses(ask, TENANT, ada, track=track, min_position=position)
                found[track] = ([(row.learner, row.done) for row in there.rows], [row.course for row in hers.rows])
            return found

        await do(ENROLLMENT.at(COURSE, "ben"), Enroll(COURSE, LearnerId("ben"), LESSONS), caller())
        await do(ENROLLMENT.at(COURSE, "ada"), Enroll(COURSE, ada, LESSONS, None, "beta"), caller())
        receipt = await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(LESSONS[0]), caller())
        apart: dict[str, tuple[list[tuple[str, int]], list[str]]] = {
            "main": ([("ben", 0)], []),
            "beta": ([("ada", 1)], ["art"]),
        }
        assert await shown(receipt.position) == apart
        receipt = await do(ENROLLMENT.at(COURSE, "ada"), Promote(), caller())
        assert await shown(receipt.position) == {"main": ([("ada", 1), ("ben", 0)], ["art"]), "beta": ([], [])}
        receipt = await do(ENROLLMENT.at(COURSE, "ada"), Return(), caller())
        assert await shown(receipt.position) == apart
        await do(ENROLLMENT.at(COURSE, "ada"), Withdraw("time"), caller())
        receipt = await do(ENROLLMENT.at(COURSE, "ada"), Enroll(COURSE, ada, LESSONS), caller())
        assert await shown(receipt.position) == {"main": ([("ada", 0), ("ben", 0)], ["art"]), "beta": ([], [])}
