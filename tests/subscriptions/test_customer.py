"""Whom a gateway's customer stands for, told as stories."""

from __future__ import annotations

from domain.kernel import PersonId
from domain.subscriptions.customer import CUSTOMER, Claim
from domain.subscriptions.events import CustomerClaimed
from tests.given import about
from tests.proves import proves

given = about(CUSTOMER)

ADA, BEN = PersonId("ada"), PersonId("ben")


@proves("pay.subscription_create")
def test_a_customer_is_whoever_first_subscribed_as_them() -> None:
    given().when(Claim(ADA)).then(CustomerClaimed(ADA))
    given(CustomerClaimed(ADA)).when(Claim(ADA)).then()
    given(CustomerClaimed(ADA)).when(Claim(BEN)).refused("subscription.anothers_customer")
