"""Whatever happens to money is entered, and in balance."""

from __future__ import annotations

from domain.kernel import PaymentId
from domain.payments.entry import ENTRY, Record
from domain.payments.events import DisputeLost, DisputeWon, ForCourse, PaymentDisputed, PaymentFailed
from domain.payments.posting import posting
from tests.payments.test_payment import PRICE, STARS, captured, disputed, refund_of_part
from tests.proves import proves

ONE = PaymentId("one")


@proves("pay.ledger")
def test_every_movement_is_entered_in_balance() -> None:
    assert isinstance(STARS, ForCourse)
    for event in (captured, refund_of_part[1], disputed, DisputeLost("d", PRICE, STARS, "sandbox", whole=True)):
        posted = posting(ONE, event)
        assert posted is not None
        assert isinstance(posted.command, Record)
        assert tuple(ENTRY.decide(ENTRY.initial, posted.command))
    assert posting(ONE, PaymentFailed("card_declined")) is None


@proves("pay.ledger")
def test_a_dispute_that_is_won_reverses_its_entry() -> None:
    began, won = posting(ONE, disputed), posting(ONE, DisputeWon("d"))
    assert isinstance(disputed, PaymentDisputed)
    assert began is not None
    assert won is not None
    assert began.entry == won.entry
    written = ENTRY.fold(ENTRY.decide(ENTRY.initial, began.command))
    reversed_ = tuple(ENTRY.decide(written, won.command))
    assert len(reversed_) == 1
