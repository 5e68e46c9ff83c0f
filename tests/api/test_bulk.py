"""Many enrolled at once, by list or by file: each row told of, sent twice done once, killed and gone on with."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.settings_agree import DEVELOPMENT_KEY
from application.bulk import ROWS_AT_ONCE
from tests.api.serving import Client, Served, serving, token
from tests.api.test_enrolling import done, offer, soon, statuses
from tests.api.test_sockets import opened
from tests.api.visiting import RATES, refused
from tests.proves import proves
from tests.servers import PostgresForTests, folder

THROUGH_S = 45.0


@pytest.fixture(scope="module")
def api(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, engine=True, worker=True, **RATES) as served:
        yield served[0]


@contextmanager
def worker(served: Served) -> Generator[subprocess.Popen[bytes]]:
    """A worker on the database of an API."""
    with folder() as data:
        given = {"DATABASE_URL": served.database.url, "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY, "ANNALS_DATA": str(data)}
        command = [sys.executable, "-m", "api.cli", "worker"]
        with (
            (data / "worker.log").open("wb") as output,
            subprocess.Popen(command, env={**os.environ, **given}, stdout=output, stderr=output) as process,  # noqa: S603
        ):
            try:
                yield process
            finally:
                process.terminate()
                process.wait(30)


def invite(client: Client, name: str) -> str:
    body = {"address": f"{name}@school.example", "name": name, "username": name}
    answer = client.command("/api/people", body)
    done(answer)
    return str(answer.json()["stream"].partition(":")[2])


def send(client: Client, *, key: str | None = None, **body: Any) -> httpx.Response:
    return client.command("/api/bulk/enrollments", {"course": "art", "lessons": ["one"], **body}, key=key)


def file(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


def bulk_of(answer: httpx.Response) -> str:
    done(answer)
    return str(answer.json()["stream"].partition(":")[2])


def through(client: Client, bulk: str) -> Any:
    """The list when it is through."""
    end = time.monotonic() + THROUGH_S
    found: Any = {}
    while not found.get("finished_at"):
        assert time.monotonic() < end, found
        found = client.get(f"/api/bulk/enrollments/{bulk}").json()
    return found


def outcomes(client: Client, bulk: str, **asked: Any) -> list[tuple[int, str, str | None]]:
    rows = client.get(f"/api/bulk/enrollments/{bulk}/rows", params={"limit": 200, **asked}).json()["rows"]
    return [(row["line"], row["outcome"], row["code"]) for row in rows]


@proves("enroll.bulk")
def test_each_row_of_a_file_is_enrolled_or_told_of_and_the_rest_is_put_right(client: Client) -> None:
    people = {name: invite(client, name) for name in ("ada", "ben", "cy", "dee")}
    offer(client, capacity=2)
    text = (
        "\ufefflearner;address;username\r\n"
        f"{people['ada']};;\r\n"
        ";BEN@school.example;\r\n"
        ";;cy\r\n"
        ";nobody@school.exmaple;\r\n"
        f"{people['ada']};;\r\n"
        ";ada@school.example;\r\n"
    )
    bulk = bulk_of(send(client, section="evening", file=file(text)))
    found = through(client, bulk)
    assert (found["rows"], found["refused"], found["course"], found["section"]) == (6, 2, "art", "evening")
    assert outcomes(client, bulk) == [
        (2, "enrolled", None),
        (3, "enrolled", None),
        (4, "waitlisted", None),
        (5, "refused", "person.unknown"),
        (6, "refused", "row.repeated"),
        (7, "already", None),
    ]
    assert outcomes(client, bulk, outcome="waitlisted") == [(4, "waitlisted", None)]
    expected = {people["ada"]: "learning", people["ben"]: "learning", people["cy"]: "waitlisted"}
    soon(lambda: statuses(client), expected)
    errors = client.get(f"/api/bulk/enrollments/{bulk}/errors")
    assert errors.headers["content-type"].startswith("text/csv")
    lines = errors.text.splitlines()
    assert lines[:2] == ["learner;address;username;error", ";nobody@school.exmaple;;person.unknown"]
    right = errors.text.replace("nobody@school.exmaple", "dee@school.example")
    again = bulk_of(send(client, section="evening", file=file(right)))
    assert through(client, again)["refused"] == 0
    assert outcomes(client, again) == [(2, "waitlisted", None), (3, "already", None)]
    refused(client.get(f"/api/bulk/enrollments/{again}/errors"), 404, "not_found")


@proves("enroll.bulk")
def test_a_list_sent_again_enrols_nobody_twice(client: Client) -> None:
    people = [invite(client, f"person{number}") for number in range(5)]
    key = str(uuid4())
    first, second = send(client, people=people, key=key), send(client, people=people, key=key)
    assert bulk_of(first) == bulk_of(second)
    through(client, bulk_of(first))
    assert [outcome for _, outcome, _ in outcomes(client, bulk_of(first))] == ["enrolled"] * 5
    anew = bulk_of(send(client, people=people))
    through(client, anew)
    assert [outcome for _, outcome, _ in outcomes(client, anew)] == ["already"] * 5
    for person in people:
        facts = client.get("/api/facts", params={"stream": f"enrollment:art:{person}"}).json()["facts"]
        assert [fact["type"] for fact in facts] == ["enrollments.LearnerEnrolled"]


@proves("enroll.bulk")
def test_what_is_no_list_is_refused_and_orders_nothing(api: Served, client: Client) -> None:
    head = api.head()
    for body in ({}, {"file": file("name,mail\nada,x\n")}, {"file": file("")}):
        refused(send(client, **body), 400, "bulk.malformed")
    refused(send(client, file="not base64!"), 400, "request.invalid")
    assert api.head() == head
    refused(client.get("/api/bulk/enrollments/nobody"), 404, "not_found")


@proves("enroll.bulk")
def test_it_is_heard_as_it_goes(client: Client) -> None:
    bulk = bulk_of(send(client, people=[f"unknown-{number}" for number in range(450)]))
    heard: list[Any] = []
    with client.stream("GET", f"/api/bulk/enrollments/{bulk}/live", timeout=THROUGH_S) as feed:
        for line in feed.iter_lines():
            if line.startswith("data: "):
                heard.append(json.loads(line.removeprefix("data: ")))
                if heard[-1]["type"] == "enrollments.BulkEnrollmentFinished":
                    break
    assert [fact["data"]["first"] for fact in heard[:-1]] == list(range(0, 450, ROWS_AT_ONCE))
    assert heard[-1]["data"]["rows"] == 450
    assert through(client, bulk)["refused"] == 450
    assert len(outcomes(client, bulk, outcome="refused")) == 200


@proves("enroll.bulk")
def test_it_is_heard_over_a_websocket_as_well(api: Served, client: Client) -> None:
    bulk = bulk_of(send(client, people=[f"unknown-{number}" for number in range(450)]))
    firsts: list[int] = []
    with opened(api, f"/api/bulk/enrollments/{bulk}/live", token(client.tenant), browser=True) as socket:
        while (message := json.loads(socket.recv(timeout=THROUGH_S)))["event"] == "enrollments.BulkRowsHandled":
            firsts.append(message["data"]["data"]["first"])
    assert firsts == list(range(0, 450, ROWS_AT_ONCE))
    assert (message["event"], message["data"]["data"]["rows"]) == ("enrollments.BulkEnrollmentFinished", 450)


@proves("enroll.bulk")
def test_a_worker_that_is_killed_has_another_go_on_where_it_was(postgres: PostgresForTests) -> None:
    with (
        postgres.database() as database,
        serving(database, engine=True, **RATES) as served,
        Client(served[0], uuid4()) as client,
    ):
        people = [f"nobody-{number}" for number in range(3_000)]
        bulk = bulk_of(send(client, people=people))
        with worker(served[0]) as process:
            end = time.monotonic() + THROUGH_S
            while not client.get(f"/api/bulk/enrollments/{bulk}").json().get("rows", 0):
                assert time.monotonic() < end
            process.kill()
            process.wait()
        with worker(served[0]):
            found = through(client, bulk)
        assert (found["rows"], found["refused"]) == (3_000, 3_000)
        facts = client.get("/api/facts", params={"stream": f"bulk:{bulk}", "limit": 200}).json()["facts"]
        told = [fact["data"]["first"] for fact in facts if fact["type"] == "enrollments.BulkRowsHandled"]
        assert told == list(range(0, 3_000, ROWS_AT_ONCE))


@proves("enroll.group")
def test_a_group_is_enrolled_once_each_and_later_joiners_follow(client: Client) -> None:
    people = [invite(client, f"member{number}") for number in range(3)]
    done(client.command("/api/groups/blue/join", {"members": [*people[:2], "nobody"]}))
    client.enroll(learner=people[0], lessons=["one"])
    enroll = {"course": "art", "lessons": ["one"], "standing": True}
    bulk = bulk_of(client.command("/api/groups/blue/enroll", enroll))
    assert through(client, bulk)["refused"] == 1
    assert sorted((outcome, code) for _, outcome, code in outcomes(client, bulk)) == [
        ("already", None),
        ("enrolled", None),
        ("refused", "person.unknown"),
    ]
    done(client.command("/api/groups/blue/join", {"members": people}))
    soon(lambda: statuses(client), dict.fromkeys(people, "learning"))
    late = invite(client, "late")
    done(client.command("/api/groups/blue/courses/art/end-standing"))
    done(client.command("/api/groups/blue/join", {"members": [late]}))
    done(client.command(f"/api/groups/blue/members/{late}/leave"))
    again = bulk_of(client.command("/api/groups/blue/enroll", enroll))
    assert [outcome for _, outcome, _ in outcomes_when_through(client, again)].count("already") == 3
    assert statuses(client) == dict.fromkeys(people, "learning")
    refused(client.command("/api/groups/green/enroll", enroll), 409, "group.empty")


def outcomes_when_through(client: Client, bulk: str) -> list[tuple[int, str, str | None]]:
    through(client, bulk)
    return outcomes(client, bulk)
