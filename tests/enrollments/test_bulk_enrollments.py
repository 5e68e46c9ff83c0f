"""How far is this list of people to be enrolled, and what became of each row?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.enrollments.bulk import BULK, FinishBulk, OrderBulk, TellRows
from domain.enrollments.events import RowTold
from domain.kernel import CourseId, LearnerId
from projections.enrollments import bulk_enrollments
from projections.enrollments.bulk_enrollments import how_far, what_became_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

ROWS = (RowTold(2, "enrolled", LearnerId("ada")), RowTold(3, "refused", None, "person.unknown"))


async def test_it_tells_how_far_it_is_and_of_each_row(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(bulk_enrollments.MODEL)), asking(database) as ask:
        stream = BULK.at("list")
        assert await how_far(ask, TENANT, "list") is None
        await do(stream, OrderBulk(CourseId("art")), caller())
        await do(stream, TellRows(0, ROWS), caller())
        receipt = await do(stream, FinishBulk(None), caller())
        found = await how_far(ask, TENANT, "list", min_position=receipt.position)
        assert found is not None
        assert (found.rows, found.refused, found.course, found.errors) == (2, 1, "art", None)
        assert found.finished_at is not None
        first = await what_became_of(ask, TENANT, "list", limit=1)
        second = await what_became_of(ask, TENANT, "list", limit=1, cursor=first.cursor)
        assert [row.line for row in (*first.rows, *second.rows)] == [2, 3]
        assert second.cursor is None
        only = await what_became_of(ask, TENANT, "list", outcome="refused")
        assert [row.code for row in only.rows] == ["person.unknown"]
