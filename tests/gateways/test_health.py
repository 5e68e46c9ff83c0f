"""Whether we are who we say we are at a gateway is asked when starting, and is no question afterwards."""

from __future__ import annotations

from typing import Any

from psycopg_pool import AsyncConnectionPool

from adapters.gateways.stripe import Credentials, Stripe
from api.http.health import Readiness
from api.http.metrics import Requests
from tests.gateways.trial import PAGES, SetClock
from tests.proves import proves
from tests.servers import Database
from tests.stand_ins.stripe import KEY, StripeStandIn


@proves("pay.gateways")
async def test_a_key_that_stripe_does_not_take_fails_the_start(database: Database) -> None:
    pool = AsyncConnectionPool[Any](database.url, min_size=1, max_size=1, open=False)
    requests = Requests()
    async with pool:
        with StripeStandIn().open() as server:
            known, wrong, away = (
                Stripe(Credentials(key, ("whsec",), url), clock=SetClock(), public_url=PAGES)
                for key, url in ((KEY, server.url), ("sk_test_other", server.url), (KEY, "http://127.0.0.1:9"))
            )
            refused = await Readiness(pool, "", requests, {"stripe": wrong}).look()
            assert (refused.ready, refused.parts["stripe"].state) == (False, "down")
            taken = Readiness(pool, "", requests, {"stripe": known})
            assert ((await taken.look()).ready, (await taken.look()).parts["stripe"].state) == (True, "up")
        # An outage there is no fault of ours: nothing else stops for it.
        unknown = await Readiness(pool, "", requests, {"stripe": away}).look()
        assert (unknown.ready, unknown.parts["stripe"].state) == (True, "unknown")
        for stripe in (known, wrong, away):
            await stripe.close()
