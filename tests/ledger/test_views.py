"""What analysts and auditors see without any of our code, and with a little of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.cli import main
from application.do import Do
from domain.enrollments.enrollment import CompleteLesson
from domain.kernel import LessonId, Rejected
from tests.ledger.asking import OTHER_TENANT, TENANT, caller, enroll, enrollment, ledger_on, rows
from tests.servers import Database

Run = Callable[..., list[dict[str, Any]]]


async def live(database: Database, logs: int = 1) -> None:
    async with ledger_on(database.dsn("app"), logs) as ledger:
        do = Do(ledger)
        await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"x"))
        await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller())
        await do(enrollment("bob_"), enroll("bob_"), caller(tenant=OTHER_TENANT))
        with pytest.raises(Rejected):
            await do(enrollment("ada"), CompleteLesson(LessonId("none")), caller())


async def test_an_auditor_asks_in_sql_alone(database: Database) -> None:
    await live(database)
    facts = await rows(
        database.dsn("auditor"),
        "select context, fact, aggregate, data->>'learner' from analysis.facts "
        "where fact = 'LearnerEnrolled' order by position",
    )
    assert facts == [
        ("enrollments", "LearnerEnrolled", "enrollment", "ada"),
        ("enrollments", "LearnerEnrolled", "enrollment", "bob_"),
    ]
    streams = await rows(database.dsn("auditor"), "select stream, version from analysis.streams order by stream")
    assert streams == [("enrollment:art:ada", 2), ("enrollment:art:bob_", 1)]
    trail = await rows(
        database.dsn("auditor"), "select command, outcome, refused_code from analysis.commands order by at"
    )
    assert trail[0] == ("Enroll", "accepted", None)
    assert trail[-1] == ("CompleteLesson", "refused", "enrollment.unknown_lesson")
    types = await rows(database.dsn("auditor"), "select fact, facts from analysis.types order by fact")
    assert types == [("LearnerEnrolled", 2), ("LessonCompleted", 1)]


async def test_the_app_has_no_business_there(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await rows(database.dsn("app"), "select from analysis.facts")


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`annals ...` on the database of this test; what it printed, line by line."""
    monkeypatch.setenv("DATABASE_URL", database.url)

    def run_(*arguments: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert main(arguments) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run_


async def test_facts_are_shown_as_they_are_kept(database: Database, run: Run) -> None:
    await live(database)
    shown = run("facts")
    assert [line["position"] for line in shown] == [1, 2, 3]
    assert shown[0]["data"] == {
        "course": "art",
        "learner": "ada",
        "lessons": ["one", "two"],
        "until": None,
        "track": "main",
        "section": None,
        "payment": None,
        "done": [],
    }
    assert shown[0]["tenant"] == str(TENANT)


async def test_facts_are_chosen(database: Database, run: Run) -> None:
    await live(database)

    def positions(*arguments: str) -> list[int]:
        return [line["position"] for line in run("facts", *arguments)]

    assert positions("--type", "enrollments.LessonCompleted") == [2]
    assert positions("--type", "enrollments.*") == [1, 2, 3]
    assert positions("--type", "enrollments.Less*", "--type", "nothing.*") == [2]
    assert positions("--stream", "enrollment:art:ada") == [1, 2]
    assert positions("--stream", "enrollment:art:b*") == [3]
    assert positions("--stream", "enrollment:art:___") == []
    assert positions("--tenant", str(OTHER_TENANT)) == [3]
    assert positions("--after", "1", "--to", "2") == [2]
    assert positions("--limit", "2") == [1, 2]
    now = datetime.now(UTC)
    assert positions("--since", (now - timedelta(minutes=1)).isoformat()) == [1, 2, 3]
    assert positions("--until", (now - timedelta(minutes=1)).isoformat()) == []
    assert positions("--since", "2020-01-01", "--until", "2020-01-02") == []


async def test_facts_of_many_logs_are_shown_log_by_log(database_of: Callable[[int], Database], run: Run) -> None:
    del run
    database = database_of(3)
    await live(database, 3)
    found = await rows(database.dsn("auditor"), "select log, position from analysis.facts order by 1, 2")
    shown = await annals(database, "facts")
    assert [(line["log"], line["position"]) for line in shown] == found


async def test_facts_still_to_come_are_waited_for(database: Database) -> None:
    following = asyncio.create_task(annals(database, "facts", "--follow", "--to", "3"))
    while not await rows(database.url, "select from pg_stat_activity where application_name = 'annals auditor'"):
        assert not following.done()
    await live(database)
    assert [line["position"] for line in await following] == [1, 2, 3]


async def test_streams_are_shown(database: Database, run: Run) -> None:
    await live(database)
    assert [(line["stream"], line["version"]) for line in run("streams")] == [
        ("enrollment:art:ada", 2),
        ("enrollment:art:bob_", 1),
    ]
    assert [line["stream"] for line in run("streams", "enrollment:art:b")] == ["enrollment:art:bob_"]
    assert run("streams", "--tenant", str(TENANT), "--limit", "1")[0]["stream"] == "enrollment:art:ada"


async def annals(database: Database, *arguments: str) -> list[dict[str, Any]]:
    """`annals ...` as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.cli", *arguments,
        env={"DATABASE_URL": database.url}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]
