"""What did a creator earn, by what and when?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from application.sharing import GivenBack, Proceeds, sharing, taking_back
from domain.creators.balance import BALANCE, ReserveEarnings, SettleEarnings
from domain.creators.events import Author, PayoutId, ShareCredited
from domain.creators.share import WHOLE
from domain.kernel import PaymentId
from domain.money import Money
from projections.creators import earnings
from projections.creators.earnings import Span
from tests.creators.living import BEN, MARIA, shown
from tests.followers.running import TENANT
from tests.proves import proves
from tests.servers import Database

HERS = (Author(MARIA, WHOLE),)
TEN = Money(1000, "EUR")
CREDITED = ShareCredited(MARIA, "course", "stars", TEN, Money(900, "EUR"), Money(100, "EUR"))


@proves("pay.earnings")
async def test_it_adds_up_by_source_and_by_currency_and_counts_what_is_given_back(database: Database) -> None:
    async with shown(database, earnings.MODEL) as showing:
        for payment, of, money in (
            ("one", Proceeds(HERS, "course", "stars"), TEN),
            ("two", Proceeds(HERS, "donation", "two"), Money(10_000_000_000, "JPY")),
            ("three", Proceeds(HERS, "donation", "three"), TEN),
            ("four", Proceeds((Author(BEN, WHOLE),), "plan", "gold"), TEN),
        ):
            await showing.across(sharing(PaymentId(payment), of, money))
        await showing.across(taking_back(PaymentId("one"), [CREDITED], GivenBack("refund", "r", Money(500, "EUR"))))
        paid = PayoutId("payout")
        await showing.say(BALANCE.at(MARIA), ReserveEarnings(paid, Money(450, "EUR")), SettleEarnings(paid))
        page = await earnings.earnings(
            showing.ask, TENANT, MARIA, "day", "UTC", Span(), limit=2, min_position=showing.position
        )
        rest = await earnings.earnings(showing.ask, TENANT, MARIA, "day", "UTC", Span(), limit=2, cursor=page.cursor)
        told = [(row.source, row.currency, row.gross, row.refunds, row.net) for row in (*page.rows, *rest.rows)]
        assert told == [
            ("course", "EUR", 1000, 500, 450),
            ("donation", "EUR", 1000, 0, 900),
            ("donation", "JPY", 10_000_000_000, 0, 9_000_000_000),
        ]
        now = datetime.now(UTC)
        span = Span(now - timedelta(days=1), now + timedelta(days=1))
        everyone = await earnings.totals(showing.ask, TENANT, span, limit=1)
        others = await earnings.totals(showing.ask, TENANT, span, limit=1, cursor=everyone.cursor)
        assert [row.creator for row in (*everyone.rows, *others.rows)] == [BEN, MARIA]
        assert [(total.currency, total.net, total.paid) for total in others.rows[0].totals] == [
            ("EUR", 1350, 450),
            ("JPY", 9_000_000_000, 0),
        ]
        before = await earnings.totals(showing.ask, TENANT, Span(span.since, span.since), creator=MARIA)
        assert before.rows[0].totals == ()
