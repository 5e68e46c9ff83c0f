"""Many learners are brought along by a job that is killed and done again: each is enrolled once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg_pool import ConnectionPool

from adapters.blind import KeyedBlind
from adapters.postgres.followers.projector import Projector
from adapters.postgres.travellers import AT_ONCE, PostgresTravellers
from api.desk import WorkersDesk
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.jobs import Errand
from application.ledger import Receipt, TenantId
from application.paths import bring_everyone_along
from application.ports import NotYet, Travellers
from application.travelling import PathMoved, plan_of
from domain.enrollments.enrollment import ENROLLMENT, Withdraw
from domain.kernel import CourseId, ItemId, LearnerId, PathId
from domain.paths.journey import JOURNEY, Begin
from domain.paths.path import PATH, Draft, PlaceStep, Publish
from domain.progress.syllabus import SYLLABUS, AddItem
from projections.paths import paths as model
from projections.paths.paths import learners_of
from tests.followers.running import TENANT, asking, caller, following, make_models, rows, writing
from tests.proves import proves
from tests.servers import Database

PILOT, STARS = PathId("pilot"), CourseId("stars")
MANY = AT_ONCE + 20


class Killed(Exception):  # noqa: N818 — said of a job
    """The job came no further."""


class Short:
    """Travellers of whom only the first are heard before the job is killed."""

    def __init__(self, travellers: Travellers) -> None:
        self._travellers = travellers

    def on_path(self, tenant: TenantId, path: PathId, position: int, after: LearnerId | None) -> Sequence[LearnerId]:
        if after is not None:
            raise Killed
        return self._travellers.on_path(tenant, path, position, after)


async def begin_many(do: Do) -> Receipt:
    """A path of one course that has something to learn, and many on it."""
    await do(SYLLABUS.at(STARS), AddItem(ItemId("text"), required=True), caller())
    for command in (Draft("Pilot"), PlaceStep(STARS), Publish()):
        receipt = await do(PATH.at(PILOT), command, caller())
    begin = Begin(plan_of(PILOT, await do.look(TENANT, PATH.at(PILOT))))
    for number in range(MANY):
        receipt = await do(JOURNEY.at(f"learner-{number:03}"), begin, caller())
    return receipt


@proves("path.course_sync")
async def test_a_job_that_is_killed_and_done_again_enrols_everyone_once(database: Database) -> None:
    await make_models(database)
    async with (
        writing(database) as do,
        following(database, Projector(model.MODEL)),
        asking(database) as ask,
    ):
        receipt = await begin_many(do)
        await learners_of(ask, TENANT, PILOT, min_position=receipt.position)
        order = PathMoved(PILOT, receipt.position)
        errand = Errand(uuid4(), TENANT, uuid4(), uuid4(), datetime.now(UTC), order)
        with (
            WorkersDesk(Settings(database_url=database.url), KeyedBlind(DEVELOPMENT_VAULT_KEY)) as desk,
            ConnectionPool[Any](database.dsn("app"), min_size=1, kwargs={"autocommit": True}) as pool,
        ):
            travellers = PostgresTravellers(pool)
            with pytest.raises(NotYet):
                travellers.on_path(TENANT, PILOT, receipt.position + 1_000_000, None)
            with pytest.raises(Killed):
                await asyncio.to_thread(bring_everyone_along.run, errand, Short(travellers), desk)
            assert await rows(database, ENROLLED) == [(AT_ONCE,)]
            first = ENROLLMENT.at(STARS, "learner-000")
            await do(first, Withdraw("time"), caller())
            # Again, and once more because of another fact: who has left is not brought back.
            for id_ in (errand.id, UUID(int=7)):
                again = Errand(id_, TENANT, uuid4(), uuid4(), errand.at, order)
                await asyncio.to_thread(bring_everyone_along.run, again, travellers, desk)
    assert await rows(database, ENROLLED) == [(MANY,)]
    assert await rows(database, OPENED) == [(MANY,)]


ENROLLED = "select count(*) from ledger.facts where type = 'enrollments.LearnerEnrolled'"
OPENED = "select count(*) from ledger.facts where type = 'paths.StepOpened'"
