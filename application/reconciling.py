"""Comparing what a gateway has with what we have, so that what no notice told is found all the same."""

from __future__ import annotations

from datetime import timedelta

from application.cashier import told
from application.gateways import Gateways, Unreachable
from application.ledger import Recorded
from application.policies import Bound
from application.settling import settling
from domain.kernel import Rejected
from domain.payments.events import PaymentId, PaymentInitiated, ReconciliationDue
from domain.payments.payment import PAYMENT, Unstarted
from domain.payments.reconciliation import RECONCILIATION, Begin, Finish, GiveUp, Unbegun

EVERY = timedelta(minutes=5)
"""How long what no notice told may stay unknown."""
OVERLAP = timedelta(minutes=2)
"""So far the clocks of a gateway and ours may be apart."""


async def when_payment_initiated_begin_to_compare(initiated: Recorded[PaymentInitiated], do: Bound) -> None:
    stream = RECONCILIATION.at(initiated.event.gateway)
    if await do.recall(stream) == Unbegun():
        await do(stream, Begin(initiated.at))


async def when_reconciliation_due_compare(due: Recorded[ReconciliationDue], do: Bound, gateways: Gateways) -> None:
    name = due.stream.partition(":")[2]
    gateway = gateways.named(name, due.tenant)
    since = due.event.since
    compared, found = 0, list[PaymentId]()
    try:
        async for charged in gateway.since(since - OVERLAP):
            if charged.payment is None:
                continue
            compared += 1
            payment, tell = PaymentId(charged.payment), told(charged)
            state = await do.look(PAYMENT.at(payment))
            if isinstance(state, Unstarted):
                continue
            try:
                if tuple(PAYMENT.decide(state, tell)):
                    await do.across(*settling(payment, tell), named=payment)
                    found.append(payment)
            except Rejected:
                continue
    except Unreachable:
        await do(RECONCILIATION.at(name), GiveUp(since))
        return
    await do(RECONCILIATION.at(name), Finish(since, due.at, compared, tuple(found)))
