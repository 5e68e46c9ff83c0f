"""Plans, and subscribing to them."""

from __future__ import annotations

from api.http.commands import Doing, command
from api.http.payments import Course, Learner
from api.http.problems import Refused
from api.http.subscriptions import (
    CancelBody,
    CoursesBody,
    MethodBody,
    NameBody,
    Plan,
    PlanBody,
    PriceBody,
    SubscribeBody,
    Subscription,
    SwitchBody,
)
from application.ledger import Receipt
from application.own_days import zone_of
from application.subscribing import joining, repaying, subscribing, switching
from domain.identity.person import PERSON
from domain.kernel import PaymentId, PersonId
from domain.money import Money
from domain.subscriptions.events import Agreement, SubscriptionId, Terms
from domain.subscriptions.plan import PLAN, Draft, MoveSubscribers, Publish, Rename, Retire, SetCourses
from domain.subscriptions.subscription import SUBSCRIPTION, Absent, Cancel, Reactivate

MONTHLY = {"amount": 1900, "currency": "EUR", "interval": "month", "trial_days": 14}
NO_SUBSCRIPTION = "subscription.not_found"
NO_PLAN = "plan.not_found"


@command(
    "/api/plans",
    requires="subscriptions.manage",
    limit="command",
    refuses=["plan.exists_already", "plan.costs_nothing"],
    example={"plan": "gold", "name": "Gold", **MONTHLY, "courses": ["celestial-navigation"]},
)
async def draft_plan(body: PlanBody, do: Doing) -> Receipt:
    """Draft a plan: what a period of it costs, how long it is, and which courses it opens."""
    return await do(PLAN.at(body.plan), Draft(body.name, body.price, body.courses))


@command(
    "/api/plans/{plan}/price",
    requires="subscriptions.manage",
    limit="command",
    refuses=[NO_PLAN, "plan.costs_nothing", "plan.other_currency"],
    example=MONTHLY,
)
async def price_plan(plan: Plan, body: PriceBody, do: Doing) -> Receipt:
    """Give a plan another version. Who subscribed before keeps theirs, until all of them are moved."""
    return await do(PLAN.at(plan), body.price)


@command(
    "/api/plans/{plan}/name",
    requires="subscriptions.manage",
    limit="command",
    refuses=[NO_PLAN],
    example={"name": "Gold"},
)
async def name_plan(plan: Plan, body: NameBody, do: Doing) -> Receipt:
    """Call a plan something else."""
    return await do(PLAN.at(plan), Rename(body.name))


@command(
    "/api/plans/{plan}/courses",
    requires="subscriptions.manage",
    limit="command",
    refuses=[NO_PLAN],
    example={"courses": ["celestial-navigation"]},
)
async def set_courses_of_plan(plan: Plan, body: CoursesBody, do: Doing) -> Receipt:
    """Say what a plan opens, from the next period of each subscriber on."""
    return await do(PLAN.at(plan), SetCourses(body.courses))


@command("/api/plans/{plan}/publish", requires="subscriptions.manage", limit="command", refuses=[NO_PLAN])
async def publish_plan(plan: Plan, do: Doing) -> Receipt:
    """Let people subscribe to a plan."""
    return await do(PLAN.at(plan), Publish())


@command("/api/plans/{plan}/retire", requires="subscriptions.manage", limit="command", refuses=[NO_PLAN])
async def retire_plan(plan: Plan, do: Doing) -> Receipt:
    """Let nobody subscribe to a plan any more. Who did goes on."""
    return await do(PLAN.at(plan), Retire())


@command("/api/plans/{plan}/move-subscribers", requires="subscriptions.manage", limit="command", refuses=[NO_PLAN])
async def move_subscribers(plan: Plan, do: Doing) -> Receipt:
    """Have all who subscribed before go on in today's version, each from their next period on."""
    return await do(PLAN.at(plan), MoveSubscribers())


@command(
    "/api/plans/{plan}/subscribe",
    requires="subscriptions.hold",
    limit="command",
    refuses=[
        "person.needed",
        NO_PLAN,
        "plan.not_published",
        "plan.other_version",
        "payment.card_number",
        "payment.exists_already",
        "subscription.exists_already",
        "subscription.too_far",
        "gateway.unknown",
    ],
    example={"version": 1, "method": "pm_card_visa"},
)
async def subscribe(plan: Plan, body: SubscribeBody, do: Doing) -> Receipt:
    """Subscribe to a plan. The receipt's stream is `subscription:` and the subscription.

    Who has not tried it before tries it first. Else the first period is charged at once, and it begins when that is
    captured. Where their bank wants to ask them, its `payment` says where they go; then it begins when they agreed. The
    gateway keeps the method for them, and for nobody else. The same Idempotency-Key subscribes once.
    """
    person = do.person
    zone = zone_of(await do.look(PERSON.at(person)))
    seen = Terms(body.version, Money(0, "EUR"), "month")
    wish = Agreement(person, plan, seen, body.method, None, do.gateway, zone)
    return await do.across(*subscribing(SubscriptionId(do.key), wish, body.version, do.at))


@command(
    "/api/subscriptions/{subscription}/cancel",
    requires="subscriptions.hold",
    limit="command",
    refuses=[NO_SUBSCRIPTION, "subscription.too_far"],
    example={"when": "period_end"},
)
async def cancel_subscription(subscription: Subscription, body: CancelBody, do: Doing) -> Receipt:
    """End a subscription when its period ends, and it is open until then; or now, and unused days are given back."""
    await _subscriber(subscription, do)
    return await do(SUBSCRIPTION.at(subscription), Cancel(body.when == "now", do.at))


@command(
    "/api/subscriptions/{subscription}/reactivate",
    requires="subscriptions.hold",
    limit="command",
    refuses=[NO_SUBSCRIPTION, "subscription.ended"],
)
async def reactivate_subscription(subscription: Subscription, do: Doing) -> Receipt:
    """Let a subscription go on that was to end with its period."""
    await _subscriber(subscription, do)
    return await do(SUBSCRIPTION.at(subscription), Reactivate())


@command(
    "/api/subscriptions/{subscription}/method",
    requires="subscriptions.hold",
    limit="command",
    refuses=[NO_SUBSCRIPTION, "subscription.ended", "payment.card_number"],
    example={"method": "pm_card_visa"},
)
async def replace_method(subscription: Subscription, body: MethodBody, do: Doing) -> Receipt:
    """Pay with something else from now on. What is past due is asked for at once."""
    await _subscriber(subscription, do)
    return await do(SUBSCRIPTION.at(subscription), repaying(body.method))


@command(
    "/api/subscriptions/{subscription}/switch",
    requires="subscriptions.hold",
    limit="command",
    refuses=[
        NO_SUBSCRIPTION,
        NO_PLAN,
        "plan.not_published",
        "plan.other_version",
        "payment.exists_already",
        "subscription.ended",
        "subscription.exists_already",
        "subscription.other_currency",
        "subscription.switching",
        "subscription.too_far",
        "subscription.unpaid",
    ],
    example={"plan": "gold", "version": 2},
)
async def switch_plan(subscription: Subscription, body: SwitchBody, do: Doing) -> Receipt:
    """Go on as another plan from now, for a period that begins now.

    The unused days of the old period count against its price. What is more is charged first; what is less counts
    against later periods.
    """
    person = await _subscriber(subscription, do)
    payment = PaymentId(do.key)
    return await do.across(*switching(subscription, person, body.plan, body.version, payment, do.at))


@command(
    "/api/courses/{course}/learners/{learner}/join",
    requires="subscriptions.join",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["membership.not_open", "membership.nothing_waits", "enrollment.nothing_to_pay"],
)
async def join_course(course: Course, learner: Learner, do: Doing) -> Receipt:
    """Begin an enrolment that waits to be paid for, as a subscription opens the course."""
    return await do.across(*joining(course, learner))


async def _subscriber(subscription: Subscription, do: Doing) -> PersonId:
    """Whose it is. Who has another's is told that there is none, unless they manage subscriptions."""
    state = await do.look(SUBSCRIPTION.at(subscription))
    if isinstance(state, Absent):
        raise Refused(NO_SUBSCRIPTION, "there is no such subscription of yours")
    subscriber: PersonId = state.agreement.subscriber
    if subscriber != do.principal.person and not do.principal.may("subscriptions.manage"):
        raise Refused(NO_SUBSCRIPTION, "there is no such subscription of yours")
    return subscriber
