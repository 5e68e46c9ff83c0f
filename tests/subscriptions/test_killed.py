"""Kill -9 of the engine while subscriptions begin and end: each is charged, opens, closes and is given back once."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api.settings_agree import DEVELOPMENT_KEY
from tests.api.people import Person
from tests.api.serving import serving
from tests.payments.paying import soon
from tests.payments.test_killed import engine
from tests.proves import proves
from tests.servers import Database
from tests.subscriptions.club import Club, allowed

PEOPLE = 20
KILLS = 2
MOVES_S_MAX = 90.0
BEGAN = ("SubscriptionStarted", "InvoiceRaised", "PeriodPaid", "PlanTaken", "MembershipOpened", "CourseJoined")
ENDED = ("SubscriptionEnded", "MembershipClosed", "CourseRested")


@pytest.mark.long
@proves("pay.subscription_create", "pay.subscription_cancel", "pay.ledger")
def test_an_engine_that_is_killed_at_any_step_opens_and_closes_once(database: Database, tmp_path: Path) -> None:
    shared: dict[str, Any] = {"SANDBOX_FILE": str(tmp_path / "sandbox.db"), "RATE_LIMIT_COMMAND": "100000"}
    environment = {"DATABASE_URL": database.url, "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY, **shared}
    log = tmp_path / "engine.log"
    with ExitStack() as clients:
        (api,) = clients.enter_context(serving(database, **shared))
        with engine(environment, log):
            club = Club(api, clients)
            people = [clients.enter_context(Person(api, club.tenant)) for _ in range(PEOPLE)]
            for person in people:
                assert club.admin.enroll("stars", person.id).status_code == 200
            soon(lambda: {club.access(person.id) for person in people}, {"awaiting_payment"})
        subscribed = [allowed(club.subscribe(person)) for person in people]
        _killed(club, environment, log, "subscriptions.CourseJoined")
        with engine(environment, log):
            soon(lambda: Counter(club.facts())["subscriptions.CourseJoined"], PEOPLE)
            soon(club.balance, {"gateway_clearing": 1900 * PEOPLE, "revenue": -1900 * PEOPLE})
        for person, subscription in zip(people, subscribed, strict=True):
            allowed(person.command(f"/api/subscriptions/{subscription}/cancel", {"when": "now"}))
        _killed(club, environment, log, "payments.PaymentRefunded")
        with engine(environment, log):
            soon(lambda: Counter(club.facts())["subscriptions.CourseRested"], PEOPLE)
            paid = {"gateway_clearing": 0, "revenue": -1900 * PEOPLE, "refunds": 1900 * PEOPLE}
            soon(club.balance, paid)
            soon(lambda: {club.access(person.id) for person in people}, {"suspended"})
        told = Counter(club.facts())
        for name in (*BEGAN, *ENDED):
            assert told[f"subscriptions.{name}"] == PEOPLE, told
        for name in ("PaymentInitiated", "PaymentCaptured", "RefundAsked", "PaymentRefunded"):
            assert told[f"payments.{name}"] == PEOPLE, told
        assert told["payments.EntryRecorded"] == 2 * PEOPLE, told


def _killed(club: Club, environment: dict[str, str], log: Path, last: str) -> None:
    """Engines that are killed one after the other, each after some facts more, until the last of them has come."""
    for _ in range(KILLS):
        have, more = len(club.facts()), random.randint(1, 40)  # noqa: S311
        end = time.monotonic() + MOVES_S_MAX
        with engine(environment, log):
            while (told := club.facts()).count(last) < PEOPLE and len(told) < have + more:
                assert time.monotonic() < end, len(told)
                time.sleep(0.01)
