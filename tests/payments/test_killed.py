"""Kill -9 of the engine while payments are under way: each is captured, entered, and opens its course, once."""

from __future__ import annotations

import asyncio
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

from api.gateways import gateways_of
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_KEY
from application.gateways import Charge
from application.ledger import TenantId
from domain.money import Money
from tests.api.serving import serving
from tests.gateways.trial import SetClock
from tests.payments.paying import COURSE, PRICE, School, soon
from tests.proves import proves
from tests.servers import Database

LEARNERS = 60
TOLD = 10
BACK = 20
KILLS = 3
PRICE_PAID = 4900
MOVES_S_MAX = 90.0


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
@proves("pay.process", "enroll.paid_activation", "pay.refund", "pay.webhooks", "pay.ledger")
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
        before = Counter(school.facts())["enrollments.LearnerEnrolled"]
        payments = [_paid(school, number) for number in range(LEARNERS)]
        # Of some, the engine was killed when it had asked and before it heard; and the notices came before it is back.
        sandbox = gateways_of(Settings(sandbox_file=tmp_path / "sandbox.db"), SetClock()).named(
            "sandbox", TenantId(school.tenant)
        )
        for payment in payments[:TOLD]:
            asked = Charge(f"{payment}.charge", payment, Money(PRICE_PAID, "EUR"), "sandbox:success")
            charged = asyncio.run(sandbox.charge(asked))
            for _ in range(3):
                assert school.notice(f"{payment}-paid", "charge", charged.reference, payment).status_code == 200
        _killed(school, environment, log, "enrollments.EnrollmentPaid", LEARNERS)
        told = Counter(school.facts())
        for type_ in ("payments.PaymentCaptured", "payments.EntryRecorded", "enrollments.EnrollmentPaid"):
            assert told[type_] == LEARNERS, told
        assert told["enrollments.LearnerEnrolled"] - before == LEARNERS
        assert (told["payments.RefundAsked"], told["payments.NoticeHeard"]) == (0, TOLD)
        for payment in payments[:BACK]:
            assert school.admin.command(f"/api/payments/{payment}/refund", {"reason": "rain"}).status_code == 200
        _killed(school, environment, log, "enrollments.EnrollmentSuspended", BACK)
        told = Counter(school.facts())
        assert (told["payments.PaymentRefunded"], told["payments.EntryRecorded"]) == (BACK, LEARNERS + BACK)
        with engine(environment, log):
            held = PRICE_PAID * (LEARNERS - BACK)
            balance = {"gateway_clearing": held, "revenue": -PRICE_PAID * LEARNERS, "refunds": PRICE_PAID * BACK}
            soon(school.balance, balance)
        again = Counter(school.facts())
        assert again["payments.EntryRecorded"] == LEARNERS + BACK


def _paid(school: School, number: int) -> str:
    path = f"/api/courses/{COURSE}/learners/learner-{number}/pay"
    answer = school.admin.command(path, {**PRICE, "method": "sandbox:success"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["stream"]).partition(":")[2]


def _killed(school: School, environment: Mapping[str, str], log: Path, last: str, count: int) -> None:
    """Engines are killed, each after a few facts, until one may do what is left: to the last fact of so many."""
    for kill in range(KILLS + 1):
        have = len(school.facts())
        facts = have + random.randint(1, 30) if kill < KILLS else 0  # noqa: S311
        end = time.monotonic() + MOVES_S_MAX
        with engine(environment, log):
            while Counter(found := school.facts())[last] < count and (len(found) < facts or not facts):
                assert time.monotonic() < end, len(found)
                time.sleep(0.01)
