"""The paymaster asks gateways to pay out, and opens accounts there. It stands apart, so that nobody waits for them.

Whatever it asks for it asks under a key derived from what is asked. Before it sends money it asks what became of the
key, so one that was killed between sending and hearing does not send again. Gateways remember a key for a day: after
that nothing is sent any more, and what the gateway knows nothing of goes back to the creator.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from application.gateways import Gateway, Gateways, Refused, Transferred, Unreachable
from application.ledger import Recorded
from application.paying_out import concluding
from application.policies import Bound
from domain.creators.creator import (
    CREATOR,
    Linked,
    Opening,
    TellAccount,
    TellRefused,
    TryAgain,
)
from domain.creators.events import (
    OnboardingStarted,
    OnboardingTriedAgain,
    PayoutAskedAgain,
    PayoutHandedOver,
    PayoutId,
)
from domain.creators.payout import PAYOUT, AskAgain, HandedOver, Tell
from domain.creators.payout_account import PAYOUT_ACCOUNT, Open, Somebodys
from domain.kernel import PersonId
from domain.payments.events import NoticeHeard, NoticeTakenUpAgain
from domain.payments.notice import NOTICE, Heard, TakeUpAgain

WAIT_S_MAX = 3600
TRIES_MAX = 40
SENDS_MAX = 32
"""After so many tries almost a day has gone by."""


async def when_payout_handed_over_transfer(handed: Recorded[PayoutHandedOver], do: Bound, gateways: Gateways) -> None:
    await _transfer(handed, do, gateways)


async def when_payout_asked_again_transfer(again: Recorded[PayoutAskedAgain], do: Bound, gateways: Gateways) -> None:
    await _transfer(again, do, gateways)


async def when_onboarding_started_open_account(
    begun: Recorded[OnboardingStarted], do: Bound, gateways: Gateways
) -> None:
    await _open(begun, do, gateways)


async def when_onboarding_tried_again_open_account(
    again: Recorded[OnboardingTriedAgain], do: Bound, gateways: Gateways
) -> None:
    await _open(again, do, gateways)


async def when_notice_heard_look_at_account(heard: Recorded[NoticeHeard], do: Bound, gateways: Gateways) -> None:
    await _look(heard, heard.event, 0, do, gateways)


async def when_notice_taken_up_again_look_at_account(
    again: Recorded[NoticeTakenUpAgain], do: Bound, gateways: Gateways
) -> None:
    state = await do.look(NOTICE.at(*again.stream.split(":")[1:]))
    if isinstance(state, Heard):
        await _look(again, state.notice, again.event.tries, do, gateways)


async def _transfer(fact: Recorded[Any], do: Bound, gateways: Gateways) -> None:
    """Pay out what was handed over. Where nobody answers, or not for good, ask again later: for ever, if need be."""
    payout = PayoutId(_key(fact))
    state = await do.look(PAYOUT.at(payout))
    if not isinstance(state, HandedOver):
        return
    gateway = gateways.named(state.about.gateway, fact.tenant)
    try:
        made = await _made(f"{payout}.transfer", state, gateway)
    except Unreachable:
        made = Transferred("", "pending")
    if made.state == "pending":
        do.at(fact.at + _wait(state.tries + 1), PAYOUT.at(payout), AskAgain(state.tries + 1))
        return
    await do.across(*concluding(payout, state.about, Tell(made.state, made.reference, made.reason)))


async def _made(key: str, state: HandedOver, gateway: Gateway) -> Transferred:
    """What has become of it; where the gateway knows nothing of it, it is sent, as long as that is safe."""
    try:
        found = await gateway.transfer_of(key)
    except Refused as no:  # That it will not say is no answer.
        raise Unreachable from no
    if found is not None:
        return found
    if state.tries >= SENDS_MAX:
        return Transferred("", "failed", "payout.timed_out")
    try:
        return await gateway.transfer(state.about.account, state.about.money, key)
    except Refused as no:
        return Transferred("", "failed", no.code)


async def _open(fact: Recorded[Any], do: Bound, gateways: Gateways) -> None:
    """Have an account at the gateway, or a new link to the one there is."""
    creator = PersonId(_key(fact))
    account = (await do.look(CREATOR.at(creator))).account
    if not isinstance(account, Opening | Linked) or account.begun is None:
        return
    begun = account.begun
    gateway = gateways.named(begun.gateway, fact.tenant)
    try:
        if isinstance(account, Opening):
            found = await gateway.open_account(creator, begun.country, f"{creator}.account.{begun.asked}")
        else:
            found = await gateway.account(account.reference)
    except Unreachable:
        if account.tries < TRIES_MAX:
            do.at(fact.at + _wait(account.tries + 1), CREATOR.at(creator), TryAgain(account.tries + 1))
        return
    except Refused as no:
        await do(CREATOR.at(creator), TellRefused(no.code))
        return
    await do(PAYOUT_ACCOUNT.at(begun.gateway, found.reference), Open(creator))
    told = TellAccount(begun.gateway, found.reference, found.enabled, found.wanting, found.link)
    await do(CREATOR.at(creator), told)


async def _look(fact: Recorded[Any], heard: NoticeHeard, tries: int, do: Bound, gateways: Gateways) -> None:
    """See how an account is now that the gateway told us about."""
    if heard.kind != "account" or heard.reference is None:
        return
    owner = await do.look(PAYOUT_ACCOUNT.at(heard.gateway, heard.reference))
    if not isinstance(owner, Somebodys):
        return
    try:
        found = await gateways.named(heard.gateway, fact.tenant).account(heard.reference)
    except Unreachable:
        if tries < TRIES_MAX:
            do.at(fact.at + _wait(tries + 1), NOTICE.at(*fact.stream.split(":")[1:]), TakeUpAgain(tries + 1))
        return
    except Refused:
        return  # It knows nothing of it any more.
    told = TellAccount(heard.gateway, found.reference, found.enabled, found.wanting, found.link)
    await do(CREATOR.at(owner.creator), told)


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=min(2 ** min(tries, 12), WAIT_S_MAX))


def _key(fact: Recorded[Any]) -> str:
    return fact.stream.partition(":")[2]
