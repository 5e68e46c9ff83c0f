"""What was a creator given, by whom, and with what words?"""

from __future__ import annotations

from domain.creators.donation import DONATION, Fail, Give, GiveBack, Limits, Receive
from domain.money import Money
from projections.creators import donations
from projections.creators.donations import donations_to
from tests.creators.living import BEN, MARIA, shown
from tests.followers.running import TENANT
from tests.proves import proves
from tests.servers import Database

TEN, LIMITS = Money(1000, "EUR"), Limits(1, 100)


def give(words: str | None, *, anonymous: bool = False) -> Give:
    return Give(BEN, MARIA, TEN, words, anonymous, LIMITS)


@proves("pay.donation")
async def test_it_shows_what_was_paid_with_its_words_and_not_who_will_not_be_named(database: Database) -> None:
    async with shown(database, donations.MODEL) as showing:
        await showing.say(DONATION.at("one"), give("For the stars!"), Receive(), GiveBack(Money(300, "EUR")))
        await showing.say(DONATION.at("two"), give(None, anonymous=True), Receive())
        await showing.say(DONATION.at("three"), give("I cannot"), Fail("declined"))
        await showing.say(DONATION.at("four"), give("I am still paying"))
        page = await donations_to(showing.ask, TENANT, MARIA, limit=1, min_position=showing.position)
        rest = await donations_to(showing.ask, TENANT, MARIA, limit=1, cursor=page.cursor)
        told = [(row.donation, row.donor, row.amount, row.returned, row.message) for row in (*page.rows, *rest.rows)]
        assert told == [("two", None, 1000, 0, None), ("one", BEN, 1000, 300, "For the stars!")]
        assert rest.cursor is None
        assert (await donations_to(showing.ask, TENANT, BEN)).rows == ()
