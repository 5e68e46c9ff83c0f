"""Which assessments does a course have, and what was reached in them?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.assessment.assessment import ASSESSMENT, Draft, Publish, Published, Revise, Terms
from domain.assessment.result import RESULT, Record
from domain.kernel import AssessmentId, CourseId, LearnerId
from projections.assessment import assessments as model
from projections.assessment.assessments import assessments_of, results_in, results_of
from tests.followers.running import OTHER, TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

STARS, SEAS = CourseId("stars"), CourseId("seas")
TERMS, HARDER = Terms("Midterm", 60, 30), Terms("Midterm", 60, 36)


async def test_a_course_has_its_own_a_page_at_a_time(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for name in ("alpha", "beta", "gamma"):
            await do(ASSESSMENT.at(name), Draft(STARS, TERMS), caller())
        await do(ASSESSMENT.at("tides"), Draft(SEAS, TERMS), caller())
        await do(ASSESSMENT.at("beta"), Revise(STARS, HARDER), caller())
        receipt = await do(ASSESSMENT.at("beta"), Publish(STARS), caller())
        first = await assessments_of(ask, TENANT, STARS, limit=2, min_position=receipt.position)
        second = await assessments_of(ask, TENANT, STARS, limit=2, cursor=first.cursor)
        rows = (*first.rows, *second.rows)
        assert [(row.assessment, row.status, row.enough) for row in rows] == [
            ("alpha", "draft", 30),
            ("beta", "published", 36),
            ("gamma", "draft", 30),
        ]
        assert second.cursor is None
        assert [row.version for row in (await assessments_of(ask, TENANT, STARS, status="published")).rows] == [3]
        assert not (await assessments_of(ask, OTHER, STARS)).rows


async def test_the_last_result_of_each_is_shown(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        alpha, beta = AssessmentId("alpha"), AssessmentId("beta")
        for name in (alpha, beta):
            await do(ASSESSMENT.at(name), Draft(STARS, TERMS), caller())
        asked, position = Published(STARS, TERMS), 0
        for name, learner, points in (
            *((alpha, "ada", 10), (alpha, "ben", 20), (beta, "ada", 50)),
            *((alpha, "cleo", 30), (alpha, "ada", 45)),
        ):
            position = (await do(RESULT.at(name, learner), Record(STARS, points, asked), caller())).position
        first = await results_in(ask, TENANT, STARS, alpha, limit=2, min_position=position)
        second = await results_in(ask, TENANT, STARS, alpha, limit=2, cursor=first.cursor)
        assert [(row.learner, row.points, row.passed) for row in (*first.rows, *second.rows)] == [
            ("ada", 45, True),
            ("ben", 20, False),
            ("cleo", 30, True),
        ]
        assert second.cursor is None
        assert [row.learner for row in (await results_in(ask, TENANT, STARS, alpha, passed=False)).rows] == ["ben"]
        assert not (await results_in(ask, TENANT, SEAS, alpha)).rows
        assert not (await results_in(ask, OTHER, STARS, alpha)).rows
        ada = LearnerId("ada")
        newest = await results_of(ask, TENANT, ada, limit=1)
        oldest = await results_of(ask, TENANT, ada, limit=1, cursor=newest.cursor)
        assert [(row.assessment, row.title, row.points, row.of) for row in (*newest.rows, *oldest.rows)] == [
            (alpha, "Midterm", 45, 60),
            (beta, "Midterm", 50, 60),
        ]
        assert oldest.cursor is None
        assert not (await results_of(ask, OTHER, ada)).rows
