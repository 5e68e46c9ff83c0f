"""Every row of the table that decides about a list of people to be enrolled."""

from __future__ import annotations

from domain.enrollments.bulk import BULK, FinishBulk, Finished, OrderBulk, Running, TellRows
from domain.enrollments.events import BulkEnrollmentFinished, BulkEnrollmentOrdered, BulkRowsHandled, RowTold
from domain.kernel import CourseId, LearnerId, SecretId
from tests.given import about

given = about(BULK)

ordered = BulkEnrollmentOrdered(CourseId("art"), SecretId("list"))
some = (RowTold(2, "enrolled", LearnerId("ada")), RowTold(3, "refused", None, "person.unknown"))
more = (RowTold(4, "already", LearnerId("ben")),)


def test_a_list_is_ordered_once() -> None:
    given().when(OrderBulk(CourseId("art"), SecretId("list"))).then(ordered)
    given(ordered).when(OrderBulk(CourseId("art"), SecretId("list"))).then()


def test_its_rows_are_told_of_in_order_and_once() -> None:
    given(ordered).when(TellRows(0, some)).then(BulkRowsHandled(0, some))
    given(ordered, BulkRowsHandled(0, some)).when(TellRows(0, some)).then()
    given(ordered, BulkRowsHandled(0, some)).when(TellRows(2, more)).then(BulkRowsHandled(2, more))
    given(ordered).when(TellRows(2, more)).then()
    given(ordered).when(TellRows(0, ())).then()
    assert given(ordered, BulkRowsHandled(0, some), BulkRowsHandled(2, more)).state == Running(
        ordered, 3, ((3, "person.unknown"),)
    )


def test_it_is_finished_once() -> None:
    through = (ordered, BulkRowsHandled(0, some), BulkEnrollmentFinished(2, SecretId("errors")))
    given(*through[:2]).when(FinishBulk(SecretId("errors"))).then(through[2])
    given(*through).when(FinishBulk(None)).then()
    given(*through).when(TellRows(2, more)).then()
    given().when(FinishBulk(None)).then()
    assert given(*through).state == Finished(2)
