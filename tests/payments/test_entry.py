"""Every row of the table that decides about an entry of the journal."""

from __future__ import annotations

from domain.kernel import PaymentId
from domain.money import Money
from domain.payments.entry import ENTRY, Record, Reverse
from domain.payments.events import Account, EntryRecorded, EntryReversed, Line
from tests.given import about
from tests.proves import proves

given = about(ENTRY)

ONE = PaymentId("one")
HAS, EARNED = Account("gateway_clearing", "sandbox"), Account("revenue", "courses")


def lines(*amounts: tuple[Account, int, str]) -> tuple[Line, ...]:
    return tuple(Line(account, Money(amount, currency)) for account, amount, currency in amounts)


WHOLE = lines((HAS, 4900, "EUR"), (EARNED, -4900, "EUR"))
TURNED = lines((HAS, -4900, "EUR"), (EARNED, 4900, "EUR"))
recorded = EntryRecorded(ONE, "captured", WHOLE)


@proves("pay.ledger")
def test_an_entry_sums_to_zero_in_each_currency() -> None:
    given().when(Record(ONE, "captured", WHOLE)).then(recorded)
    for wrong in (
        lines((HAS, 4900, "EUR"), (EARNED, -4899, "EUR")),
        lines((HAS, 4900, "EUR"), (EARNED, -4900, "SEK")),
        lines((HAS, 4900, "EUR")),
    ):
        given().when(Record(ONE, "captured", wrong)).refused("entry.unbalanced")
    given().when(Record(ONE, "captured", ())).refused("entry.empty")


@proves("pay.ledger")
def test_an_entry_is_never_changed_but_reversed_once() -> None:
    given(recorded).when(Record(ONE, "captured", WHOLE)).then()
    given(recorded).when(Record(ONE, "captured", TURNED)).refused("entry.exists_already")
    given(recorded).when(Reverse("won")).then(EntryReversed(ONE, "won", TURNED))
    given(recorded, EntryReversed(ONE, "won", TURNED)).when(Reverse("won")).then()
    given().when(Reverse("won")).refused("entry.not_found")
