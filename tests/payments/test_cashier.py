"""What the cashier does when a gateway is away, or only promises: asked again, in time, and put right in the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from adapters.gateways.choosing import Choosing
from adapters.gateways.stripe import RETRIES, Credentials, Stripe
from adapters.jobs import PostgresJobs
from adapters.postgres.followers.reactor import reactors
from application.do import Do
from application.gateways import Gateways
from application.policies import policies
from application.settling import settling
from domain.kernel import PaymentId, SecretId
from domain.payments.notice import NOTICE, Hear
from domain.payments.payment import (
    PAYMENT,
    TRIES_MAX,
    AskAgain,
    AskRefund,
    Capture,
    Captured,
    Failed,
    Initiate,
    Tell,
    TimeOut,
    TimeOutCapture,
)
from tests.followers.running import TENANT, caller, caught_up, following, rows, until, writing
from tests.gateways.trial import PAGES, SetClock
from tests.payments.test_payment import ADA, DUE, ONE, PRICE, STARS
from tests.proves import proves
from tests.servers import Database
from tests.stand_ins.stripe import KEY, SECRET, StripeStandIn
from tests.stand_ins.wire import Fault

PAID = PaymentId("one")
INITIATE = Initiate(ADA, STARS, PRICE, "stripe", "pm_card_visa", DUE)
NOBODY = "http://127.0.0.1:9"


@asynccontextmanager
async def cashier(database: Database, url: str) -> AsyncGenerator[Do]:
    """A ledger, and a cashier who asks Stripe there."""
    stripe = Stripe(Credentials(KEY, (SECRET,), url), clock=SetClock(), public_url=PAGES)
    ports: dict[type, Any] = {Gateways: Choosing({"stripe": stripe})}
    ours = [one for one in policies() if one.context in {"cashier", "payments", "receipting"}]
    async with writing(database) as do, following(database, *reactors(ours, do, PostgresJobs(), ports=ports)):
        yield do
    await stripe.close()


async def settled(do: Do, payment: PaymentId, command: Any) -> None:
    deciding = settling(payment, command)
    await do.across(deciding.streams, deciding.decide, deciding.command, caller())


async def told(database: Database, expected: list[str]) -> None:
    """These facts there are of the payment, in the end."""

    async def so() -> bool:
        found = await rows(database, "select type from ledger.facts where stream = 'payment:one' order by version")
        return [type_.removeprefix("payments.") for (type_,) in found] == expected

    await until(so, 60.0)


async def waits(database: Database, command: str, count: int = 1) -> None:
    async def so() -> bool:
        said = "select count(*) from followers.timers where command = %s"
        return await rows(database, said, (f"payments.{command}",)) == [(count,)]

    await until(so, 60.0)


@proves("pay.process", "pay.refund", "pay.status", "enroll.paid_activation")
async def test_a_gateway_that_never_answers_is_asked_for_less_than_a_day_and_then_put_right(database: Database) -> None:
    async with cashier(database, NOBODY) as do:
        await do(PAYMENT.at(PAID), INITIATE, caller())
        await waits(database, "AskAgain")
        await waits(database, "TimeOut")
        await do(PAYMENT.at(PAID), TimeOut(DUE), caller())
        assert isinstance(await do.look(TENANT, PAYMENT.at(PAID)), Failed)
        # It was taken all the same, as comparing finds; and it is given back.
        await settled(do, PAID, Tell("pi_1", "captured", PRICE))
        await settled(do, PAID, AskRefund(ONE, None, "rain"))
        await waits(database, "AskAgain", 2)
        await do(PAYMENT.at(PAID), AskAgain(TRIES_MAX), caller())
        begun = ["PaymentInitiated", "PaymentFailed", "PaymentCaptured", "RefundAsked", "GatewayAskedAgain"]
        await told(database, [*begun, "RefundFailed"])
        state = await do.look(TENANT, PAYMENT.at(PAID))
        assert isinstance(state, Captured)
        assert state.left == PRICE.amount
        await settled(do, PAID, Tell("pi_1", "captured", PRICE, PRICE.amount))
        await told(database, [*begun, "RefundFailed", "RefundAsked", "PaymentRefunded"])
        entries = "select count(*) from ledger.facts where type = 'payments.EntryRecorded'"
        assert await rows(database, entries) == [(2,)]


@proves("pay.process", "pay.status", "pay.gateways")
@pytest.mark.parametrize(("fault", "ends"), [("silent", "PaymentCaptured"), ("broken", "PaymentVoided")])
async def test_a_capture_that_is_never_answered_is_let_go_or_was_made(
    database: Database, fault: Fault, ends: str
) -> None:
    with StripeStandIn().open() as server:
        async with cashier(database, server.url) as do:
            await do(PAYMENT.at(PAID), replace(INITIATE, capture=False), caller())
            await told(database, ["PaymentInitiated", "PaymentAuthorised"])
            server.faults.arm(fault, 1 + RETRIES)
            await do(PAYMENT.at(PAID), Capture(PRICE, "me"), caller())
            await waits(database, "AskAgain")
            await waits(database, "TimeOutCapture")
            assert server.faults.happened == 1 + RETRIES
            # Nobody says anything for a day: it is let go, unless it was taken after all.
            await do(PAYMENT.at(PAID), TimeOutCapture("me"), caller())
            begun = ["PaymentInitiated", "PaymentAuthorised", "CaptureAsked", "VoidAsked"]
            await told(database, [*begun, ends])
            # What was asked for before is asked for in vain.
            await do(PAYMENT.at(PAID), AskAgain(1), caller())
            await do(PAYMENT.at(PAID), TimeOutCapture("me"), caller())
            (intent,) = [one for one in server.things.values() if one["object"] == "payment_intent"]
            taken = ends == "PaymentCaptured"
            assert intent["status"] == ("succeeded" if taken else "canceled")
            assert intent["amount_received"] == (PRICE.amount if taken else 0)
            entries = "select count(*) from ledger.facts where type = 'payments.EntryRecorded'"
            assert await rows(database, entries) == [(int(taken),)]


@proves("pay.refund", "pay.webhooks")
async def test_what_a_gateway_only_promised_is_given_back_when_it_says_so(database: Database) -> None:
    with StripeStandIn().open() as server:
        async with cashier(database, server.url) as do:
            await do(PAYMENT.at(PAID), INITIATE, caller())
            await told(database, ["PaymentInitiated", "PaymentCaptured"])
            server.slow_refunds = True
            await settled(do, PAID, AskRefund(ONE, None, "rain"))
            await waits(database, "AskAgain")
            server.finish_refunds()
            state = await do.look(TENANT, PAYMENT.at(PAID))
            assert isinstance(state, Captured)
            heard = Hear("stripe", "refund", state.reference, None, datetime.now(UTC), SecretId(str(uuid4())))
            await do(NOTICE.at("stripe", "evt_1"), heard, caller())
            await told(database, ["PaymentInitiated", "PaymentCaptured", "RefundAsked", "PaymentRefunded"])
            letters = "select message ->> 'actor_name' from jobs.queue order by 1"

            async def ordered() -> bool:
                return await rows(database, letters) == [("payments.tell_of_refund",), ("receipting.send_receipt",)]

            await until(ordered)
            again = Hear("stripe", "charge", state.reference, None, datetime.now(UTC), SecretId(str(uuid4())))
            await do(NOTICE.at("stripe", "evt_2"), again, caller())
            for follower in ("cashier", "payments", "receipting"):
                await caught_up(database, f"policies.{follower}")
            assert await ordered()
