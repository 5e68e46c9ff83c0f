"""Learning over HTTP: pings, completion, and who sees how far whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.ledger import Caller, TenantId
from domain.catalog.events import ModuleId
from domain.catalog.outline import OUTLINE, AddItem, AddModule, Item
from domain.kernel import ItemId
from tests.api.people import Person, appoint
from tests.api.serving import Client, Served, serving
from tests.proves import proves
from tests.servers import Database, PostgresForTests

SOON_S = 30.0


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, engine=True, worker=False) as processes:
        yield processes[0]


def soon(ask: Callable[[], httpx.Response], so: Callable[[Any], bool]) -> Any:
    """What is answered, once it is so."""
    end = time.monotonic() + SOON_S
    while True:
        answer = ask()
        if answer.status_code == 200 and so(answer.json()):
            return answer.json()
        assert time.monotonic() < end, answer.text
        time.sleep(0.05)


async def outline(database: Database, tenant: UUID) -> None:
    """A course of a film that is required, and a text that is not."""

    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        do = Do(ledger)
        caller = Caller(TenantId(tenant), "ada", "test", uuid4())
        await do(OUTLINE.at("art"), AddModule(ModuleId("basics"), "Basics"), caller)
        for item, required in (("film", True), ("text", False)):
            await do(
                OUTLINE.at("art"), AddItem(ItemId(item), ModuleId("basics"), Item("video", item, required)), caller
            )


@proves("progress.content", "progress.course_completion")
def test_a_learner_watches_completes_and_is_seen(served: Served) -> None:
    tenant = uuid4()
    at = "/api/progress/art/ada/items/film"
    body = {"percent": 40, "position": 312, "sitting": "monday", "seconds": 330}
    with Client(served, tenant) as client:
        refused = client.command(f"{at}/ping", body)
        assert (refused.status_code, refused.json()["code"]) == (403, "enrollment.needed")
        assert client.command(f"{at}/complete").status_code == 403
        asyncio.run(outline(served.database, tenant))
        client.enroll("art", "ada")
        grid = soon(lambda: client.get("/api/courses/art/progress"), lambda said: said["items"] and said["rows"])
        assert grid["rows"][0]["cells"] == [None, None]
        assert client.command("/api/progress/art/ada/items/song/ping", body).json()["code"] == "progress.unknown_item"
        assert client.command(f"{at}/ping", {**body, "percent": 101}).json()["code"] == "request.invalid"
        head = served.head()
        for seconds in (330, 335, 340):
            heard = client.command(f"{at}/ping", {**body, "seconds": seconds})
            assert (heard.status_code, heard.json()["version"]) == (200, 0)
        assert served.head() == head
        seen = soon(lambda: client.get("/api/courses/art/progress"), lambda said: said["rows"][0]["cells"][0])
        assert seen["rows"][0]["cells"][0] == {"percent": 40, "done": False, "seconds": 340}
        receipt = client.command(f"{at}/complete").json()
        params = {"min_position": receipt["position"]}
        mine = client.get("/api/learners/ada/progress/art", params=params).json()["course"]
        assert (mine["percent"], [item["percent"] for item in mine["items"]]) == (100, [100, 0])
        (of_all,) = client.get("/api/learners/ada/progress", params=params).json()["rows"]
        assert of_all["items"] == mine["items"]
        graduated = soon(
            lambda: client.get("/api/learners/ada/progress/art"), lambda said: said["course"]["status"] == "graduated"
        )
        assert graduated["course"]["completed_at"] is not None
        streak = soon(lambda: client.get("/api/learners/ada/streak"), lambda said: said["milestones"])
        assert [one["milestone"] for one in streak["milestones"]] == ["first_course"]
        assert streak["days"] >= 1
        assert client.command("/api/progress/art/ada/reassess").status_code == 200
        assert client.get("/api/learners/ben/progress/art").json()["code"] == "progress.not_found"
    with Client(served, tenant, "progress.learn", subject="eve") as eve:
        assert eve.get("/api/learners/ada/progress").status_code == 403


@proves("progress.content")
def test_a_student_sees_their_own_alone(served: Served) -> None:
    tenant = uuid4()
    with Person(served, tenant) as student:
        appoint(served, student, "student")
        assert student.get(f"/api/learners/{student.id}/progress").status_code == 200
        assert student.get(f"/api/learners/{student.id}/streak").status_code == 200
        for path in ("/api/learners/ben/progress", "/api/learners/ben/streak", "/api/courses/art/progress"):
            assert student.get(path).json()["code"] == "permission.missing"
