"""Every row of the table that decides about a plan."""

from __future__ import annotations

from msgspec.structs import replace

from domain.kernel import CourseId
from domain.money import Money
from domain.subscriptions.events import (
    PlanCoursesSet,
    PlanDrafted,
    PlanNamed,
    PlanPriced,
    PlanPublished,
    PlanRetired,
    SubscribersMoved,
    Terms,
)
from domain.subscriptions.plan import (
    PLAN,
    Draft,
    Drafted,
    MoveSubscribers,
    Offer,
    Price,
    Publish,
    Published,
    Rename,
    Retire,
    Retired,
    SetCourses,
    Unknown,
)
from tests.given import about
from tests.proves import proves

given = about(PLAN)

STARS = (CourseId("stars"),)
PRICE = Price(Money(1900, "EUR"), "month", 14)
DEARER = Price(Money(2500, "EUR"), "month")
FIRST = Terms(1, Money(1900, "EUR"), "month", 14)
SECOND = Terms(2, Money(2500, "EUR"), "month")

draft = Draft("Gold", PRICE, STARS)
drafted = PlanDrafted("Gold", FIRST, STARS)


@proves("pay.subscription_create")
def test_a_plan_is_drafted_published_and_retired() -> None:
    given().when(draft).then(drafted)
    given(drafted).when(draft).then()
    given(drafted).when(replace(draft, name="Silver")).refused("plan.exists_already")
    given(drafted).when(replace(draft, price=DEARER)).refused("plan.exists_already")
    given().when(Publish()).refused("plan.not_found")
    given().when(replace(draft, price=replace(PRICE, price=Money(0, "EUR")))).refused("plan.costs_nothing")
    given(drafted).when(Publish()).then(PlanPublished())
    given(drafted, PlanPublished()).when(Publish()).then()
    given(drafted, PlanPublished()).when(Retire()).then(PlanRetired())
    given(drafted, PlanRetired()).when(Retire()).then()
    given(drafted, PlanRetired()).when(Publish()).then(PlanPublished())


@proves("pay.subscription_create")
def test_other_terms_are_another_version_and_those_before_are_kept() -> None:
    given(drafted).when(PRICE).then()
    given(drafted).when(DEARER).then(PlanPriced(SECOND))
    given(drafted, PlanPriced(SECOND)).when(DEARER).then()
    given(drafted, PlanPriced(SECOND)).when(PRICE).then(PlanPriced(replace(FIRST, version=3)))
    given(drafted).when(replace(DEARER, price=Money(2500, "SEK"))).refused("plan.other_currency")
    given(drafted).when(replace(DEARER, price=Money(-1, "EUR"))).refused("plan.costs_nothing")


@proves("pay.subscription_create")
def test_who_has_an_older_version_keeps_it_until_all_are_moved() -> None:
    offered = given(drafted, PlanPublished(), PlanPriced(SECOND)).state
    assert isinstance(offered, Published)
    assert (offered.offer.terms, offered.offer.since(1), offered.offer.since(2)) == (SECOND, FIRST, SECOND)
    given(drafted, PlanPriced(SECOND)).when(MoveSubscribers()).then(SubscribersMoved(2))
    given(drafted, PlanPriced(SECOND), SubscribersMoved(2)).when(MoveSubscribers()).then()
    given(drafted).when(MoveSubscribers()).then()
    moved = given(drafted, PlanPublished(), PlanPriced(SECOND), SubscribersMoved(2)).state
    assert isinstance(moved, Published)
    assert moved.offer.since(1) == SECOND


@proves("pay.subscription_create")
def test_a_plan_is_called_something_else_and_opens_other_courses() -> None:
    given(drafted).when(Rename("Gold")).then()
    given(drafted).when(Rename("Golden")).then(PlanNamed("Golden"))
    given(drafted).when(SetCourses(STARS)).then()
    given(drafted).when(SetCourses(None)).then(PlanCoursesSet(None))
    given().when(Rename("Gold")).refused("plan.not_found")


def test_the_states_of_a_plan() -> None:
    offer = Offer("Gold", (FIRST,), STARS)
    assert given().state == given(PlanNamed("nothing")).state == Unknown()
    assert given(drafted).state == Drafted(offer)
    assert given(drafted, PlanNamed("Golden"), PlanCoursesSet(None)).state == Drafted(Offer("Golden", (FIRST,), None))
    assert given(drafted, PlanPublished()).state == Published(offer)
    assert given(drafted, PlanPublished(), PlanRetired()).state == Retired(offer)
