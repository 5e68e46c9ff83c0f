"""What every gateway does for us: the sandbox, Stripe and PayPal pass the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from application.gateways import Charged, Forged, Gateway, Notice, Refused, TooOld, Transferred
from domain.money import Money
from tests.gateways.trial import OURS, THEIRS, Trial, now
from tests.proves import proves


async def refused(code: str, asked: object) -> None:
    with pytest.raises(Refused) as said:
        await asked  # type: ignore[misc]
    assert said.value.code == code, said.value.detail


async def found(gateway: Gateway) -> dict[str | None, Charged]:
    """What has happened within the last minute, by our name of the payment."""
    return {one.payment: one async for one in gateway.since(datetime.now(UTC) - timedelta(minutes=1))}


@proves("pay.gateways")
async def test_a_payment_is_captured_once_and_given_back_in_parts(trial: Trial) -> None:
    gateway, asked = trial.ours, trial.charge("one", description="Celestial navigation")
    charged = await gateway.charge(asked)
    assert (charged.state, charged.money, charged.refunded, charged.payment) == ("captured", asked.money, 0, "of-one")
    assert (await gateway.charge(asked)).reference == charged.reference
    await refused("gateway.key_reused", gateway.charge(replace(asked, money=Money(5000, "EUR"))))
    reference = charged.reference
    given = await gateway.refund(reference, Money(1900, "EUR"), "back-1")
    assert (given.state, given.money) == ("done", Money(1900, "EUR"))
    assert (await gateway.refund(reference, Money(1900, "EUR"), "back-1")) == given
    await refused("gateway.key_reused", gateway.refund(reference, Money(1901, "EUR"), "back-1"))
    await refused("gateway.refund_exceeds", gateway.refund(reference, Money(3001, "EUR"), "back-2"))
    assert (await gateway.look(reference)).refunded == 1900
    await gateway.refund(reference, Money(3000, "EUR"), "back-3")
    assert (await gateway.look(reference)).refunded == 4900
    await refused("gateway.refund_exceeds", gateway.refund(reference, Money(1, "EUR"), "back-4"))
    await refused("gateway.reference_unknown", gateway.look("nothing"))


@proves("pay.gateways")
async def test_what_is_authorised_is_captured_in_part_or_let_go(trial: Trial) -> None:
    gateway = trial.ours
    held = await gateway.charge(trial.charge("held", capture=False))
    assert held.state == "authorised"
    await refused("gateway.not_possible", gateway.refund(held.reference, Money(1, "EUR"), "early"))
    await refused("gateway.capture_exceeds", gateway.capture(held.reference, Money(4901, "EUR"), "take-1"))
    taken = await gateway.capture(held.reference, Money(4000, "EUR"), "take-2")
    assert (taken.state, taken.money) == ("captured", Money(4000, "EUR"))
    assert await gateway.capture(held.reference, Money(4000, "EUR"), "take-2") == taken
    await refused("gateway.not_possible", gateway.capture(held.reference, Money(900, "EUR"), "take-3"))
    await refused("gateway.not_possible", gateway.void(held.reference, "void-1"))
    await refused("gateway.refund_exceeds", gateway.refund(held.reference, Money(4001, "EUR"), "back"))
    other = await gateway.charge(trial.charge("other", capture=False))
    assert (await gateway.void(other.reference, "void-2")).state == "void"
    assert (await gateway.look(other.reference)).state == "void"
    await refused("gateway.not_possible", gateway.capture(other.reference, Money(1, "EUR"), "take-4"))


@proves("pay.gateways")
async def test_who_cannot_pay_is_an_answer_with_a_reason(trial: Trial) -> None:
    gateway = trial.ours
    declined = await gateway.charge(trial.charge("declined", "declined"))
    assert (declined.state, declined.reason, declined.payment) == ("failed", "card_declined", "of-declined")
    poor = await gateway.charge(trial.charge("poor", "poor"))
    assert (poor.state, poor.reason) == ("failed", "insufficient_funds")
    assert (await gateway.charge(trial.charge("poor", "poor"))).reference == poor.reference
    assert (await gateway.look(poor.reference)).state == "failed"
    await refused("gateway.not_possible", gateway.refund(poor.reference, Money(1, "EUR"), "back"))
    await refused("gateway.method_unknown", gateway.charge(replace(trial.charge("odd"), method="4242424242424242")))
    await refused("gateway.amount_refused", gateway.charge(trial.charge("nothing", amount=0)))


@proves("pay.gateways")
async def test_a_payer_is_sent_to_their_bank_and_one_who_is_away_is_not(trial: Trial) -> None:
    gateway = trial.ours
    waits = await gateway.charge(trial.charge("secure", "secure"))
    assert waits.state == "needs_action"
    assert waits.action is not None
    trial.agree(waits.action)
    assert (await gateway.look(waits.reference)).state == "captured"
    held = await gateway.charge(trial.charge("held", "secure", capture=False))
    assert held.action is not None
    trial.agree(held.action)
    assert (await gateway.look(held.reference)).state == "authorised"
    customer = await gateway.open_customer("ada", "customer-ada")
    asks = replace(trial.charge("away", customer=customer, away=True), method=trial.of(customer, "secure"))
    away = await gateway.charge(asks)
    assert (away.state, away.reason, away.action) == ("failed", "authentication_required", None)


@proves("pay.gateways", "pay.subscription_create")
async def test_what_a_payer_agrees_to_is_kept_for_them_and_charged_while_they_are_away(trial: Trial) -> None:
    gateway = trial.ours
    ada, ben = [await gateway.open_customer(person, f"customer-{person}") for person in ("ada", "ben")]
    assert await gateway.open_customer("ada", "customer-ada") == ada != ben
    asked = replace(trial.charge("first", customer=ada), method=trial.asks_once)
    first = await gateway.charge(asked)
    assert (first.state, first.kept) == ("needs_action", None)
    assert first.action is not None
    assert (await gateway.charge(asked)).reference == first.reference
    trial.agree(first.action)
    paid = await gateway.look(first.reference)
    assert paid.state == "captured"
    assert paid.kept is not None
    later = replace(trial.charge("later", customer=ada, away=True), method=paid.kept)
    assert (await gateway.charge(later)).state == "captured"
    again = await gateway.charge(replace(later, key="again", away=False))
    assert (again.state, again.kept) == ("captured", paid.kept)
    # Nobody pays with what is kept for another: not as themselves, nor as nobody, nor in another school.
    for number, whose in enumerate((ben, None)):
        for away in (False, True):
            theirs = replace(later, key=f"theirs-{number}-{away}", customer=whose, away=away and whose is not None)
            await refused("gateway.method_unknown", gateway.charge(theirs))


@proves("pay.gateways")
@pytest.mark.parametrize(("amount", "currency"), [(4900, "JPY"), (4900, "HUF"), (1, "USD"), (99_999_999, "EUR")])
async def test_an_amount_comes_back_as_it_was_said(trial: Trial, amount: int, currency: str) -> None:
    charged = await trial.ours.charge(trial.charge("one", amount=amount, currency=currency))
    assert charged.money == Money(amount, currency)
    assert (await trial.ours.look(charged.reference)).money == Money(amount, currency)


@proves("pay.gateways")
async def test_a_dispute_is_seen_and_decided(trial: Trial) -> None:
    gateway = trial.ours
    paid = await gateway.charge(trial.charge("fine"))
    assert await gateway.disputes(paid.reference) is None
    charged = await gateway.charge(trial.charge("disputed", "disputed"))
    dispute = await gateway.disputes(charged.reference)
    assert dispute is not None
    assert (dispute.state, dispute.money) == ("open", Money(4900, "EUR"))
    disputed = [one.payment async for one in gateway.since(datetime.now(UTC) - timedelta(minutes=1)) if one.disputed]
    assert disputed == ["of-disputed"]
    trial.lose_dispute(charged.reference)
    decided = await gateway.disputes(charged.reference)
    assert decided is not None
    assert decided.state == "lost"


@proves("pay.gateways", "pay.connect")
async def test_a_creator_is_paid_out_to_once_they_have_said_who_they_are(trial: Trial) -> None:
    gateway = trial.ours
    account = await gateway.open_account("maria", "GB", "account-of-maria")
    assert not account.enabled
    assert account.wanting
    assert account.link is not None
    assert (await gateway.open_account("maria", "GB", "account-of-maria")).reference == account.reference
    money = Money(2500, "GBP")
    await refused("gateway.account_not_enabled", gateway.transfer(account.reference, money, "payout-0"))
    assert await gateway.transfer_of("payout-1") is None
    trial.onboard(account.reference)
    now_enabled = await gateway.account(account.reference)
    assert (now_enabled.enabled, now_enabled.wanting, now_enabled.link) == (True, (), None)
    moved = await gateway.transfer(account.reference, money, "payout-1")
    assert moved.state in {"done", "pending"}
    assert (await gateway.transfer(account.reference, money, "payout-1")).reference == moved.reference
    assert await gateway.transfer_of("payout-1") == Transferred(moved.reference, "done")
    kinds = [notice.kind for notice in await heard(trial)]
    assert kinds.count("account") == 1
    assert kinds.count("transfer") == 1


@proves("pay.gateways")
async def test_twenty_who_ask_at_once_under_one_key_charge_once(trial: Trial) -> None:
    asked = trial.charge("rush")
    answers = await asyncio.gather(*(trial.ours.charge(asked) for _ in range(20)))
    assert len({one.reference for one in answers}) == 1
    assert len(await found(trial.ours)) == 1


@proves("pay.gateways")
async def test_what_nobody_told_us_is_found_and_only_what_is_ours(trial: Trial) -> None:
    paid = [await trial.ours.charge(trial.charge(f"mine-{number}")) for number in range(5)]
    foreign = await trial.theirs.charge(trial.charge("foreign"))
    await trial.ours.refund(paid[0].reference, Money(100, "EUR"), "back")
    assert {name: one.state for name, one in (await found(trial.ours)).items()} == {
        f"of-mine-{number}": "captured" for number in range(5)
    }
    assert (await found(trial.ours))["of-mine-0"].refunded == 100
    assert set(await found(trial.theirs)) == {"of-foreign"}
    assert len(await found(trial.whole)) == 6
    await refused("gateway.reference_unknown", trial.ours.look(foreign.reference))
    assert await trial.ours.whose(foreign.reference) == THEIRS
    await trial.ours.healthy()


async def heard(trial: Trial) -> list[Notice]:
    return [await trial.whole.heard(raw, headers) for raw, headers in trial.news(now())]


@proves("pay.gateways", "pay.webhooks")
async def test_a_notice_says_what_it_is_about_and_whose_it_is(trial: Trial) -> None:
    charged = await trial.ours.charge(trial.charge("one", "disputed"))
    await trial.ours.refund(charged.reference, Money(100, "EUR"), "back")
    notices = await heard(trial)
    assert {notice.kind for notice in notices} == {"charge", "refund", "dispute"}
    assert len({notice.event for notice in notices}) == len(notices)
    for notice in notices:
        assert notice.reference is not None
        # A notice that does not say whose it is names the payment, and the gateway says whose that is.
        assert (notice.tenant or await trial.whole.whose(notice.reference)) == OURS
        seen = await trial.ours.look(notice.reference)
        assert (seen.reference, seen.payment, seen.refunded) == (charged.reference, "of-one", 100)
        assert await trial.ours.disputes(notice.reference) is not None
    foreign = await trial.whole.heard(*trial.foreign(now()))
    assert (foreign.kind, foreign.reference is None or trial.kind == "sandbox") == ("unknown", True)


@proves("pay.gateways", "pay.webhooks")
async def test_a_notice_that_is_forged_or_too_old_is_not_believed(trial: Trial) -> None:
    await trial.ours.charge(trial.charge("one"))
    raw, headers = trial.news(now())[0]
    assert (await trial.whole.heard(raw, headers)).raw == raw
    for changed in (raw + b" ", raw.replace(b"one", b"two"), b"", b"\xff\xfe", raw[:-1]):
        with pytest.raises(Forged):
            await trial.whole.heard(changed, headers)
    with pytest.raises(Forged):
        await trial.whole.heard(raw, {})
    for name in headers:
        for value in ("", "t=1,v1=00", "t=99999999999999999999,v1=00", "t=,v1=", "\x00"):
            with pytest.raises(Forged):
                await trial.whole.heard(raw, {**headers, name: value})
    for seconds in (-299, 299):
        await trial.whole.heard(*trial.news(now() + seconds)[0])
    for seconds in (-302, 302):
        with pytest.raises(TooOld):
            await trial.whole.heard(*trial.news(now() + seconds)[0])
    trial.clock.ahead = timedelta(minutes=6)
    with pytest.raises(TooOld):
        await trial.whole.heard(raw, headers)
