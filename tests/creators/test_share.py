"""What a creator has of a payment, and bears of what is given back."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given as by_chance
from hypothesis import strategies as st

from domain.creators.events import ShareCredited, ShareTakenBack
from domain.creators.share import SHARE, WHOLE, CreditShare, Shared, TakeShareBack
from domain.kernel import PersonId
from domain.money import Money
from tests.given import about
from tests.proves import proves

given = about(SHARE)
MARIA = PersonId("maria")


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


credit = CreditShare(MARIA, "donation", "d", euros(1001), 1000)
credited = ShareCredited(MARIA, "donation", "d", euros(1001), euros(901), euros(100))
taken = ShareTakenBack(MARIA, "donation", "refund", "one", euros(333), euros(300), euros(33))


@proves("pay.donation")
def test_a_share_and_its_fee_are_what_was_paid() -> None:
    given().when(credit).then(credited)
    given(credited).when(credit).then()
    given().when(CreditShare(MARIA, "donation", "d", euros(0), 1000)).refused("share.not_possible")
    given().when(CreditShare(MARIA, "donation", "d", euros(1), WHOLE + 1)).refused("share.not_possible")


@proves("pay.donation")
def test_what_is_given_back_is_borne_in_proportion_and_once() -> None:
    given(credited).when(TakeShareBack("refund", "one", euros(333))).then(taken)
    given(credited, taken).when(TakeShareBack("refund", "one", euros(333))).then()
    rest = ShareTakenBack(MARIA, "donation", "dispute", "two", euros(668), euros(601), euros(67))
    given(credited, taken).when(TakeShareBack("dispute", "two", euros(2000))).then(rest)
    given(credited, taken, rest).when(TakeShareBack("refund", "three", euros(1))).refused("share.not_possible")
    given(credited).when(TakeShareBack("refund", "one", Money(1, "SEK"))).refused("share.not_possible")
    given().when(TakeShareBack("refund", "one", euros(1))).then()


@by_chance(st.integers(1, 10**9), st.integers(0, WHOLE), st.lists(st.integers(1, 10**9), max_size=6))
@proves("pay.donation")
def test_all_parts_given_back_are_all_that_was_shared(gross: int, parts: int, cuts: list[int]) -> None:
    state = SHARE.fold(SHARE.decide(SHARE.initial, CreditShare(MARIA, "donation", "d", euros(gross), parts)))
    places = [0, *sorted({cut % gross for cut in cuts} - {0}), gross]
    for number, (before, now) in enumerate(pairwise(places)):
        (event,) = SHARE.decide(state, TakeShareBack("refund", str(number), euros(now - before)))
        assert isinstance(event, ShareTakenBack)
        assert event.share + event.fee == event.gross
        assert event.share.amount >= 0
        assert event.fee.amount >= 0
        state = SHARE.evolve(state, event)
    assert isinstance(state, Shared)
    assert sum(one.share.amount for one in state.back) == state.credited.share.amount
