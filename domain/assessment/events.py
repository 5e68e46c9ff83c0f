"""What happened to assessments and in them. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import CourseId, Value

# --- assessments: `assessment:{assessment}` -------------------------------------------------------


class AssessmentDrafted(Value):
    """For this course, with so many points to reach, and so many of them to pass."""

    course: CourseId
    title: str
    points: int
    enough: int


class AssessmentRevised(Value):
    title: str
    points: int
    enough: int


class AssessmentPublished(Value):
    """Results are recorded from now on."""


class AssessmentWithdrawn(Value):
    """No results are recorded until it is published again."""


AssessmentEvent = AssessmentDrafted | AssessmentRevised | AssessmentPublished | AssessmentWithdrawn

# --- results: `result:{assessment}:{learner}` -----------------------------------------------------


class ResultRecorded(Value):
    """So many points of so many, in place of any result before; and whether that was enough then."""

    course: CourseId
    points: int
    of: int
    passed: bool


Event = AssessmentEvent | ResultRecorded
