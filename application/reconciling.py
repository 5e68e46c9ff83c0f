"""Comparing what a gateway has with what we have, so that what no notice told is found all the same."""

from __future__ import annotations

from datetime import timedelta

from application.cashier import told
from application.gateways import Charged, Gateway, Gateways, Unreachable
from application.ledger import Recorded
from application.policies import Bound
from application.settling import settling
from domain.kernel import PaymentId, Rejected, name
from domain.payments.events import PaymentInitiated, ReconciliationDue
from domain.payments.payment import PAYMENT, Tell, TellDispute, Unstarted
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
    which = due.stream.partition(":")[2]
    gateway = gateways.named(which, due.tenant)
    since = due.event.since
    compared, found = 0, list[PaymentId]()
    try:
        async for charged in gateway.since(since - OVERLAP):
            if charged.payment is None:
                continue
            compared += 1
            payment = PaymentId(charged.payment)
            if await _put_right(payment, await _said(gateway, charged), do) and payment not in found:
                found.append(payment)
    except Unreachable:
        await do(RECONCILIATION.at(which), GiveUp(since))
        return
    await do(RECONCILIATION.at(which), Finish(since, due.at, compared, tuple(found)))


async def _said(gateway: Gateway, charged: Charged) -> tuple[Tell | TellDispute, ...]:
    dispute = await gateway.disputes(charged.reference) if charged.disputed else None
    if dispute is None:
        return (told(charged),)
    return told(charged), TellDispute(dispute.reference, dispute.state, dispute.money, dispute.reason)


async def _put_right(payment: PaymentId, said: tuple[Tell | TellDispute, ...], do: Bound) -> bool:
    """Tell a payment what the gateway has; whether there was something in it that it did not know."""
    was_new = False
    for command in said:
        state = await do.look(PAYMENT.at(payment))
        if isinstance(state, Unstarted):
            return False
        try:
            if tuple(PAYMENT.decide(state, command)):
                await do.across(*settling(payment, command), named=f"{payment}.{name(command)}")
                was_new = True
        except Rejected:
            continue
    return was_new
