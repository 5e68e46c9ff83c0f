"""A fact that cannot be handled stops its stream and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg

from adapters.postgres.followers.parking import parked, want
from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import verify
from adapters.postgres.followers.writing import Place
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson
from domain.enrollments.events import EnrollmentEvent, LessonCompleted
from projections.enrollments import roster
from projections.model import Fact, Statement
from tests.followers.running import (
    COURSE,
    LESSONS,
    caller,
    caught_up,
    enroll,
    following,
    make_models,
    rows,
    until,
    writing,
)
from tests.proves import proves
from tests.servers import Database

SHOWN = "select learner, done, status from enrollments_roster.roster order by learner"


class Broken:
    """A projection that cannot bear a lesson of one learner, until it is mended."""

    def __init__(self, learner: str) -> None:
        self.learner = learner
        self.mended = False
        self.tries = 0

    def project(self, fact: Fact[EnrollmentEvent]) -> Iterator[Statement]:
        if isinstance(fact.event, LessonCompleted) and fact.stream.endswith(f":{self.learner}") and not self.mended:
            self.tries += 1
            yield "insert into roster (tenant) values (%s)", ("no uuid",)
        else:
            yield from roster.project(fact)


async def learn(do: Any, learner: str) -> None:
    for lesson in LESSONS:
        await do(ENROLLMENT.at(COURSE, learner), CompleteLesson(lesson), caller())


@proves("es.projections")
async def test_a_poison_fact_is_parked_with_what_follows_it_in_its_stream_and_all_else_flows(
    database: Database,
) -> None:
    await make_models(database)
    broken = Broken("ben")
    projector = Projector(replace(roster.MODEL, project=broken.project))
    async with writing(database) as do:
        for learner in ("ada", "ben", "cy"):
            await enroll(do, learner)
        for learner in ("ada", "ben", "cy"):
            await learn(do, learner)
        async with following(database, projector):
            await caught_up(database, projector.name)
            assert await rows(database, SHOWN) == [
                ("ada", 2, "graduated"),
                ("ben", 0, "learning"),
                ("cy", 2, "graduated"),
            ]
            await enroll(do, "di")
            await caught_up(database, projector.name)
            assert len(await rows(database, SHOWN)) == 4

            with psycopg.connect(database.dsn("projector"), autocommit=True) as operator:
                (found,) = parked(operator)
                assert (found.stream, found.type, found.held) == (
                    "enrollment:art:ben",
                    "enrollments.LessonCompleted",
                    2,
                )
                assert found.error == 'InvalidTextRepresentation: invalid input syntax for type uuid: "…"'

                # Trying it again while nothing is mended leaves it where it is.
                assert want(operator, Place(projector.name, 0, found.position), "retry", "operator:eve")
                await until(lambda: _tries(database, found.tries + 1))
                assert len(await rows(database, "select * from followers.parked")) == 3

                broken.mended = True
                assert want(operator, Place(projector.name, 0, found.position), "retry", "operator:eve")
                await until(lambda: _none_parked(database))
                assert not want(operator, Place(projector.name, 0, found.position), "skip", "operator:eve")
        assert (await rows(database, SHOWN))[1] == ("ben", 2, "graduated")
        kept = await rows(database, "select by, action, about ->> 'stream' from followers.interventions")
        assert kept == [("operator:eve", "parked.retry", "enrollment:art:ben")] * 2

    async def connect() -> Any:
        return await database.connect("projector")

    assert all(checked.equal for checked in await verify(connect, roster.MODEL))


async def test_a_skipped_fact_is_left_out_and_those_behind_it_follow(database: Database) -> None:
    await make_models(database)
    broken = Broken("ben")
    projector = Projector(replace(roster.MODEL, project=broken.project))
    async with writing(database) as do, following(database, projector):
        await enroll(do, "ben")
        await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[0]), caller())
        await caught_up(database, projector.name)
        broken.mended = True
        await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[1]), caller())
        await caught_up(database, projector.name)
        assert await rows(database, SHOWN) == [("ben", 0, "learning")]
        with psycopg.connect(database.dsn("projector"), autocommit=True) as operator:
            (found,) = parked(operator)
            assert want(operator, Place(projector.name, 0, found.position), "skip", "operator:eve")
        await until(lambda: _none_parked(database))
        assert await rows(database, SHOWN) == [("ben", 1, "graduated")]


async def test_a_fact_is_tried_five_times_and_a_parked_one_is_remembered_by_the_next_engine(database: Database) -> None:
    await make_models(database)
    broken = Broken("ben")
    projector = Projector(replace(roster.MODEL, project=broken.project))
    async with writing(database) as do:
        await enroll(do, "ben")
        await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[0]), caller())
        async with following(database, projector):
            await caught_up(database, projector.name)
        assert broken.tries == 1 + 5  # with its batch, and alone
        broken.mended = True
        await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[1]), caller())
        async with following(database, projector):
            await caught_up(database, projector.name)
        assert await rows(database, SHOWN) == [("ben", 0, "learning")]
        assert await rows(database, "select held from followers.parked order by position") == [
            (False,),
            (True,),
            (True,),
        ]


async def _tries(database: Database, number: int) -> bool:
    return (number,) in await rows(database, "select tries from followers.parked where not held")


async def _none_parked(database: Database) -> bool:
    return await rows(database, "select * from followers.parked") == []
