"""A roster that Spark makes of the lake, by docs/spark_roster.py and with none of our code, is the one teachers see."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import polars as pl

from adapters.postgres.questions import Questions
from domain.enrollments.enrollment import (
    ENROLLMENT,
    Command,
    CompleteLesson,
    Enroll,
    Expire,
    Graduate,
    JoinWaitlist,
    Lapse,
    MoveUp,
    Promote,
    RecordPayment,
    Refund,
    Reinstate,
    Return,
    Suspend,
    Withdraw,
)
from domain.identity.person import Deactivate, Reactivate, Remove
from domain.kernel import CourseId, LearnerId, PaymentId, PersonId, Rejected, SectionId, Track
from projections.enrollments import roster
from projections.enrollments.roster import Status, who_is_on
from tests.followers.running import LESSONS, OTHER, TENANT, caller, enroll
from tests.identity.peopled import House, living
from tests.proves import proves
from tests.replay.told import annals
from tests.servers import Database

ROOT = Path(__file__).parents[2]
ART, KNOTS = CourseId("art"), CourseId("knots")
LEARNERS = tuple(LearnerId(f"learner-{number:02}") for number in range(30))
EVENING, DUE, PAYMENT = SectionId("evening"), datetime(2027, 1, 8, 9, 30, tzinfo=UTC), PaymentId("paid")
STEPS = 20
"""So much is tried with each learner on each course."""
COLUMNS = ("tenant", "course", "learner", "track", *roster.OnCourse.__struct_fields__[1:])

Row = tuple[Any, ...]


def one_of_all(chance: random.Random, course: CourseId, learner: LearnerId) -> Command:
    """Something that may be asked of an enrolment."""
    wish = Enroll(
        course,
        learner,
        chance.choice((LESSONS, LESSONS[:1])),
        until=chance.choice((None, DUE)),
        track=chance.choice(get_args(Track)),
        section=chance.choice((None, EVENING)),
        resume=chance.random() < 0.5,
        pay_by=chance.choice((None, None, DUE)),
    )
    return chance.choice((
        *(wish, wish, wish, JoinWaitlist(wish, EVENING), MoveUp(EVENING, DUE), RecordPayment(PAYMENT), Refund(PAYMENT)),
        *(CompleteLesson(LESSONS[0]), CompleteLesson(LESSONS[0]), CompleteLesson(LESSONS[1]), Graduate()),
        *(Suspend("fees"), Reinstate(), Promote(), Return(), Withdraw("no time"), Expire(DUE), Lapse(DUE)),
    ))  # fmt: skip


async def lives(house: House) -> int:
    """Let much happen to many on two courses; and answer up to where the ledger is then."""
    chance = random.Random(1)  # noqa: S311 — the same each time
    for course in (ART, KNOTS):
        for learner in LEARNERS:
            for _ in range(STEPS):
                with suppress(Rejected):
                    await house.do(ENROLLMENT.at(course, learner), one_of_all(chance, course, learner), caller())
    for learner in LEARNERS[:4]:
        await house.register(learner, f"{learner}@school.example", "Ada")
    away, back, gone, _ = map(PersonId, LEARNERS[:4])
    for person, command in (
        *((away, Deactivate(away, "on leave")), (back, Deactivate(back, "on leave"))),
        *((back, Reactivate(back, "back")), (gone, Remove(gone, "left"))),
    ):
        await house.tell(person, command)
    return (await enroll(house.do, "ben", tenant=OTHER)).position


async def seen(ask: Questions, position: int) -> list[Row]:
    """What teachers see, of all courses."""
    return sorted(
        [
            (str(tenant), course, row.learner, track, *msgspec.structs.astuple(row)[1:])
            for tenant in (TENANT, OTHER)
            for course in (ART, KNOTS)
            for track in get_args(Track)
            for row in (await who_is_on(ask, tenant, course, track=track, limit=200, min_position=position)).rows
        ]
    )


def made_by_spark(lake: Path, to: Path) -> list[Row]:
    """What the job makes of a lake, on this machine, as another program reads it."""
    subprocess.run(  # noqa: S603
        [ROOT / ".venv-spark/bin/spark-submit", "--master", "local[2]", ROOT / "docs/spark_roster.py", lake, to],
        cwd=to.parent,
        env={
            "PATH": f"{ROOT / '.venv-spark/bin'}:{os.environ['PATH']}",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TZ": "America/New_York",  # Whatever it is, moments stay what they are.
        },
        check=True,
        timeout=280,
    )
    return sorted(pl.read_parquet(to / "*.parquet").select(COLUMNS).iter_rows())


def twice(lake: Path) -> Iterator[tuple[Path, bytes]]:
    """Some of its files, that will be in large ones too."""
    files = sorted(lake.rglob("*.parquet"))
    return ((file, file.read_bytes()) for file in files[::2])


@proves("audit.replay")
async def test_the_roster_that_spark_makes_of_the_lake_is_the_one_that_teachers_see(
    database: Database, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    async with living(database, roster.MODEL) as house:
        expected = await seen(house.ask, position := await lives(house))
        assert {row[COLUMNS.index("status")] for row in expected} == set(get_args(Status))
        assert {row[2] for row in expected} == {*LEARNERS[1:2], *LEARNERS[3:], "ben"}
        annals(database, "lake", "sync", "--to", str(lake), "--step", "100")
        small = tuple(twice(lake))
        annals(database, "lake", "compact", "--to", str(lake))
        # As if that had been killed before it took all the small files away; and a sync before it had noted its end.
        for file, content in small:
            file.write_bytes(content)
        late = await enroll(house.do, "late")
        annals(database, "lake", "sync", "--to", str(lake))
        (lake / "_annals/log-0.json").write_text(f'{{"reached":{position},"until":{late.position}}}')
    assert made_by_spark(lake, tmp_path / "roster") == expected
