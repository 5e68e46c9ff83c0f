"""Which tenants are there?"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from adapters.postgres.followers.projector import Projector
from application.ledger import PLATFORM
from domain.kernel import Rejected
from domain.tenancy.tenant import TENANT, MapHostname, Provision, Reactivate, Rename, Suspend, UnmapHostname
from projections.tenancy import tenants as model
from projections.tenancy.tenants import Tenant, tenant, tenants
from tests.followers.running import asking, caller, following, make_models, writing
from tests.servers import Database


async def test_it_shows_what_a_tenant_is_called_where_it_is_reached_and_how_it_stands(database: Database) -> None:
    await make_models(database)
    id_ = uuid4()
    stream = TENANT.at(str(id_))
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        receipt = await do(stream, Provision("Acme"), caller(PLATFORM))
        for hostname in ("a.example", "b.example"):
            receipt = await do(stream, MapHostname(hostname), caller(PLATFORM))
        receipt = await do(stream, Suspend("not paid"), caller(PLATFORM))
        found, position = await tenant(ask, PLATFORM, id_, min_position=receipt.position)
        assert position == receipt.position
        at = found.provisioned_at
        assert found == Tenant(id_, "Acme", "suspended", "not paid", ("a.example", "b.example"), at)
        await do(stream, Reactivate(), caller(PLATFORM))
        await do(stream, UnmapHostname("a.example"), caller(PLATFORM))
        receipt = await do(stream, Rename("Acme College"), caller(PLATFORM))
        found, _ = await tenant(ask, PLATFORM, id_, min_position=receipt.position)
        assert found == Tenant(id_, "Acme College", "active", None, ("b.example",), at)
        with pytest.raises(Rejected, match="no such tenant"):
            await tenant(ask, PLATFORM, uuid4())


async def test_they_are_listed_by_name_page_by_page_and_by_how_they_stand(database: Database) -> None:
    await make_models(database)
    ids = [UUID(int=number) for number in range(1, 8)]
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for number, id_ in enumerate(ids):
            await do(TENANT.at(str(id_)), Provision(f"School {number // 2}"), caller(PLATFORM))
        suspensions = [await do(TENANT.at(str(id_)), Suspend("not paid"), caller(PLATFORM)) for id_ in ids[::3]]
        seen: list[UUID] = []
        cursor: str | None = None
        for _ in range(4):
            page = await tenants(ask, PLATFORM, limit=2, cursor=cursor, min_position=suspensions[-1].position)
            seen += [row.id for row in page.rows]
            cursor = page.cursor
        assert seen == ids
        assert cursor is None
        suspended = await tenants(ask, PLATFORM, status="suspended")
        assert [row.id for row in suspended.rows] == ids[::3]
