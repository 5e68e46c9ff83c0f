"""One report, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.audit.events import ReportCompiled, ReportOrdered
from domain.audit.report import REPORT, Compile, Compiled, Order, Ordered, Unordered
from tests.given import about

SINCE, UNTIL = datetime(2027, 6, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
AT = UNTIL + timedelta(hours=1)

given = about(REPORT)
order = Order("access", SINCE, UNTIL, AT)
ordered = ReportOrdered("access", SINCE, UNTIL, AT)
compile_report = Compile("a" * 64, "b" * 64, "c" * 64, 42, 7)
compiled = ReportCompiled("a" * 64, "b" * 64, "c" * 64, 42, 7)


def test_it_is_ordered_for_a_period_that_is_over() -> None:
    given().when(order).then(ordered)
    given().when(Order("access", SINCE, UNTIL, UNTIL)).then(ReportOrdered("access", SINCE, UNTIL, UNTIL))
    given().when(Order("access", SINCE, UNTIL, UNTIL - timedelta(seconds=1))).refused("report.period_not_over")
    given().when(Order("access", UNTIL, SINCE, AT)).refused("report.no_period")
    given().when(Order("access", SINCE, SINCE, AT)).refused("report.no_period")


def test_one_name_is_one_report() -> None:
    given(ordered).when(order).then()
    given(ordered, compiled).when(order).then()
    given(ordered).when(Order("changes", SINCE, UNTIL, AT)).refused("report.other")


def test_it_is_compiled_once() -> None:
    given(ordered).when(compile_report).then(compiled)
    given(ordered, compiled).when(Compile("d" * 64, "e" * 64, "f" * 64, 43, 8)).then()
    given().when(compile_report).refused("report.not_found")


def test_the_states_of_a_report() -> None:
    assert given().state == Unordered()
    assert given(ordered).state == Ordered("access", SINCE, UNTIL)
    assert given(ordered, compiled).state == Compiled("access", SINCE, UNTIL, "a" * 64, "b" * 64, "c" * 64, 42)
