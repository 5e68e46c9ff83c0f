"""What if another share of the points were enough to pass?"""

from __future__ import annotations

from collections.abc import Iterator

from application.what_if import Retell, Rule
from domain.assessment.assessment import Published, Terms
from domain.assessment.events import ResultRecorded
from domain.assessment.result import RESULT, Record, State, decide
from domain.kernel import Rejected

PERCENT_MAX = 100


def under(value: str) -> Retell:
    if not value.isdecimal() or not 0 < int(value) <= PERCENT_MAX:
        raise Rejected("what_if.value", "a passing mark is from 1 to 100 percent of the points")
    percent = int(value)

    def retell(state: State, event: ResultRecorded) -> Iterator[ResultRecorded]:
        terms = Terms("", event.of, -(-event.of * percent // PERCENT_MAX))
        yield from decide(state, Record(event.course, event.points, Published(event.course, terms)))

    return retell


RULE = Rule("passing-mark", "percent of the points that are enough to pass", RESULT, ResultRecorded, under)
