"""What am I learning, and how far am I?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, Withdraw
from domain.kernel import LearnerId
from projections.enrollments import my_courses as model
from projections.enrollments.my_courses import my_courses
from tests.followers.running import LESSONS, TENANT, asking, caller, enroll, following, make_models, writing
from tests.servers import Database

ADA = LearnerId("ada")


async def test_a_learner_sees_each_course_with_what_is_done_the_newest_first(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for course in ("art", "botany", "chess"):
            await enroll(do, "ada", course)
        await enroll(do, "ben", "art")
        await do(ENROLLMENT.at("art", "ada"), CompleteLesson(LESSONS[1]), caller())
        await do(ENROLLMENT.at("botany", "ada"), Withdraw("no time"), caller())
        receipt = await enroll(do, "ada", "botany")
        page = await my_courses(ask, TENANT, ADA, min_position=receipt.position)
        assert [(row.course, row.status, row.done, row.lessons) for row in page.rows] == [
            ("botany", "learning", (), LESSONS),
            ("chess", "learning", (), LESSONS),
            ("art", "learning", (LESSONS[1],), LESSONS),
        ]
        first = await my_courses(ask, TENANT, ADA, limit=2)
        second = await my_courses(ask, TENANT, ADA, limit=2, cursor=first.cursor)
        assert (*first.rows, *second.rows) == page.rows
        assert second.cursor is None
        assert (await my_courses(ask, TENANT, ADA, status="graduated")).rows == ()
