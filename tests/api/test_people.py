"""People looked after over HTTP: invited, revised, found, closed and opened, removed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint
from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES, Visitor, refused
from tests.api.waiting import within
from tests.proves import proves
from tests.servers import PostgresForTests

AT_ONCE_S = 1.0
WHY = {"reason": "on leave"}
NOBODY = str(uuid4())


@pytest.fixture(scope="module")
def two(postgres: PostgresForTests) -> Generator[list[Served]]:
    """Two API processes and an engine on one database."""
    with postgres.database() as database, serving(database, engine=True, count=2, **RATES) as served:
        yield served


@pytest.fixture
def head(two: list[Served]) -> Generator[Client]:
    """Who runs a new school."""
    with Client(two[0], uuid4(), subject="head") as client:
        yield client


def done(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def invite(head: Client, address: str = "ada@school.example", name: str = "Ada", username: str | None = None) -> str:
    answer = head.command("/api/people", {"address": address, "name": name, "username": username})
    done(answer)
    return str(answer.json()["stream"].partition(":")[2])


def seen(head: Client, person: str, position: int = 0) -> dict[str, Any]:
    answer = head.get(f"/api/people/{person}", params={"min_position": position})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(head: Client, position: int = 0, **asked: Any) -> list[str]:
    answer = head.get("/api/people", params={**asked, "min_position": position})
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["rows"]]


@proves("user.crud")
def test_somebody_is_invited_read_revised_and_removed(head: Client) -> None:
    answer = head.command("/api/people", {"address": "ada@school.example", "name": "Ada", "username": "ada"})
    person = answer.json()["stream"].partition(":")[2]
    found = seen(head, person, done(answer))
    assert (found["name"], found["address"], found["username"]) == ("Ada", "ada@school.example", "ada")
    assert (found["status"], found["version"]) == ("invited", 1)
    body = {"name": "Ada King", "given_name": "Ada", "family_name": "King", "phone": "+442079460000"}
    position = done(head.command(f"/api/people/{person}/revise", body, If_Match='"1"'))
    found = seen(head, person, position)
    assert {key: found[key] for key in body} == body
    assert found["version"] == 2
    refused(head.command(f"/api/people/{person}/revise", {"name": "Eve"}, If_Match='"1"'), 412, "stream.version_moved")
    assert seen(head, person)["name"] == "Ada King"
    refused(head.command(f"/api/people/{person}/remove", WHY, If_Match='"1"'), 412, "stream.version_moved")
    position = done(head.command(f"/api/people/{person}/remove", WHY, If_Match='"2"'))
    refused(head.get(f"/api/people/{person}", params={"min_position": position}), 404, "not_found")
    assert names(head) == []
    assert names(head, status="deleted") == ["Ada King"]
    told = head.get("/api/facts", params={"type": "identity.PersonRemoved"}).json()["facts"]
    assert [fact["stream"] for fact in told] == [f"person:{person}"]
    history = head.get(f"/api/people/{person}/status-history").json()["rows"]
    assert [(row["status"], row["reason"], row["by"]) for row in history] == [
        ("invited", None, "head"),
        ("deleted", "on leave", "head"),
    ]


@proves("user.crud")
def test_the_same_invitation_twice_is_one_and_an_address_is_one_persons(head: Client) -> None:
    body = {"address": "ada@school.example", "name": "Ada", "username": "ada"}
    first = head.command("/api/people", body, key="one")
    assert head.command("/api/people", body, key="one").json() == first.json()
    refused(head.command("/api/people", {**body, "address": "ADA@School.example"}), 409, "address.taken")
    refused(head.command("/api/people", {**body, "address": "eve@school.example"}), 409, "username.taken")
    person = first.json()["stream"].partition(":")[2]
    other = invite(head, "ben@school.example", "Ben")
    taken = {"name": "Ben", "address": "ada@school.example"}
    refused(head.command(f"/api/people/{other}/revise", taken), 409, "address.taken")
    done(head.command(f"/api/people/{person}/revise", {"name": "Ada", "address": "ada@home.example"}))
    position = done(head.command(f"/api/people/{other}/revise", taken))
    assert seen(head, other, position)["address"] == "ada@school.example"
    assert seen(head, person)["address"] == "ada@home.example"
    done(head.command(f"/api/people/{person}/remove", WHY))
    invite(head, "ada@home.example", "Another Ada", "ada")


@proves("user.crud")
def test_what_is_not_there_and_what_is_anothers_is_not_found_alike(two: list[Served], head: Client) -> None:
    with Client(two[0], uuid4()) as elsewhere:
        foreign = invite(elsewhere)
        position = done(elsewhere.command(f"/api/people/{foreign}/revise", {"name": "Ada L."}))
        seen(elsewhere, foreign, position)
    for path, body in (
        ("revise", {"name": "Eve"}),
        ("revise", {"name": "Eve", "address": "eve@school.example"}),
        ("remove", WHY),
        ("deactivate", WHY),
        ("activate", WHY),
        ("lock", WHY),
        ("unlock", WHY),
        ("invite-again", None),
    ):
        answers = [head.command(f"/api/people/{who}/{path}", body) for who in (foreign, NOBODY)]
        refused(answers[0], 404, "not_found")
        assert len({answer.text.replace(answer.json()["request"], "") for answer in answers}) == 1
    for path in ("", "/status-history"):
        answers = [head.get(f"/api/people/{who}{path}") for who in (foreign, NOBODY)]
        refused(answers[0], 404, "not_found")
        assert len({answer.text.replace(answer.json()["request"], "") for answer in answers}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Ada", "phone": "020 7946 0000"},
        {"name": "Ada", "phone": "+44 20 7946 0000"},
        {"name": "Ada", "phone": "+999123456789"},
        {"name": "Ada", "phone": "+4412"},
        {"name": "Ada", "shoe_size": 38},
        {"name": " "},
        {"name": "Ada", "address": "nowhere"},
    ],
)
def test_what_nobody_can_be_is_refused(head: Client, body: dict[str, Any]) -> None:
    person = invite(head)
    answer = head.command(f"/api/people/{person}/revise", body)
    assert answer.status_code == 400, answer.text


@proves("user.search")
def test_people_are_searched_by_everything_at_once(two: list[Served], head: Client) -> None:
    ada = invite(head, "ada@north.example", "Ada Lovelace")
    grace = invite(head, "grace@south.example", "Grace Hopper")
    invite(head, "asa@north.example", "Åsa Lovelace")
    with Client(two[0], uuid4()) as elsewhere:
        invite(elsewhere, "ada@north.example", "Ada Lovelace")
    for person, role, scope in ((ada, "staff", "department:arts"), (grace, "staff", None)):
        done(head.command(f"/api/people/{person}/roles/grant", {"role": role, "scope": scope}))
    position = done(head.command(f"/api/people/{ada}/activate", {"reason": "is here"}))
    assert names(head, position) == ["Ada Lovelace", "Åsa Lovelace", "Grace Hopper"]
    assert names(head, sort="-address") == ["Grace Hopper", "Åsa Lovelace", "Ada Lovelace"]
    assert names(head, named="asa lovelace") == ["Åsa Lovelace"]
    assert names(head, role="staff") == ["Ada Lovelace", "Grace Hopper"]
    assert names(head, role="staff", within="department:arts", status="active", address="north") == ["Ada Lovelace"]
    assert names(head, since="2020-01-01T00:00:00Z", until="2021-01-01T00:00:00Z") == []
    first = head.get("/api/people", params={"limit": 2}).json()
    assert [row["name"] for row in first["rows"]] == ["Ada Lovelace", "Åsa Lovelace"]
    rest = head.get("/api/people", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert ([row["name"] for row in rest["rows"]], rest["cursor"]) == (["Grace Hopper"], None)
    refused(head.get("/api/people", params={"sort": "shoe_size"}), 400, "request.invalid")
    wrong = {"sort": "since", "cursor": first["cursor"]}
    refused(head.get("/api/people", params=wrong), 400, "cursor.malformed")


@proves("user.crud", "user.search")
def test_only_those_who_may_look_after_people_do(two: list[Served], head: Client) -> None:
    someone = invite(head)
    with Person(two[0], head.tenant) as staff, Person(two[0], head.tenant) as plain:
        appoint(two[0], staff, "staff")
        for who in (staff, plain):
            refused(who.command(f"/api/people/{someone}/deactivate", WHY), 403, "permission.missing")
            refused(who.command("/api/people", {"address": "a@b.example", "name": "A"}), 403, "permission.missing")
        assert staff.get("/api/people").status_code == 200
        refused(plain.get("/api/people"), 403, "permission.missing")


@contextmanager
def registered(two: list[Served], head: Client, address: str = "ada@school.example") -> Generator[Visitor]:
    """Somebody of the school, who is in."""
    with Visitor(two[0], head.tenant) as visitor:
        assert visitor.register(address).status_code == 200
        assert visitor.log_in(address).status_code == 200
        yield visitor


def is_in(served: Served, visitor: Visitor) -> bool:
    headers = {"Authorization": visitor.headers["Authorization"]}
    return httpx.get(f"{served.url}/api/me/permissions", headers=headers, timeout=10).status_code == 200


@proves("user.account_status")
def test_who_is_deactivated_is_out_everywhere_at_once_and_comes_back(two: list[Served], head: Client) -> None:
    with registered(two, head) as ada:
        assert all(is_in(served, ada) for served in two)
        done(head.command(f"/api/people/{ada.person}/deactivate", WHY))
        within(AT_ONCE_S, lambda: not any(is_in(served, ada) for served in two))
        refused(ada.refresh(), 401, "refresh.refused")
        refused(ada.log_in(), 403, "account.closed")
        position = done(head.command(f"/api/people/{ada.person}/activate", {"reason": "is back"}))
        assert seen(head, ada.person, position)["status"] == "active"
        assert ada.log_in().status_code == 200
        within(AT_ONCE_S, lambda: all(is_in(served, ada) for served in two))
        assert ada.refresh().status_code == 200
        history = head.get(f"/api/people/{ada.person}/status-history").json()["rows"]
        assert [(row["status"], row["reason"]) for row in history] == [
            ("active", None),
            ("deactivated", "on leave"),
            ("active", "is back"),
        ]


@proves("user.account_status")
def test_the_keys_of_who_is_deactivated_open_nothing_until_they_are_back(two: list[Served], head: Client) -> None:
    with registered(two, head) as ada:
        done(head.command(f"/api/people/{ada.person}/roles/grant", {"role": "staff"}))
        issued = ada.enter("/api/security/api-keys", {"name": "robot", "scopes": ["enrollments.read"]})
        assert issued.status_code == 200, issued.text
        headers = {"Authorization": f"Bearer {issued.json()['text']}"}

        def answers() -> set[int]:
            path = "/api/courses/art/roster"
            return {httpx.get(served.url + path, headers=headers, timeout=10).status_code for served in two}

        assert answers() == {200}
        done(head.command(f"/api/people/{ada.person}/deactivate", WHY))
        within(AT_ONCE_S, lambda: answers() == {401})
        done(head.command(f"/api/people/{ada.person}/activate", {"reason": "is back"}))
        within(AT_ONCE_S, lambda: answers() == {200})


@proves("user.account_status")
def test_who_listens_to_the_feed_hears_no_more_when_the_account_is_closed(two: list[Served], head: Client) -> None:
    with registered(two, head) as ada:
        done(head.command(f"/api/people/{ada.person}/roles/grant", {"role": "auditor"}))
        with ada.stream("GET", "/api/facts/live") as feed:
            assert feed.status_code == 200
            lines = feed.iter_lines()
            next(lines)
            done(head.command(f"/api/people/{ada.person}/lock", {"reason": "phished"}))
            for _ in lines:
                pass  # It ends; a feed that did not would run into the time limit of the client.
        refused(ada.log_in(), 403, "account.closed")
        done(head.command(f"/api/people/{ada.person}/unlock", {"reason": "safe again"}))
        assert ada.log_in().status_code == 200


@proves("user.account_status")
def test_who_is_deactivated_leaves_rosters_while_what_they_did_stays(two: list[Served], head: Client) -> None:
    with registered(two, head) as ada:
        done(head.enroll("art", ada.person))
        position = done(head.command(f"/api/enrollments/art/{ada.person}/lessons/one/complete"))
        roster = {"min_position": position}
        assert [row["learner"] for row in head.get("/api/courses/art/roster", params=roster).json()["rows"]] == [
            ada.person
        ]
        position = done(head.command(f"/api/people/{ada.person}/deactivate", WHY))
        assert head.get("/api/courses/art/roster", params={"min_position": position}).json()["rows"] == []
        courses = head.get(f"/api/learners/{ada.person}/courses", params={"min_position": position}).json()["rows"]
        assert [(row["course"], row["done"]) for row in courses] == [("art", ["one"])]
        position = done(head.command(f"/api/people/{ada.person}/activate", {"reason": "is back"}))
        found = head.get("/api/courses/art/roster", params={"min_position": position}).json()["rows"]
        assert [(row["learner"], row["done"]) for row in found] == [(ada.person, 1)]


@proves("user.account_status")
def test_only_legal_changes_of_status_are_made(head: Client) -> None:
    person = invite(head)
    for path in ("lock", "unlock"):
        refused(head.command(f"/api/people/{person}/{path}", WHY), 409, "person.not_possible")
    done(head.command(f"/api/people/{person}/deactivate", WHY))
    refused(head.command(f"/api/people/{person}/lock", WHY), 409, "person.not_possible")
    done(head.command(f"/api/people/{person}/remove", WHY))
    for path in ("activate", "deactivate", "lock", "unlock"):
        refused(head.command(f"/api/people/{person}/{path}", WHY), 409, "person.not_possible")
    refused(head.command(f"/api/people/{person}/deactivate", {}), 400, "request.invalid")


@proves("user.account_status")
def test_many_are_closed_and_opened_together_or_not_at_all(head: Client) -> None:
    people = [invite(head, f"person-{number}@school.example", f"Person {number:02}") for number in range(20)]
    position = done(head.command("/api/people/deactivate", {"people": [*people, people[0]], **WHY}))
    assert len(names(head, position, status="deactivated", limit=200)) == 20
    position = done(head.command("/api/people/activate", {"people": people[:10], "reason": "are back"}))
    assert len(names(head, position, status="active", limit=200)) == 10
    before = head.get("/api/people", params={"limit": 200}).json()["rows"]
    refused(head.command("/api/people/activate", {"people": [*people, NOBODY], **WHY}), 404, "not_found")
    assert head.get("/api/people", params={"limit": 200}).json()["rows"] == before
    too_many = {"people": [str(uuid4()) for _ in range(101)], **WHY}
    refused(head.command("/api/people/deactivate", too_many), 400, "request.invalid")
    refused(head.command("/api/people/deactivate", {"people": [], **WHY}), 400, "request.invalid")


def test_a_hundred_are_closed_together(head: Client) -> None:
    people = [invite(head, f"person-{number}@school.example", f"Person {number}") for number in range(100)]
    position = done(head.command("/api/people/deactivate", {"people": people, **WHY}))
    assert len(names(head, position, status="deactivated", limit=200)) == 100


def test_nobody_shuts_themselves_out(two: list[Served], head: Client) -> None:
    with registered(two, head) as ada:
        done(head.command(f"/api/people/{ada.person}/roles/grant", {"role": "tenant_admin"}))
        for path in ("deactivate", "remove", "lock"):
            refused(ada.command(f"/api/people/{ada.person}/{path}", WHY), 409, "person.oneself")
        refused(ada.command("/api/people/deactivate", {"people": [ada.person], **WHY}), 409, "person.oneself")
