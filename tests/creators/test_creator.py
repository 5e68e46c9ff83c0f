"""Every row of the table that decides about a creator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from application.payout_days import next_due
from domain.creators.creator import (
    CREATOR,
    Choose,
    FallDue,
    Lift,
    Onboard,
    Suspend,
    TellAccount,
    TellRefused,
    TryAgain,
    TurnOff,
    TurnOn,
)
from domain.creators.eligibility import RULES, TERMS, Standing
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
from domain.creators.schedule import Monthly, OnDemand, Weekly
from domain.kernel import Rejected
from tests.given import about
from tests.proves import proves

given = about(CREATOR)

eligible = Standing(
    active=True, verified=True, second_factor=False, second_factor_wanted=False, terms=TERMS, of_age=True
)
granted = MonetizationGranted(TERMS)
started = OnboardingStarted("stripe", "DE", "one")
linked = PayoutAccountLinked("stripe", "acct")
restricted = PayoutAccountRestricted(("identity",), "https://here.example")
wants = TellAccount("stripe", "acct", enabled=False, wanting=("identity",), link="https://here.example")
enabled = TellAccount("stripe", "acct", enabled=True)
MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
NEXT = datetime(2026, 11, 30, 5, tzinfo=UTC)
weekly = Weekly(1, "Europe/Berlin")


@proves("pay.monetization")
def test_who_is_eligible_is_granted_it() -> None:
    given().when(TurnOn(eligible)).then(granted)
    given(granted).when(TurnOn(eligible)).then()
    given(granted).when(TurnOff()).then(MonetizationEnded())
    given().when(TurnOff()).then()


@pytest.mark.parametrize(
    ("lacks", "rule"),
    [
        ({"active": False}, "account_active"),
        ({"verified": False}, "address_verified"),
        ({"terms": "others"}, "terms_accepted"),
        ({"of_age": False}, "of_age"),
        ({"second_factor_wanted": True}, "second_factor"),
    ],
)
@proves("pay.monetization")
def test_each_rule_is_a_reason_of_its_own(lacks: dict[str, bool], rule: str) -> None:
    with pytest.raises(Rejected) as no:
        tuple(CREATOR.decide(CREATOR.initial, TurnOn(replace(eligible, **lacks))))
    assert no.value.code == "monetization.not_eligible"
    assert no.value.detail.startswith(f"{rule}: ")
    assert rule in {one.name for one in RULES}


@proves("pay.monetization")
def test_who_is_suspended_neither_turns_it_off_nor_on() -> None:
    suspended = MonetizationSuspended("why")
    given(granted).when(Suspend("why")).then(suspended)
    given().when(Suspend("why")).refused("monetization.not_on")
    given(granted, suspended).when(TurnOn(eligible)).refused("monetization.suspended")
    given(granted, suspended).when(TurnOff()).refused("monetization.suspended")
    given(granted, suspended).when(Suspend("again")).then()
    given(granted, suspended).when(Onboard("stripe", "DE", "one")).refused("monetization.not_on")
    given(granted, suspended).when(Lift("fine")).then(SuspensionLifted("fine"))
    given(granted).when(Lift("fine")).then()


@proves("pay.connect")
def test_an_account_is_opened_once_and_stands_as_the_gateway_says() -> None:
    given().when(Onboard("stripe", "DE", "one")).refused("monetization.not_on")
    given(granted).when(Onboard("stripe", "DE", "one")).then(started)
    given(granted, started).when(Onboard("stripe", "DE", "one")).then()
    given(granted, started).when(Onboard("stripe", "DE", "two")).refused("payout_account.being_opened")
    given(granted, started).when(TryAgain(1)).then(OnboardingTriedAgain(1))
    given(granted, started).when(TellRefused("no")).then(OnboardingRefused("no"))
    given(granted, started, OnboardingRefused("no")).when(Onboard("stripe", "SE", "two")).then(
        OnboardingStarted("stripe", "SE", "two")
    )
    given(granted).when(wants).refused("payout_account.not_found")
    given(granted, started).when(wants).then(linked, restricted)
    given(granted, started, linked, restricted).when(wants).then()
    given(granted, started, linked, restricted).when(Onboard("paypal", "DE", "two")).refused(
        "payout_account.at_another_gateway"
    )
    given(granted, started, linked, restricted).when(Onboard("stripe", "DE", "two")).then(
        OnboardingStarted("stripe", "DE", "two")
    )
    given(granted, started, linked, restricted).when(enabled).then(PayoutAccountEnabled())
    given(granted, started, linked, PayoutAccountEnabled()).when(enabled).then()
    given(granted, started, linked, PayoutAccountEnabled()).when(wants).then(restricted)
    given(granted, started, linked, PayoutAccountEnabled()).when(Onboard("stripe", "DE", "two")).then()
    given(granted, started, linked).when(TellAccount("stripe", "another", enabled=True)).refused(
        "payout_account.not_found"
    )


@proves("pay.payouts")
def test_what_is_due_falls_due_once_and_no_more_when_it_was_chosen_otherwise() -> None:
    chosen = PayoutScheduleSet(weekly, MONDAY)
    given().when(Choose(weekly, MONDAY)).then(chosen)
    given(chosen).when(Choose(weekly, MONDAY)).then()
    given(chosen).when(FallDue(MONDAY, NEXT)).then(PayoutFellDue(MONDAY, NEXT))
    given(chosen, PayoutFellDue(MONDAY, NEXT)).when(FallDue(MONDAY, NEXT)).then()
    given(chosen, PayoutScheduleSet(OnDemand(), None)).when(FallDue(MONDAY, NEXT)).then()


@proves("pay.payouts")
def test_a_day_is_that_of_the_calendar_where_the_creator_is() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert next_due(weekly, sunday) == MONDAY
    assert next_due(weekly, MONDAY) == NEXT
    march = datetime(2027, 3, 22, 5, tzinfo=UTC)
    assert next_due(weekly, march) == datetime(2027, 3, 29, 4, tzinfo=UTC)  # Clocks went forward between.
    assert next_due(Monthly(1, "America/New_York"), sunday) == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert next_due(Monthly(1, "Atlantis/Nowhere"), sunday) == datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert next_due(OnDemand(), sunday) is None
