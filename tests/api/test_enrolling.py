"""Enrolling in sections over HTTP: the last seat, the waitlist, payment, leaving and coming back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint
from tests.api.serving import LESSONS, Client, Served
from tests.api.visiting import refused
from tests.api.waiting import becomes
from tests.proves import proves

SOON_S = 15.0


def done(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def offer(client: Client, section: str = "evening", course: str = "art", capacity: int = 1, **more: Any) -> int:
    return done(
        client.command("/api/seats/offer", {"section": section, "course": course, "capacity": capacity, **more})
    )


def take(client: httpx.Client, learner: str, section: str = "evening", course: str = "art") -> httpx.Response:
    path = f"/api/courses/{course}/sections/{section}/learners/{learner}/enroll"
    return client.post(path, json={}, headers={"Idempotency-Key": str(uuid4())})


def statuses(client: Client, position: int = 0, course: str = "art", **asked: Any) -> dict[str, str]:
    """Everyone on the roster, and how they stand."""
    asked = {"min_position": position, "limit": 200, **asked}
    rows = client.get(f"/api/courses/{course}/roster", params=asked).json()["rows"]
    return {row["learner"]: row["status"] for row in rows}


soon = partial(becomes, SOON_S)


def may_open(client: Client, person: str, position: int = 0, course: str = "art") -> tuple[bool, str]:
    answer = client.get(f"/api/courses/{course}/access/{person}", params={"min_position": position}).json()
    return answer["open"], answer["why"]


@proves("enroll.user")
def test_of_two_who_race_for_the_last_seat_one_wins_and_the_other_waits(api: Served) -> None:
    tenant = uuid4()
    with Client(api, tenant) as client, ThreadPoolExecutor(8) as pool:
        offer(client, capacity=3)
        racers = [f"racer-{number}" for number in range(8)]
        position = max(done(answer) for answer in pool.map(partial(take, client), racers))
        seen = statuses(client, position)
        assert sorted(seen.values()) == ["learning"] * 3 + ["waitlisted"] * 5
        facts = client.get("/api/facts", params={"stream": "seats:evening", "limit": 200}).json()["facts"]
        assert len([fact for fact in facts if fact["type"] == "enrollments.SeatTaken"]) == 3
        waiting = [fact["data"]["learner"] for fact in facts if fact["type"] == "enrollments.WaitlistJoined"]
        first_out = next(racer for racer in racers if seen[racer] == "learning")
        done(client.command(f"/api/enrollments/art/{first_out}/withdraw", {"reason": "no time"}))
        seen |= {first_out: "withdrew", waiting[0]: "learning"}
        soon(lambda: statuses(client), seen)
        done(client.command(f"/api/enrollments/art/{waiting[1]}/withdraw", {"reason": "no time"}))
        seen |= {waiting[1]: "withdrew"}
        soon(lambda: statuses(client), seen)
        done(client.command("/api/seats/evening/resize", {"capacity": 5}))
        seen |= {waiting[2]: "learning", waiting[3]: "learning"}
        soon(lambda: statuses(client), seen)
        assert statuses(client, section="morning") == {}


@proves("enroll.user")
def test_a_closed_section_an_unknown_one_and_a_duplicate_are_refused(client: Client) -> None:
    offer(client, capacity=5)
    offer(client, "morning", capacity=5)
    offer(client, "past", ends="2020-01-01T00:00:00Z")
    refused(take(client, "ada", "nowhere"), 404, "section.not_found")
    refused(take(client, "ada", "evening", "chess"), 404, "section.not_found")
    refused(take(client, "ada", "past"), 409, "section.closed")
    first = done(take(client, "ada"))
    again = take(client, "ada").json()
    assert (again["version"], again["position"] >= first) == (1, True)
    refused(take(client, "ada", "morning"), 409, "enrollment.in_other_section")
    done(client.command("/api/seats/evening/close"))
    refused(take(client, "ben"), 409, "section.closed")


@proves("enroll.user")
def test_prerequisites_are_asked_of_everyone(client: Client) -> None:
    offer(client, capacity=5)
    done(client.command("/api/courses/art/prerequisites", {"courses": ["drawing"]}))
    refused(take(client, "ada"), 409, "enrollment.prerequisite_missing")
    client.enroll("drawing", "ada")
    refused(take(client, "ada"), 409, "enrollment.prerequisite_missing")
    for lesson in LESSONS:
        done(client.command(f"/api/enrollments/drawing/ada/lessons/{lesson}/complete"))
    done(take(client, "ada"))
    refused(client.command("/api/courses/art/prerequisites", {"courses": ["art"]}), 409, "terms.circular")


@proves("enroll.user")
def test_a_student_enrols_themselves_and_nobody_else(api: Served) -> None:
    tenant = uuid4()
    with Client(api, tenant) as client, Person(api, tenant) as ada:
        offer(client, capacity=5)
        appoint(api, ada, "student")
        position = done(take(ada, ada.id))
        refused(take(ada, str(uuid4())), 403, "permission.missing")
        assert statuses(client, position) == {ada.id: "learning"}
        mine = ada.get(f"/api/learners/{ada.id}/courses", params={"min_position": position}).json()["rows"]
        assert [(row["course"], row["section"], row["status"]) for row in mine] == [("art", "evening", "learning")]
        assert ada.get(f"/api/courses/art/access/{ada.id}").json()["open"]
        assert ada.get(f"/api/courses/art/access/{uuid4()}").status_code == 403


@proves("enroll.withdraw")
@pytest.mark.parametrize("resumes", [False, True])
def test_who_withdraws_is_shut_out_at_once_and_may_return(client: Client, *, resumes: bool) -> None:
    client.command("/api/settings", {"settings": {"returning_resumes": resumes}})
    client.enroll()
    position = done(client.command("/api/enrollments/art/ada/lessons/one/complete"))
    assert may_open(client, "ada", position) == (True, "learning")
    position = done(client.command("/api/enrollments/art/ada/withdraw", {"reason": "moved away"}))
    assert may_open(client, "ada", position) == (False, "withdrew")
    facts = client.get("/api/facts", params={"stream": "enrollment:art:ada"}).json()["facts"]
    assert facts[-1]["data"]["reason"] == "moved away"
    position = done(client.enroll())
    (row,) = client.get("/api/learners/ada/courses", params={"min_position": position}).json()["rows"]
    assert row["done"] == (["one"] if resumes else [])
    assert may_open(client, "ada") == (True, "learning")


@proves("enroll.withdraw", "enroll.access_check")
def test_who_is_suspended_is_shut_out_until_reinstated(client: Client) -> None:
    client.enroll()
    position = done(client.command("/api/enrollments/art/ada/suspend", {"reason": "fees are due"}))
    assert may_open(client, "ada", position) == (False, "suspended")
    assert statuses(client, position, status="suspended") == {"ada": "suspended"}
    refused(client.command("/api/enrollments/art/ada/lessons/one/complete"), 409, "enrollment.not_possible")
    position = done(client.command("/api/enrollments/art/ada/reinstate"))
    assert may_open(client, "ada", position) == (True, "learning")
    refused(client.command("/api/enrollments/art/ben/suspend", {"reason": "x"}), 409, "enrollment.not_possible")
