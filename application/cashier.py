"""The cashier asks gateways. It stands apart from all that follows, so that a slow gateway makes nobody else wait.

Whatever it asks for it asks under a key that is derived from the payment, so one that was killed, or had no answer,
asks again and the same is done once. A notice is not believed: it makes us look at what the gateway has now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, assert_never

from msgspec.structs import replace

from application.gateways import Charge, Charged, Gateway, Gateways, Refused, Unreachable
from application.ledger import Recorded
from application.policies import Bound
from application.settling import payment_of, settling
from domain.kernel import PaymentId, Rejected, Stream, name
from domain.money import Money
from domain.payments.customer import CUSTOMER, Open, Opened
from domain.payments.customer import State as Customer
from domain.payments.events import (
    CaptureAsked,
    CustomerOpened,
    GatewayAskedAgain,
    NoticeHeard,
    NoticeTakenUpAgain,
    PaymentInitiated,
    RefundAsked,
    VoidAsked,
)
from domain.payments.notice import NOTICE, Heard, TakeUpAgain
from domain.payments.parts import Refund
from domain.payments.payment import (
    PAYMENT,
    TRIES_MAX,
    AskAgain,
    Authorised,
    Captured,
    Command,
    Initiated,
    NeedsAction,
    State,
    Tell,
    TellDispute,
    TellRefund,
    Voiding,
)

WAIT_S_MAX = 3600
UNANSWERED = "unanswered"

WhoPays = Callable[[PaymentInitiated], Awaitable[str]]
"""Says who a payer is at the gateway."""


async def when_payment_initiated_charge(initiated: Recorded[PaymentInitiated], do: Bound, gateways: Gateways) -> None:
    # Nothing but us moves on what was just initiated: as it was last seen here is soon enough.
    await _move_on(initiated, await do.recall(PAYMENT.at(payment_of(initiated))), do, gateways)


async def when_capture_asked_capture(asked: Recorded[CaptureAsked], do: Bound, gateways: Gateways) -> None:
    await _move_on(asked, await do.look(PAYMENT.at(payment_of(asked))), do, gateways)


async def when_void_asked_void(asked: Recorded[VoidAsked], do: Bound, gateways: Gateways) -> None:
    await _move_on(asked, await do.look(PAYMENT.at(payment_of(asked))), do, gateways)


async def when_refund_asked_refund(asked: Recorded[RefundAsked], do: Bound, gateways: Gateways) -> None:
    await _move_on(asked, await do.look(PAYMENT.at(payment_of(asked))), do, gateways)


async def when_gateway_asked_again_ask(again: Recorded[GatewayAskedAgain], do: Bound, gateways: Gateways) -> None:
    await _move_on(again, await do.look(PAYMENT.at(payment_of(again))), do, gateways)


async def when_notice_heard_look(heard: Recorded[NoticeHeard], do: Bound, gateways: Gateways) -> None:
    await _look(heard, heard.event, 0, do, gateways)


async def when_notice_taken_up_again_look(again: Recorded[NoticeTakenUpAgain], do: Bound, gateways: Gateways) -> None:
    state = await do.look(_notice(again))
    if isinstance(state, Heard):
        await _look(again, state.notice, again.event.tries, do, gateways)


async def _look(fact: Recorded[Any], heard: NoticeHeard, tries: int, do: Bound, gateways: Gateways) -> None:
    """See what the gateway has now of what it told about. What is of another kind is kept, and is for others."""
    if heard.reference is None or heard.kind not in {"charge", "refund", "dispute"}:
        return
    gateway = gateways.named(heard.gateway, fact.tenant)
    try:
        charged = await gateway.look(heard.reference)
        dispute = await gateway.disputes(heard.reference) if heard.kind == "dispute" else None
    except Unreachable:
        if tries < TRIES_MAX:
            do.at(fact.at + _wait(tries + 1), _notice(fact), TakeUpAgain(tries + 1))
        return
    except Refused:
        return  # It knows nothing of it any more.
    payment = charged.payment or heard.payment
    if payment is None:
        return
    await _say(PaymentId(payment), told(charged), do)
    if dispute is not None:
        said = TellDispute(dispute.reference, dispute.state, dispute.money, dispute.reason)
        await _say(PaymentId(payment), said, do)
    if heard.kind == "refund":
        await _look_for_refunds(PaymentId(payment), do, gateway)


async def _look_for_refunds(payment: PaymentId, do: Bound, gateway: Gateway) -> None:
    """Ask for what is being refunded once more: what was only promised may be done."""
    state = await do.look(PAYMENT.at(payment))
    if isinstance(state, Captured):
        with suppress(Unreachable):  # Whoever asked for the refund asks again.
            for answer in await _refunded(payment, state, gateway):
                await _say(payment, answer, do)


def _notice(fact: Recorded[Any]) -> Stream[Any, Any, Any]:
    return NOTICE.at(*fact.stream.split(":")[1:])


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=min(2**tries, WAIT_S_MAX))


async def _move_on(fact: Recorded[Any], state: State, do: Bound, gateways: Gateways) -> None:
    """Ask the gateway for whatever this payment waits for. Where it does not answer for good, ask again later."""
    payment = payment_of(fact)
    if not isinstance(state, Initiated | NeedsAction | Authorised | Voiding | Captured):
        return
    gateway = gateways.named(state.about.gateway, fact.tenant)
    try:
        answers = await _answers(payment, state, gateway, partial(_customer, fact, do, gateway))
        waits = any(one.state == "pending" for one in answers)
    except Unreachable:
        answers, waits = (), True
    for answer in answers:
        await _say(payment, answer, do)
    tries = state.tries + 1
    if waits and tries <= TRIES_MAX:
        do.at(fact.at + _wait(tries), PAYMENT.at(payment), AskAgain(tries))
    elif waits and isinstance(state, Captured):
        # What was asked for is free again. If it was given back all the same, comparing finds it.
        for refund in state.pending:
            await _say(payment, TellRefund(refund.refund, state.reference, "failed", UNANSWERED), do)


async def _customer(fact: Recorded[Any], do: Bound, gateway: Gateway, about: PaymentInitiated) -> str:
    """Who the payer is at the gateway. We have it open them, once: nobody else says who they are."""
    stream = CUSTOMER.at(about.gateway, about.payer)
    state = await do.look(stream)
    if isinstance(state, Opened):
        return state.customer
    opened = Open(await gateway.open_customer(about.payer, f"customer.{fact.tenant}.{about.payer}"))

    def decide(now: Customer) -> Iterator[tuple[int, CustomerOpened]]:
        return ((0, event) for event in CUSTOMER.decide(now, opened))

    await do.across((stream,), decide, opened, named="open")
    state = await do.look(stream)
    return state.customer if isinstance(state, Opened) else opened.customer


async def _answers(
    payment: PaymentId,
    state: Initiated | NeedsAction | Authorised | Voiding | Captured,
    gateway: Gateway,
    customer: WhoPays,
) -> tuple[Tell | TellRefund, ...]:
    match state:
        case Initiated(about):
            return (await _charge(payment, about, gateway, customer),)
        case NeedsAction(reference=reference):
            return (told(await gateway.look(reference)),)
        case Authorised(about, reference, money, asked):
            if asked is None and not about.capture:
                return ()
            return (await _capture(payment, reference, money if asked is None else asked.money, gateway),)
        case Voiding(reference=reference):
            return (await _void(payment, reference, gateway),)
        case Captured():
            return await _refunded(payment, state, gateway)
        case _:
            assert_never(state)


async def _charge(payment: PaymentId, about: PaymentInitiated, gateway: Gateway, customer: WhoPays) -> Tell:
    charge = Charge(f"{payment}.charge", payment, about.money, about.method, about.capture)
    try:
        if about.keep:
            charge = replace(charge, customer=await customer(about))
        elif about.customer is not None:
            charge = replace(charge, customer=about.customer, away=True)
        return told(await gateway.charge(charge))
    except Refused as no:
        return Tell("", "failed", about.money, reason=no.code)


async def _void(payment: PaymentId, reference: str, gateway: Gateway) -> Tell:
    try:
        return told(await gateway.void(reference, f"{payment}.void"))
    except Refused:  # It was taken, or is gone: it says which.
        return told(await gateway.look(reference))


async def _capture(payment: PaymentId, reference: str, money: Money, gateway: Gateway) -> Tell:
    try:
        return told(await gateway.capture(reference, money, f"{payment}.capture"))
    except Refused as no:
        now = told(await gateway.look(reference))
        return Tell(reference, "failed", money, reason=no.code) if now.state == "authorised" else now


async def _refunded(payment: PaymentId, state: Captured, gateway: Gateway) -> tuple[TellRefund, ...]:
    return tuple([await _refund(payment, state.reference, one, gateway) for one in state.pending])


async def _refund(payment: PaymentId, reference: str, refund: Refund, gateway: Gateway) -> TellRefund:
    try:
        made = await gateway.refund(reference, refund.money, f"{payment}.refund.{refund.refund}")
    except Refused as no:
        return TellRefund(refund.refund, reference, "failed", no.code)
    return TellRefund(refund.refund, made.reference, made.state, made.reason)


def told(charged: Charged) -> Tell:
    """What a gateway has, as it is told to the payment."""
    return Tell(
        charged.reference,
        charged.state,
        charged.money,
        charged.refunded,
        charged.reason,
        charged.action,
        charged.kept,
    )


async def _say(payment: PaymentId, command: Command, do: Bound) -> None:
    try:
        await do.across(*settling(payment, command), named=_name(command))
    except Rejected:
        # It is kept with the command. What else the gateway said is told all the same.
        return


def _name(command: Command) -> str:
    """What tells it from what else is said because of the same fact: the next time, other refunds may wait."""
    match command:
        case TellRefund(refund, state=state):
            return f"{refund}.{state}"
        case _:
            return name(command)
