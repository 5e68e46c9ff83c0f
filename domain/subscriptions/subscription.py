"""One person's subscription to a plan: from its first invoice, period by period, to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import Decider, Moment, PaymentId, Rejected, Value
from domain.money import Money
from domain.subscriptions.calendar import begins, days_after, unused
from domain.subscriptions.events import (
    Agreement,
    Attempt,
    CancellationScheduled,
    Invoice,
    InvoiceDue,
    InvoiceRaised,
    MethodReplaced,
    Number,
    Period,
    PeriodPaid,
    PlanId,
    PlanSwitchAsked,
    PlanSwitched,
    PlanSwitchFailed,
    RenewalFailed,
    SubscriptionEnded,
    SubscriptionReactivated,
    SubscriptionStarted,
    Terms,
    TermsMoved,
    TrialEndAnnounced,
    TrialEnded,
)
from domain.subscriptions.events import SubscriptionEvent as Event
from domain.subscriptions.periods import Kept, ended_now, paid

RETRY_DAYS = (1, 3, 7)
"""So many days after a period began that is not paid, it is tried again; after the last it ends."""


class Start(Value):
    """On trial until then, or paid for at once, with this payment, from `at` on."""

    agreement: Agreement
    at: Moment
    payment: PaymentId
    trial_until: Moment | None = None


class FallDue(Value):
    """It is time for this period to begin."""

    number: Number


class AnnounceTrialEnd(Value):
    """It is time to say that a trial ends."""


class Retry(Value):
    """It is time to ask once more for this period to be paid."""

    number: Number
    attempt: Attempt


class Bill(Value):
    """Ask for this period to be paid, on the terms on which it goes on."""

    number: Number
    attempt: Attempt
    payment: PaymentId
    terms: Terms


class Settle(Value):
    """This payment was captured; and what was paid with is kept, where it is."""

    payment: PaymentId
    kept: Kept | None = None


class FailPayment(Value):
    """This payment came to nothing."""

    payment: PaymentId
    reason: str


class Revoke(Value):
    """This payment was given back, all of it."""

    payment: PaymentId


class Switch(Value):
    """Go on as another plan from now, once what it costs more is paid with this payment."""

    plan: PlanId
    terms: Terms
    payment: PaymentId
    at: Moment


class ReplaceMethod(Value):
    method: str


class Cancel(Value):
    """End it now, or when its period ends."""

    now: bool
    at: Moment


class Reactivate(Value):
    """Let it go on after all."""


_ByClock = AnnounceTrialEnd | FallDue | Retry | Bill
_OfPayment = Settle | FailPayment | Revoke
Command = Start | _ByClock | _OfPayment | Switch | ReplaceMethod | Cancel | Reactivate


class Absent(Value, tag=True):
    """There is no such subscription."""


class Starting(Value, tag=True):
    """Its first invoice is being paid."""

    agreement: Agreement
    invoice: Invoice | None = None


class Trial(Value, tag=True):
    agreement: Agreement
    until: Moment
    ending: bool = False
    announced: bool = False


class Active(Value, tag=True):
    """Paid for until its period ends. Periods are counted from `anchor`, which begins that of number `first`."""

    agreement: Agreement
    period: Period
    anchor: Moment
    first: Number
    ending: bool = False
    switch: PlanSwitchAsked | None = None


class Renewing(Value, tag=True):
    """A period has begun that is not paid. `failed` is the attempt that failed last."""

    agreement: Agreement
    anchor: Moment
    first: Number
    number: Number
    attempt: Attempt = 1
    failed: int = 0
    invoice: Invoice | None = None
    credit: Money | None = None


class Ended(Value, tag=True):
    agreement: Agreement


Some = Starting | Trial | Active | Renewing | Ended
State = Absent | Some


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Absent(), Start():
            yield from _started(command)
        case Absent(), _:
            raise Rejected("subscription.not_found", "there is no such subscription")
        case _, Start(agreement) if agreement != state.agreement:
            raise Rejected("subscription.exists_already", "there is another subscription of this name")
        case Trial(until=until, ending=False, announced=False), AnnounceTrialEnd():
            yield TrialEndAnnounced(until)
        case Trial(ending=ending), FallDue(0):
            yield TrialEnded()
            yield SubscriptionEnded("cancelled") if ending else InvoiceDue(0, 1)
        case Active(period=period, ending=ending), FallDue(number) if number == period.number + 1:
            yield SubscriptionEnded("cancelled") if ending else InvoiceDue(number, 1)
        case Renewing(failed=failed), Retry(number, attempt) if (number, attempt) == (state.number, failed + 1):
            if state.attempt == failed:
                yield InvoiceDue(number, attempt)
        case Renewing(invoice=None), Bill(number, attempt) if (number, attempt) == (state.number, state.attempt):
            if state.failed < attempt:
                yield from _billed(state, command)
        case ((Starting() | Renewing() | Active()), Settle()):
            yield from _settled(state, command)
        case ((Starting() | Renewing() | Active()), FailPayment()):
            yield from _failed(state, command)
        case Active(period=Period(payment=payment)), Revoke(revoked) if payment == revoked:
            yield SubscriptionEnded("refunded")
        case Trial() | Active(), Switch():
            yield from _switched(state, command)
        case ((Starting() | Trial() | Active() | Renewing()), ReplaceMethod(method)) if (
            method != state.agreement.method
        ):
            yield MethodReplaced(method, None)
            if isinstance(state, Renewing) and state.failed == state.attempt:
                yield InvoiceDue(state.number, state.attempt + 1)
        case ((Starting() | Renewing()), Cancel()):
            yield SubscriptionEnded("cancelled")
        case Trial(), Cancel(now=True):
            yield SubscriptionEnded("cancelled")
        case Active(period=period), Cancel(now=True, at=at):
            yield ended_now(period, state.agreement.zone, at)
        case Trial(until=ends, ending=False) | Active(period=Period(ends=ends), ending=False), Cancel(now=False):
            yield CancellationScheduled(ends)
        case Trial(ending=True) | Active(ending=True), Reactivate():
            yield SubscriptionReactivated()
        case _:
            _refuse(state, command)


def _refuse(state: State, command: Command) -> None:
    """No, and why; or nothing, where it is so already."""
    match state, command:
        case Ended(), Switch() | ReplaceMethod() | Reactivate():
            raise Rejected("subscription.ended", "it is over: subscribe anew")
        case ((Trial() | Ended()), Settle()):
            raise Rejected("subscription.nothing_to_pay", "nothing is to be paid for it")
        case ((Starting() | Renewing()), Switch()):
            raise Rejected("subscription.unpaid", "what is not paid is not switched to another plan")
        case _:
            return


def _started(start: Start) -> Iterator[Event]:
    agreement, at = start.agreement, start.at
    yield SubscriptionStarted(agreement, start.trial_until)
    if start.trial_until is None:
        terms = agreement.terms
        ends = begins(at, agreement.zone, terms.interval, 1)
        none = Money(0, terms.price.currency)
        yield InvoiceRaised(Invoice(0, 1, start.payment, terms.price, at, ends, terms, none))


def _billed(state: Renewing, bill: Bill) -> Iterator[Event]:
    """The period is invoiced, but for what was paid too much before; where that is enough, it is paid."""
    agreement, terms, anchor, first = state.agreement, bill.terms, state.anchor, state.first
    from_ = begins(anchor, agreement.zone, agreement.terms.interval, bill.number - first)
    if terms != agreement.terms:
        if terms.interval != agreement.terms.interval:
            anchor, first = from_, bill.number
        yield TermsMoved(terms, anchor, first)
    until = begins(anchor, agreement.zone, terms.interval, bill.number - first + 1)
    none = Money(0, terms.price.currency)
    owed = terms.price - (state.credit or none)
    if owed.amount > 0:
        yield InvoiceRaised(Invoice(bill.number, bill.attempt, bill.payment, owed, from_, until, terms, none))
    else:
        yield PeriodPaid(Period(bill.number, from_, until, terms, none, -owed))


def _settled(state: Starting | Renewing | Active, settle: Settle) -> Iterator[Event]:
    payment = settle.payment
    period = tuple(_begun(state, payment))
    if period and settle.kept is not None and (replaced := settle.kept.replaces(state.agreement)) is not None:
        yield replaced
    yield from period


def _begun(state: Starting | Renewing | Active, payment: PaymentId) -> Iterator[Event]:
    match state:
        case Starting(invoice=Invoice(payment=asked) as invoice) if asked == payment:
            yield PeriodPaid(paid(invoice))
        case Renewing(invoice=Invoice(payment=asked) as invoice, failed=failed) if (
            asked == payment and failed < state.attempt
        ):
            yield PeriodPaid(paid(invoice))
        case Active(switch=PlanSwitchAsked(plan, invoice)) if invoice.payment == payment:
            yield PlanSwitched(plan, invoice.terms, invoice.begins, invoice.number)
            yield PeriodPaid(paid(invoice))
        case Active(period=period) if period.payment == payment:
            return
        case _:
            raise Rejected("subscription.nothing_to_pay", "it was paid with another payment, or is not to be paid")


def _failed(state: Starting | Renewing | Active, fail: FailPayment) -> Iterator[Event]:
    match state:
        case Starting(invoice=Invoice(payment=asked)) if asked == fail.payment:
            yield SubscriptionEnded("unpaid")
        case Renewing(invoice=Invoice(payment=asked) as invoice, failed=failed) if (
            asked == fail.payment and failed < state.attempt
        ):
            again = state.attempt <= len(RETRY_DAYS)
            days = RETRY_DAYS[state.attempt - 1] if again else 0
            retry_at = days_after(invoice.begins, state.agreement.zone, days) if again else None
            yield RenewalFailed(invoice, fail.reason, retry_at)
            if retry_at is None:
                yield SubscriptionEnded("unpaid")
        case Active(switch=PlanSwitchAsked(invoice=invoice)) if invoice.payment == fail.payment:
            yield PlanSwitchFailed(fail.reason)
        case _:
            return


def _switched(state: Trial | Active, switch: Switch) -> Iterator[Event]:
    """Another plan begins a period of its own at once. What is unused of the old one's counts against its price."""
    plan, terms, agreement = switch.plan, switch.terms, state.agreement
    if (plan, terms) == (agreement.plan, agreement.terms):
        return
    if terms.price.currency != agreement.terms.price.currency:
        raise Rejected("subscription.other_currency", f"it is paid for in {agreement.terms.price.currency}")
    if isinstance(state, Trial):
        yield PlanSwitched(plan, terms, state.until, 0)
        return
    if state.switch is not None and state.switch.invoice.payment == switch.payment:
        return
    if state.switch is not None or state.ending:
        raise Rejected("subscription.switching", "it is being switched, or ends: wait, or reactivate it")
    period, number = state.period, state.period.number + 1
    ends = begins(switch.at, agreement.zone, terms.interval, 1)
    none = Money(0, terms.price.currency)
    owed = terms.price - unused(period, agreement.zone, switch.at) - period.credit
    if owed.amount > 0:
        invoice = Invoice(number, 1, switch.payment, owed, switch.at, ends, terms, none)
        yield PlanSwitchAsked(plan, invoice)
    else:
        yield PlanSwitched(plan, terms, switch.at, number)
        yield PeriodPaid(Period(number, switch.at, ends, terms, none, -owed))


def evolve(state: State, event: Event) -> State:
    match event:
        case SubscriptionStarted(agreement, trial_until):
            return Starting(agreement) if trial_until is None else Trial(agreement, trial_until)
        case _ if isinstance(state, Absent):
            return state
        case TrialEndAnnounced():
            return replace(state, announced=True) if isinstance(state, Trial) else state
        case TrialEnded():
            return Renewing(state.agreement, state.until, 0, 0) if isinstance(state, Trial) else state
        case InvoiceDue(number, attempt):
            return _due(state, number, attempt)
        case InvoiceRaised(invoice):
            return replace(state, invoice=invoice) if isinstance(state, Starting | Renewing) else state
        case PeriodPaid(period):
            return _going_on(state, period)
        case RenewalFailed():
            return replace(state, failed=state.attempt, invoice=None) if isinstance(state, Renewing) else state
        case TermsMoved(terms, anchor, first):
            return _counted(replace(state, agreement=replace(state.agreement, terms=terms)), anchor, first)
        case PlanSwitchAsked():
            return replace(state, switch=event) if isinstance(state, Active) else state
        case PlanSwitched(plan, terms, anchor, first):
            return _counted(replace(state, agreement=replace(state.agreement, plan=plan, terms=terms)), anchor, first)
        case PlanSwitchFailed():
            return replace(state, switch=None) if isinstance(state, Active) else state
        case MethodReplaced(method, customer):
            return replace(state, agreement=replace(state.agreement, method=method, customer=customer))
        case CancellationScheduled():
            if isinstance(state, Active):
                return replace(state, ending=True, switch=None)
            return replace(state, ending=True) if isinstance(state, Trial) else state
        case SubscriptionReactivated():
            return replace(state, ending=False) if isinstance(state, Trial | Active) else state
        case SubscriptionEnded():
            return Ended(state.agreement)
        case _:
            assert_never(event)


def _due(state: Some, number: int, attempt: int) -> State:
    if isinstance(state, Active):
        return Renewing(state.agreement, state.anchor, state.first, number, attempt, credit=state.period.credit)
    return replace(state, number=number, attempt=attempt, invoice=None) if isinstance(state, Renewing) else state


def _going_on(state: Some, period: Period) -> State:
    match state:
        case Starting(agreement):
            return Active(agreement, period, period.begins, period.number)
        case Renewing(agreement, anchor, first):
            return Active(agreement, period, anchor, first)
        case Active():
            return replace(state, period=period, switch=None)
        case _:
            return state


def _counted(state: State, anchor: Moment, first: Number) -> State:
    return replace(state, anchor=anchor, first=first) if isinstance(state, Active | Renewing) else state


SUBSCRIPTION = Decider[State, Command, Event]("subscription", Absent(), decide, evolve)
