"""Which API keys has this person, how far does each go, and is it used?"""

from __future__ import annotations

from datetime import date, timedelta

from adapters.postgres.followers.projector import Projector
from domain.kernel import PersonId, SecretId
from domain.keys.api_key import API_KEY, Issue, Revoke, Rotate
from domain.keys.api_key_use import API_KEY_USE, Count
from domain.keys.events import EndpointCalled
from projections.keys import my_keys as model
from projections.keys.my_keys import keys_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database
from tests.values import TIMES
from tests.vault.opening import vault_on

ADA, BEN = PersonId("ada"), PersonId("ben")
NOON = TIMES[0]
LATER = NOON + timedelta(days=30)
CALLS = (EndpointCalled(date(2026, 11, 23), "GET /a", 60, 1), EndpointCalled(date(2026, 11, 23), "POST /b", 5, 5))


def issue(person: PersonId, name: str, **more: str) -> Issue:
    return Issue(person, name, ("a.b",), SecretId("hash"), NOON, LATER, **more)


async def test_everyone_sees_their_own_keys_and_what_became_of_each(database: Database) -> None:
    await make_models(database)
    async with (
        vault_on(database) as vault,
        writing(database, keys=vault) as do,
        following(database, Projector(model.MODEL, keys=vault)),
        asking(database) as ask,
    ):
        for key, person in (("one", ADA), ("two", ADA), ("three", BEN)):
            await do(API_KEY.at(key), issue(person, f"robot {key}"), caller())
        await do.together(
            (API_KEY.at("one"), Rotate(ADA, "four", NOON, NOON + timedelta(hours=1))),
            (API_KEY.at("four"), issue(ADA, "robot four", instead_of="one")),
            caller=caller(),
        )
        await do(API_KEY_USE.at("one"), Count("batch", ADA, NOON, CALLS), caller())
        await do(API_KEY_USE.at("one"), Count("batch-2", ADA, NOON + timedelta(hours=2), CALLS[:1]), caller())
        receipt = await do(API_KEY.at("two"), Revoke(ADA), caller())
        page = await keys_of(ask, TENANT, ADA, min_position=receipt.position)
        assert [
            (row.key, row.prefix, row.name, row.followed_by, row.instead_of, row.calls, row.errors) for row in page.rows
        ] == [
            ("four", "ak_four", "robot four", None, "one", 0, 0),
            ("two", "ak_two", "robot two", None, None, 0, 0),
            ("one", "ak_one", "robot one", "four", None, 125, 7),
        ]
        four, two, one = page.rows
        assert (two.revoked_at is not None, four.revoked_at, one.revoked_at) == (True, None, None)
        assert (one.overlap_until, one.used_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=2))
        assert (four.scopes, four.expires_at) == (("a.b",), LATER)
        first = await keys_of(ask, TENANT, ADA, limit=2)
        second = await keys_of(ask, TENANT, ADA, limit=2, cursor=first.cursor)
        assert (*first.rows, *second.rows) == page.rows
