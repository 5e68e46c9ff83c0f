"""How one gives something to a creator: the donation, and the payment for it, are begun in one append."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from application.enrolling import PAY_WITHIN, Deciding
from application.paying import check_method
from domain.creators.creator import CREATOR, On
from domain.creators.creator import State as Creator
from domain.creators.donation import DONATION, Give, Limits
from domain.creators.donation import State as Donation
from domain.kernel import PaymentId, PersonId, Rejected, Value
from domain.money import Money
from domain.payments.events import ForDonation
from domain.payments.payment import PAYMENT, Initiate
from domain.payments.payment import State as Payment
from domain.tenancy.settings import SETTINGS
from domain.tenancy.settings import State as Settings


class Gift(Value):
    """What somebody wants to give, and with what they pay."""

    donor: PersonId
    creator: PersonId
    money: Money
    method: str
    gateway: str
    message: str | None
    anonymous: bool
    at: datetime


def donating(payment: PaymentId, gift: Gift) -> Deciding:
    """Somebody gives something."""
    check_method(gift.method)
    purpose = ForDonation(gift.creator, payment)

    def decide(donation: Donation, paid: Payment, creator: Creator, settings: Settings) -> Iterator[tuple[int, Any]]:
        if not isinstance(creator.monetization, On):
            raise Rejected("donation.not_possible", "this creator takes no donations")
        limits = Limits(settings.configuration.donation_least, settings.configuration.donation_most)
        give = Give(gift.donor, gift.creator, gift.money, gift.message, gift.anonymous, limits)
        yield from ((0, event) for event in DONATION.decide(donation, give))
        due = gift.at + PAY_WITHIN
        pay = Initiate(gift.donor, purpose, gift.money, gift.gateway, gift.method, due)
        yield from ((1, event) for event in PAYMENT.decide(paid, pay))

    beside = (CREATOR.at(gift.creator), SETTINGS.at("main"))
    return Deciding((DONATION.at(payment), PAYMENT.at(payment)), decide, gift, beside)
