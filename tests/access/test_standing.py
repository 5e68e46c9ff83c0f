"""How those who ask stand is remembered, and what is remembered stays true."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from adapters.postgres.followers.hearing import Ears
from adapters.postgres.followers.watch import HeadWatch
from application.do import Do
from application.ledger import PLATFORM, TenantId
from application.permissions import EVERYONE, PLATFORM_ADMIN, built_in
from application.standing import Condition, Ground, Lapse, Principal, Who, hears, standing_of
from application.standing.memory import Standings
from domain.access.grants import Grant
from domain.access.role import RemovePermissions
from domain.enrollments.enrollment import ENROLLMENT, Outside, Withdraw
from domain.enrollments.events import LearnerWithdrew
from domain.kernel import PersonId
from tests.access.asking import ALGEBRA, ENROLL, MARKER, READ, change, define, grant, withdraw
from tests.followers.running import TENANT, caller, enroll, until, writing
from tests.proves import proves
from tests.servers import Database


def asked(person: str | None = "ada", *, session: str | None = None, can: frozenset[str] | None = None) -> Who:
    token = uuid4()
    name = person or "machine"
    return Who(
        tenant=TENANT,
        name=name,
        token=token,
        expires_at=0.0,
        account=name,
        key=f"{name}/{token}",
        person=None if person is None else PersonId(person),
        session=session,
        can=can,
    )


@hears(LearnerWithdrew)
def the_session_is_open(who: Who) -> Ground | None:
    """As a session would be: it is open until it is left."""
    return None if who.session is None else Ground(TENANT, ENROLLMENT.at("art", who.session), _left)


def _left(state: Any) -> Lapse | None:
    return Lapse("token.refused", "the session has ended") if isinstance(state, Outside) else None


@hears(LearnerWithdrew)
def the_tenant_is_active(who: Who) -> Ground:
    """As a tenant would be that can be suspended."""
    return Ground(TenantId(who.tenant), ENROLLMENT.at("tenants", "ours"), _suspended)


def _suspended(state: Any) -> Lapse | None:
    lapse = Lapse("tenant.suspended", "this school is suspended", frozenset({"facts.read"}))
    return lapse if isinstance(state, Outside) else None


@asynccontextmanager
async def standing(
    database: Database, do: Do, conditions: Sequence[Condition] = (the_session_is_open,)
) -> AsyncGenerator[tuple[Standings, Ears]]:
    """The memory of a process, which hears."""

    async def connect() -> Any:
        return await database.connect("app")

    async with HeadWatch(connect) as watch:
        ears = Ears(connect, watch)
        standings = Standings(do.look, ears.attentive, conditions)
        ears.listen(standings.types, standings.hear)
        hearing = asyncio.create_task(ears.run())
        try:
            yield standings, ears
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)


async def until_attentive(ears: Ears) -> None:
    async def heard() -> bool:
        return ears.attentive()

    await until(heard)


async def until_forgotten(standings: Standings, who: Who) -> None:
    async def forgotten() -> bool:
        return standings.now(who) is None

    await until(forgotten)


def may(principal: Principal) -> tuple[set[str], dict[str, set[str]]]:
    """What somebody may, without what everybody may."""
    everywhere = set(principal.standing.everywhere - built_in(EVERYONE))
    return everywhere, {scope: set(some) for scope, some in principal.standing.within.items() if "course" in scope}


async def test_it_is_looked_up_once_and_again_when_something_moved(database: Database) -> None:
    async with writing(database) as do, writing(database) as elsewhere, standing(database, do) as (standings, ears):
        await until_attentive(ears)
        who = asked()
        assert standings.now(who) is None
        await define(do, MARKER, READ)
        first = await standings.look(who)
        assert may(first) == (set(), {})
        assert standings.now(who) is first
        await grant(elsewhere, "ada", MARKER, ALGEBRA)
        await until_forgotten(standings, who)
        assert may(await standings.look(who)) == (set(), {ALGEBRA: {READ}})
        await change(elsewhere, MARKER, RemovePermissions(frozenset({READ})))
        await until_forgotten(standings, who)
        assert may(await standings.look(who)) == (set(), {})


async def test_nobody_else_is_forgotten(database: Database) -> None:
    async with writing(database) as do, standing(database, do) as (standings, ears):
        await until_attentive(ears)
        do.on_kept(standings.kept)
        ada, ben = asked("ada"), asked("ben")
        await standings.look(ada)
        other = await standings.look(ben)
        await grant(do, "ada", "student")
        assert standings.now(ada) is None
        assert standings.now(ben) is other


@proves("access.rbac")
async def test_whatever_moves_while_it_is_looked_up_is_seen(database: Database) -> None:
    """Two processes grant and withdraw while a third looks: in the end it knows what the ledger says."""
    async with writing(database) as do, standing(database, do) as (standings, ears):
        await until_attentive(ears)
        await define(do, MARKER, READ)
        person = [asked(f"person-{number}") for number in range(5)]

        async def edit(seed: int) -> None:
            chance = random.Random(seed)  # noqa: S311 — a story, not a secret
            async with writing(database) as elsewhere:
                for _ in range(60):
                    edited = chance.choice((grant, withdraw))
                    await edited(elsewhere, chance.choice(person).name, MARKER, chance.choice((None, ALGEBRA)))

        async def look() -> None:
            while True:
                await asyncio.gather(*(standings.look(one) for one in person))
                await asyncio.sleep(0)

        looking = asyncio.create_task(look())
        await asyncio.gather(edit(1), edit(2))

        async def true() -> bool:
            fresh = Standings(do.look, lambda: False)
            told = [(standings.now(one), await fresh.look(one)) for one in person]
            return all(known is not None and known.standing == now.standing for known, now in told)

        await until(true)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


@proves("access.rbac")
async def test_a_condition_ends_it_and_spares_what_it_says(database: Database) -> None:
    conditions = (the_session_is_open, the_tenant_is_active)
    async with writing(database) as do, standing(database, do, conditions) as (standings, ears):
        await until_attentive(ears)
        await enroll(do, "session-1")
        await enroll(do, "ours", "tenants")
        person, machine = asked(session="session-1"), asked(None, can=frozenset({"*"}))
        assert (await standings.look(person)).standing.lapse is None
        assert (await standings.look(machine)).may(ENROLL)
        ending = asyncio.create_task(standings.ended(await standings.look(person)))
        await do(ENROLLMENT.at("art", "session-1"), Withdraw("logged out"), caller())
        await asyncio.wait_for(ending, 5)
        lapse = (await standings.look(person)).standing.lapse
        assert lapse is not None
        assert lapse.code == "token.refused"
        assert (await standings.look(machine)).standing.lapse is None
        await do(ENROLLMENT.at("tenants", "ours"), Withdraw("not paid"), caller())
        await until_forgotten(standings, machine)
        suspended = (await standings.look(machine)).standing.lapse
        assert suspended is not None
        assert suspended.spares == {"facts.read"}


async def test_who_hears_nothing_remembers_nothing(database: Database) -> None:
    async with writing(database) as do, writing(database) as elsewhere:
        standings = Standings(do.look, lambda: False)
        who = asked()
        assert may(await standings.look(who)) == (set(), {})
        assert standings.now(who) is None
        await grant(elsewhere, "ada", "analyst")
        assert (await standings.look(who)).may(READ)


async def test_a_key_of_a_person_is_good_for_no_more_than_it_says(database: Database) -> None:
    async with writing(database) as do:
        standings = Standings(do.look, lambda: False)
        await grant(do, "ada", "staff")
        await grant(do, "ada", "staff", ALGEBRA)
        key = asked(can=frozenset({"enrollments.read", "facts.*"}))
        assert may(await standings.look(key)) == ({READ}, {ALGEBRA: {READ}})


def test_an_administrator_of_the_platform_is_nobody_elsewhere() -> None:
    def stands(tenant: UUID) -> frozenset[str]:
        return standing_of(tenant, PersonId("ada"), (Grant(PLATFORM_ADMIN),), {}).everywhere

    assert READ in stands(PLATFORM)
    assert READ not in stands(TENANT)
