"""Which roles has a school defined, what do they permit, and who holds which role?"""

from __future__ import annotations

from uuid import uuid4

from adapters.postgres.followers.projector import Projector
from application.ledger import TenantId
from domain.access.role import AddPermissions, RemovePermissions, RetireRole
from projections.access import roles as model
from projections.access.roles import defined_roles, who_holds
from tests.access.asking import ALGEBRA, ENROLL, LEARN, MARKER, READ, change, define, grant, withdraw
from tests.followers.running import TENANT, asking, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

OTHER = TenantId(uuid4())


async def test_roles_are_listed_as_they_have_become(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        await define(do, MARKER, READ, ENROLL)
        await define(do, "reader", READ)
        await define(do, "elsewhere", READ, tenant=OTHER)
        await change(do, MARKER, AddPermissions(frozenset({LEARN, READ}), frozenset({LEARN, READ})))
        await change(do, MARKER, RemovePermissions(frozenset({ENROLL})))
        await grant(do, "ada", MARKER)
        await define(do, "spare", READ)
        await change(do, "spare", RemovePermissions(frozenset({READ})))
        receipt = await change(do, "reader", RetireRole())
        page = await defined_roles(ask, TENANT, min_position=receipt.position)
        assert [(row.role, row.status, row.permissions, row.holders, row.version) for row in page.rows] == [
            ("marker", "defined", (LEARN, READ), 1, 3),
            ("reader", "retired", (READ,), 0, 2),
            ("spare", "defined", (), 0, 2),
        ]
        assert page.rows[0].defined_by == "ada"
        first = await defined_roles(ask, TENANT, limit=2)
        assert (*first.rows, *(await defined_roles(ask, TENANT, cursor=first.cursor)).rows) == page.rows


@proves("access.custom_roles")
async def test_who_holds_a_role_is_told_a_page_at_a_time(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        await define(do, MARKER, READ)
        for person in ("ben", "ada"):
            await grant(do, person, MARKER)
        await grant(do, "ada", MARKER, ALGEBRA)
        await grant(do, "cleo", MARKER)
        await grant(do, "ada", MARKER, tenant=OTHER)
        receipt = await withdraw(do, "cleo", MARKER)
        defined, page = await who_holds(ask, TENANT, MARKER, min_position=receipt.position)
        assert defined
        assert [(row.person, row.scope, row.granted_by) for row in page.rows] == [
            ("ada", None, "ada"),
            ("ada", ALGEBRA, "ada"),
            ("ben", None, "ada"),
        ]
        _, first = await who_holds(ask, TENANT, MARKER, limit=1)
        _, rest = await who_holds(ask, TENANT, MARKER, cursor=first.cursor)
        assert (*first.rows, *rest.rows) == page.rows
        assert await who_holds(ask, OTHER, MARKER) != (defined, page)
        absent, nobody = await who_holds(ask, TENANT, "nobody")  # type: ignore[arg-type]
        assert (absent, nobody.rows) == (False, ())
