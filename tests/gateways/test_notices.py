"""Gateways tell us over HTTP: what is signed is kept, once, whoever's it is; nothing else is believed."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from adapters.gateways import stripe
from adapters.gateways.stripe import Stripe
from api.gateways import gateways_of, sandbox_secret
from api.settings import Settings
from application.gateways import Charge
from application.ledger import PLATFORM
from domain.money import Money
from tests.api.serving import Client, Served, serving
from tests.gateways.trial import OURS, SetClock, now
from tests.proves import proves
from tests.servers import PostgresForTests, folder
from tests.stand_ins import stripe as stripe_stand_in
from tests.stand_ins.stripe import StripeStandIn

STRIPE = "/api/gateways/stripe/notices"
SANDBOX = "/api/gateways/sandbox/notices"


@dataclass(frozen=True)
class Ground:
    served: Served
    server: StripeStandIn
    sandbox: Settings

    def tell(self, raw: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(self.served.url + STRIPE, content=raw, headers=named, timeout=20)

    def kept(self) -> list[tuple[UUID, dict[str, Any]]]:
        """The notices that were kept: whose each is, and what is known of it."""
        with psycopg.connect(self.served.database.url) as connection:
            said = "select tenant, data from ledger.facts where type = 'payments.NoticeHeard' order by position"
            return connection.execute(said).fetchall()


@pytest.fixture(scope="module")
def ground(postgres: PostgresForTests) -> Generator[Ground]:
    """An API that takes money through Stripe and the sandbox."""
    with postgres.database() as database, StripeStandIn().open() as server, folder() as where:
        environment: dict[str, Any] = {
            "PAYMENT_GATEWAYS": "stripe,sandbox",
            "STRIPE_KEY": stripe_stand_in.KEY,
            "STRIPE_WEBHOOK_SECRETS": stripe_stand_in.SECRET,
            "STRIPE_URL": server.url,
            "SANDBOX_FILE": str(where / "sandbox.db"),
            "MAX_BODY_BYTES": "65536",
            "RATE_LIMIT_NOTICE": "200",
        }
        with serving(database, **environment) as (served,):
            sandbox = Settings(
                sandbox_file=where / "sandbox.db",
                public_url=served.url,
                sandbox_notices_url=served.url + SANDBOX,
            )
            yield Ground(served, server, sandbox)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@proves("pay.webhooks")
async def test_what_is_told_is_kept_once_for_whom_it_is(ground: Ground) -> None:
    who = stripe.Credentials(stripe_stand_in.KEY, (stripe_stand_in.SECRET,), ground.server.url)
    gateway = Stripe(who, clock=SetClock(), public_url=ground.served.url)
    charged = await gateway.within(OURS).charge(
        Charge("told", "payment-1", Money(4900, "EUR"), "pm_card_createDispute")
    )
    await gateway.close()
    before = len(ground.kept())
    # The dispute is told first, and twice; it does not say whose it is, which Stripe is asked for.
    for event in (*reversed(ground.server.events), *ground.server.events):
        raw, signature = ground.server.signed(event)
        answer = ground.tell(raw, stripe_signature=signature)
        assert (answer.status_code, answer.json()) == (200, {"event": event["id"]}), answer.text
    kept = ground.kept()[before:]
    assert [(tenant, fact["kind"], fact["reference"]) for tenant, fact in kept] == [
        (OURS, "dispute", charged.reference),
        (OURS, "charge", charged.reference),
    ]
    raw, signature = ground.server.signed({"id": "evt_moon", "type": "moon.risen", "data": {"object": {}}})
    assert ground.tell(raw, stripe_signature=signature).status_code == 200
    assert ground.tell(raw, stripe_signature=signature).status_code == 200
    ((tenant, fact),) = ground.kept()[before + 2 :]
    assert (tenant, fact["kind"]) == (PLATFORM, "unknown")


@proves("pay.webhooks")
def test_what_is_forged_or_old_or_too_large_is_refused_and_nothing_is_kept(ground: Ground) -> None:
    before = len(ground.kept())
    raw, signature = ground.server.signed({"id": "evt_x", "type": "moon.risen", "data": {"object": {}}})
    assert code(ground.tell(raw)) == (400, "notice.forged")
    assert code(ground.tell(raw + b" ", stripe_signature=signature)) == (400, "notice.forged")
    assert code(ground.tell(b"", stripe_signature=signature)) == (400, "notice.forged")
    assert code(ground.tell(b"\xff\x00", stripe_signature=signature)) == (400, "notice.forged")
    other, forged = ground.server.signed({"id": "evt_x"}, secret="whsec_of_somebody_else")  # noqa: S106
    assert code(ground.tell(other, stripe_signature=forged)) == (400, "notice.forged")
    for seconds in (-302, 302):
        old, signature = ground.server.signed({"id": "evt_x"}, now() + seconds)
        assert code(ground.tell(old, stripe_signature=signature)) == (400, "notice.too_old")
    assert code(ground.tell(b"x" * 65537, stripe_signature=signature)) == (413, "body.too_large")
    for name in ("paypal", "moon"):
        assert code(httpx.post(f"{ground.served.url}/api/gateways/{name}/notices")) == (404, "gateway.not_found")
    assert len(ground.kept()) == before


@proves("pay.gateways", "pay.webhooks")
async def test_the_sandbox_sends_its_payer_to_a_page_and_tells_what_came_of_it(ground: Ground) -> None:
    gateways = gateways_of(ground.sandbox, SetClock())
    ours = gateways.named("sandbox", OURS)
    waits = await ours.charge(Charge("page", "payment-2", Money(100, "EUR"), "sandbox:secure"))
    assert waits.action is not None
    async with httpx.AsyncClient() as payer:
        page = await payer.get(waits.action)
        assert (page.status_code, "no money is moved" in page.text) == (200, True)
        said = await payer.post(f"{waits.action}/agree")
        assert said.json() == {"reference": waits.reference, "state": "captured", "sandbox": True}
        assert (await payer.post(f"{waits.action}/refuse")).json()["state"] == "captured"
        assert code(await payer.post(f"{ground.served.url}/api/sandbox/actions/nobody/agree"))[0] == 404
    assert (await ours.look(waits.reference)).state == "captured"
    account = await ours.open_account("maria", "GB", "account")
    assert account.link is not None
    async with httpx.AsyncClient() as creator:
        assert (await creator.post(f"{account.link}/agree")).json()["state"] == "enabled"
    assert (await ours.account(account.reference)).enabled
    deadline = now() + 20
    while not any(fact["reference"] == waits.reference for tenant, fact in ground.kept() if tenant == OURS):
        assert now() < deadline, "nobody was told"
        await asyncio.sleep(0.02)
    await gateways.close()
    assert sandbox_secret(ground.sandbox) != sandbox_secret(Settings(vault_key="other"))


@proves("pay.gateways")
def test_a_tenant_chooses_its_gateway(ground: Ground) -> None:
    with Client(ground.served, OURS) as client:
        assert client.command("/api/settings", {"settings": {"payment_gateway": "sandbox"}}).status_code == 200
        assert client.command("/api/settings", {"settings": {"payment_gateway": "moon"}}).status_code == 400
    health = httpx.get(f"{ground.served.url}/health/ready").json()
    assert {name: health["parts"][name]["state"] for name in ("stripe", "sandbox")} == {"stripe": "up", "sandbox": "up"}
