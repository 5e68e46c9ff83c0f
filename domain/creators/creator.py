"""A creator: whether they may be paid, where to, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.creators.eligibility import Standing, unmet
from domain.creators.events import CreatorEvent as Event
from domain.creators.events import (
    MonetizationEnded,
    MonetizationGranted,
    MonetizationSuspended,
    OnboardingRefused,
    OnboardingStarted,
    OnboardingTriedAgain,
    PayoutAccountEnabled,
    PayoutAccountLinked,
    PayoutAccountRestricted,
    PayoutFellDue,
    PayoutScheduleSet,
    SuspensionLifted,
)
from domain.creators.schedule import OnDemand, Schedule
from domain.kernel import Decider, Moment, Rejected, Value


class TurnOn(Value):
    standing: Standing


class TurnOff(Value):
    """Want no more of it."""


class Suspend(Value):
    reason: str


class Lift(Value):
    reason: str


class Onboard(Value):
    """Have an account there; where there is one, a new link to it."""

    gateway: str
    country: str
    asked: str


class TryAgain(Value):
    """Ask the gateway again."""

    tries: int


class TellAccount(Value):
    """What the gateway has. Told in any order, as often as one likes."""

    gateway: str
    reference: str
    enabled: bool
    wanting: tuple[str, ...] = ()
    link: str | None = None


class TellRefused(Value):
    """The gateway opens no account."""

    reason: str


class Choose(Value):
    """When to be paid out: the first time when it is `due`."""

    schedule: Schedule
    due: Moment | None


class FallDue(Value):
    """It is time, if this is still when it is time."""

    due: Moment
    next: Moment


Command = TurnOn | TurnOff | Suspend | Lift | Onboard | TryAgain | TellAccount | TellRefused | Choose | FallDue


class Off(Value, tag=True):
    """They are paid nothing."""


class On(Value, tag=True):
    """They may be paid."""


class Suspended(Value, tag=True):
    """They were, and it rests."""

    reason: str


class NoAccount(Value, tag=True):
    """There is nowhere to pay to."""


class Opening(Value, tag=True):
    """The gateway is being asked."""

    begun: OnboardingStarted
    tries: int = 0


class Linked(Value, tag=True):
    """There is an account; `begun` where a new link to it was asked for last."""

    gateway: str
    reference: str
    enabled: bool = False
    told: PayoutAccountRestricted | None = None
    begun: OnboardingStarted | None = None
    tries: int = 0


class Creator(Value):
    monetization: Off | On | Suspended = Off()
    account: NoAccount | Opening | Linked = NoAccount()
    schedule: Schedule = OnDemand()
    due: Moment | None = None


State = Creator


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Creator(monetization=Suspended()), TurnOn() | TurnOff():
            raise Rejected("monetization.suspended", "this creator is suspended")
        case Creator(monetization=Off()), TurnOn(standing):
            if lacking := unmet(standing):
                raise Rejected(
                    "monetization.not_eligible", "; ".join(f"{rule.name}: it takes {rule.asks}" for rule in lacking)
                )
            yield MonetizationGranted(standing.terms)
        case Creator(monetization=On()), TurnOff():
            yield MonetizationEnded()
        case Creator(monetization=On()), Suspend(reason):
            yield MonetizationSuspended(reason)
        case Creator(monetization=Off()), Suspend():
            raise Rejected("monetization.not_on", "monetization is not turned on")
        case Creator(monetization=Suspended()), Lift(reason):
            yield SuspensionLifted(reason)
        case Creator(monetization=Off() | Suspended()), Onboard():
            raise Rejected("monetization.not_on", "monetization is not turned on")
        case Creator(account=account), Onboard(gateway, country, asked):
            yield from _onboarded(account, OnboardingStarted(gateway, country, asked))
        case Creator(account=Opening(tries=before) | Linked(tries=before)), TryAgain(tries) if tries > before:
            yield OnboardingTriedAgain(tries)
        case Creator(account=Opening()), TellRefused(reason):
            yield OnboardingRefused(reason)
        case Creator(account=account), TellAccount():
            yield from _told(account, command)
        case Creator(schedule=chosen, due=before), Choose(schedule, due) if (chosen, before) != (schedule, due):
            yield PayoutScheduleSet(schedule, due)
        case Creator(due=before), FallDue(due, later) if before == due and later > due:
            yield PayoutFellDue(due, later)
        case _:
            return  # It is so already.


def _onboarded(account: NoAccount | Opening | Linked, wish: OnboardingStarted) -> Iterator[Event]:
    match account:
        case NoAccount():
            yield wish
        case Opening(begun):
            if begun != wish:
                raise Rejected("payout_account.being_opened", "the gateway is being asked just now")
        case Linked(enabled=True):
            return  # Nothing is wanted any more.
        case Linked(gateway, begun=begun):
            if wish.gateway != gateway:
                raise Rejected("payout_account.at_another_gateway", f"there is an account at {gateway}")
            if begun is None or begun.asked != wish.asked:
                yield wish
        case _:
            assert_never(account)


def _told(account: NoAccount | Opening | Linked, told: TellAccount) -> Iterator[Event]:
    match account:
        case NoAccount():
            raise Rejected("payout_account.not_found", "nobody asked for an account")
        case Opening():
            yield PayoutAccountLinked(told.gateway, told.reference)
            yield from _stands(Linked(told.gateway, told.reference), told)
        case Linked(gateway, reference):
            if (gateway, reference) != (told.gateway, told.reference):
                raise Rejected("payout_account.not_found", "their account is another")
            yield from _stands(account, told)
        case _:
            assert_never(account)


def _stands(account: Linked, told: TellAccount) -> Iterator[Event]:
    wanting = PayoutAccountRestricted(told.wanting, told.link)
    if told.enabled and not account.enabled:
        yield PayoutAccountEnabled()
    if not told.enabled and account.told != wanting:
        yield wanting


def evolve(state: State, event: Event) -> State:
    match event:
        case MonetizationGranted() | SuspensionLifted():
            return replace(state, monetization=On())
        case MonetizationEnded():
            return replace(state, monetization=Off())
        case MonetizationSuspended(reason):
            return replace(state, monetization=Suspended(reason))
        case OnboardingStarted() | OnboardingTriedAgain() | OnboardingRefused():
            return replace(state, account=_asking(state.account, event))
        case PayoutAccountLinked(gateway, reference):
            begun = state.account.begun if isinstance(state.account, Opening) else None
            return replace(state, account=Linked(gateway, reference, begun=begun))
        case PayoutAccountEnabled() | PayoutAccountRestricted():
            return replace(state, account=_standing(state.account, event))
        case PayoutScheduleSet(schedule, due):
            return replace(state, schedule=schedule, due=due)
        case PayoutFellDue(next=later):
            return replace(state, due=later)
        case _:
            assert_never(event)


def _asking(
    account: NoAccount | Opening | Linked, event: OnboardingStarted | OnboardingTriedAgain | OnboardingRefused
) -> NoAccount | Opening | Linked:
    match account, event:
        case Linked(), OnboardingStarted():
            return replace(account, begun=event, tries=0)
        case _, OnboardingStarted():
            return Opening(event)
        case Opening() | Linked(), OnboardingTriedAgain(tries):
            return replace(account, tries=tries)
        case Opening(), OnboardingRefused():
            return NoAccount()
        case _:
            return account


def _standing(
    account: NoAccount | Opening | Linked, event: PayoutAccountEnabled | PayoutAccountRestricted
) -> NoAccount | Opening | Linked:
    if not isinstance(account, Linked):
        return account
    if isinstance(event, PayoutAccountEnabled):
        return replace(account, enabled=True, told=None)
    return replace(account, enabled=False, told=event)


CREATOR = Decider[State, Command, Event]("creator", Creator(), decide, evolve)
