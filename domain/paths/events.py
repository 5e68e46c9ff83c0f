"""What happened to paths. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import CourseId, Value


class PathDrafted(Value):
    title: str


class PathRenamed(Value):
    title: str


class StepPlaced(Value):
    """At the end of the path, or with other prerequisites where it was."""

    course: CourseId
    after: tuple[CourseId, ...] = ()


class StepTaken(Value):
    """It is no step of the path any more, nor a prerequisite."""

    course: CourseId


class StepsReordered(Value):
    order: tuple[CourseId, ...]


class RuleSet(Value):
    """How many steps complete the path; all of them, where no number is said."""

    needed: int | None


class PathPublished(Value):
    """Learners see it."""


class PathRetired(Value):
    """Nobody begins it any more."""


Event = PathDrafted | PathRenamed | StepPlaced | StepTaken | StepsReordered | RuleSet | PathPublished | PathRetired
