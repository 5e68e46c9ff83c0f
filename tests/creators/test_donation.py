"""One gift to a creator."""

from __future__ import annotations

from domain.creators.donation import DONATION, Fail, Give, GiveBack, Limits, Receive
from domain.creators.events import DonationFailed, DonationMade, DonationReceived, DonationReturned
from domain.kernel import PersonId
from domain.money import Money
from tests.given import about
from tests.proves import proves

given = about(DONATION)
BEN, MARIA, LIMITS = PersonId("ben"), PersonId("maria"), Limits(5, 100)
TEN = Money(1000, "EUR")
made = DonationMade(BEN, MARIA, TEN, "For the stars!", anonymous=False)


def give(money: Money, donor: PersonId = BEN) -> Give:
    return Give(donor, MARIA, money, "For the stars!", anonymous=False, limits=LIMITS)


@proves("pay.donation")
def test_a_gift_is_within_limits_in_whole_units_of_any_currency() -> None:
    given().when(give(TEN)).then(made)
    given(made).when(give(TEN)).then()
    given().when(give(Money(499, "EUR"))).refused("donation.too_small")
    given().when(give(Money(10_001, "EUR"))).refused("donation.too_large")
    given().when(give(Money(4, "JPY"))).refused("donation.too_small")
    given().when(give(Money(101, "JPY"))).refused("donation.too_large")
    given().when(give(Money(4_999, "KWD"))).refused("donation.too_small")
    given().when(give(TEN, MARIA)).refused("donation.to_oneself")


@proves("pay.donation")
def test_it_is_received_or_not_and_given_back_by_and_by() -> None:
    given(made).when(Receive()).then(DonationReceived())
    given(made, DonationReceived()).when(Receive()).then()
    given(made).when(Fail("declined")).then(DonationFailed("declined"))
    given(made, DonationReceived()).when(Fail("declined")).then()
    half = Money(500, "EUR")
    given(made, DonationReceived()).when(GiveBack(half)).then(DonationReturned(half))
    given(made, DonationReceived(), DonationReturned(half)).when(GiveBack(half)).then()
    given(made, DonationReceived(), DonationReturned(half)).when(GiveBack(TEN)).then(DonationReturned(TEN))
