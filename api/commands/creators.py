"""Giving to creators, and paying them out."""

from __future__ import annotations

from typing import assert_never

from api.http.commands import Doing, command
from api.http.creators import (
    AdvertisingBody,
    AgreeBody,
    AuthorsBody,
    CountryBody,
    Creator,
    DonationBody,
    KindOfWork,
    MonthlyBody,
    OnDemandBody,
    PayoutBody,
    ReasonBody,
    ScheduleBody,
    Statement,
    ThresholdBody,
    WeeklyBody,
    WorkBody,
    WorkName,
)
from api.http.problems import Refused
from api.http.zones import known_zone
from application.advertising import read
from application.donating import Gift, donating
from application.ledger import Receipt
from application.monetizing import Agree, monetizing
from application.paying_out import Wish, reserving
from application.payout_days import next_due
from domain.creators.advertising import ADVERTISING, Post, Reverse
from domain.creators.authorship import AUTHORSHIP, Divide, Name, TakeAway
from domain.creators.creator import CREATOR, Choose, Lift, Off, Onboard, Suspend, TurnOff
from domain.creators.events import Advertised, Author, PayoutId
from domain.creators.schedule import Monthly, OnDemand, Schedule, Threshold, Weekly
from domain.kernel import PaymentId, PersonId, Rejected
from domain.money import Money

EARN = "creators.earn"
GOVERN = "creators.govern"


@command(
    "/api/creators/{creator}/monetization/on",
    requires=EARN,
    limit="command",
    refuses=["creator.not_found", "monetization.not_eligible", "monetization.suspended"],
    example={"terms": "2026-11", "of_age": True},
)
async def turn_monetization_on(creator: Creator, body: AgreeBody, do: Doing) -> Receipt:
    """Want to be paid for what one makes.

    Who does not meet the rules is told each that is not met, by its name. The rules are at `/api/monetization-rules`.
    """
    return await do.across(*monetizing(_oneself(do, creator), Agree(body.terms, body.of_age)))


@command(
    "/api/creators/{creator}/monetization/off",
    requires=EARN,
    limit="command",
    refuses=["creator.not_found", "monetization.suspended"],
)
async def turn_monetization_off(creator: Creator, do: Doing) -> Receipt:
    """Want to be paid no more. What was earned stays, and is paid out once it is turned on again."""
    return await do(CREATOR.at(_oneself(do, creator)), TurnOff())


@command(
    "/api/creators/{creator}/suspend",
    requires=GOVERN,
    limit="command",
    refuses=["monetization.not_on"],
    example={"reason": "the rights to it are disputed"},
)
async def suspend_creator(creator: Creator, body: ReasonBody, do: Doing) -> Receipt:
    """Let a creator be paid nothing for the time being. What the gateway was already asked for is not stopped."""
    return await do(CREATOR.at(creator), Suspend(body.reason))


@command(
    "/api/creators/{creator}/reinstate",
    requires=GOVERN,
    limit="command",
    refuses=[],
    example={"reason": "it was theirs"},
)
async def reinstate_creator(creator: Creator, body: ReasonBody, do: Doing) -> Receipt:
    """Let a creator who was suspended be paid again."""
    return await do(CREATOR.at(creator), Lift(body.reason))


@command(
    "/api/creators/{creator}/works",
    requires=GOVERN,
    limit="command",
    refuses=[],
    example={"kind": "course", "work": "stars"},
)
async def name_author(creator: Creator, body: WorkBody, do: Doing) -> Receipt:
    """Say that a creator made a course or a plan: what is paid for it from now on is shared with them.

    Whoever was named before keeps what they have, and has no share of what is paid from now on. Where monetization is
    off, nothing is shared.
    """
    return await do(AUTHORSHIP.at(body.kind, body.work), Name(creator))


@command(
    "/api/works/{kind}/{work}/authors",
    requires=GOVERN,
    limit="command",
    refuses=["authorship.in_the_past", "authorship.not_whole"],
    example={"authors": [{"creator": "maria", "weight": 6000}, {"creator": "nova", "weight": 4000}]},
)
async def name_authors(kind: KindOfWork, work: WorkName, body: AuthorsBody, do: Doing) -> Receipt:
    """Say who made a course or a plan together, and what part of it each has, from now on or from a later day.

    What is paid for it after that is shared in these parts, to the last unit. What was paid before was shared with
    whose it was then. The part of who has monetization off is the school's.
    """
    authors = tuple(Author(one.creator, one.weight) for one in body.authors)
    return await do(AUTHORSHIP.at(kind, work), Divide(authors, body.since or do.at, do.at))


@command(
    "/api/creators/{creator}/works/take-away",
    requires=GOVERN,
    limit="command",
    refuses=[],
    example={"kind": "course", "work": "stars"},
)
async def take_author_away(creator: Creator, body: WorkBody, do: Doing) -> Receipt:
    """Say that a course or a plan is a creator's no more: what is paid for it from now on is the school's alone."""
    return await do(AUTHORSHIP.at(body.kind, body.work), TakeAway(creator))


@command(
    "/api/creators/{creator}/payout-account",
    requires=EARN,
    limit="command",
    refuses=[
        "creator.not_found",
        "gateway.unknown",
        "monetization.not_on",
        "payout_account.at_another_gateway",
        "payout_account.being_opened",
    ],
    example={"country": "DE"},
)
async def open_payout_account(creator: Creator, body: CountryBody, do: Doing) -> Receipt:
    """Have an account at the gateway, to be paid out to; where there is one that wants something, a new link to it.

    The link is shown with how the creator stands, as soon as the gateway has given it. When all is said there, the
    account is enabled.
    """
    return await do(CREATOR.at(_oneself(do, creator)), Onboard(do.gateway, body.country, do.key))


@command(
    "/api/creators/{creator}/payout-schedule",
    requires=EARN,
    limit="command",
    refuses=["creator.not_found", "time_zone.malformed"],
    example={"schedule": {"type": "weekly", "weekday": 1, "time_zone": "Europe/Berlin"}},
)
async def choose_payout_schedule(creator: Creator, body: ScheduleBody, do: Doing) -> Receipt:
    """Be paid out each week, each month, from so much on, or only when one asks. It is done at six in the morning."""
    schedule = _schedule(body)
    return await do(CREATOR.at(_oneself(do, creator)), Choose(schedule, next_due(schedule, do.at)))


@command(
    "/api/creators/{creator}/payouts",
    requires=EARN,
    limit="command",
    refuses=[
        "creator.not_found",
        "payout.account_not_enabled",
        "payout.balance_negative",
        "payout.frozen",
        "payout.more_than_available",
    ],
    example={"amount": 4410, "currency": "EUR"},
)
async def pay_out(creator: Creator, body: PayoutBody, do: Doing) -> Receipt:
    """Be paid out so much now.

    The receipt's stream is `payout:` and the payout. It is set apart at once, so that no two are of the same money; the
    gateway is asked after that, and what it refuses is there again.
    """
    wish = Wish(PayoutId(do.key), body.currency, body.amount)
    return await do.across(*reserving(_oneself(do, creator), [wish]))


@command(
    "/api/creators/{creator}/donations",
    requires="creators.donate",
    limit="command",
    refuses=[
        "donation.not_possible",
        "donation.to_oneself",
        "donation.too_large",
        "donation.too_small",
        "gateway.unknown",
        "payment.card_number",
        "person.needed",
    ],
    example={"amount": 500, "currency": "EUR", "method": "pm_card_visa", "message": "For the stars!"},
)
async def donate(creator: Creator, body: DonationBody, do: Doing) -> Receipt:
    """Give something to a creator, with some words.

    The receipt's stream is `donation:` and the payment, which is asked after like any other. The words are shown once
    it is paid. The same Idempotency-Key gives once.
    """
    gift = Gift(do.person, creator, body.money, body.method, do.gateway, body.message, body.anonymous, do.at)
    return await do.across(*donating(PaymentId(do.key), gift))


@command(
    "/api/advertising/{statement}",
    requires=GOVERN,
    limit="command",
    refuses=[
        "advertising.backwards",
        "advertising.malformed",
        "advertising.not_a_creator",
        "advertising.of_nothing",
        "advertising.posted_already",
    ],
    example={
        "network": "videonet",
        "since": "2026-10-01",
        "until": "2026-10-31",
        "rows": [{"creator": "maria", "amount": 33300, "currency": "EUR"}],
    },
)
async def post_advertising(statement: Statement, body: AdvertisingBody, do: Doing) -> Receipt:
    """Say what a network pays for advertising beside what creators made, of one statement of it.

    Each has their share of what is theirs, as of what is sold, and earned it when it is posted. A statement is never
    changed: one that is wrong is reversed, and another is posted.
    """
    if bool(body.rows) == bool(body.file):
        raise Rejected("advertising.malformed", "a statement comes as a list or as a file")
    lines = tuple(Advertised(one.creator, Money(one.amount, one.currency)) for one in body.rows) or read(body.file)
    for creator in dict.fromkeys(line.creator for line in lines):
        if isinstance((await do.look(CREATOR.at(creator))).monetization, Off):
            raise Rejected("advertising.not_a_creator", f"{creator} has not turned monetization on")
    post = Post(body.network, body.since.isoformat(), body.until.isoformat(), lines)
    return await do(ADVERTISING.at(statement), post)


@command(
    "/api/advertising/{statement}/reverse",
    requires=GOVERN,
    limit="command",
    refuses=["advertising.not_found"],
    example={"reason": "the network has corrected it"},
)
async def reverse_advertising(statement: Statement, body: ReasonBody, do: Doing) -> Receipt:
    """Let a statement count no more: what was entered for it is reversed, and shares of it are taken back."""
    return await do(ADVERTISING.at(statement), Reverse(body.reason))


def _oneself(do: Doing, creator: PersonId) -> PersonId:
    """Who asks for themselves, or may look after creators."""
    if do.principal.person != creator and not do.principal.may(GOVERN):
        raise Refused("creator.not_found", "there is no such creator")
    return creator


def _schedule(body: ScheduleBody) -> Schedule:
    match body.schedule:
        case WeeklyBody(weekday, zone):
            return Weekly(weekday, known_zone(zone) or zone)
        case MonthlyBody(day, zone):
            return Monthly(day, known_zone(zone) or zone)
        case ThresholdBody(enough):
            return Threshold(Money(enough.amount, enough.currency))
        case OnDemandBody():
            return OnDemand()
        case _:
            assert_never(body.schedule)
