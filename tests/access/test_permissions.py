"""Which roles does a person hold, what do those permit, and who granted them when?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.access.role import AddPermissions, RemovePermissions, RetireRole
from domain.kernel import PersonId
from projections.access import permissions as model
from projections.access.permissions import NOTHING, held_by
from tests.access.asking import ALGEBRA, ENROLL, LEARN, MARKER, READ, change, define, grant, withdraw
from tests.followers.running import TENANT, asking, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

ADA = PersonId("ada")


@proves("access.custom_roles")
async def test_what_somebody_holds_is_told_with_what_it_permits(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        await define(do, MARKER, READ, ENROLL)
        await define(do, "reader", READ)
        await grant(do, ADA, MARKER, ALGEBRA)
        await grant(do, ADA, "reader")
        await grant(do, ADA, "staff")
        await grant(do, "ben", MARKER)
        await withdraw(do, ADA, "staff")
        await change(do, MARKER, AddPermissions(frozenset({LEARN}), frozenset({LEARN})))
        await change(do, MARKER, RemovePermissions(frozenset({ENROLL})))
        receipt = await change(do, "reader", RetireRole())
        position, held = await held_by(ask, TENANT, ADA, min_position=receipt.position)
        assert position >= receipt.position
        assert held.version == 4
        assert [(one.role, one.scope, one.granted_by) for one in held.grants] == [
            (MARKER, ALGEBRA, "ada"),
            ("reader", None, "ada"),
        ]
        assert held.defined == {MARKER: {LEARN, READ}}
        assert (await held_by(ask, TENANT, PersonId("nobody")))[1] == NOTHING
