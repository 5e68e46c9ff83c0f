"""Every route, visited by every role: who is let in is who was declared to be."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4

import pytest

from api.app import routes
from api.http.routes import Route
from application.ledger import PLATFORM
from application.permissions import (
    BUILT_IN,
    EVERYONE,
    GUARDIAN,
    PLATFORM_ADMIN,
    TENANT_ADMIN,
    Permission,
    permissions,
)
from tests.api.people import Person, appoint, unhurried
from tests.api.serving import Served
from tests.proves import proves
from tests.servers import PostgresForTests

SCHOOL = uuid4()
TENANTS = (SCHOOL, PLATFORM)
NOBODY = "nobody"
WARD = str(uuid4())
STRANGER = str(uuid4())

About = Literal["themselves", "their ward", "a stranger"]
GUARDED = [route for route in routes() if route.requires is not None]


class Visit(NamedTuple):
    tenant: UUID
    role: str
    route: str
    about: About


def about_a_person(route: Route) -> bool:
    return any(place.kind == "person:" for place in route.places)


def declared(permission: Permission, visit: Visit, route: Route) -> bool:
    """What the matrix says: who holds it everywhere, who for themselves, who for whom they look after."""
    admins = {PLATFORM_ADMIN} if permission.platform else {PLATFORM_ADMIN, TENANT_ADMIN}
    if EVERYONE in permission.roles or visit.role in admins:
        return True
    if not about_a_person(route):
        return visit.role in permission.roles and visit.role != GUARDIAN
    match visit.about:
        case "themselves" if visit.role in permission.own or EVERYONE in permission.own:
            return True
        case "their ward" if visit.role == GUARDIAN:
            return GUARDIAN in permission.roles
        case _:
            return visit.role in permission.roles and visit.role != GUARDIAN


def request_of(route: Route, person: Person, about: About) -> dict[str, Any]:
    """A request that is let in or not, and in any case does nothing: a command without a key is not done."""
    who = {"themselves": person.id, "their ward": WARD, "a stranger": STRANGER}[about]
    said = {place.name: who if place.kind == "person:" else "example" for place in route.places}
    path = route.path
    for name in route.in_path:
        path = path.replace(f"{{{name}}}", said.get(name, "example"))
    if route.method == "GET":
        return {"method": "GET", "url": path}
    in_body = {place.name: said[place.name] for place in route.places if place.in_body}
    return {"method": "POST", "url": path, "json": {**(route.body_example or {}), **in_body}}


def let_in(person: Person, route: Route, about: About) -> bool:
    """Whether they pass the gate; what they are told behind it is another matter."""
    with person.stream(**request_of(route, person, about)) as answer:
        if answer.status_code < 400:
            return True
        answer.read()
        code: str = answer.json()["code"]
        assert answer.status_code < 500, answer.text
        assert not code.startswith("token."), answer.text
        return code != "permission.missing"


def visits(person: Person, role: str) -> Iterator[tuple[Visit, bool]]:
    for route in GUARDED:
        every: tuple[About, ...] = ("themselves", "their ward", "a stranger")
        for about in every if about_a_person(route) else every[2:]:
            yield Visit(person.tenant, role, route.template, about), let_in(person, route, about)


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, unhurried(database) as processes:
        yield processes[0]


@pytest.fixture(scope="module")
def people(served: Served) -> Generator[dict[tuple[UUID, str], Person]]:
    """Somebody in each role, in two tenants, and somebody in none."""
    with ExitStack() as stack:
        found: dict[tuple[UUID, str], Person] = {}
        for tenant in TENANTS:
            for role in (NOBODY, *BUILT_IN):
                if role == PLATFORM_ADMIN and tenant != PLATFORM:
                    continue
                person = found[tenant, role] = stack.enter_context(Person(served, tenant))
                if role != NOBODY:
                    appoint(served, person, role, f"person:{WARD}" if role == GUARDIAN else None)
        yield found


@pytest.fixture(scope="module")
def visited(people: dict[tuple[UUID, str], Person]) -> dict[Visit, bool]:
    return {visit: passed for (_, role), person in people.items() for visit, passed in visits(person, role)}


BY_TEMPLATE = {route.template: route for route in GUARDED}


@proves("access.rbac")
def test_every_role_is_let_in_where_the_matrix_says_so_and_nowhere_else(visited: dict[Visit, bool]) -> None:
    wrong = [
        visit
        for visit, passed in visited.items()
        for route in (BY_TEMPLATE[visit.route],)
        if passed != declared(permissions()[route.requires or ""], visit, route)
    ]
    assert not wrong
    assert {visit.role for visit in visited} == {NOBODY, *BUILT_IN}
    assert {visit.tenant for visit in visited} == set(TENANTS)
    assert {visit.route for visit in visited} == {route.template for route in GUARDED}


@proves("access.rbac", "access.custom_roles")
def test_what_one_is_told_one_may_is_what_routes_enforce(
    people: dict[tuple[UUID, str], Person], visited: dict[Visit, bool]
) -> None:
    for (tenant, role), person in people.items():
        told = {(row["permission"], row["scope"]) for row in person.get("/api/me/permissions").json()["permissions"]}
        whose = {"themselves": person.id, "their ward": WARD, "a stranger": STRANGER}
        for visit, passed in visited.items():
            if (visit.tenant, visit.role) == (tenant, role):
                route = BY_TEMPLATE[visit.route]
                scopes = {None, f"person:{whose[visit.about]}"} if about_a_person(route) else {None}
                assert passed == any((route.requires, scope) in told for scope in scopes), visit


@proves("access.rbac")
def test_a_route_without_a_declared_policy_is_noticed() -> None:
    """What any route requires is declared, with the roles that permit it; what requires nothing says so by its kind."""
    assert {route.requires for route in GUARDED} <= permissions().keys()
    assert {route.section for route in routes() if route.requires is None} <= {"Service", "Entrances"}
    for permission in permissions().values():
        assert permission.what.endswith(".")
        assert {*permission.roles, *permission.own} <= {*BUILT_IN, EVERYONE}
