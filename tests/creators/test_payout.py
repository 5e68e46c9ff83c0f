"""One payout: reserved, handed over, settled or failed."""

from __future__ import annotations

from domain.creators.events import PayoutAskedAgain, PayoutFailed, PayoutHandedOver, PayoutReserved, PayoutSettled
from domain.creators.payout import PAYOUT, AskAgain, HandOver, ReservePayout, Tell
from domain.kernel import PersonId
from domain.money import Money
from tests.given import about
from tests.proves import proves

given = about(PAYOUT)
MARIA, TEN = PersonId("maria"), Money(1000, "EUR")
reserved = PayoutReserved(MARIA, TEN, "stripe", "acct")
handed = PayoutHandedOver()


@proves("pay.payouts")
def test_it_is_handed_over_once_unless_it_is_frozen() -> None:
    given().when(ReservePayout(MARIA, TEN, "stripe", "acct")).then(reserved)
    given(reserved).when(ReservePayout(MARIA, TEN, "stripe", "acct")).then()
    given(reserved).when(ReservePayout(MARIA, Money(1, "EUR"), "stripe", "acct")).refused("payout.exists_already")
    given(reserved).when(HandOver()).then(handed)
    given(reserved, handed).when(HandOver()).then()
    given(reserved).when(HandOver("payout.frozen")).then(PayoutFailed("payout.frozen"))
    given().when(HandOver()).refused("payout.not_found")


@proves("pay.payouts")
def test_what_was_handed_over_is_what_the_gateway_says() -> None:
    given(reserved, handed).when(HandOver("payout.frozen")).then()
    given(reserved).when(Tell("done", "tr")).then()
    given(reserved, handed).when(Tell("pending", "tr")).then()
    given(reserved, handed).when(AskAgain(1)).then(PayoutAskedAgain(1))
    given(reserved, handed, PayoutAskedAgain(1)).when(AskAgain(1)).then()
    given(reserved, handed).when(Tell("done", "tr")).then(PayoutSettled("tr"))
    given(reserved, handed).when(Tell("failed", "tr")).then(PayoutFailed("refused"))
    given(reserved, handed, PayoutSettled("tr")).when(Tell("failed", "tr", "late")).then()
    given(reserved, handed, PayoutFailed("no")).when(Tell("done", "tr")).then()
