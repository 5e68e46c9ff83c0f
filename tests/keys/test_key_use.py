"""How often was this API key used, on which day and for what?"""

from __future__ import annotations

from datetime import date, timedelta

from adapters.postgres.followers.projector import Projector
from domain.kernel import PersonId
from domain.keys.api_key_use import API_KEY_USE, Count
from domain.keys.events import EndpointCalled
from projections.keys import key_use as model
from projections.keys.key_use import use_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database
from tests.values import TIMES

ADA, BEN = PersonId("ada"), PersonId("ben")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NOON = TIMES[0]


async def test_calls_are_added_up_by_day_and_endpoint(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        batches = (
            (EndpointCalled(MONDAY, "GET /a", 60, 1), EndpointCalled(MONDAY, "POST /b", 5, 5)),
            (EndpointCalled(MONDAY, "GET /a", 35, 0),),
            (EndpointCalled(TUESDAY, "GET /a", 7, 2),),
        )
        counts = [
            Count(str(number), ADA, NOON + timedelta(seconds=number), calls) for number, calls in enumerate(batches)
        ]
        receipts = [await do(API_KEY_USE.at("one"), count, caller()) for count in counts]
        page = await use_of(ask, TENANT, "one", person=ADA, min_position=receipts[-1].position)
        assert [(row.day, row.endpoint, row.calls, row.errors, row.used_at) for row in page.rows] == [
            (TUESDAY, "GET /a", 7, 2, NOON + timedelta(seconds=2)),
            (MONDAY, "GET /a", 95, 1, NOON + timedelta(seconds=1)),
            (MONDAY, "POST /b", 5, 5, NOON),
        ]
        first = await use_of(ask, TENANT, "one", person=None, limit=2)
        second = await use_of(ask, TENANT, "one", person=None, limit=2, cursor=first.cursor)
        assert (*first.rows, *second.rows) == page.rows
        assert second.cursor is None
        assert (await use_of(ask, TENANT, "one", person=ADA, since=TUESDAY)).rows == page.rows[:1]
        assert (await use_of(ask, TENANT, "one", person=ADA, until=MONDAY)).rows == page.rows[1:]
        assert (await use_of(ask, TENANT, "one", person=BEN)).rows == ()
        assert (await use_of(ask, TENANT, "two", person=ADA)).rows == ()
