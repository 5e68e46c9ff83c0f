"""What operators type, and what they are answered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psycopg
import pytest

from adapters.postgres.followers.projector import Projector
from api.cli import main
from projections.enrollments import roster
from projections.model import models
from tests.followers.running import caught_up, enroll, following, make_models, rows, writing
from tests.servers import Database
from tests.vault.opening import OTHER_KEY, TENANT, vault_on


@pytest.fixture
def typed(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Types a command, and gives what it exits with and prints."""
    monkeypatch.setenv("DATABASE_URL", database.url)

    def run(*words: str) -> tuple[int, str]:
        code = main(words)
        return code, capsys.readouterr().out

    return run


async def _project(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)):
        await enroll(do, "ada")
        await caught_up(database, roster.MODEL.name)


def _said(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


async def test_the_list_says_how_far_each_follower_is(database: Database, typed: Any) -> None:
    await _project(database)
    code, output = typed("projections", "list", "--json")
    assert code == 0
    # Of all that are there one has followed, and the others have a fact before them.
    assert {line["follower"]: line["lag"] for line in _said(output)} == {
        model.name: int(model.name != roster.MODEL.name) for model in models()
    }
    code, output = typed("projections", "list")
    assert output.splitlines()[0].split()[:3] == ["follower", "log", "position"]


def test_rebuild_and_verify_say_what_they_found(database: Database, typed: Any) -> None:
    asyncio.run(_project(database))
    assert typed("projections", "rebuild", "enrollments.roster", "--by", "operator:eve")[0] == 0
    same = "enrollments.roster: away: equal\nenrollments.roster: roster: equal\n"
    assert typed("projections", "verify", "enrollments.roster") == (0, same)
    with psycopg.connect(database.dsn("projector"), autocommit=True) as connection:
        connection.execute("update enrollments_roster.roster set done = 9")
    code, output = typed("projections", "verify", "enrollments.roster")
    assert code == 1
    assert output.splitlines()[0] == "enrollments.roster: away: equal"
    assert "DIFFERENT" in output.splitlines()[1]
    assert typed("projections", "rebuild", "nothing")[0] == 1
    assert ("operator:eve", "projections.rebuild") in asyncio.run(
        rows(database, "select by, action from followers.interventions")
    )


def test_what_is_not_there_is_said_plainly(typed: Any) -> None:
    assert typed("parked", "list") == (0, "Nothing is parked.\n")
    assert typed("parked", "retry", "enrollments.roster", "7")[0] == 1
    assert typed("jobs", "list") == (0, "No job waits, runs, or was given up.\n")
    assert typed("jobs", "dead") == (0, "No job was given up.\n")
    assert typed("jobs", "show", "018f0000-0000-7000-8000-000000000001")[0] == 1
    assert typed("jobs", "retry", "018f0000-0000-7000-8000-000000000001")[0] == 1
    assert typed("projections", "pause", "relay")[0] == 0
    assert typed("projections", "resume", "relay")[0] == 0


def test_with_a_key_that_opens_nothing_no_model_is_rebuilt(database: Database, typed: Any) -> None:
    async def keep() -> None:
        async with vault_on(database, OTHER_KEY) as vault:
            await vault.keep(TENANT, "ada", "password", b"hash")

    asyncio.run(keep())
    assert typed("projections", "rebuild", "enrollments.roster")[0] == 1
