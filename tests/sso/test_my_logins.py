"""By which logins do I come in?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from application.ledger import TenantId
from domain.kernel import PersonId
from domain.sso.events import Login, ProviderId
from domain.sso.logins import LOGINS, Link, MapRoles, Unlink
from projections.sso import my_logins as model
from projections.sso.my_logins import my_logins
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database
from tests.vault.opening import OTHER

ADA, BEN = PersonId("ada"), PersonId("ben")
COLLEGE = ProviderId("college")


async def test_one_sees_the_logins_that_are_linked(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:

        async def link(person: PersonId, login: str, tenant: TenantId = TENANT) -> int:
            return (await do(LOGINS.at(person), Link(COLLEGE, Login(login)), caller(tenant))).position

        for login in ("one", "two", "three"):
            await link(ADA, login)
        await link(BEN, "four")
        await link(ADA, "five", OTHER)
        await do(LOGINS.at(ADA), MapRoles(COLLEGE, ("staff",)), caller())
        receipt = await do(LOGINS.at(ADA), Unlink(Login("two"), otherwise=True), caller())
        page = await my_logins(ask, TENANT, ADA, min_position=receipt.position)
        assert [(row.login, row.provider) for row in page.rows] == [("one", "college"), ("three", "college")]
        first = await my_logins(ask, TENANT, ADA, limit=1)
        second = await my_logins(ask, TENANT, ADA, limit=1, cursor=first.cursor)
        assert (*first.rows, *second.rows) == page.rows
        assert second.cursor is None
        again = await link(ADA, "two")
        assert len((await my_logins(ask, TENANT, ADA, min_position=again)).rows) == 3
