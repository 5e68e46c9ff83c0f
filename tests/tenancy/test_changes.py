"""What was changed, by whom, and how was it before?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.tenancy.features import FEATURES_OF_TENANT, SwitchOff, SwitchOn
from domain.tenancy.password_policy import PASSWORD_POLICY, Adopt
from domain.tenancy.settings import SETTINGS, Adjust, Choice
from projections.tenancy import changes as model
from projections.tenancy.changes import changes, latest
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database


@proves("tenant.system_config", "tenant.feature_flags")
async def test_every_version_is_told_with_what_was_before(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for size in (20, 30):
            await do(SETTINGS.at("main"), Adjust((Choice("page_size", size),)), caller())
        await do(SETTINGS.at("main"), Adjust((Choice("welcome_notice", value=False),)), caller())
        for command in (SwitchOn("ads"), SwitchOff("ads"), SwitchOff("enrollments.withdrawal")):
            receipt = await do(FEATURES_OF_TENANT.at("main"), command, caller())
        page = await changes(ask, TENANT, "settings", min_position=receipt.position)
        told = [(row.version, row.by, row.subject, row.before, row.now) for row in page.rows]
        assert told == [
            (3, "ada", "welcome_notice", True, False),
            (2, "ada", "page_size", 20, 30),
            (1, "ada", "page_size", 50, 20),
        ]
        one = await changes(ask, TENANT, "settings", subject="page_size", limit=1)
        two = await changes(ask, TENANT, "settings", subject="page_size", limit=1, cursor=one.cursor)
        assert [row.now for row in (*one.rows, *two.rows)] == [30, 20]
        assert two.cursor is None
        now, _ = await latest(ask, TENANT, "features")
        assert {flag: change.now for flag, change in now.items()} == {"ads": False, "enrollments.withdrawal": False}


@proves("tenant.password_policy")
async def test_each_policy_is_told_with_the_one_before_it(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for length in (16, 20):
            receipt = await do(PASSWORD_POLICY.at("main"), Adopt(length), caller())
        page = await changes(ask, TENANT, "password-policy", min_position=receipt.position)
        assert [row.now["length"] for row in page.rows] == [20, 16]
        assert [row.before and row.before["length"] for row in page.rows] == [16, None]
