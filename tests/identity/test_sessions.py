"""Where am I logged in?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.postgres.followers.projector import Projector
from domain.identity.events import SessionId
from domain.identity.session import SESSIONS, EndSession, OpenSession, Rotate
from domain.kernel import PersonId
from projections.identity import sessions as model
from projections.identity.sessions import sessions
from tests.followers.running import TENANT, asking, caller, following, make_models, rows, writing
from tests.proves import proves
from tests.servers import Database
from tests.vault.opening import vault_on

ada, ben = PersonId("ada"), PersonId("ben")
phone, desk = SessionId("phone"), SessionId("desk")


@proves("auth.session_mgmt")
async def test_it_shows_each_device_from_where_and_when_it_was_seen_last(database: Database) -> None:
    await make_models(database)
    now = datetime.now(UTC)
    until = now + timedelta(days=7)
    async with (
        vault_on(database) as vault,
        writing(database, keys=vault) as do,
        following(database, Projector(model.MODEL, keys=vault)),
        asking(database) as ask,
    ):
        for person, session, agent in ((ada, phone, "a phone"), (ada, desk, "a desk"), (ben, phone, "another")):
            opened = OpenSession(person, session, "password", now, until, "192.0.2.1", agent)
            await do(SESSIONS.at(person), opened, caller())
        back = Rotate(ada, phone, 0, "one", now, until + timedelta(days=1), "192.0.2.9", "a phone")
        receipt = await do(SESSIONS.at(ada), back, caller())
        page = await sessions(ask, TENANT, ada, min_position=receipt.position)
        assert [(row.session, row.agent, row.address) for row in page.rows] == [
            (desk, "a desk", "192.0.2.1"),
            (phone, "a phone", "192.0.2.9"),
        ]
        assert page.rows[1].seen_at > page.rows[1].opened_at
        assert page.rows[1].until == until + timedelta(days=1)
        first = await sessions(ask, TENANT, ada, limit=1)
        assert [row.session for row in (await sessions(ask, TENANT, ada, cursor=first.cursor)).rows] == [phone]
        receipt = await do(SESSIONS.at(ada), EndSession(ada, phone, "ended_by_owner"), caller())
        page = await sessions(ask, TENANT, ada, min_position=receipt.position)
        assert [row.session for row in page.rows] == [desk]
        kept = await rows(database, "select data::text from ledger.facts")
        assert not any("192.0.2" in data or "a phone" in data for (data,) in kept)


async def test_what_ran_out_is_not_shown(database: Database) -> None:
    await make_models(database)
    before = datetime.now(UTC) - timedelta(days=8)
    async with (
        vault_on(database) as vault,
        writing(database, keys=vault) as do,
        following(database, Projector(model.MODEL, keys=vault)),
        asking(database) as ask,
    ):
        opened = OpenSession(ada, phone, "password", before, before + timedelta(days=7))
        receipt = await do(SESSIONS.at(ada), opened, caller())
        assert (await sessions(ask, TENANT, ada, min_position=receipt.position)).rows == ()
