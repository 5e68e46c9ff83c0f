"""A gateway to be tried, and what those do who are not us: the payer, their bank, the creator."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import httpx
import msgspec

from adapters.gateways import paypal_asking, stripe
from adapters.gateways.choosing import ForAll
from adapters.gateways.paypal import PayPal
from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import HEADER, Notices, Told
from adapters.gateways.sandbox_store import Store
from adapters.gateways.signed import signed
from adapters.gateways.stripe import Stripe
from application.gateways import Charge, Gateway
from application.ledger import TenantId
from domain.money import Money
from tests.servers import folder
from tests.stand_ins import paypal as paypal_stand_in
from tests.stand_ins import stripe as stripe_stand_in
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn

OURS = TenantId(UUID("0198c0de-0000-7000-8000-000000000001"))
THEIRS = TenantId(UUID("0198c0de-0000-7000-8000-000000000002"))
PAGES = "https://school.example"
SECRET = "secret of the sandbox"  # noqa: S105 — of no account
METHODS = ("good", "declined", "poor", "secure", "disputed")

Kind = Literal["sandbox", "stripe", "paypal"]
KINDS: tuple[Kind, ...] = ("sandbox", "stripe", "paypal")
News = tuple[bytes, dict[str, str]]
"""The bytes of a notice, and its headers."""


class SetClock:
    """The time, which can be moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Trial:
    """One gateway."""

    kind: Kind
    clock: SetClock
    ours: Gateway
    theirs: Gateway
    whole: ForAll
    methods: Mapping[str, str]
    agree: Callable[[str], None]
    """The payer says yes where they were sent to."""
    of: Callable[[str, str], str]
    """A method of a customer's, by its kind: one that they have not paid with."""
    asks_once: str
    """A method that its payer is asked about once, and that is kept then."""
    onboard: Callable[[str], None]
    lose_dispute: Callable[[str], None]
    news: Callable[[float], list[News]]
    """All that was told so far, each signed at this time."""
    foreign: Callable[[float], News]
    """A notice of a type that nobody knows."""
    stand_in: StripeStandIn | PayPalStandIn | None

    def charge(self, key: str, method: str = "good", amount: int = 4900, currency: str = "EUR", **more: Any) -> Charge:
        return Charge(key, more.pop("payment", f"of-{key}"), Money(amount, currency), self.methods[method], **more)


@contextmanager
def trying(kind: Kind) -> Generator[Trial]:
    with {"sandbox": _sandbox, "stripe": _stripe, "paypal": _paypal}[kind]() as trial:
        yield trial


@contextmanager
def _sandbox() -> Generator[Trial]:
    clock = SetClock()
    with folder() as where:
        store = Store(where / "sandbox.db")
        # Nobody listens there, so what is to be told waits in the file.
        notices = Notices(store, SECRET, "http://127.0.0.1:9/")
        whole = Sandbox(store, notices, secret=SECRET, clock=clock, public_url=PAGES)

        def news(at: float) -> list[News]:
            return [_told(msgspec.json.encode(one), at) for one in store.since("notice", 0, Told)]

        def foreign(at: float) -> News:
            return _told(b'{"event":"e1","kind":"moon","reference":"m","payment":null,"tenant":null,%s}' % MADE, at)

        try:
            yield Trial(
                kind="sandbox",
                clock=clock,
                ours=whole.within(OURS),
                theirs=whole.within(THEIRS),
                whole=whole,
                methods=dict(
                    zip(
                        METHODS,
                        (f"sandbox:{one}" for one in ("4242", "declined", "insufficient_funds", "secure", "disputed")),
                        strict=True,
                    )
                ),
                agree=lambda url: (whole.act(url.rpartition("/")[2], agrees=True), None)[1],
                of=lambda _, name: f"sandbox:{name}",
                asks_once="sandbox:secure_once",
                onboard=lambda reference: (whole.onboard(reference), None)[1],
                lose_dispute=lambda reference: whole.decide_dispute(reference, "lost"),
                news=news,
                foreign=foreign,
                stand_in=None,
            )
        finally:
            store.close()


MADE = b'"made":"2026-11-02T08:00:01Z"'


def _told(raw: bytes, at: float) -> News:
    return raw, {HEADER: signed(raw, SECRET, at)}


@contextmanager
def _stripe() -> Generator[Trial]:
    clock = SetClock()
    with StripeStandIn().open() as server:
        secrets = ("whsec_of_another_endpoint", stripe_stand_in.SECRET)
        known = stripe.Credentials(stripe_stand_in.KEY, secrets, server.url)
        whole = Stripe(known, clock=clock, public_url=PAGES)

        def told(event: Mapping[str, Any], at: float) -> News:
            raw, header = server.signed(event, at)
            return raw, {"stripe-signature": header}

        methods = ("visa", "chargeDeclined", "chargeDeclinedInsufficientFunds", "authenticationRequired")
        yield Trial(
            kind="stripe",
            clock=clock,
            ours=whole.within(OURS),
            theirs=whole.within(THEIRS),
            whole=whole,
            methods=dict(zip(METHODS, (f"pm_card_{one}" for one in (*methods, "createDispute")), strict=True)),
            agree=_visit,
            of=lambda _, name: {"secure": "pm_card_authenticationRequired"}[name],
            asks_once="pm_card_authenticationRequiredOnSetup",
            onboard=server.onboard,
            lose_dispute=lambda reference: server.decide_dispute(reference, "lost"),
            news=lambda at: [told(event, at) for event in server.events],
            foreign=lambda at: told({"id": "evt_1", "type": "moon.risen", "data": {"object": {"id": "m"}}}, at),
            stand_in=server,
        )


@contextmanager
def _paypal() -> Generator[Trial]:
    clock = SetClock()
    server = paypal_stand_in
    with PayPalStandIn().open() as played:
        known = paypal_asking.Credentials(server.CLIENT, server.SECRET, server.WEBHOOK, server.PARTNER, played.url)
        whole = PayPal(known, clock=clock, public_url=PAGES)
        yield Trial(
            kind="paypal",
            clock=clock,
            ours=whole.within(OURS),
            theirs=whole.within(THEIRS),
            whole=whole,
            methods={name: f"card:{name}" for name in METHODS},
            agree=_visit,
            of=lambda customer, name: f"card:{played.keep(customer, name)}",
            asks_once="approval",
            onboard=played.onboard,
            lose_dispute=lambda reference: played.decide_dispute(reference, "RESOLVED_BUYER_FAVOUR"),
            news=lambda at: [played.signed(event, at) for event in played.events],
            foreign=lambda at: played.signed({"id": "WH-1", "event_type": "MOON.RISEN", "resource": {"id": "m"}}, at),
            stand_in=played,
        )


def _visit(url: str) -> None:
    httpx.get(url).raise_for_status()


def now() -> float:
    return time.time()
