"""Ten thousand people, searched: exactly those, in exactly that order, page by page, soon enough."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from adapters.postgres import arrays
from adapters.postgres.followers.sending import Change, send
from adapters.postgres.questions import Questions
from domain.access.events import RoleGranted, RoleName, Scope
from domain.identity.events import Mark, PersonDeactivated, PersonInvited, PersonRegistered, PersonRemoved
from domain.kernel import PersonId, SecretId
from projections.identity import directory as model
from projections.identity.directory import Sort, Wanted, search
from tests.followers.running import OTHER, TENANT, asking, make_models
from tests.proves import proves
from tests.servers import Database

COUNT = 10_000
OTHERS = 500
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
P95_S_MAX = 0.2
LIMIT = 50
GIVEN = ("Ada", "Åsa", "Björn", "Chloé", "Dirk", "Élise", "Grace", "José", "Łukasz", "Zoë")
FAMILY = ("Byron", "Groß", "Hopper", "Lovelace", "Müller", "Nuñez", "Okafor", "Sørensen", "Żółć")
PLAIN = str.maketrans("åöéóúüñøłżćńëÅÖÉŁŻ", "aoeouunolzcneAOELZ")


def plain(text: str) -> str:
    """A text without case and accents, by other means than the house's."""
    return text.replace("ß", "ss").translate(PLAIN).lower()


class Told(NamedTuple):
    """A fact as a projection sees it."""

    event: Any
    tenant: UUID
    stream: str
    version: int
    at: datetime
    by: str = "head"


class Someone(NamedTuple):
    """One of them, as the oracle knows them."""

    person: str
    name: str
    address: str
    status: str
    since: datetime
    roles: tuple[tuple[str, str | None], ...]

    @property
    def plain(self) -> str:
        return plain(self.name)


def people(count: int, chance: random.Random) -> list[Someone]:
    found: list[Someone] = []
    for number in range(count):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        roles: list[tuple[str, str | None]] = [(chance.choice(("student", "staff", "instructor")), None)]
        if number % 7 == 0:
            roles.append(("assistant", f"department:{chance.choice(('arts', 'science'))}"))
        if number % 501 == 0:
            roles.append(("tenant_admin", None))
        found.append(
            Someone(
                f"person-{chance.randrange(10**9):09}-{number}",
                name,
                f"{chance.choice(('a', 'm', 'z'))}{number}@{chance.choice(('north', 'south'))}.example",
                chance.choice(("active", "active", "active", "deactivated", "invited", "deleted")),
                BEGAN + timedelta(minutes=chance.randrange(200_000)),
                tuple(roles),
            )
        )
    return found


def story(someone: Someone, tenant: UUID) -> list[Told]:
    """The facts that make somebody who they are."""
    person, stream = PersonId(someone.person), f"person:{someone.person}"
    began: PersonInvited | PersonRegistered
    if someone.status == "invited":
        began = PersonInvited(person, someone.address, None, someone.name, Mark("mark"))
    else:
        began = PersonRegistered(person, someone.address, None, someone.name, SecretId("one"), Mark("mark"))
    told = [Told(began, tenant, stream, 1, someone.since)]
    if someone.status == "deactivated":
        told.append(Told(PersonDeactivated(person, "on leave"), tenant, stream, 2, someone.since))
    if someone.status == "deleted":
        told.append(Told(PersonRemoved(person, "left"), tenant, stream, 2, someone.since))
    for role, scope in someone.roles:
        granted = RoleGranted(RoleName(role), None if scope is None else Scope(scope))
        told.append(Told(granted, tenant, f"grants:{person}", 1, someone.since))
    return told


async def fill(database: Database, everyone: Sequence[Someone], tenant: UUID) -> None:
    """Through what makes the model of facts."""
    changes = [
        Change(sql, values, (fact.tenant, fact.stream))
        for someone in everyone
        for fact in story(someone, tenant)
        for sql, values in model.project(fact)
    ]
    async with await database.connect("projector") as connection, connection.transaction():
        arrays.register(connection)
        await connection.execute("select set_config('search_path', 'identity_directory', true)")
        async with connection.pipeline():
            await send(connection, changes)


PLACES: dict[str, Callable[[Someone], Any]] = {
    "name": lambda one: one.plain,
    "address": lambda one: one.address,
    "since": lambda one: one.since,
}


def expected(everyone: Sequence[Someone], wanted: Wanted, sort: Sort) -> list[str]:
    """Who is to be found, by other means."""

    def is_meant(one: Someone) -> bool:
        said = f"{one.plain} {one.address}"
        held = [
            (role, scope)
            for role, scope in one.roles
            if wanted.role in {None, role} and (wanted.scope is None or scope == wanted.scope)
        ]
        return (
            (one.status == wanted.status if wanted.status else one.status != "deleted")
            and all(word in said for word in plain(wanted.named or "").split())
            and (wanted.address or "") in one.address
            and bool(held)
            and (wanted.since is None or one.since >= wanted.since)
            and (wanted.until is None or one.since < wanted.until)
        )

    place = PLACES[sort.removeprefix("-")]
    found = sorted((place(one), one.person) for one in everyone if is_meant(one))
    return [person for _, person in (reversed(found) if sort.startswith("-") else found)]


QUESTIONS: tuple[tuple[Wanted, Sort], ...] = (
    (Wanted(), "name"),
    (Wanted(), "-since"),
    (Wanted("lovelace"), "name"),
    (Wanted("zolc ada"), "-name"),
    (Wanted("groß", status="active"), "since"),
    (Wanted(address="north", role=RoleName("staff")), "address"),
    (Wanted(role=RoleName("tenant_admin")), "name"),
    (Wanted(role=RoleName("assistant"), scope=Scope("department:arts"), status="deactivated"), "-address"),
    (Wanted(since=BEGAN + timedelta(days=30), until=BEGAN + timedelta(days=45)), "-since"),
    (Wanted("e", "z", "active", RoleName("student"), None, BEGAN, BEGAN + timedelta(days=60)), "-name"),
    (Wanted(status="deleted", scope=Scope("department:science")), "name"),
    (Wanted("nobody is called so"), "name"),
)


async def walk(ask: Questions, wanted: Wanted, sort: Sort, times: list[float]) -> list[str]:
    """Everyone who is found, page by page; how long each page took."""
    seen: list[str] = []
    cursor: str | None = None
    while True:
        began = time.perf_counter()
        page = await search(ask, TENANT, wanted, sort=sort, cursor=cursor, limit=LIMIT)
        times.append(time.perf_counter() - began)
        assert len(page.rows) <= LIMIT
        seen += [row.person for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            return seen


@proves("user.search")
async def test_ten_thousand_people_are_searched_exactly_and_soon(database: Database) -> None:
    chance = random.Random("ten thousand")  # noqa: S311 — the same people every time
    everyone = people(COUNT, chance)
    await make_models(database)
    await fill(database, everyone, TENANT)
    await fill(database, [one._replace(name="Ada Lovelace") for one in people(OTHERS, chance)], OTHER)
    times: list[float] = []
    async with asking(database) as ask:
        for wanted, sort in QUESTIONS:
            assert await walk(ask, wanted, sort, times) == expected(everyone, wanted, sort), (wanted, sort)
    assert len(times) > 200
    p95 = sorted(times)[int(len(times) * 0.95)]
    assert p95 <= P95_S_MAX, f"p95 {p95 * 1000:.0f} ms"
