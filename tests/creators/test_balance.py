"""What may be paid out of what was earned."""

from __future__ import annotations

from domain.creators.balance import (
    BALANCE,
    CreditEarnings,
    ReserveEarnings,
    ReturnEarnings,
    ReverseEarnings,
    SettleEarnings,
)
from domain.creators.events import (
    EarningsCredited,
    EarningsPaidOut,
    EarningsReserved,
    EarningsReturned,
    EarningsReversed,
    PayoutId,
)
from domain.kernel import PaymentId
from domain.money import Money
from tests.given import about
from tests.proves import proves

given = about(BALANCE)
TEN, SIX, FIVE = Money(1000, "EUR"), Money(600, "EUR"), Money(500, "EUR")
PAID, ONE, TWO = PaymentId("p"), PayoutId("one"), PayoutId("two")
credited, reserved = EarningsCredited(1, PAID, TEN), EarningsReserved(ONE, SIX)


@proves("pay.payouts")
def test_no_more_is_set_apart_than_there_is() -> None:
    given().when(CreditEarnings(1, PAID, TEN)).then(credited)
    given(credited).when(CreditEarnings(1, PAID, TEN)).then()
    given(credited).when(ReserveEarnings(ONE, SIX)).then(reserved)
    given(credited, reserved).when(ReserveEarnings(ONE, SIX)).then()
    given(credited, reserved).when(ReserveEarnings(TWO, FIVE)).refused("payout.more_than_available")
    given(credited).when(ReserveEarnings(ONE, Money(1, "USD"))).refused("payout.more_than_available")
    given(credited).when(ReserveEarnings(ONE, Money(0, "EUR"))).refused("payout.of_nothing")


@proves("pay.payouts")
def test_what_was_set_apart_is_paid_or_there_again_once() -> None:
    given(credited, reserved).when(SettleEarnings(ONE)).then(EarningsPaidOut(ONE, SIX))
    given(credited, reserved).when(ReturnEarnings(ONE)).then(EarningsReturned(ONE, SIX))
    given(credited, reserved, EarningsPaidOut(ONE, SIX)).when(ReturnEarnings(ONE)).then()
    given(credited, reserved, EarningsReturned(ONE, SIX)).when(SettleEarnings(ONE)).then()
    given(credited, reserved, EarningsReturned(ONE, SIX)).when(ReserveEarnings(TWO, TEN)).then(
        EarningsReserved(TWO, TEN)
    )


@proves("pay.payouts", "pay.donation")
def test_a_balance_below_nothing_is_paid_out_of_no_currency() -> None:
    reversed_ = EarningsReversed(2, PAID, TEN)
    given(credited, reserved).when(ReverseEarnings(2, PAID, TEN)).then(reversed_)
    dollars = EarningsCredited(3, PAID, Money(1000, "USD"))
    given(credited, reserved, reversed_, dollars).when(ReserveEarnings(TWO, Money(1, "USD"))).refused(
        "payout.balance_negative"
    )
