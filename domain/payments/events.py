"""What happened to a payment, to the journal, and what gateways told. These words are public: facts are kept in them
for ever.
"""

from __future__ import annotations

from domain.kernel import Moment, PaymentId, PersonId, SecretId, Value
from domain.money import Money
from domain.payments import terms

# What facts are told in is published with them.
RefundId = terms.RefundId
ForCourse = terms.ForCourse
ForPlan = terms.ForPlan
ForDonation = terms.ForDonation
Purpose = terms.Purpose
AccountKind = terms.AccountKind
Account = terms.Account
Line = terms.Line

# --- payments: `payment:{payment}` ----------------------------------------------------------------


class PaymentInitiated(Value):
    """Somebody wants to pay. `method` is what the gateway calls that which they pay with.

    Without `capture` it is only authorised, until capturing is asked for. Not paid until `due`, it comes to nothing.
    Where `customer` is said, the gateway keeps the method for them, and they are not there to be asked for anything.
    With `keep` the gateway is to keep it for the payer, whose bank may ask them now so that it need not later.
    """

    payer: PersonId
    purpose: Purpose
    money: Money
    gateway: str
    method: str
    due: Moment
    capture: bool = True
    customer: str | None = None
    keep: bool = False


class PaymentActionNeeded(Value):
    """The payer is to go there, and say that it is they."""

    reference: str
    action: str | None


class PaymentAuthorised(Value):
    reference: str
    money: Money


class CaptureAsked(Value):
    """So much of what is authorised is to be taken. `asked` tells this asking from any other."""

    money: Money
    asked: str


class VoidAsked(Value):
    """It is to be let go."""

    reason: str


class PaymentCaptured(Value):
    """The money is ours. `kept` is what the gateway calls the method that it keeps for the payer from now on."""

    reference: str
    money: Money
    purpose: Purpose
    gateway: str
    kept: str | None = None


class PaymentFailed(Value):
    """Nothing was taken."""

    reason: str
    reference: str | None = None


class PaymentVoided(Value):
    """What was authorised was let go."""

    reference: str


class RefundAsked(Value):
    refund: RefundId
    money: Money
    reason: str


class PaymentRefunded(Value):
    """Given back; with it, where `whole`, all that was captured."""

    refund: RefundId
    reference: str
    money: Money
    purpose: Purpose
    gateway: str
    whole: bool


class RefundFailed(Value):
    """The gateway did not give it back."""

    refund: RefundId
    reason: str


class PaymentDisputed(Value):
    """The payer's bank took it back, for the time being."""

    dispute: str
    money: Money
    reason: str
    purpose: Purpose
    gateway: str


class DisputeWon(Value):
    dispute: str


class DisputeLost(Value):
    """It is with the payer's bank for good."""

    dispute: str
    money: Money
    purpose: Purpose
    gateway: str
    whole: bool


class GatewayAskedAgain(Value):
    """The gateway had not answered, or not for good: it is asked again for whatever is open."""

    tries: int


PaymentEvent = (
    PaymentInitiated
    | PaymentActionNeeded
    | PaymentAuthorised
    | CaptureAsked
    | VoidAsked
    | PaymentCaptured
    | PaymentFailed
    | PaymentVoided
    | RefundAsked
    | PaymentRefunded
    | RefundFailed
    | PaymentDisputed
    | DisputeWon
    | DisputeLost
    | GatewayAskedAgain
)

# --- the journal: `entry:{entry}` -----------------------------------------------------------------


class EntryRecorded(Value):
    payment: PaymentId
    memo: str
    lines: tuple[Line, ...]


class EntryReversed(Value):
    """The entry counts no more: `lines` are its own, turned round."""

    payment: PaymentId
    memo: str
    lines: tuple[Line, ...]


EntryEvent = EntryRecorded | EntryReversed

# --- customers of a gateway: `customer:{gateway}:{person}` ----------------------------------------


class CustomerOpened(Value):
    """The gateway keeps what this person pays with under this name. We asked it to: nobody else says who they are."""

    customer: str


# --- notices: `notice:{gateway}:{event}` ----------------------------------------------------------


class NoticeHeard(Value):
    """A gateway told us something by itself. What it said, word for word, is in the vault under `raw`."""

    gateway: str
    kind: str
    reference: str | None
    payment: str | None
    made: Moment
    raw: SecretId


class NoticeTakenUpAgain(Value):
    """The gateway could not be asked about it before."""

    tries: int


NoticeEvent = NoticeHeard | NoticeTakenUpAgain

# --- reconciling: `reconciliation:{gateway}` ------------------------------------------------------


class ReconciliationDue(Value):
    """What the gateway has is to be compared with what we have, from `since` on."""

    since: Moment


class ReconciliationDone(Value):
    """So many payments were compared, and of these there was something that nobody had told."""

    since: Moment
    until: Moment
    compared: int
    found: tuple[PaymentId, ...]


class ReconciliationFailed(Value):
    """The gateway did not answer."""

    since: Moment


ReconciliationEvent = ReconciliationDue | ReconciliationDone | ReconciliationFailed

Event = PaymentEvent | EntryEvent | CustomerOpened | NoticeEvent | ReconciliationEvent
