"""Paths over HTTP: staff makes them, learners see what is published."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import pytest

from tests.api.people import Person, appoint
from tests.api.serving import Client, Served, serving
from tests.proves import proves
from tests.servers import PostgresForTests


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, engine=True) as processes:
        yield processes[0]


@proves("path.manage")
def test_a_path_is_made_published_and_retired(served: Served) -> None:
    tenant = uuid4()
    with Client(served, tenant) as staff, Person(served, tenant) as student:
        appoint(served, student, "student")
        assert staff.command("/api/paths", {"path": "pilot", "title": "Pilot"}).status_code == 200
        assert staff.command("/api/paths/pilot/publish").json()["code"] == "path.too_short"
        for course, after in (("stars", []), ("tides", ["stars"])):
            assert staff.command("/api/paths/pilot/steps", {"course": course, "after": after}).status_code == 200
        circle = staff.command("/api/paths/pilot/steps", {"course": "stars", "after": ["tides"]})
        assert (circle.status_code, circle.json()["code"]) == (409, "path.circle")
        assert staff.command("/api/paths/pilot/rule", {"needed": 3}).json()["code"] == "path.rule_unreachable"
        drafted = staff.command("/api/paths/pilot/rule", {"needed": 1}).json()["position"]
        at = {"min_position": drafted}
        (row,) = staff.get("/api/managed-paths", params=at).json()["rows"]
        assert [step["course"] for step in row["steps"]] == ["stars", "tides"]
        assert student.get("/api/paths", params=at).json()["rows"] == []
        assert student.get("/api/managed-paths").json()["code"] == "permission.missing"
        assert student.command("/api/paths/pilot/publish").json()["code"] == "permission.missing"
        published = staff.command("/api/paths/pilot/publish").json()["position"]
        (shown,) = student.get("/api/paths", params={"min_position": published}).json()["rows"]
        assert shown == {**row, "status": "published"}
        assert staff.command("/api/paths/pilot/steps/tides/take").status_code == 200
        retired = staff.command("/api/paths/pilot/retire").json()["position"]
        assert student.get("/api/paths", params={"min_position": retired}).json()["rows"] == []
