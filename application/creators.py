"""What we do about creators: what is paid for them becomes theirs, and they are paid out when it is time."""

from __future__ import annotations

from typing import Any, assert_never
from uuid import uuid5

from application.advertising import crediting, line_of, reversing
from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.paying_out import Wish, handing_over, reserving
from application.payout_days import next_due
from application.permissions import ANALYST, AUDITOR, CREATOR, EVERYONE, INSTRUCTOR, STAFF, Permission
from application.policies import Bound
from application.sharing import GivenBack, Proceeds, dropping, sharing, taking_back
from domain.creators.advertising import ADVERTISING, Unposted
from domain.creators.authorship import AUTHORSHIP, Authored
from domain.creators.balance import BALANCE
from domain.creators.creator import CREATOR as CREATORS
from domain.creators.creator import FallDue, Off
from domain.creators.donation import DONATION, Made
from domain.creators.events import (
    AdvertisingPosted,
    AdvertisingReversed,
    Author,
    EarningsCredited,
    Kind,
    PayoutFailed,
    PayoutFellDue,
    PayoutId,
    PayoutReserved,
    PayoutScheduleSet,
    PayoutSettled,
)
from domain.creators.payout import PAYOUT, Unmade
from domain.creators.schedule import Threshold
from domain.creators.share import SHARE, WHOLE, Shared
from domain.kernel import Moment, PaymentId, PersonId, Value
from domain.payments.events import (
    DisputeLost,
    ForCourse,
    ForDonation,
    ForPlan,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentVoided,
)

PERMISSIONS = (
    Permission("creators.donate", "Give something to a creator.", (EVERYONE,)),
    Permission("creators.earn", "Turn monetization on, and be paid out what one earned.", (CREATOR, INSTRUCTOR)),
    Permission("creators.look", "See what one earned oneself, and what became of it.", (EVERYONE,)),
    Permission("creators.read", "See what any creator earned and was paid.", (STAFF, ANALYST, AUDITOR), watched=True),
    Permission("creators.govern", "Say whose a work is; suspend creators, and lift that again.", (STAFF,)),
)
PERSONAL = OfPeople(
    keyed={"balance": 0, "creator": 0},
    owned={"donation": "donor", "payout": "creator", "payout_account": "creator", "share": "creator"},
    apart=("advertising", "authorship"),
)


async def when_payment_captured_credit_creator(captured: Recorded[PaymentCaptured], do: Bound) -> None:
    if (proceeds := await _earned(captured, do)) is not None:
        await do.across(*sharing(_payment(captured), proceeds, captured.event.money))


async def when_payment_failed_drop_donation(failed: Recorded[PaymentFailed], do: Bound) -> None:
    await _drop(failed, failed.event.reason, do)


async def when_payment_voided_drop_donation(voided: Recorded[PaymentVoided], do: Bound) -> None:
    await _drop(voided, "let go", do)


async def when_payment_refunded_take_share_back(refunded: Recorded[PaymentRefunded], do: Bound) -> None:
    await _take_back(refunded, GivenBack("refund", refunded.event.refund, refunded.event.money), do)


async def when_dispute_lost_take_share_back(lost: Recorded[DisputeLost], do: Bound) -> None:
    await _take_back(lost, GivenBack("dispute", lost.event.dispute, lost.event.money), do)


async def when_payout_schedule_set_wait_for_it(chosen: Recorded[PayoutScheduleSet], do: Bound) -> None:
    due, schedule = chosen.event.due, chosen.event.schedule
    if due is not None and (later := next_due(schedule, due)) is not None:
        do.at(due, CREATORS.at(_key(chosen)), FallDue(due, later))


async def when_payout_fell_due_pay_out(fell: Recorded[PayoutFellDue], do: Bound) -> None:
    creator = PersonId(_key(fell))
    state = await do.look(CREATORS.at(creator))
    if state.due == fell.event.next and (later := next_due(state.schedule, fell.event.next)) is not None:
        do.at(fell.event.next, CREATORS.at(creator), FallDue(fell.event.next, later))
    # All that there is at once, so that it is the same decision however often this is begun anew.
    balance = await do.look(BALANCE.at(creator))
    wishes = [Wish(_derived(fell, currency), currency) for currency, _ in balance.amounts]
    if wishes:
        await do.across(*reserving(creator, wishes))


async def when_earnings_credited_pay_out_what_is_enough(credited: Recorded[EarningsCredited], do: Bound) -> None:
    creator, money = PersonId(_key(credited)), credited.event.money
    schedule = (await do.look(CREATORS.at(creator))).schedule
    if not isinstance(schedule, Threshold) or schedule.money.currency != money.currency:
        return
    if (await do.look(BALANCE.at(creator))).of(money.currency) >= schedule.money.amount:
        await do.across(*reserving(creator, [Wish(_derived(credited, money.currency), money.currency)]))


async def when_payout_reserved_hand_it_over(reserved: Recorded[PayoutReserved], do: Bound) -> None:
    await do.across(*handing_over(PayoutId(_key(reserved)), reserved.event))


async def when_advertising_posted_share_it(posted: Recorded[AdvertisingPosted], do: Bound) -> None:
    # A line is an append of its own. Each has its place, and so the same command each time this is run.
    for number in range(len(posted.event.lines)):
        await do.across(*crediting(_key(posted), number, posted.event))


async def when_advertising_reversed_take_it_back(turned: Recorded[AdvertisingReversed], do: Bound) -> None:
    statement = _key(turned)
    state = await do.look(ADVERTISING.at(statement))
    for number in range(0 if isinstance(state, Unposted) else len(state.about.lines)):
        which = line_of(statement, number)
        share = await do.look(SHARE.at(which))
        if isinstance(share, Shared):
            await do.across(*reversing(which, share.credited, turned.event.reason), named=which)


async def when_payout_settled_tell_creator(settled: Recorded[PayoutSettled], do: Bound) -> None:
    await _tell(settled, None, do)


async def when_payout_failed_tell_creator(failed: Recorded[PayoutFailed], do: Bound) -> None:
    await _tell(failed, failed.event.reason, do)


async def _tell(fact: Recorded[Any], reason: str | None, do: Bound) -> None:
    payout = PayoutId(_key(fact))
    state = await do.look(PAYOUT.at(payout))
    if not isinstance(state, Unmade):
        do.later(tell_of_payout, PayoutConcluded(state.about.creator, payout, state.about.money.said(), reason))


async def _earned(captured: Recorded[PaymentCaptured], do: Bound) -> Proceeds | None:
    """Who earns by what was paid for this, if anybody does."""
    purpose = captured.event.purpose
    match purpose:
        case ForDonation(creator, donation):
            return Proceeds((Author(creator, WHOLE),), "donation", donation)
        case ForCourse(course):
            return await _authored("course", course, captured.at, do)
        case ForPlan(plan):
            return await _authored("plan", plan, captured.at, do)
        case _:
            assert_never(purpose)


async def _authored(kind: Kind, work: str, at: Moment, do: Bound) -> Proceeds | None:
    """Whose it was when it was paid for. The part of who wants no share is the school's."""
    of = await do.look(AUTHORSHIP.at(kind, work))
    authors = of.authors_at(at) if isinstance(of, Authored) else ()
    earn = [one for one in authors if not isinstance((await do.look(CREATORS.at(one.creator))).monetization, Off)]
    return Proceeds(tuple(earn), kind, work) if earn else None


async def _take_back(fact: Recorded[Any], back: GivenBack, do: Bound) -> None:
    share = await do.look(SHARE.at(_payment(fact)))
    if isinstance(share, Shared):
        await do.across(*taking_back(_payment(fact), share.credited, back))


async def _drop(fact: Recorded[Any], reason: str, do: Bound) -> None:
    payment = _payment(fact)
    state = await do.look(DONATION.at(payment))
    if isinstance(state, Made):
        await do.across(*dropping(payment, reason))


def _derived(fact: Recorded[Any], currency: str) -> PayoutId:
    """The payout that a fact calls for: the same, however often."""
    return PayoutId(str(uuid5(fact.id, currency)))


def _payment(fact: Recorded[Any]) -> PaymentId:
    return PaymentId(_key(fact))


def _key(fact: Recorded[Any]) -> str:
    return fact.stream.partition(":")[2]


class PayoutConcluded(Value):
    """What became of a payout: it is with the creator, or it is not, for this reason."""

    creator: PersonId
    payout: PayoutId
    money: str
    reason: str | None


@job(retries=RETRIES)
def tell_of_payout(errand: Errand[PayoutConcluded], people: People, mailer: Mailer) -> None:
    order, to = errand.order, people.person(errand.tenant, errand.order.creator)
    if to is None:
        return
    payout, money = order.payout, order.money
    if order.reason is None:
        mailer.send(letter(errand, to, "creators/paid_out", money=money, payout=payout))
    else:
        mailer.send(letter(errand, to, "creators/payout_failed", money=money, payout=payout, reason=order.reason))
