"""The sandbox: it survives a kill, all processes agree, it is quick, and it is never taken for a gateway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import Notices
from adapters.gateways.sandbox_store import Store
from adapters.gateways.sandbox_things import METHODS
from api.gateways import gateways_of
from api.settings import Settings, read
from api.settings_agree import BadSetting
from application.gateways import Charge, Refused
from application.ledger import TenantId
from domain.money import Money
from domain.tenancy.configuration import Configuration
from tests.gateways.trial import OURS, PAGES, SECRET, THEIRS, SetClock
from tests.proves import proves

CHARGES = 300


def opened(file: Path) -> Sandbox:
    store = Store(file)
    return Sandbox(store, Notices(store, SECRET), secret=SECRET, clock=SetClock(), public_url=PAGES)


ANOTHER = """
import asyncio, sys, pathlib
from application.gateways import Charge
from application.ledger import TenantId
from domain.money import Money
from domain.tenancy.configuration import Configuration
from tests.gateways.test_sandbox import opened
async def charge():
    charged = await opened(pathlib.Path(sys.argv[1])).charge(Charge("k", "p", Money(100, "EUR"), "sandbox:success"))
    print(charged.reference, flush=True)
    sys.stdin.read()
asyncio.run(charge())
"""


def killed(file: Path) -> str:
    """What another process has charged, which was killed then."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", ANOTHER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        reference = other.stdout.readline().strip()
        os.kill(other.pid, signal.SIGKILL)
    return reference


@proves("pay.gateways")
async def test_another_process_that_is_killed_has_charged_once(tmp_path: Path) -> None:
    reference = killed(tmp_path / "s.db")
    sandbox = opened(tmp_path / "s.db")
    charged = await sandbox.charge(Charge("k", "p", Money(100, "EUR"), "sandbox:success"))
    assert (charged.reference, charged.state) == (reference, "captured")
    assert reference.startswith("sandbox_pay_")
    with pytest.raises(Refused):
        await sandbox.charge(Charge("k", "p", Money(101, "EUR"), "sandbox:success"))
    await sandbox.close()


@proves("pay.gateways")
async def test_it_is_quick(tmp_path: Path) -> None:
    sandbox = opened(tmp_path / "s.db").within(OURS)
    began = time.perf_counter()
    for number in range(CHARGES):
        await sandbox.charge(Charge(f"k{number}", f"p{number}", Money(100, "EUR"), "sandbox:success"))
    assert time.perf_counter() - began < 1
    await sandbox.close()


@proves("pay.gateways")
async def test_every_way_to_pay_it_says_it_knows(tmp_path: Path) -> None:
    sandbox = opened(tmp_path / "s.db")
    for method in METHODS:
        charged = await sandbox.charge(Charge(method, method, Money(100, "EUR"), method))
        assert charged.state in {"captured", "failed", "needs_action"}
    with pytest.raises(Refused) as said:
        await sandbox.charge(Charge("card", "card", Money(100, "EUR"), "4242424242424242"))
    assert said.value.code == "gateway.method_unknown"
    account = await sandbox.open_account("maria", "ZZ", "account")
    sandbox.onboard(account.reference)
    moved = await sandbox.transfer(account.reference, Money(100, "EUR"), "payout")
    assert (moved.state, moved.reason) == ("failed", "bank_refuses")
    assert sandbox.act(
        (await sandbox.charge(Charge("no", "no", Money(1, "EUR"), "sandbox:secure"))).reference, agrees=False
    ).reason == ("authentication_failed")
    await sandbox.close()


PRODUCTION = {
    "ANNALS_ENV": "production",
    "SECRET_KEY": "k" * 32,
    "ANNALS_VAULT_KEY": "A" * 43,
    "DATABASE_URL": "postgresql://localhost/annals",
}


@proves("pay.gateways")
def test_who_lacks_a_key_does_not_start() -> None:
    for said, wrong in (
        ({"PAYMENT_GATEWAYS": "stripe"}, "STRIPE_KEY"),
        ({"PAYMENT_GATEWAYS": "stripe", "STRIPE_KEY": "sk"}, "STRIPE_WEBHOOK_SECRETS"),
        ({"PAYMENT_GATEWAYS": "paypal", "PAYPAL_CLIENT": "c"}, "PAYPAL_SECRET"),
        ({"PAYMENT_GATEWAYS": "moon"}, "moon"),
        ({"STRIPE_URL": "ftp://x"}, "STRIPE_URL"),
        ({**PRODUCTION, "PAYMENT_GATEWAYS": "sandbox"}, "sandbox"),
        ({**PRODUCTION, "STRIPE_URL": "http://x"}, "STRIPE_URL"),
    ):
        with pytest.raises(BadSetting, match=wrong):
            read(said)
    assert read(PRODUCTION).gateways_on == ()
    assert read({}).gateways_on == ("sandbox",)
    said = {"PAYMENT_GATEWAYS": "stripe", "STRIPE_KEY": "sk", "STRIPE_WEBHOOK_SECRETS": "w"}
    gateways = gateways_of(read(said), SetClock())
    assert gateways.of(OURS).name == "stripe"
    for name in ("sandbox", "moon"):
        with pytest.raises(Refused) as refused:
            gateways.named(name, OURS)
        assert refused.value.code == "gateway.unknown"
    with pytest.raises(Refused):
        gateways_of(read(PRODUCTION), SetClock()).of(OURS)
    assert Settings().payment_gateways == ()


class Chosen:
    """What tenants have chosen: one the sandbox, the others nothing."""

    def of(self, tenant: TenantId) -> Configuration:
        return Configuration(payment_gateway="sandbox") if tenant == OURS else Configuration()


@proves("pay.gateways")
def test_a_tenant_is_served_by_the_gateway_it_has_chosen() -> None:
    said = {"PAYMENT_GATEWAYS": "stripe,sandbox", "STRIPE_KEY": "sk", "STRIPE_WEBHOOK_SECRETS": "w"}
    gateways = gateways_of(read(said), SetClock(), Chosen())
    assert (gateways.of(OURS).name, gateways.of(THEIRS).name) == ("sandbox", "stripe")
    # What was paid through one stays with it, whatever is chosen since.
    assert gateways.named("stripe", OURS).name == "stripe"
