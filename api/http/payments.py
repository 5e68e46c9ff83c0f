"""What requests about payments say."""

from __future__ import annotations

from typing import Annotated

import msgspec

from domain.kernel import ID, CourseId, LearnerId, PaymentId, PersonId, Value
from domain.money import MOST, Currency, Money

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Payer = Annotated[PersonId, ID]
Payment = Annotated[PaymentId, ID]
GatewayName = Annotated[str, ID]
Amount = Annotated[
    int, msgspec.Meta(ge=1, le=MOST, description="In the smallest unit of the currency: 4900 EUR are 49 euros.")
]
Method = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[!-~]+$(?!\n)", max_length=255, description="What the gateway calls it that is paid with. No card."
    ),
]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Why.")]


class PayBody(Value, forbid_unknown_fields=True):
    """How much one has seen that it costs, and what one pays with. Without `capture` it is only authorised."""

    amount: Amount
    currency: Currency
    method: Method
    capture: bool = True


class AmountBody(Value, forbid_unknown_fields=True):
    amount: Amount
    currency: Currency

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class RefundBody(Value, forbid_unknown_fields=True):
    """How much is given back: all that is left, where nothing is said of it."""

    reason: Reason
    amount: Amount | None = None
    currency: Currency | None = None


class VoidBody(Value, forbid_unknown_fields=True):
    reason: Reason
