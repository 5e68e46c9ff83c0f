"""How did an account come to stand as it does, and why?"""

from __future__ import annotations

from domain.identity.person import Activate, Deactivate, Lock, Reactivate, Remove, Unlock
from domain.kernel import PersonId
from projections.identity import status_history as model
from projections.identity.status_history import status_changes
from tests.followers.running import TENANT
from tests.identity.peopled import living
from tests.proves import proves
from tests.servers import Database

ADA = PersonId("ada")


@proves("user.account_status")
async def test_every_status_is_told_with_its_reason_and_by_whom(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        await house.invite("ada", "ada@school.example", "Ada")
        await house.register("ben", "ben@school.example", "Ben")
        for command in (
            Activate(),
            Lock(ADA, "phished"),
            Unlock(ADA, "safe again"),
            Deactivate(ADA, "on leave"),
            Reactivate(ADA, "back"),
        ):
            await house.tell("ada", command)
        receipt = await house.tell("ada", Remove(ADA, "left"))
        page = await status_changes(house.ask, TENANT, ADA, min_position=receipt.position)
        assert [(row.status, row.reason, row.by) for row in page.rows] == [
            ("invited", None, "head"),
            ("active", None, "head"),
            ("locked", "phished", "head"),
            ("active", "safe again", "head"),
            ("deactivated", "on leave", "head"),
            ("active", "back", "head"),
            ("deleted", "left", "head"),
        ]
        first = await status_changes(house.ask, TENANT, ADA, limit=3)
        rest = await status_changes(house.ask, TENANT, ADA, cursor=first.cursor)
        assert (*first.rows, *rest.rows) == page.rows
        assert (await status_changes(house.ask, TENANT, PersonId("nobody"))).rows == ()
