"""A letter on its way through a real worker: to a server that comes back, and to one that says no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.jobs import PostgresJobs
from adapters.postgres import arrays
from adapters.postgres.followers.writing import Place, write
from api.cli import main
from application.enrollments import Welcome, send_welcome
from application.jobs import Errand
from application.policies import Ordered
from domain.kernel import CourseId, LearnerId
from tests.followers.running import TENANT, rows, until
from tests.followers.test_engines import HOUSE
from tests.letters.writing import WINTER
from tests.mailbox import Mailbox
from tests.proves import proves
from tests.servers import Database

LEARNER = LearnerId("ada")
ADDRESS = f"{LEARNER}@{TENANT}.invalid"
WAITING = """
select (message #>> '{options,retries}')::int, extract(epoch from available_at - mtime)::float
from jobs.queue where queue_name = 'default.DQ' and state = 'queued'
"""


@contextmanager
def worker(database: Database, mailbox: Mailbox, log: Path) -> Generator[None]:
    """A worker that gives letters to this server."""
    environment = {**os.environ, **mailbox.settings, "DATABASE_URL": database.url, "LOG_FORMAT": "json"}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "api.cli", "worker"], cwd=HOUSE, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


async def order(database: Database) -> UUID:
    """Order a letter, as a policy does."""
    errand = Errand(uuid4(), TENANT, uuid4(), uuid4(), WINTER, Welcome(CourseId("art"), LEARNER, 2))
    changes = await PostgresJobs().enqueue([Ordered(send_welcome.name, errand)])
    async with await database.connect("projector") as connection:
        await connection.execute("insert into followers.checkpoints values ('letters', 0, 0)")
        arrays.register(connection)
        await write(connection, changes, Place("letters", 0, 0), 1)
    return errand.id


async def queue_is_empty(database: Database) -> bool:
    return await rows(database, "select from jobs.queue") == []


@proves("ops.jobs")
async def test_a_letter_waits_for_a_server_that_is_away_and_arrives_when_it_is_back(
    database: Database, unused_port: int, tmp_path: Path
) -> None:
    mailbox = Mailbox(unused_port)
    id_ = await order(database)
    pauses: dict[int, float] = {}

    async def tried_again() -> bool:
        pauses.update(await rows(database, WAITING))
        return {1, 2} <= pauses.keys()

    with worker(database, mailbox, tmp_path / "log"):
        await until(tried_again, 60)
        assert 0.9 <= pauses[1] <= 2.1
        assert 1.9 <= pauses[2] <= 4.1, "it waits longer each time"
        with mailbox.open():
            await until(lambda: queue_is_empty(database), 30)
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "You are enrolled on art")
    assert mail["Message-ID"] == f"<{id_}@school.example>"
    said = (tmp_path / "log").read_text()
    assert "the mail server cannot be reached" in said
    assert ADDRESS not in said


@proves("ops.jobs")
async def test_a_letter_that_is_refused_for_good_is_a_dead_letter_which_an_operator_may_try_again(
    database: Database,
    mailbox: Mailbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    mailbox.answers["RCPT"] = "550 5.1.1 <{address}>: we know no {address}"
    id_ = await order(database)

    def dead() -> list[dict[str, Any]]:
        capsys.readouterr()
        assert main(["jobs", "dead", "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    async def given_up() -> bool:
        return dead() != []

    with worker(database, mailbox, tmp_path / "log"):
        await until(given_up, 60)
        (letter,) = dead()
        assert (letter["id"], letter["job"], letter["state"]) == (str(id_), "enrollments.send_welcome", "dead")
        assert letter["tries"] == mailbox.tried == 1, "it is not tried again"
        assert "the mail server refused the recipient: 550 5.1.1" in letter["error"]
        assert ADDRESS not in json.dumps(letter)

        mailbox.answers.clear()
        assert main(["jobs", "retry", str(id_), "--by", "operator:eve"]) == 0
        await until(lambda: queue_is_empty(database), 30)
    (mail,) = mailbox.mails
    assert mail["To"] == ADDRESS
    assert ADDRESS not in (tmp_path / "log").read_text()
