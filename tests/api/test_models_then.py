"""A read model as it was, and what became another in it since: told over HTTP to who may read it, within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.aside import TooMuch
from adapters.postgres.connect import connect, lending
from adapters.postgres.exporting import Exporter
from api.http.asides import BOUNDS, ROWS_MAX, Asides, few
from api.http.problems import Refused
from bench.facts import TENANT
from tests.api.serving import LESSONS, Client, Served, serving
from tests.api.visiting import refused
from tests.proves import proves
from tests.replay.living import keys_of
from tests.replay.told import tell
from tests.servers import Database

ROSTER = "/api/facts/models/enrollments.roster"
APART = f"{ROSTER}/differences"


def learners(answer: Any) -> list[tuple[str, str, int]]:
    return [(row["row"]["learner"], row["row"]["status"], row["row"]["done"]) for row in answer["rows"]]


@proves("audit.replay")
def test_a_read_model_is_shown_as_it_was_to_who_may_read_it(api: Served, client: Client) -> None:
    begun = client.enroll().json()["position"]
    lessons = [client.command(f"/api/enrollments/art/ada/lessons/{one}/complete").json() for one in LESSONS]
    done = lessons[-1]["position"]
    late = client.enroll(learner="ben").json()["position"]
    facts = client.get("/api/facts", params={"stream": "enrollment:art:ada"}).json()["facts"]

    first = client.get(ROSTER, params={"position": begun})
    assert learners(first.json()) == [("ada", "learning", 0)]
    assert first.json()["stood"] == {"position": begun, "facts": 1, "left_out": []}
    halfway = client.get(ROSTER, params={"at": facts[1]["at"]}).json()
    assert learners(halfway) == [("ada", "learning", 1)]
    assert halfway["stood"]["position"] == facts[1]["position"]
    assert learners(client.get(ROSTER, params={"position": begun - 1}).json()) == []
    now = client.get(ROSTER).json()
    assert learners(now) == [("ada", "graduated", 2), ("ben", "learning", 0)]
    live = client.get("/api/courses/art/roster", params={"min_position": late}).json()["rows"]
    told = ("learner", "status", "lessons", "done", "until", "section")
    assert [[row["row"][name] for name in told] for row in now["rows"]] == [
        [row[name] for name in told] for row in live
    ]

    since = client.get(APART, params={"before_at": facts[1]["at"], "after_position": done}).json()
    (one,) = since["differences"]
    assert (one["table"], one["before"]["done"], one["after"]["done"]) == ("roster", 1, 2)
    assert (since["before"]["facts"], since["after"]["facts"]) == (2, 4)
    (added,) = client.get(APART, params={"before_position": done}).json()["differences"]
    assert ("before" in added, added["after"]["learner"]) == (False, "ben")
    assert client.get(APART, params={"before_position": late}).json()["differences"] == []

    refused(client.get(APART), 400, "request.invalid")
    refused(client.get("/api/facts/models/enrollments.nothing"), 404, "model.not_found")
    with Client(api, uuid4()) as other:
        assert other.get(ROSTER).json()["rows"] == []
        assert other.get(APART, params={"before_position": 0}).json()["differences"] == []
    with Client(api, client.tenant, "facts.read", "enrollments.read") as blind:
        # Whose account is closed is not theirs to know, and the roster is made of it.
        refused(blind.get(ROSTER), 404, "model.not_found")
        refused(blind.get(APART, params={"before_position": 0}), 404, "model.not_found")


@proves("audit.replay")
def test_what_is_personal_in_a_model_is_shown_to_who_may_open_it(api: Served, client: Client) -> None:
    directory = "/api/facts/models/identity.directory"
    invited = client.command("/api/people", {"address": "ada@school.example", "name": "Ada Lovelace"}).json()
    shown = client.get(directory, params={"position": invited["position"]})
    assert "Ada Lovelace" in shown.text
    with Client(api, client.tenant, "facts.read", "identity.read", "access.read") as analyst:
        answer = analyst.get(directory)
        refused(answer, 403, "permission.missing")
        assert "Ada" not in answer.text


def test_what_is_more_than_is_told_over_http_is_refused(database: Database) -> None:
    tell(database, BOUNDS.facts + 1)
    with serving(database) as (api,), Client(api, TENANT) as client:
        client.timeout = 120
        refused(client.get(ROSTER), 422, "aside.too_much")
        answer = client.get(ROSTER, params={"position": 3})
        assert len(answer.json()["rows"]) == 3


async def test_one_is_served_at_a_time_and_no_more_rows_than_one_answer_tells(database: Database) -> None:
    async def as_projector() -> Any:
        return await connect(database.dsn("projector"))

    asides = Asides(as_projector, Exporter(lending(database.dsn("auditor"))), keys_of(database))
    async with asides.lend():
        with pytest.raises(Refused, match="another read model is being built"):
            async with asides.lend():
                pass
    async with asides.lend():
        pass  # The one before is done.

    async def rows(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    assert len(await few(rows(ROWS_MAX))) == ROWS_MAX
    with pytest.raises(TooMuch):
        await few(rows(ROWS_MAX + 1))
