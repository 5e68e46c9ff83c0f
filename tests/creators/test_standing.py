"""How does a creator stand?"""

from __future__ import annotations

from datetime import UTC, datetime

from domain.creators.authorship import AUTHORSHIP, Divide, Name, TakeAway
from domain.creators.balance import (
    BALANCE,
    CreditEarnings,
    ReserveEarnings,
    ReturnEarnings,
    ReverseEarnings,
    SettleEarnings,
)
from domain.creators.creator import (
    CREATOR,
    Choose,
    FallDue,
    Lift,
    Onboard,
    Suspend,
    TellAccount,
    TellRefused,
    TryAgain,
    TurnOff,
    TurnOn,
)
from domain.creators.events import Author, PayoutId
from domain.creators.schedule import Weekly
from domain.creators.share import WHOLE
from domain.kernel import PaymentId
from domain.money import Money
from projections.creators import standing
from projections.creators.standing import Holding, Work
from projections.creators.standing import Standing as Row
from tests.creators.living import BEN, ELIGIBLE, MARIA, Showing, shown
from tests.followers.running import TENANT
from tests.proves import proves
from tests.servers import Database

LINK = "https://gateway.example/one"
WANTS = TellAccount("stripe", "acct", enabled=False, wanting=("identity", "bank_account"), link=LINK)
MONDAY, NEXT = datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 30, 5, tzinfo=UTC)
WEEKLY = Weekly(1, "Europe/Berlin")


@proves("pay.connect", "pay.monetization", "pay.payouts")
async def test_it_shows_whether_they_may_be_paid_where_to_when_and_how_much(database: Database) -> None:
    async with shown(database, standing.MODEL) as showing:
        creator = CREATOR.at(MARIA)
        assert await standing.standing(showing.ask, TENANT, MARIA) == (None, 0)
        await showing.say(creator, TurnOn(ELIGIBLE), Onboard("stripe", "DE", "one"), TryAgain(1))
        row = await _row(showing)
        assert (row.monetization, row.account, row.gateway, row.link) == ("on", "opening", "stripe", None)
        await showing.say(creator, TellRefused("no_country"))
        row = await _row(showing)
        assert (row.account, row.reason) == ("none", "no_country")
        await showing.say(creator, Onboard("stripe", "DE", "two"), WANTS)
        row = await _row(showing)
        assert (row.account, row.wanting, row.link) == ("wanting", ("identity", "bank_account"), LINK)
        await showing.say(creator, TellAccount("stripe", "acct", enabled=True), Choose(WEEKLY, MONDAY))
        row = await _row(showing)
        assert (row.account, row.wanting, row.link) == ("enabled", (), None)
        assert (row.schedule, row.due) == (WEEKLY, MONDAY)
        await showing.say(creator, FallDue(MONDAY, NEXT), Suspend("a complaint"))
        row = await _row(showing)
        assert (row.due, row.monetization, row.reason) == (NEXT, "suspended", "a complaint")
        await showing.say(creator, Lift("it was nothing"))
        assert ((await _row(showing)).monetization, (await _row(showing)).reason) == ("on", None)
        await _earn(showing)
        await showing.say(creator, TurnOff())
        row = await _row(showing)
        assert row.monetization == "off"
        assert row.balances == (Holding("EUR", 400, 0, 300), Holding("USD", -20, 0, 0))
        assert row.works == (
            Work("course", "sun", WHOLE, None, MONDAY),
            Work("course", "sun", 6000, MONDAY, None),
            Work("plan", "gold", WHOLE, None, None),
        )


async def _earn(showing: Showing) -> None:
    paid, one, two = PaymentId("p"), PayoutId("one"), PayoutId("two")
    three, seven = Money(300, "EUR"), Money(700, "EUR")
    await showing.say(
        BALANCE.at(MARIA),
        *(CreditEarnings(1, paid, seven), ReserveEarnings(one, three), SettleEarnings(one)),
        *(ReserveEarnings(two, three), ReturnEarnings(two), ReverseEarnings(2, paid, Money(20, "USD"))),
    )
    await showing.say(AUTHORSHIP.at("course", "stars"), Name(MARIA), TakeAway(MARIA))
    await showing.say(AUTHORSHIP.at("course", "moon"), Name(MARIA), Name(BEN))
    await showing.say(AUTHORSHIP.at("plan", "gold"), Name(MARIA))
    both, bens = (Author(MARIA, 6000), Author(BEN, 4000)), (Author(BEN, WHOLE),)
    divided = Divide(both, MONDAY, MONDAY)
    await showing.say(AUTHORSHIP.at("course", "sun"), Name(MARIA), Divide(bens, NEXT, MONDAY), divided)


async def _row(showing: Showing) -> Row:
    row, _ = await standing.standing(showing.ask, TENANT, MARIA, min_position=showing.position)
    assert row is not None
    return row
