"""What a creator has of a payment, and bears of what is given back."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given as by_chance
from hypothesis import strategies as st

from domain.creators.events import Author, ShareCredited, ShareTakenBack
from domain.creators.share import SHARE, WHOLE, CreditShare, Shared, TakeShareBack
from domain.kernel import PersonId
from domain.money import Money
from tests.given import about
from tests.proves import proves

given = about(SHARE)
PEOPLE = tuple(map(PersonId, ("maria", "nova", "kim", "eve")))
MARIA, NOVA, KIM, EVE = PEOPLE


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


ALONE = (Author(MARIA, WHOLE),)
credit = CreditShare(ALONE, "donation", "d", euros(1001), 1000)
credited = ShareCredited(MARIA, "donation", "d", euros(1001), euros(901), euros(100))
taken = ShareTakenBack(MARIA, "donation", "refund", "one", euros(333), euros(300), euros(33))


@proves("pay.donation")
def test_a_share_and_its_fee_are_what_was_paid() -> None:
    given().when(credit).then(credited)
    given(credited).when(credit).then()
    given().when(CreditShare(ALONE, "donation", "d", euros(0), 1000)).refused("share.not_possible")
    given().when(CreditShare(ALONE, "donation", "d", euros(1), WHOLE + 1)).refused("share.not_possible")


@proves("pay.donation")
def test_what_is_given_back_is_borne_in_proportion_and_once() -> None:
    given(credited).when(TakeShareBack("refund", "one", euros(333))).then(taken)
    given(credited, taken).when(TakeShareBack("refund", "one", euros(333))).then()
    rest = ShareTakenBack(MARIA, "donation", "dispute", "two", euros(668), euros(601), euros(67))
    given(credited, taken).when(TakeShareBack("dispute", "two", euros(2000))).then(rest)
    given(credited, taken, rest).when(TakeShareBack("refund", "three", euros(1))).refused("share.not_possible")
    given(credited).when(TakeShareBack("refund", "one", Money(1, "SEK"))).refused("share.not_possible")
    given().when(TakeShareBack("refund", "one", euros(1))).then()


@proves("pay.earnings")
def test_several_authors_have_their_parts_to_the_last_unit() -> None:
    authors = (Author(MARIA, 3334), Author(NOVA, 3333), Author(KIM, 3333))
    hers = ShareCredited(MARIA, "course", "c", euros(34), euros(30), euros(4), euros(100))
    novas = ShareCredited(NOVA, "course", "c", euros(33), euros(30), euros(3), euros(100))
    kims = ShareCredited(KIM, "course", "c", euros(33), euros(30), euros(3), euros(100))
    together = CreditShare(authors, "course", "c", euros(100), 1000)
    given().when(together).then(hers, novas, kims)
    given(hers, novas, kims).when(together).then()
    # Of one who wants none the part is the school's, and nobody else's.
    given().when(CreditShare(authors[1:], "course", "c", euros(100), 1000)).then(novas, kims)
    given().when(CreditShare((), "course", "c", euros(100), 1000)).refused("share.not_possible")
    given().when(CreditShare((*authors, Author(EVE, 1)), "course", "c", euros(1), 0)).refused("share.not_possible")


@by_chance(
    st.integers(1, 10**9),
    st.integers(0, WHOLE),
    st.lists(st.integers(1, WHOLE // 4), min_size=1, max_size=4),
    st.lists(st.integers(1, 10**9), max_size=6),
)
@proves("pay.donation", "pay.earnings")
def test_all_parts_given_back_are_all_that_was_shared(
    gross: int, parts: int, weights: list[int], cuts: list[int]
) -> None:
    authors = tuple(Author(person, weight) for person, weight in zip(PEOPLE, weights, strict=False))
    state = SHARE.fold(SHARE.decide(SHARE.initial, CreditShare(authors, "course", "c", euros(gross), parts)))
    assert isinstance(state, Shared)
    if sum(weights) == WHOLE:
        assert sum(one.gross.amount for one in state.credited) == gross
    places = [0, *sorted({cut % gross for cut in cuts} - {0}), gross]
    for number, (before, now) in enumerate(pairwise(places)):
        events = tuple(SHARE.decide(state, TakeShareBack("refund", str(number), euros(now - before))))
        assert len(events) == len(authors)
        for event in events:
            assert isinstance(event, ShareTakenBack)
            assert event.share + event.fee == event.gross
            assert min(event.share.amount, event.fee.amount) >= 0
            state = SHARE.evolve(state, event)
        assert isinstance(state, Shared)
        assert state.given_back == now
    for credited in state.credited:
        theirs = [one for one in state.back if one.creator == credited.creator]
        assert sum(one.share.amount for one in theirs) == credited.share.amount
        assert sum(one.fee.amount for one in theirs) == credited.fee.amount
