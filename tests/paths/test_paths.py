"""Which paths are there?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.kernel import CourseId, PathId
from domain.paths.path import PATH, Draft, PlaceStep, Publish, Rename, Reorder, Retire, SetRule, TakeStep
from projections.paths import paths as model
from projections.paths.paths import Path, Step, paths
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

A, B, C = CourseId("a"), CourseId("b"), CourseId("c")


@proves("path.manage")
async def test_a_path_is_shown_with_its_steps_in_order_where_it_stands(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        path = PATH.at("navigator")
        commands = (
            *(Draft("Navigator"), PlaceStep(A), PlaceStep(B, (A,)), PlaceStep(C, (A, B)), PlaceStep(B)),
            *(Reorder((C, B, A)), TakeStep(A), SetRule(1)),
        )
        for command in commands:
            await do(path, command, caller())
        receipt = await do(path, Rename("Pilot"), caller())
        shown = Path(PathId("navigator"), "Pilot", "drafted", (Step(C, (B,)), Step(B, ())), 1)
        assert (await paths(ask, TENANT, "drafted", min_position=receipt.position)).rows == (shown,)
        receipt = await do(path, Publish(), caller())
        assert (await paths(ask, TENANT, "drafted", min_position=receipt.position)).rows == ()
        assert [row.steps for row in (await paths(ask, TENANT, "published")).rows] == [shown.steps]
        await do(PATH.at("pilot"), Draft("Pilot"), caller())
        receipt = await do(path, Retire(), caller())
        assert (await paths(ask, TENANT, "published", min_position=receipt.position)).rows == ()
        assert [row.path for row in (await paths(ask, TENANT, "retired")).rows] == ["navigator"]
