"""Whose an account at a gateway is."""

from __future__ import annotations

from domain.creators.events import PayoutAccountOpened
from domain.creators.payout_account import PAYOUT_ACCOUNT, Open
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(PAYOUT_ACCOUNT)
MARIA, EVE = PersonId("maria"), PersonId("eve")


@proves("pay.connect")
def test_an_account_is_one_persons() -> None:
    given().when(Open(MARIA)).then(PayoutAccountOpened(MARIA))
    given(PayoutAccountOpened(MARIA)).when(Open(MARIA)).then()
    given(PayoutAccountOpened(MARIA)).when(Open(EVE)).refused("payout_account.anothers")
