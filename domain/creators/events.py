"""What happened to creators, to what they earn, and to what they are paid. These words are public: facts are kept in
them for ever.
"""

from __future__ import annotations

from typing import Literal, NewType

from domain.creators import schedule as _schedule
from domain.creators import terms as _terms
from domain.kernel import Moment, PaymentId, Personal, PersonId, Value
from domain.money import Money

"""As the payments context names what somebody paid."""
Schedule = _schedule.Schedule
"""When a creator is paid out."""
Author = _terms.Author
Advertised = _terms.Advertised
PayoutId = NewType("PayoutId", str)

# --- creators: `creator:{person}` -----------------------------------------------------------------


class MonetizationGranted(Value):
    """They may be paid. `terms` are those they agreed to."""

    terms: str


class MonetizationEnded(Value):
    """They want no more of it."""


class MonetizationSuspended(Value):
    reason: str


class SuspensionLifted(Value):
    reason: str


class OnboardingStarted(Value):
    """They want an account there, or a new link to it. `asked` tells this asking from any other."""

    gateway: str
    country: str
    asked: str


class OnboardingTriedAgain(Value):
    """The gateway had not answered."""

    tries: int


class OnboardingRefused(Value):
    """The gateway opens no account for them."""

    reason: str


class PayoutAccountLinked(Value):
    gateway: str
    reference: str


class PayoutAccountEnabled(Value):
    """They have said all that is wanted: they can be paid out."""


class PayoutAccountRestricted(Value):
    """They can not be paid out: so much is still wanted of them, and `link` is where they say it."""

    wanting: tuple[str, ...]
    link: str | None


class PayoutScheduleSet(Value):
    schedule: Schedule
    due: Moment | None


class PayoutFellDue(Value):
    """It is time to pay out what there is. `next` is when it is time again."""

    due: Moment
    next: Moment


CreatorEvent = (
    MonetizationGranted
    | MonetizationEnded
    | MonetizationSuspended
    | SuspensionLifted
    | OnboardingStarted
    | OnboardingTriedAgain
    | OnboardingRefused
    | PayoutAccountLinked
    | PayoutAccountEnabled
    | PayoutAccountRestricted
    | PayoutScheduleSet
    | PayoutFellDue
)

# --- whose an account is: `payout_account:{gateway}:{reference}` ----------------------------------


class PayoutAccountOpened(Value):
    """An account at a gateway is theirs."""

    creator: PersonId


# --- works: `authorship:{kind}:{work}` ------------------------------------------------------------

Kind = Literal["course", "plan"]
"""What a work is."""


class AuthorNamed(Value):
    """They made it: what is paid for it from now on is shared with them."""

    creator: PersonId


class AuthorsNamed(Value):
    """They made it together: what is paid for it from then on is shared with them in these parts."""

    authors: tuple[Author, ...]
    since: Moment


class AuthorTakenAway(Value):
    """It counts as theirs no more."""

    creator: PersonId


AuthorshipEvent = AuthorNamed | AuthorsNamed | AuthorTakenAway

# --- donations: `donation:{payment}` --------------------------------------------------------------


class DonationMade(Value, person="donor"):
    """Somebody gives something to a creator, and is about to pay for it."""

    donor: PersonId
    creator: PersonId
    money: Money
    message: Personal[str | None]
    anonymous: bool


class DonationReceived(Value):
    """It was paid."""


class DonationFailed(Value):
    """It was not paid."""

    reason: str


class DonationReturned(Value):
    """It was given back, or a part of it: so much by now."""

    money: Money


DonationEvent = DonationMade | DonationReceived | DonationFailed | DonationReturned

# --- shares: `share:{payment}` --------------------------------------------------------------------

Source = Literal["course", "plan", "donation", "advertising"]
"""What a creator earns by."""
Cause = Literal["refund", "dispute", "reversal"]


class ShareCredited(Value):
    """Of `gross`, so much is the creator's, and the rest is the fee. Where they are not alone, all that was `paid`."""

    creator: PersonId
    source: Source
    about: str
    gross: Money
    share: Money
    fee: Money
    paid: Money | None = None


class ShareTakenBack(Value):
    """Of what was given back, `gross`, the creator bears their share. Where they are not alone, it is `of` so much."""

    creator: PersonId
    source: Source
    cause: Cause
    what: str
    gross: Money
    share: Money
    fee: Money
    of: Money | None = None


ShareEvent = ShareCredited | ShareTakenBack

# --- advertising: `advertising:{statement}` -------------------------------------------------------


class AdvertisingPosted(Value):
    """A network's statement of what it pays for these days, the first and the last of which are said."""

    network: str
    since: str
    until: str
    lines: tuple[Advertised, ...]


class AdvertisingReversed(Value):
    """The statement was wrong, and counts no more."""

    reason: str


AdvertisingEvent = AdvertisingPosted | AdvertisingReversed

# --- balances: `balance:{person}` -----------------------------------------------------------------


class EarningsCredited(Value):
    """More is theirs. `number` counts what happened to this balance."""

    number: int
    payment: PaymentId
    money: Money


class EarningsReversed(Value):
    """Less is theirs, because it was given back."""

    number: int
    payment: PaymentId
    money: Money


class EarningsReserved(Value):
    """Set apart, to be paid out."""

    payout: PayoutId
    money: Money


class EarningsPaidOut(Value):
    """What was set apart is with them."""

    payout: PayoutId
    money: Money


class EarningsReturned(Value):
    """What was set apart is there again: it could not be paid out."""

    payout: PayoutId
    money: Money


BalanceEvent = EarningsCredited | EarningsReversed | EarningsReserved | EarningsPaidOut | EarningsReturned

# --- payouts: `payout:{payout}` -------------------------------------------------------------------


class PayoutReserved(Value):
    """So much is set apart for it, to be sent to this account."""

    creator: PersonId
    money: Money
    gateway: str
    account: str


class PayoutHandedOver(Value):
    """The gateway is being asked. From now on, only what it says counts."""


class PayoutAskedAgain(Value):
    """The gateway had not answered, or not for good."""

    tries: int


class PayoutSettled(Value):
    """It is with the creator."""

    reference: str


class PayoutFailed(Value):
    """It was not paid, and what was set apart for it is there again."""

    reason: str


PayoutEvent = PayoutReserved | PayoutHandedOver | PayoutAskedAgain | PayoutSettled | PayoutFailed

_OfMoney = DonationEvent | ShareEvent | AdvertisingEvent | BalanceEvent | PayoutEvent
Event = CreatorEvent | PayoutAccountOpened | AuthorshipEvent | _OfMoney
