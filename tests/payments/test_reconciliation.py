"""Every row of the table that decides about comparing with a gateway, and what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.postgres.followers.projector import Projector
from domain.kernel import PaymentId
from domain.payments.events import ReconciliationDone, ReconciliationDue, ReconciliationFailed
from domain.payments.reconciliation import RECONCILIATION, Begin, FallDue, Finish, GiveUp
from projections.payments import reconciliation
from projections.payments.reconciliation import comparisons
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.given import about
from tests.proves import proves
from tests.servers import Database

given = about(RECONCILIATION)

FIRST = datetime(2027, 6, 30, tzinfo=UTC)
NEXT = FIRST + timedelta(minutes=5)
ONE = PaymentId("one")


@proves("pay.status")
def test_one_compares_again_and_again_from_where_one_was() -> None:
    done = ReconciliationDone(FIRST, NEXT, 3, (ONE,))
    given().when(Begin(FIRST)).then(ReconciliationDue(FIRST))
    given(ReconciliationDue(FIRST)).when(Begin(NEXT)).then()
    given(ReconciliationDue(FIRST)).when(Finish(FIRST, NEXT, 3, (ONE,))).then(done)
    given(ReconciliationDue(FIRST), done).when(FallDue(FIRST)).then()
    given(ReconciliationDue(FIRST), done).when(FallDue(NEXT)).then(ReconciliationDue(NEXT))
    given(ReconciliationDue(FIRST)).when(GiveUp(FIRST)).then(ReconciliationFailed(FIRST))
    given(ReconciliationDue(FIRST), ReconciliationFailed(FIRST)).when(FallDue(FIRST)).then(ReconciliationDue(FIRST))


@proves("pay.status")
async def test_the_report_says_what_was_found_the_latest_first(database: Database) -> None:
    await make_models(database)
    stream = RECONCILIATION.at("sandbox")
    async with writing(database) as do, following(database, Projector(reconciliation.MODEL)), asking(database) as ask:
        await do(stream, Begin(FIRST), caller())
        await do(stream, Finish(FIRST, NEXT, 3, (ONE,)), caller())
        await do(stream, FallDue(NEXT), caller())
        receipt = await do(stream, GiveUp(NEXT), caller())
        page = await comparisons(ask, TENANT, "sandbox", limit=1, min_position=receipt.position)
        assert [row.outcome for row in page.rows] == ["unanswered"]
        page = await comparisons(ask, TENANT, "sandbox", cursor=page.cursor)
        assert [(row.outcome, row.found, row.compared) for row in page.rows] == [("found", (ONE,), 3)]
        assert page.cursor is None
