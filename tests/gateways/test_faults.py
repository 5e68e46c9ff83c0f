"""What goes wrong on the way to a gateway: asked again under the same key, it is done once; and not for ever."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import pytest

from adapters.gateways.paypal import PayPal
from adapters.gateways.paypal_asking import TRIES
from adapters.gateways.paypal_asking import Credentials as AtPayPal
from adapters.gateways.stripe import RETRIES, Stripe
from adapters.gateways.stripe import Credentials as AtStripe
from application.gateways import Charge, Forged, Refunded, Refused, Unreachable
from domain.money import Money
from tests.gateways.trial import PAGES, SetClock, Trial, trying
from tests.proves import proves
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn
from tests.stand_ins.wire import Fault


@pytest.fixture(params=["stripe", "paypal"])
async def away(request: pytest.FixtureRequest) -> AsyncGenerator[Trial]:
    """A gateway that is away from us."""
    with trying(request.param) as found:
        yield found
        await found.whole.close()


def server(trial: Trial) -> StripeStandIn | PayPalStandIn:
    assert trial.stand_in is not None
    return trial.stand_in


@proves("pay.gateways")
@pytest.mark.parametrize("fault", ["broken", "silent"])
async def test_an_answer_that_is_lost_charges_once(away: Trial, fault: Fault) -> None:
    server(away).faults.arm(fault)
    charged = await away.ours.charge(away.charge("once"))
    assert charged.state == "captured"
    assert server(away).faults.happened == 1
    assert len(set(server(away).writes)) == len(server(away).writes)


@proves("pay.gateways")
async def test_who_never_answers_is_asked_a_few_times(away: Trial) -> None:
    server(away).faults.arm("broken", 50)
    with pytest.raises(Unreachable):
        await away.ours.charge(away.charge("never"))
    assert server(away).faults.happened == (TRIES if away.kind == "paypal" else RETRIES + 1)
    assert not server(away).writes


@proves("pay.gateways")
async def test_who_is_asked_too_often_is_asked_later(away: Trial) -> None:
    server(away).faults.arm("busy", 50)
    with pytest.raises(Unreachable):
        await away.ours.charge(away.charge("busy"))
    assert server(away).faults.happened <= TRIES


@proves("pay.gateways")
async def test_what_is_still_being_done_is_asked_later(away: Trial) -> None:
    if isinstance(away.stand_in, StripeStandIn):
        away.stand_in.hold("held")
        with pytest.raises(Unreachable):
            await away.ours.charge(away.charge("held"))
    else:
        # A token that PayPal has ended is fetched anew, once for all who ask.
        await away.ours.healthy()
        assert isinstance(away.stand_in, PayPalStandIn)
        before = away.stand_in.tokens
        assert (await away.ours.charge(away.charge("held"))).state == "captured"
        assert away.stand_in.tokens == before
        away.stand_in.end_tokens()
        assert (await away.ours.charge(away.charge("anew"))).state == "captured"


@proves("pay.gateways", "pay.refund")
async def test_a_refund_that_was_only_promised_is_done_when_the_bank_has_done_it(away: Trial) -> None:
    charged = await away.ours.charge(away.charge("slow"))
    back = (charged.reference, Money(1900, "EUR"), "back")
    server(away).slow_refunds = True
    promised = await away.ours.refund(*back)
    assert promised.state == "pending"
    assert await away.ours.refund(*back) == promised
    server(away).finish_refunds()
    assert await away.ours.refund(*back) == Refunded(promised.reference, "done", promised.money)
    assert (await away.ours.look(charged.reference)).refunded == 1900


@proves("pay.gateways")
async def test_who_is_not_who_they_say_is_told_at_once() -> None:
    with StripeStandIn().open() as stripe, PayPalStandIn().open() as paypal:
        strangers: tuple[Stripe | PayPal, ...] = (
            Stripe(AtStripe("sk_test_other", ("whsec",), stripe.url), clock=SetClock(), public_url=PAGES),
            PayPal(AtPayPal("other", "secret", "WH", "P", paypal.url), clock=SetClock(), public_url=PAGES),
        )
        for stranger in strangers:
            with pytest.raises(Refused) as said:
                await stranger.healthy()
            assert said.value.code == "gateway.credentials_refused"
            assert "secret" not in said.value.detail.replace("PAYPAL_SECRET", "")
            await stranger.close()
    nobody = Stripe(AtStripe("sk", ("whsec",), "http://127.0.0.1:9"), clock=SetClock(), public_url=PAGES)
    with pytest.raises(Unreachable):
        await nobody.healthy()
    await nobody.close()


@proves("pay.gateways")
async def test_amounts_that_stripe_would_round_are_not_charged(away: Trial) -> None:
    if away.kind != "stripe":
        with pytest.raises(Refused, match="HUF"):
            await away.ours.charge(away.charge("odd", amount=4950, currency="HUF"))
        with pytest.raises(Refused, match="KWD"):
            await away.ours.charge(away.charge("odd", amount=1250, currency="KWD"))
        return
    assert isinstance(away.stand_in, StripeStandIn)
    for amount, currency, units in ((1250, "KWD", 1250), (5, "ISK", 500), (500, "MGA", 5), (4900, "JPY", 4900)):
        charged = await away.ours.charge(away.charge(currency, amount=amount, currency=currency))
        assert charged.money == Money(amount, currency)
        assert away.stand_in.things[charged.reference]["amount"] == units
    for amount, currency in ((1251, "KWD"), (501, "MGA")):
        with pytest.raises(Refused, match=currency):
            await away.ours.charge(away.charge("odd", amount=amount, currency=currency))


@proves("pay.gateways")
async def test_a_payer_approves_at_paypal_and_whoever_looks_has_it_paid() -> None:
    with trying("paypal") as trial:
        asked = Charge("approval", "of-approval", Money(4900, "EUR"), "approval")
        waits = await trial.ours.charge(asked)
        assert waits.action is not None
        assert waits.state == "needs_action"
        assert (await trial.ours.look(waits.reference)).state == "needs_action"
        trial.agree(waits.action)
        assert (await trial.ours.charge(asked)).reference == waits.reference
        assert (await trial.ours.look(waits.reference)).state == "captured"
        held = await trial.ours.charge(Charge("held", "of-held", Money(4900, "EUR"), "approval", capture=False))
        assert held.action is not None
        trial.agree(held.action)
        assert (await trial.ours.look(held.reference)).state == "authorised"
        await trial.whole.close()


@proves("pay.gateways")
async def test_a_certificate_counts_only_where_paypal_keeps_its_own() -> None:
    with trying("paypal") as trial, trying("paypal") as elsewhere:
        await trial.ours.charge(trial.charge("one"))
        raw, headers = trial.news(time.time())[0]
        assert isinstance(elsewhere.stand_in, PayPalStandIn)
        other = f"{elsewhere.stand_in.url}/v1/notifications/certs/CERT-1"
        places = (other, "https://paypal.com.evil.example/v1/notifications/certs/x", "file:///etc/passwd", "https://[")
        for place in (*places, f"{other}/../x", "http://api.paypal.com/v1/notifications/certs/x"):
            with pytest.raises(Forged):
                await trial.whole.heard(raw, {**headers, "paypal-cert-url": place})
        for gateway in (trial, elsewhere):
            await gateway.whole.close()
