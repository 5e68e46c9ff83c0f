"""What a course and its outline owe each other: a course that is shown has something in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from application.do import AnyStream, Decide
from domain.catalog.course import COURSE, Discarded, PublishCourse, Published, Unknown, missing
from domain.catalog.course import State as Course
from domain.catalog.outline import OUTLINE, Command, Outline, RemoveItem
from domain.kernel import CourseId, Value


class Decision(NamedTuple):
    """A decision over several streams, as `Do.across` takes it."""

    streams: tuple[AnyStream, ...]
    decide: Decide
    command: Value


def publishing(course: CourseId) -> Decision:
    """To show a course, with what is in it at that moment."""

    def decide(state: Course, outline: Outline) -> Iterator[tuple[int, Any]]:
        return ((0, event) for event in COURSE.decide(state, PublishCourse(len(outline.items))))

    return Decision((COURSE.at(course), OUTLINE.at(course)), decide, PublishCourse(0))


def arranging(course: CourseId, command: Command) -> Decision:
    """To change what is in a course, which has to be there."""

    def decide(outline: Outline, state: Course) -> Iterator[tuple[int, Any]]:
        if isinstance(state, Unknown | Discarded):
            raise missing()
        return ((0, event) for event in OUTLINE.decide(outline, _given(command, state)))

    return Decision((OUTLINE.at(course), COURSE.at(course)), decide, command)


def _given(command: Command, course: Course) -> Command:
    if isinstance(command, RemoveItem):
        return RemoveItem(command.item, keep_one=isinstance(course, Published))
    return command
