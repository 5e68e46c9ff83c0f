"""Kill -9 of the engine while payments are under way: each is captured, entered, and opens its course, once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.settings_agree import DEVELOPMENT_KEY
from tests.api.serving import serving
from tests.payments.paying import COURSE, PRICE, School, soon
from tests.proves import proves
from tests.servers import Database

LEARNERS = 60
KILLS = 6
MOVES_S_MAX = 20.0


@contextmanager
def engine(environment: Mapping[str, str], log: Path) -> Generator[subprocess.Popen[bytes]]:
    """An engine that is killed, and has no time to end well."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "engine"],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
@proves("pay.process", "enroll.paid_activation", "pay.refund", "pay.ledger")
def test_an_engine_that_is_killed_at_any_step_does_everything_once(database: Database, tmp_path: Path) -> None:
    shared: dict[str, Any] = {"SANDBOX_FILE": str(tmp_path / "sandbox.db"), "RATE_LIMIT_COMMAND": "100000"}
    environment = {"DATABASE_URL": database.url, "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY, **shared}
    log = tmp_path / "engine.log"
    with ExitStack() as clients:
        (api,) = clients.enter_context(serving(database, **shared))
        with engine(environment, log):
            school = School(api, clients)
            for number in range(LEARNERS):
                assert school.admin.enroll(COURSE, f"learner-{number}").status_code == 200
        for number in range(LEARNERS):
            path = f"/api/courses/{COURSE}/learners/learner-{number}/pay"
            assert school.admin.command(path, {**PRICE, "method": "sandbox:success"}).status_code == 200
        before = Counter(school.facts())["enrollments.LearnerEnrolled"]
        for _ in range(KILLS):
            have, more = len(school.facts()), random.randint(1, 30)  # noqa: S311
            with engine(environment, log):
                _until_moved(school, have + more)
        with engine(environment, log):
            soon(lambda: Counter(school.facts())["enrollments.LearnerEnrolled"] - before, LEARNERS)
            soon(school.balance, {"gateway_clearing": 4900 * LEARNERS, "revenue": -4900 * LEARNERS})
        told = Counter(school.facts())
        for type_ in ("payments.PaymentCaptured", "payments.EntryRecorded", "enrollments.EnrollmentPaid"):
            assert told[type_] == LEARNERS, told
        assert told["payments.RefundAsked"] == 0, told


def _until_moved(school: School, facts: int) -> None:
    """Wait until there are so many facts, or there is nothing more to come."""
    end = time.monotonic() + MOVES_S_MAX
    while len(school.facts()) < facts and Counter(school.facts())["enrollments.EnrollmentPaid"] < LEARNERS:
        assert time.monotonic() < end, len(school.facts())
        time.sleep(0.01)
