"""One payment: what somebody pays for one purpose, from asking for it until it is given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, assert_never

import msgspec
from msgspec.structs import replace

from domain.kernel import Decider, Moment, PersonId, Rejected, Value, name
from domain.money import Money
from domain.payments import parts
from domain.payments.events import (
    CaptureAsked,
    DisputeLost,
    DisputeWon,
    GatewayAskedAgain,
    PaymentActionNeeded,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentInitiated,
    PaymentRefunded,
    PaymentVoided,
    Purpose,
    RefundAsked,
    RefundFailed,
    RefundId,
    VoidAsked,
)
from domain.payments.events import PaymentEvent as Event
from domain.payments.parts import Disputed, Refund, at_most, positive

TRIES_MAX = 30
"""How often a gateway is asked for one thing: for less than a day, as long as every gateway knows a key again."""


class Initiate(Value):
    payer: PersonId
    purpose: Purpose
    money: Money
    gateway: str
    method: str
    due: Moment
    capture: bool = True
    customer: str | None = None
    keep: bool = False


class Tell(Value):
    """What the gateway has. Told in any order, as often as one likes. `refunded` is all that it gave back so far.

    `kept` is what it calls the method, where it keeps it for the payer.
    """

    reference: str
    state: Literal["authorised", "captured", "failed", "needs_action", "pending", "void"]
    money: Money
    refunded: int = 0
    reason: str | None = None
    action: str | None = None
    kept: str | None = None


class Capture(Value):
    """Take so much of what was authorised."""

    money: Money
    asked: str


class Void(Value):
    """Let it go, unless it was taken."""

    reason: str


class TimeOut(Value):
    """It was to be paid until `due`."""

    due: Moment


class TimeOutCapture(Value):
    """What was asked to be taken was to be taken by now: the gateway has not said that it was."""

    asked: str


class AskRefund(Value):
    """Give so much back; all that is left, where it is not said how much."""

    refund: RefundId
    money: Money | None
    reason: str


class TellRefund(Value):
    refund: RefundId
    reference: str
    state: Literal["done", "pending", "failed"]
    reason: str | None = None


class TellDispute(Value):
    dispute: str
    state: Literal["open", "won", "lost"]
    money: Money
    reason: str | None = None


class AskAgain(Value):
    tries: Annotated[int, msgspec.Meta(ge=1, le=TRIES_MAX)]


Command = Initiate | Tell | Capture | Void | TimeOut | TimeOutCapture | AskRefund | TellRefund | TellDispute | AskAgain


class Unstarted(Value, tag=True):
    """Nobody has asked for it."""


class Initiated(Value, tag=True):
    """The gateway is being asked."""

    about: PaymentInitiated
    tries: int = 0


class NeedsAction(Value, tag=True):
    """The payer is at the gateway."""

    about: PaymentInitiated
    reference: str
    tries: int = 0


class Authorised(Value, tag=True):
    """Ready to be taken; `asked` is how much of it is being taken, if it is."""

    about: PaymentInitiated
    reference: str
    money: Money
    asked: CaptureAsked | None = None
    tries: int = 0


class Voiding(Value, tag=True):
    """Being let go."""

    about: PaymentInitiated
    reference: str
    tries: int = 0


class Captured(Value, tag=True):
    """The money is ours, but for what was given back."""

    about: PaymentInitiated
    reference: str
    money: Money
    asked: CaptureAsked | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    tries: int = 0

    @property
    def refunded(self) -> int:
        return sum(one.money.amount for one in self.refunds if one.state == "done")

    @property
    def pending(self) -> tuple[Refund, ...]:
        return tuple(one for one in self.refunds if one.state == "asked")

    @property
    def kept(self) -> int:
        """What is not given back, nor about to be, nor lost. What is in dispute may yet be ours."""
        gone = sum(one.money.amount for one in self.refunds if one.state != "failed")
        return self.money.amount - gone - sum(one.money.amount for one in self.disputes if one.state == "lost")

    @property
    def left(self) -> int:
        """What may still be refunded: what is kept, and is not with the payer's bank."""
        return self.kept - sum(one.money.amount for one in self.disputes if one.state == "open")


class Failed(Value, tag=True):
    about: PaymentInitiated
    reason: str


class Voided(Value, tag=True):
    about: PaymentInitiated


State = Unstarted | Initiated | NeedsAction | Authorised | Voiding | Captured | Failed | Voided


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unstarted(), Initiate():
            positive(command.money)
            yield _initiated(command)
        case Unstarted(), _:
            raise Rejected("payment.not_found", "there is no such payment")
        case _, Initiate() if _initiated(command) != state.about:
            raise Rejected("payment.exists_already", "there is another payment of this name")
        case Captured(), Tell(state="captured"):
            yield from _given_back_elsewhere(state, command)
        case _, Tell(reference, "captured", money, kept=kept):
            about = state.about
            yield PaymentCaptured(reference, _of(about, money), about.purpose, about.gateway, kept)
            yield from _given_back_elsewhere(Captured(state.about, reference, money), command)
        case Initiated(), Tell(reference, "needs_action", action=action):
            yield PaymentActionNeeded(reference, action)
        case Initiated() | NeedsAction(), Tell(reference, "authorised", money):
            yield PaymentAuthorised(reference, _of(state.about, money))
        case Initiated() | NeedsAction() | Authorised() | Voiding(), Tell(reference, "failed", reason=reason):
            yield PaymentFailed(reason or "declined", reference)
        case Initiated() | NeedsAction() | Authorised() | Voiding(), Tell(reference, "void"):
            yield PaymentVoided(reference)
        case Authorised(asked=None, money=authorised), Capture(money, asked):
            yield CaptureAsked(at_most(authorised, money, "payment.more_than_authorised"), asked)
        case NeedsAction() | Authorised(asked=None), Void(reason):
            yield VoidAsked(reason)
        case Initiated(about), TimeOut(due) if about.due == due:
            yield PaymentFailed("timed_out")
        case NeedsAction(about) | Authorised(about, asked=None), TimeOut(due) if about.due == due:
            yield VoidAsked("timed_out")
        case Authorised(asked=CaptureAsked(asked=asked)), TimeOutCapture(which) if which == asked:
            yield VoidAsked("capture_timed_out")
        case Captured(refunds=refunds), AskRefund(refund) if any(one.refund == refund for one in refunds):
            _check_same(state, command)
        case Captured(), AskRefund(refund, money, reason):
            yield RefundAsked(refund, _refundable(state, money), reason)
        case Captured(), TellRefund():
            yield from _told(state, command)
        case Captured(), TellDispute():
            yield from _disputed(state, command)
        case ((Initiated() | NeedsAction() | Authorised() | Voiding() | Captured()), AskAgain(tries)) if (
            tries > state.tries and is_open(state)
        ):
            yield GatewayAskedAgain(tries)
        case _:
            _refuse(state, command)


def _refuse(state: State, command: Command) -> None:
    """No, and why; or nothing, where it is so already."""
    match state, command:
        case Authorised(asked=asked) | Captured(asked=asked), Capture() if asked == CaptureAsked(
            command.money, command.asked
        ):
            return  # It is being taken, or was.
        case Authorised() | Captured(), Capture():
            raise Rejected("payment.captured_already", "this was taken, or is being taken")
        case _, Capture():
            raise Rejected("payment.not_authorised", f"what is {name(state)} cannot be captured")
        case Captured() | Authorised(), Void():
            raise Rejected("payment.captured_already", "this was taken, or is being taken: refund it")
        case Initiated(), Void():
            raise Rejected("payment.not_authorised", "the gateway is being asked just now")
        case _, AskRefund() | TellRefund() | TellDispute():
            raise Rejected("payment.not_captured", f"nothing was taken: it is {name(state)}")
        case _:
            return


def is_open(state: State) -> bool:
    """Whether there is something that the gateway has to be asked for."""
    match state:
        case Initiated() | NeedsAction() | Voiding():
            return True
        case Authorised(about=about, asked=asked):
            return about.capture or asked is not None
        case Captured(pending=pending):
            return bool(pending)
        case Unstarted() | Failed() | Voided():
            return False
        case _:
            assert_never(state)


def _initiated(wish: Initiate) -> PaymentInitiated:
    paying = (wish.gateway, wish.method, wish.due, wish.capture, wish.customer, wish.keep)
    return PaymentInitiated(wish.payer, wish.purpose, wish.money, *paying)


def _of(about: PaymentInitiated, money: Money) -> Money:
    """What a gateway says it took, if that is of what was asked for."""
    return at_most(about.money, money, "payment.more_than_asked")


def _refundable(state: Captured, money: Money | None) -> Money:
    if state.left <= 0:
        raise Rejected("payment.refund_too_large", "nothing of it is left")
    left = Money(state.left, state.money.currency)
    return left if money is None else at_most(left, money, "payment.refund_too_large")


def _check_same(state: Captured, command: AskRefund) -> None:
    same = next(one for one in state.refunds if one.refund == command.refund)
    if command.money not in {None, same.money}:
        raise Rejected("payment.other_refund", "there is another refund of this name")


def _given_back_elsewhere(state: Captured, told: Tell) -> Iterator[Event]:
    """What was given back at the gateway itself, by somebody there, and by no refund of ours."""
    ours = state.refunded + sum(one.money.amount for one in state.pending)
    more = min(told.refunded - ours, state.left)
    if more > 0:
        refund, money = parts.given_back_elsewhere(told.refunded), Money(more, state.money.currency)
        yield RefundAsked(refund, money, "given back at the gateway")
        yield _refunded(state, refund, told.reference, money)


def _refunded(state: Captured, refund: RefundId, reference: str, money: Money) -> PaymentRefunded:
    whole = state.refunded + money.amount == state.money.amount
    return PaymentRefunded(refund, reference, money, state.about.purpose, state.about.gateway, whole)


def _told(state: Captured, told: TellRefund) -> Iterator[Event]:
    asked = next((one for one in state.refunds if one.refund == told.refund), None)
    if asked is None:
        raise Rejected("refund.not_found", "nobody asked for this refund")
    if asked.state == "asked" and told.state == "done":
        yield _refunded(state, told.refund, told.reference, asked.money)
    if asked.state == "asked" and told.state == "failed":
        yield RefundFailed(told.refund, told.reason or "refused")


def _disputed(state: Captured, told: TellDispute) -> Iterator[Event]:
    about = state.about
    known = next((one for one in state.disputes if one.dispute == told.dispute), None)
    if known is None:
        money = at_most(state.money, told.money, "payment.more_than_asked")
        yield PaymentDisputed(told.dispute, money, told.reason or "", about.purpose, about.gateway)
        known = Disputed(told.dispute, money, "open")
    if known.state == "open" and told.state == "won":
        yield DisputeWon(told.dispute)
    if known.state == "open" and told.state == "lost":
        whole = state.refunded + known.money.amount >= state.money.amount
        yield DisputeLost(told.dispute, known.money, about.purpose, about.gateway, whole)


def evolve(state: State, event: Event) -> State:
    match event:
        case PaymentInitiated():
            return Initiated(event)
        case _ if isinstance(state, Unstarted):
            return state
        case PaymentActionNeeded(reference):
            return NeedsAction(state.about, reference)
        case PaymentAuthorised(reference, money):
            return Authorised(state.about, reference, money)
        case CaptureAsked():
            return replace(state, asked=event) if isinstance(state, Authorised) else state
        case VoidAsked():
            return Voiding(state.about, state.reference) if isinstance(state, NeedsAction | Authorised) else state
        case PaymentCaptured(reference, money):
            return Captured(state.about, reference, money, state.asked if isinstance(state, Authorised) else None)
        case PaymentFailed(reason):
            return Failed(state.about, reason)
        case PaymentVoided():
            return Voided(state.about)
        case GatewayAskedAgain(tries):
            return state if isinstance(state, Failed | Voided) else replace(state, tries=tries)
        case RefundAsked() | PaymentRefunded() | RefundFailed() | PaymentDisputed() | DisputeWon() | DisputeLost():
            return _after_capture(state, event) if isinstance(state, Captured) else state
        case _:
            assert_never(event)


def _after_capture(
    state: Captured,
    event: RefundAsked | PaymentRefunded | RefundFailed | PaymentDisputed | DisputeWon | DisputeLost,
) -> State:
    match event:
        case RefundAsked(refund, money):
            return replace(state, refunds=(*state.refunds, Refund(refund, money, "asked")))
        case PaymentRefunded(refund):
            return replace(state, refunds=parts.with_refund(state.refunds, refund, "done"))
        case RefundFailed(refund):
            return replace(state, refunds=parts.with_refund(state.refunds, refund, "failed"))
        case PaymentDisputed(dispute, money):
            return replace(state, disputes=(*state.disputes, Disputed(dispute, money, "open")))
        case DisputeWon(dispute):
            return replace(state, disputes=parts.with_dispute(state.disputes, dispute, "won"))
        case DisputeLost(dispute):
            return replace(state, disputes=parts.with_dispute(state.disputes, dispute, "lost"))
        case _:
            assert_never(event)


PAYMENT = Decider[State, Command, Event]("payment", Unstarted(), decide, evolve)
