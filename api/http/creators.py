"""What requests about creators say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from api.http.payments import Amount, Method
from application.advertising import LINES_MAX
from domain.creators.events import Kind, PayoutId
from domain.kernel import ID, PersonId, Value
from domain.money import Currency, Money

Creator = Annotated[PersonId, ID]
Statement = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,47}$(?!\n)", max_length=48, description="Its name, by us."),
]
Payout = Annotated[PayoutId, ID]
KindOfWork = Annotated[Kind, msgspec.Meta(description="What it is.")]
WorkName = Annotated[str, ID]
Year = Annotated[int, msgspec.Meta(ge=2000, le=2100, description="A year of the calendar.")]
Zone = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$(?!\n)",
        max_length=64,
        description="A time zone, as the IANA calls it. Without one, that of the school.",
    ),
]
Reason = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$", description="Why, in 500 characters.")
]
Message = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$", description="What one says with it.")
]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="As ISO 3166 has it: DE.")]


class AgreeBody(Value, forbid_unknown_fields=True):
    """Which terms one agrees to, by their name, and whether one is of age."""

    terms: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    of_age: bool


class ReasonBody(Value, forbid_unknown_fields=True):
    reason: Reason


class WorkBody(Value, forbid_unknown_fields=True):
    """A course or a plan, by its name."""

    kind: Kind
    work: Annotated[str, ID]


class AuthorBody(Value, forbid_unknown_fields=True):
    """One of those who made a work, and their part of it."""

    creator: Annotated[PersonId, ID]
    weight: Annotated[int, msgspec.Meta(ge=1, le=10_000, description="So many parts of 10,000.")]


class AuthorsBody(Value, forbid_unknown_fields=True):
    """Who made a work, each with their part, together all of it; and since when, where that is not now."""

    authors: Annotated[tuple[AuthorBody, ...], msgspec.Meta(min_length=1, max_length=20)]
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class AdvertisedBody(Value, forbid_unknown_fields=True):
    creator: Annotated[PersonId, ID]
    amount: Amount
    currency: Currency


class AdvertisingBody(Value, forbid_unknown_fields=True):
    """Of which network and days a statement is, and for whom it is how much: as a list, or as a CSV file.

    The file is sent as base64. Its first line names its columns: `creator`, `amount` as people write it, `currency`.
    """

    network: Annotated[str, ID]
    since: date
    until: date
    rows: Annotated[tuple[AdvertisedBody, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    file: bytes = b""


class CountryBody(Value, forbid_unknown_fields=True):
    """Where one lives."""

    country: Country


class WeeklyBody(Value, tag="weekly", forbid_unknown_fields=True):
    """Each week; Monday is 1."""

    weekday: Annotated[int, msgspec.Meta(ge=1, le=7)]
    time_zone: Zone


class MonthlyBody(Value, tag="monthly", forbid_unknown_fields=True):
    """Each month, on a day that every month has."""

    day: Annotated[int, msgspec.Meta(ge=1, le=28)]
    time_zone: Zone


class EnoughBody(Value, forbid_unknown_fields=True):
    amount: Amount
    currency: Currency


class ThresholdBody(Value, tag="threshold", forbid_unknown_fields=True):
    """As soon as it is so much."""

    money: EnoughBody


class OnDemandBody(Value, tag="on_demand", forbid_unknown_fields=True):
    """Only what is asked for."""


class ScheduleBody(Value, forbid_unknown_fields=True):
    """When to be paid out."""

    schedule: WeeklyBody | MonthlyBody | ThresholdBody | OnDemandBody


class PayoutBody(Value, forbid_unknown_fields=True):
    """How much one wants to be paid out."""

    amount: Amount
    currency: Currency


class DonationBody(Value, forbid_unknown_fields=True):
    """How much one gives, with what, and with what words. Anonymous, the creator is not told who it was."""

    amount: Amount
    currency: Currency
    method: Method
    message: Message | None = None
    anonymous: bool = False

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
