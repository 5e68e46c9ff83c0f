"""Who somebody is at a gateway, told as stories."""

from __future__ import annotations

from domain.payments.customer import CUSTOMER, Open
from domain.payments.events import CustomerOpened
from tests.given import about
from tests.proves import proves

given = about(CUSTOMER)


@proves("pay.subscription_create")
def test_a_person_is_one_customer_however_often_one_is_opened() -> None:
    given().when(Open("cus_1")).then(CustomerOpened("cus_1"))
    given(CustomerOpened("cus_1")).when(Open("cus_1")).then()
    given(CustomerOpened("cus_1")).when(Open("cus_2")).then()
