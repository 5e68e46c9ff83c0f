"""Whoever grants may lose what they hold at the same moment: a grant is decided on what they hold then."""

from __future__ import annotations

import asyncio

import pytest

from application.access import appointing, granting
from application.do import Do
from application.ledger import PLATFORM, Caller
from application.standing import Principal
from application.standing.memory import Standings
from domain.access.events import RoleName
from domain.access.grants import GRANTS, Grant
from domain.access.role import RemovePermissions
from domain.kernel import PersonId, Rejected
from tests.access.asking import MARKER, READ, change, define, grant, withdraw
from tests.access.test_standing import asked
from tests.followers.running import TENANT, caller, rows, writing
from tests.proves import proves
from tests.servers import Database


async def principal(do: Do, person: str) -> Principal:
    return await Standings(do.look, lambda: False).look(asked(person))


async def give(do: Do, by: Principal, person: str, role: str) -> bool:
    asking = Caller(TENANT, by.name, "test", caller().correlation)
    streams, decide, command = granting(by, PersonId(person), RoleName(role), None)
    try:
        await do.across(streams, decide, command, asking)
    except Rejected as no:
        if no.code != "permission.not_held":
            raise
        return False
    return True


@proves("access.custom_roles")
async def test_no_grant_comes_after_the_granter_lost_it(database: Database) -> None:
    async with writing(database) as do, writing(database) as elsewhere:
        await define(do, MARKER, READ)
        await grant(do, "ada", MARKER)
        ada = await principal(do, "ada")

        async def lose() -> None:
            await asyncio.sleep(0)
            await withdraw(elsewhere, "ada", MARKER)

        given, _ = await asyncio.gather(
            asyncio.gather(*(give(do, ada, f"person-{number}", MARKER) for number in range(40))), lose()
        )
        assert not await give(do, ada, "late", MARKER)
    facts = await rows(database, "select type, position, by from ledger.facts where stream like 'grants:%%'")
    (lost,) = [position for type_, position, _ in facts if type_ == "access.RoleWithdrawn"]
    granted = [position for type_, position, _ in facts if type_ == "access.RoleGranted"]
    assert max(granted) < lost
    assert len(granted) == 1 + sum(given)


async def test_what_was_remembered_of_the_granter_does_not_count(database: Database) -> None:
    async with writing(database) as do:
        await define(do, MARKER, READ)
        await grant(do, "ada", MARKER)
        ada = await principal(do, "ada")
        await change(do, MARKER, RemovePermissions(frozenset({READ})))
        assert not await give(do, ada, "ben", "analyst")
        assert await give(do, ada, "ben", MARKER)  # It permits nothing any more.


async def test_the_house_itself_may_appoint(database: Database) -> None:
    async with writing(database) as do:
        await do(GRANTS.at("ada"), appointing(RoleName("tenant_admin")), caller())
        await do(GRANTS.at("ada"), appointing(RoleName("platform_admin"), tenant=PLATFORM), caller(PLATFORM))
        with pytest.raises(Rejected):
            await do(GRANTS.at("ada"), appointing(RoleName("platform_admin"), tenant=TENANT), caller())
        held = await do.look(TENANT, GRANTS.at("ada"))
        assert held.grants == {Grant(RoleName("tenant_admin"))}
