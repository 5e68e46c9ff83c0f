"""What was a creator paid, and what became of it?"""

from __future__ import annotations

from domain.creators.events import PayoutId
from domain.creators.payout import PAYOUT, AskAgain, HandOver, ReservePayout, Tell
from domain.money import Money
from projections.creators import payouts
from projections.creators.payouts import payout_row, payouts_of
from tests.creators.living import BEN, MARIA, shown
from tests.followers.running import TENANT
from tests.proves import proves
from tests.servers import Database

RESERVE = ReservePayout(MARIA, Money(1000, "EUR"), "stripe", "acct")


@proves("pay.payouts")
async def test_it_shows_each_payout_and_why_it_failed(database: Database) -> None:
    async with shown(database, payouts.MODEL) as showing:
        await showing.say(PAYOUT.at("one"), RESERVE, HandOver(), AskAgain(1), Tell("done", "tr"))
        await showing.say(PAYOUT.at("two"), RESERVE, HandOver(), Tell("failed", "", "bank_refuses"))
        await showing.say(PAYOUT.at("three"), RESERVE, HandOver("payout.frozen"))
        await showing.say(PAYOUT.at("four"), RESERVE, HandOver())
        await showing.say(PAYOUT.at("five"), RESERVE)
        page = await payouts_of(showing.ask, TENANT, MARIA, limit=3, min_position=showing.position)
        rest = await payouts_of(showing.ask, TENANT, MARIA, limit=3, cursor=page.cursor)
        assert [(row.payout, row.status, row.reason) for row in (*page.rows, *rest.rows)] == [
            ("five", "reserved", None),
            ("four", "handed_over", None),
            ("three", "failed", "payout.frozen"),
            ("two", "failed", "bank_refuses"),
            ("one", "settled", None),
        ]
        one, _ = await payout_row(showing.ask, TENANT, PayoutId("one"))
        assert one is not None
        assert (one.reference, one.amount, one.concluded_at is not None) == ("tr", 1000, True)
        assert await payout_row(showing.ask, TENANT, PayoutId("none")) == (None, showing.position)
        assert (await payouts_of(showing.ask, TENANT, BEN)).rows == ()
