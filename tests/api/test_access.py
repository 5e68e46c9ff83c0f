"""Roles over HTTP: what is granted holds where it was granted, at once, and no further than the granter's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest

from api.http.problems import KINDS
from api.queries.access import BECAUSE, EXAMPLE, ROLE
from tests.api.people import Person, appoint, done, refused, unhurried
from tests.api.serving import Client, Served
from tests.proves import proves
from tests.servers import PostgresForTests

WITHIN_S = 1.0
Someone = Callable[..., Person]


@pytest.fixture(scope="module")
def processes(postgres: PostgresForTests) -> Generator[list[Served]]:
    with postgres.database() as database, unhurried(database, count=2) as two:
        yield two


@pytest.fixture
def someone(processes: list[Served]) -> Generator[Someone]:
    """Makes people of one new tenant: `someone("staff", "course:art")`."""
    tenant = uuid4()
    with ExitStack() as stack:

        def make(role: str | None = None, scope: str | None = None) -> Person:
            person = stack.enter_context(Person(processes[0], tenant))
            if role is not None:
                appoint(processes[0], person, role, scope)
            return person

        yield make


@pytest.fixture
def admin(someone: Someone) -> Person:
    return someone("tenant_admin")


def define(admin: Person, name: str, *permissions: str) -> int:
    return done(admin.command("/api/roles", {"name": name, "permissions": permissions}))


def until(answered: Callable[[], httpx.Response], status: int) -> float:
    """Ask until it is answered so; how long it took."""
    begun = time.monotonic()
    while (answer := answered()).status_code != status:
        assert time.monotonic() < begun + 10, answer.text
    return time.monotonic() - begun


@proves("access.custom_roles", "access.rbac")
def test_a_role_on_one_course_is_good_for_that_course_only(admin: Person, someone: Someone) -> None:
    define(admin, "marker", "enrollments.enroll", "enrollments.read")
    person = someone()
    done(admin.grant(person, "marker", "course:art"))
    done(person.enroll("art"))
    refused(person.enroll("botany"), "permission.missing")
    leave = {"reason": "no time"}
    refused(person.command("/api/enrollments/botany/ada/withdraw", leave), "permission.missing")
    refused(person.command("/api/enrollments/art%3Abotany/ada/withdraw", leave), "permission.missing")
    done(person.command("/api/enrollments/art/ada/withdraw", leave))
    assert person.get("/api/courses/art/roster").status_code == 200
    refused(person.get("/api/courses/botany/roster"), "permission.missing")
    refused(person.get("/api/learners/ada/courses"), "permission.missing")
    done(admin.grant(person, "marker", "course:botany"))
    done(person.enroll("botany"))
    refused(person.enroll("chess"), "permission.missing")


@proves("access.custom_roles")
def test_what_is_withdrawn_is_refused_on_the_next_request(admin: Person, someone: Someone) -> None:
    define(admin, "marker", "enrollments.enroll", "enrollments.read")
    person = someone()
    for _ in range(5):
        done(admin.grant(person, "marker"))
        done(person.enroll("art"))
        done(admin.withdraw(person, "marker"))
        refused(person.enroll("art"), "permission.missing")
    done(admin.grant(person, "marker", "course:art"))
    done(person.enroll("art"))
    done(admin.command("/api/roles/marker/permissions/remove", {"permissions": ["enrollments.enroll"]}))
    refused(person.enroll("art"), "permission.missing")
    done(admin.command("/api/roles/marker/permissions/add", {"permissions": ["enrollments.enroll"]}))
    done(person.enroll("art"))
    done(admin.command("/api/roles/marker/retire"))
    refused(person.enroll("art"), "permission.missing")
    refused(person.get("/api/courses/art/roster"), "permission.missing")


@proves("access.custom_roles")
def test_what_is_withdrawn_is_refused_by_every_process_within_a_second(
    processes: list[Served], admin: Person, someone: Someone
) -> None:
    person = someone()
    with Person(processes[1], person.tenant, person.id) as elsewhere:
        for _ in range(5):
            done(admin.grant(person, "instructor"))
            until(lambda: elsewhere.enroll("art"), 200)
            done(admin.withdraw(person, "instructor"))
            assert until(lambda: elsewhere.enroll("art"), 403) < WITHIN_S


@proves("access.custom_roles")
def test_nobody_grants_what_they_lack(admin: Person, someone: Someone) -> None:
    define(admin, "head", "access.grant", "access.define", "enrollments.read")
    define(admin, "marker", "enrollments.enroll")
    head, friend = someone("head"), someone()
    for role in ("marker", "staff", "tenant_admin"):
        refused(head.grant(friend, role), "permission.not_held")
        refused(head.grant(head, role, "course:art"), "permission.not_held")
    refused(head.withdraw(admin, "tenant_admin"), "permission.not_held")
    more = {"permissions": ["enrollments.enroll"]}
    refused(head.command("/api/roles", {"name": "mine", **more}), "permission.not_held")
    refused(head.command("/api/roles/head/permissions/add", more), "permission.not_held")
    done(head.command("/api/roles", {"name": "reader", "permissions": ["enrollments.read"]}))
    done(head.grant(friend, "reader"))
    done(admin.grant(head, "staff", "course:art"))
    done(head.grant(friend, "marker", "course:art"))
    refused(head.grant(friend, "marker", "course:botany"), "permission.not_held")
    refused(friend.grant(friend, "reader"), "permission.missing")


@proves("access.rbac")
def test_no_tenant_makes_administrators_of_the_platform(processes: list[Served], admin: Person) -> None:
    with Client(processes[0], admin.tenant) as operator:
        body = {"role": "platform_admin"}
        refused(operator.command(f"/api/people/{admin.id}/roles/grant", body), "grant.not_here", 409)
    refused(admin.grant(admin, "guardian"), "grant.needs_person", 409)
    refused(admin.command("/api/roles", {"name": "staff", "permissions": ["facts.read"]}), "role.built_in", 409)
    refused(admin.command("/api/roles", {"name": "own", "permissions": ["grades.eat"]}), "permission.unknown", 400)
    refused(admin.grant(admin, "marker", "planet:mars"), "request.invalid", 400)


def same(*answers: httpx.Response) -> None:
    """One answer to all of them, but for the id of the request."""
    said = {(one.status_code, one.content.replace(one.headers["X-Request-Id"].encode(), b"")) for one in answers}
    assert len(said) == 1, said
    assert answers[0].status_code == KINDS["not_found"].status


@proves("access.rbac")
def test_what_is_elsewhere_is_answered_as_what_is_nowhere(
    processes: list[Served], admin: Person, someone: Someone
) -> None:
    person = someone()
    define(admin, "marker", "enrollments.read")
    position = done(admin.grant(person, "marker"))
    with Person(processes[0], uuid4()) as other:
        appoint(processes[0], other, "tenant_admin")
        shown = {"min_position": position}
        same(*(other.get(f"/api/people/{id_}/permissions", params=shown) for id_ in (person.id, str(uuid4()))))
        same(*(other.get(f"/api/roles/{role}/holders", params=shown) for role in ("marker", "nothing")))
        same(*(other.grant(person, role) for role in ("marker", "nothing")))
        same(*(other.command(f"/api/roles/{role}/retire") for role in ("marker", "nothing")))
    assert admin.get(f"/api/people/{person.id}/permissions").status_code == 200


@proves("access.custom_roles")
def test_why_somebody_may_is_explained(admin: Person, someone: Someone) -> None:
    define(admin, "marker", "enrollments.read")
    person = someone()
    done(admin.grant(person, "marker", "course:art"))
    done(admin.grant(person, "student"))
    position = done(admin.grant(person, "marker"))
    told = admin.get(f"/api/people/{person.id}/permissions", params={"min_position": position}).json()
    mine = person.get("/api/me/permissions", params={"min_position": position}).json()
    assert mine["permissions"] == told["permissions"]
    why = {
        (row["permission"], row["scope"]): {(one["role"], one["granted_by"]) for one in row["because"]}
        for row in told["permissions"]
    }
    assert why["enrollments.read", None] == {("marker", admin.id)}
    assert why["enrollments.read", "course:art"] == {("marker", admin.id)}
    assert why["enrollments.read", f"person:{person.id}"] == {("student", admin.id)}
    assert why["access.self", None] == {("everyone", None)}
    assert [(row["role"], row["scope"]) for row in told["roles"]] == [
        ("marker", None),
        ("marker", "course:art"),
        ("student", None),
    ]
    holders = admin.get("/api/roles/marker/holders", params={"min_position": position}).json()["rows"]
    assert {(row["person"], row["scope"], row["granted_by"]) for row in holders} == {
        (person.id, None, admin.id),
        (person.id, "course:art", admin.id),
    }
    listed = admin.get("/api/roles", params={"min_position": position}).json()
    assert [(row["role"], row["holders"]) for row in listed["rows"]] == [("marker", 2)]
    assert set(told) == set(EXAMPLE)
    assert set(told["permissions"][0]) == set(EXAMPLE["permissions"][0])
    assert set(told["permissions"][0]["because"][0]) == set(told["roles"][0]) == set(BECAUSE)
    assert set(listed["rows"][0]) == set(ROLE)
    assert "tenant_admin" in {row["role"] for row in listed["built_in"]}
    assert "enrollments.read" in {row["name"] for row in admin.get("/api/permissions").json()["permissions"]}


@proves("access.custom_roles")
def test_an_edit_of_what_has_moved_on_is_refused(admin: Person, someone: Someone) -> None:
    person = someone()
    position = done(admin.grant(person, "student"))
    version = admin.get(f"/api/people/{person.id}/permissions", params={"min_position": position}).json()["version"]
    done(admin.grant(person, "creator", If_Match=f'"{version}"'))
    refused(admin.grant(person, "analyst", If_Match=f'"{version}"'), "stream.version_moved", 412)
    define(admin, "marker", "enrollments.read")
    done(admin.command("/api/roles/marker/retire", If_Match='"1"'))
    refused(admin.command("/api/roles/marker/retire", If_Match='"1"'), "stream.version_moved", 412)


@proves("access.custom_roles")
def test_a_feed_ends_when_what_it_shows_is_no_longer_permitted(admin: Person, someone: Someone) -> None:
    person = someone("auditor")
    with person.stream("GET", "/api/facts/live", params={"after": 0}) as feed:
        lines: Iterator[str] = feed.iter_lines()
        assert next(lines).startswith("retry")
        done(admin.withdraw(person, "auditor"))
        begun = time.monotonic()
        for _ in lines:
            assert time.monotonic() < begun + WITHIN_S
    refused(person.get("/api/facts/live"), "permission.missing")
