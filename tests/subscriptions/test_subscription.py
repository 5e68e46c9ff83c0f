"""Every row of the table that decides about a subscription."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from domain.kernel import PaymentId
from domain.money import Money
from domain.subscriptions.events import (
    CancellationScheduled,
    Invoice,
    InvoiceDue,
    InvoiceRaised,
    MethodReplaced,
    Period,
    PeriodPaid,
    PlanSwitchAsked,
    PlanSwitched,
    PlanSwitchFailed,
    RenewalFailed,
    SubscriptionEnded,
    SubscriptionEvent,
    SubscriptionReactivated,
    SubscriptionStarted,
    TermsMoved,
    TrialEndAnnounced,
    TrialEnded,
)
from domain.subscriptions.periods import Kept
from domain.subscriptions.subscription import (
    SUBSCRIPTION,
    AnnounceTrialEnd,
    Bill,
    Cancel,
    FailPayment,
    FallDue,
    Reactivate,
    ReplaceMethod,
    Retry,
    Revoke,
    Settle,
    Switch,
)
from tests.given import about
from tests.proves import proves
from tests.subscriptions.agreeing import (
    CHEAP,
    DEARER,
    FEBRUARY,
    GOLD,
    JANUARY,
    MARCH,
    MONTHLY,
    NOTHING,
    SILVER,
    YEARLY,
    active,
    agreement,
    bill,
    billed,
    first,
    invoice,
    past_due,
    period,
    second,
    start,
    started,
)

given = about(SUBSCRIPTION)

TRIED = SubscriptionStarted(agreement, FEBRUARY)
UP, DOWN = PaymentId("up"), PaymentId("down")
MIDDLE = datetime(2027, 2, 14, 9, tzinfo=UTC)  # 14 of 28 days are used.


@proves("pay.subscription_create")
def test_the_first_period_begins_when_it_is_paid_or_not_at_all() -> None:
    given().when(start).then(*started)
    given(*started).when(start).then()
    given(*started).when(Settle(first.payment)).then(PeriodPaid(period(0, JANUARY, FEBRUARY)))
    given(*active).when(Settle(first.payment)).then()
    given(*started).when(FailPayment(first.payment, "card_declined")).then(SubscriptionEnded("unpaid"))
    given(*started, SubscriptionEnded("unpaid")).when(Settle(first.payment)).refused("subscription.nothing_to_pay")
    given(*started).when(Settle(PaymentId("another"))).refused("subscription.nothing_to_pay")
    given().when(Settle(first.payment)).refused("subscription.not_found")


@proves("pay.subscription_create")
def test_a_trial_costs_nothing_until_it_ends() -> None:
    given().when(replace(start, trial_until=FEBRUARY)).then(TRIED)
    given(TRIED).when(AnnounceTrialEnd()).then(TrialEndAnnounced(FEBRUARY))
    given(TRIED, TrialEndAnnounced(FEBRUARY)).when(AnnounceTrialEnd()).then()
    given(TRIED, CancellationScheduled(FEBRUARY)).when(AnnounceTrialEnd()).then()
    given(TRIED, TrialEnded(), InvoiceDue(0, 1)).when(AnnounceTrialEnd()).then()
    given(TRIED).when(FallDue(0)).then(TrialEnded(), InvoiceDue(0, 1))
    owing = (TRIED, TrialEnded(), InvoiceDue(0, 1))
    asked = invoice(0, 1, FEBRUARY, datetime(2027, 3, 28, 12, tzinfo=UTC))
    given(*owing).when(Bill(0, 1, asked.payment, MONTHLY)).then(InvoiceRaised(asked))
    given(*owing, InvoiceRaised(asked)).when(FailPayment(asked.payment, "card_declined")).then(
        RenewalFailed(asked, "card_declined", datetime(2027, 3, 1, 12, tzinfo=UTC))
    )
    given(TRIED).when(Cancel(now=False, at=JANUARY)).then(CancellationScheduled(FEBRUARY))
    given(TRIED, CancellationScheduled(FEBRUARY)).when(FallDue(0)).then(TrialEnded(), SubscriptionEnded("cancelled"))
    given(TRIED).when(Cancel(now=True, at=JANUARY)).then(SubscriptionEnded("cancelled"))


@proves("pay.subscription_create")
def test_a_period_is_asked_to_be_paid_once() -> None:
    given(*active).when(FallDue(1)).then(InvoiceDue(1, 1))
    given(*active).when(FallDue(2)).then()
    given(*active, InvoiceDue(1, 1)).when(FallDue(1)).then()
    given(*active, InvoiceDue(1, 1)).when(bill).then(InvoiceRaised(second))
    given(*billed).when(bill).then()
    given(*billed).when(Settle(second.payment)).then(PeriodPaid(period(1, FEBRUARY, MARCH)))
    given(*billed, PeriodPaid(period(1, FEBRUARY, MARCH))).when(FallDue(1)).then()


@proves("pay.subscription_create")
def test_what_fails_is_retried_after_1_3_and_7_days_and_then_it_is_over() -> None:
    history: tuple[SubscriptionEvent, ...] = billed
    for attempt, day in ((1, datetime(2027, 3, 1, 12, tzinfo=UTC)), (2, datetime(2027, 3, 3, 12, tzinfo=UTC)),
                         (3, datetime(2027, 3, 7, 12, tzinfo=UTC))):  # fmt: skip
        asked = invoice(1, attempt, FEBRUARY, MARCH)
        failed = RenewalFailed(asked, "card_declined", day)
        given(*history).when(FailPayment(asked.payment, "card_declined")).then(failed)
        given(*history, failed).when(FailPayment(asked.payment, "card_declined")).then()
        given(*history, failed).when(Retry(1, attempt + 1)).then(InvoiceDue(1, attempt + 1))
        given(*history, failed).when(Retry(1, attempt)).then()
        given(*history, failed).when(Settle(asked.payment)).refused("subscription.nothing_to_pay")
        next_ = invoice(1, attempt + 1, FEBRUARY, MARCH)
        history = (*history, failed, InvoiceDue(1, attempt + 1), InvoiceRaised(next_))
    last = invoice(1, 4, FEBRUARY, MARCH)
    over = (RenewalFailed(last, "card_declined"), SubscriptionEnded("unpaid"))
    given(*history).when(FailPayment(last.payment, "card_declined")).then(*over)
    given(*history).when(Settle(last.payment)).then(PeriodPaid(period(1, FEBRUARY, MARCH, 4)))
    given(*history, *over).when(Retry(1, 5)).then()


@proves("pay.subscription_create")
def test_another_method_is_asked_at_once_where_something_is_past_due() -> None:
    given(*active).when(ReplaceMethod("new")).then(MethodReplaced("new", None))
    given(*active).when(ReplaceMethod("token")).then()
    given(*past_due).when(ReplaceMethod("new")).then(MethodReplaced("new", None), InvoiceDue(1, 2))
    replaced = (*past_due, MethodReplaced("new", None), InvoiceDue(1, 2))
    given(*replaced).when(Retry(1, 2)).then()
    given(*active, SubscriptionEnded("cancelled")).when(ReplaceMethod("new")).refused("subscription.ended")


@proves("pay.subscription_create")
def test_what_was_paid_with_is_kept_unless_they_have_said_else_since() -> None:
    kept = Kept("token", "kept", "customer")
    new = (SubscriptionStarted(replace(agreement, customer=None)), InvoiceRaised(first))
    begun = PeriodPaid(period(0, JANUARY, FEBRUARY))
    given(*new).when(Settle(first.payment, kept)).then(MethodReplaced("kept", "customer"), begun)
    given(*new).when(Settle(first.payment)).then(begun)
    given(*new, MethodReplaced("other", None)).when(Settle(first.payment, kept)).then(begun)
    given(*started).when(Settle(first.payment, kept)).then(begun)
    given(*new, begun).when(Settle(first.payment, kept)).then()


@proves("pay.subscription_cancel")
def test_what_is_cancelled_for_its_end_is_not_invoiced_and_may_be_reactivated_before() -> None:
    ending = (*active, CancellationScheduled(FEBRUARY))
    given(*active).when(Cancel(now=False, at=MIDDLE)).then(CancellationScheduled(FEBRUARY))
    given(*ending).when(Cancel(now=False, at=MIDDLE)).then()
    given(*ending).when(FallDue(1)).then(SubscriptionEnded("cancelled"))
    given(*ending).when(Reactivate()).then(SubscriptionReactivated())
    given(*active).when(Reactivate()).then()
    given(*ending, SubscriptionReactivated()).when(FallDue(1)).then(InvoiceDue(1, 1))
    over = (*ending, SubscriptionEnded("cancelled"))
    given(*over).when(Reactivate()).refused("subscription.ended")
    given(*over).when(FallDue(1)).then()
    given(*over).when(Cancel(now=True, at=MARCH)).then()
    given().when(Cancel(now=True, at=MARCH)).refused("subscription.not_found")


@proves("pay.subscription_cancel")
def test_what_is_cancelled_now_is_over_and_unused_days_are_given_back() -> None:
    given(*active).when(Cancel(now=True, at=MIDDLE)).then(
        SubscriptionEnded("cancelled", Money(1550, "EUR"), first.payment)
    )
    given(*active).when(Cancel(now=True, at=FEBRUARY)).then(SubscriptionEnded("cancelled"))
    given(*billed).when(Cancel(now=False, at=MARCH)).then(SubscriptionEnded("cancelled"))
    given(*billed, SubscriptionEnded("cancelled")).when(Settle(second.payment)).refused("subscription.nothing_to_pay")
    given(*started).when(Cancel(now=False, at=JANUARY)).then(SubscriptionEnded("cancelled"))
    credit = Period(0, JANUARY, FEBRUARY, MONTHLY, Money(100, "EUR"), NOTHING, first.payment)
    given(*started, PeriodPaid(credit)).when(Cancel(now=True, at=MIDDLE)).then(
        SubscriptionEnded("cancelled", Money(100, "EUR"), first.payment)
    )


@proves("pay.subscription_cancel")
def test_what_was_given_back_whole_is_over() -> None:
    given(*active).when(Revoke(first.payment)).then(SubscriptionEnded("refunded"))
    given(*active).when(Revoke(PaymentId("another"))).then()


@proves("pay.subscription_create")
def test_who_subscribed_goes_on_on_their_terms_until_they_are_moved() -> None:
    due = (*active, InvoiceDue(1, 1))
    moved = TermsMoved(DEARER, JANUARY, 0)
    given(*due).when(replace(bill, terms=DEARER)).then(moved, InvoiceRaised(invoice(1, 1, FEBRUARY, MARCH, DEARER)))
    next_year = datetime(2028, 2, 28, 12, tzinfo=UTC)
    yearly = replace(YEARLY, version=2)
    given(*due).when(replace(bill, terms=yearly)).then(
        TermsMoved(yearly, FEBRUARY, 1), InvoiceRaised(invoice(1, 1, FEBRUARY, next_year, yearly))
    )


@proves("pay.subscription_create")
def test_another_plan_begins_at_once_and_unused_days_count_against_it() -> None:
    ends = datetime(2028, 2, 14, 9, tzinfo=UTC)
    asked = PlanSwitchAsked(SILVER, Invoice(1, 1, UP, Money(10450, "EUR"), MIDDLE, ends, YEARLY, NOTHING))
    up = Switch(SILVER, YEARLY, UP, MIDDLE)
    paid = PeriodPaid(Period(1, MIDDLE, ends, YEARLY, Money(10450, "EUR"), NOTHING, UP))
    given(*active).when(up).then(asked)
    given(*active, asked).when(up).then()
    given(*active, asked).when(replace(up, payment=DOWN)).refused("subscription.switching")
    given(*active, asked).when(Settle(UP)).then(PlanSwitched(SILVER, YEARLY, MIDDLE, 1), paid)
    given(*active, asked).when(FailPayment(UP, "card_declined")).then(PlanSwitchFailed("card_declined"))
    given(*active, asked, PlanSwitchFailed("card_declined")).when(Settle(UP)).refused("subscription.nothing_to_pay")
    given(*active, asked).when(FallDue(1)).then(InvoiceDue(1, 1))
    switched = (*active, asked, PlanSwitched(SILVER, YEARLY, MIDDLE, 1), paid)
    given(*switched).when(FallDue(1)).then()
    given(*switched, InvoiceDue(2, 1)).when(Bill(2, 1, PaymentId("s.2.1"), YEARLY)).then(
        InvoiceRaised(invoice(2, 1, ends, datetime(2029, 2, 14, 9, tzinfo=UTC), YEARLY))
    )


@proves("pay.subscription_create")
def test_what_a_cheaper_plan_leaves_over_counts_against_later_periods() -> None:
    march = datetime(2027, 3, 14, 9, tzinfo=UTC)
    april = datetime(2027, 4, 14, 9, tzinfo=UTC)
    switched = (
        PlanSwitched(SILVER, CHEAP, MIDDLE, 1),
        PeriodPaid(Period(1, MIDDLE, march, CHEAP, NOTHING, Money(550, "EUR"))),
    )
    given(*active).when(Switch(SILVER, CHEAP, DOWN, MIDDLE)).then(*switched)
    owed = Invoice(2, 1, PaymentId("s.2.1"), Money(450, "EUR"), march, april, CHEAP, NOTHING)
    given(*active, *switched, InvoiceDue(2, 1)).when(Bill(2, 1, owed.payment, CHEAP)).then(InvoiceRaised(owed))
    free = replace(CHEAP, price=Money(500, "EUR"))
    given(*active, *switched, InvoiceDue(2, 1)).when(Bill(2, 1, owed.payment, free)).then(
        TermsMoved(free, MIDDLE, 1), PeriodPaid(Period(2, march, april, free, NOTHING, Money(50, "EUR")))
    )


@proves("pay.subscription_create")
def test_when_a_plan_cannot_be_switched() -> None:
    up = Switch(SILVER, YEARLY, UP, MIDDLE)
    given(TRIED).when(up).then(PlanSwitched(SILVER, YEARLY, FEBRUARY, 0))
    given(*active).when(Switch(GOLD, MONTHLY, UP, MIDDLE)).then()
    given(*active, CancellationScheduled(FEBRUARY)).when(up).refused("subscription.switching")
    given(*past_due).when(up).refused("subscription.unpaid")
    given(*active, SubscriptionEnded("cancelled")).when(up).refused("subscription.ended")
    yen = replace(YEARLY, price=Money(100, "JPY"))
    given(*active).when(replace(up, terms=yen)).refused("subscription.other_currency")
