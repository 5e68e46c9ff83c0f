"""What is next for a learner on a path: the same path is another way for whoever knows other things.

Mastery is a percentage for each course, which somebody else says. The rule, in the order in which it is followed:

1. What is done, what rests, and what comes after a step that is not done, is not next.
2. A step that is mastered, at MASTERED percent or more, is passed over. It is offered at the end, if the path needs it.
3. Of the steps that are left, the one that is mastered best is next; where several are, the first of them in the path.
4. A locked step keeps its place: it is not passed over, and no step that comes later in the path is next before it.
5. Before a step that is mastered at less than STRUGGLING percent comes its remedy, if it has one that is not mastered.
   Before a locked step there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from domain.kernel import CourseId, Value

MASTERED = 80
STRUGGLING = 30
UNKNOWN = 50
"""What somebody masters of whom nothing is known."""

Reason = Literal["in_order", "best_mastered", "locked", "remedy", "passed_over_before", "completed", "nothing_open"]


class Ahead(Value):
    """A step, as far as it matters for what is next."""

    course: CourseId
    after: tuple[CourseId, ...] = ()
    resting: bool = False
    locked: bool = False
    remedy: CourseId | None = None


class Next(Value):
    """A course, and why it is next. `remedies` is the step that a remedy is for."""

    course: CourseId | None
    reason: Reason
    remedies: CourseId | None = None
    passed_over: tuple[CourseId, ...] = ()


def next_step(
    steps: Sequence[Ahead], done: Collection[CourseId], mastery: Mapping[CourseId, int], *, completed: bool
) -> Next:
    """What is next on a path whose steps these are, in order."""
    if completed:
        return Next(None, "completed")
    passable = {step.course for step in steps if step.resting} | set(done)
    open_ = [step for step in steps if step.course not in passable and passable.issuperset(step.after)]
    passed = tuple(step.course for step in open_ if not step.locked and _of(mastery, step.course) >= MASTERED)
    left = [step for step in open_ if step.course not in passed]
    if not left:
        return Next(open_[0].course, "passed_over_before") if open_ else Next(None, "nothing_open")
    chosen, reason = _chosen(left, mastery)
    if chosen.remedy is not None and not chosen.locked and _needs(chosen.remedy, chosen.course, mastery):
        return Next(chosen.remedy, "remedy", chosen.course, passed)
    return Next(chosen.course, reason, None, passed)


def _chosen(left: Sequence[Ahead], mastery: Mapping[CourseId, int]) -> tuple[Ahead, Reason]:
    """The best mastered of those that no locked step comes before; the locked one, where it is the first."""
    locked = next((place for place, step in enumerate(left) if step.locked), len(left))
    if locked == 0:
        return left[0], "locked"
    best = max(left[:locked], key=lambda step: _of(mastery, step.course))  # The first of those that are alike.
    return best, "in_order" if best is left[0] else "best_mastered"


def _needs(remedy: CourseId, step: CourseId, mastery: Mapping[CourseId, int]) -> bool:
    return _of(mastery, step) < STRUGGLING and _of(mastery, remedy) < MASTERED


def _of(mastery: Mapping[CourseId, int], course: CourseId) -> int:
    return mastery.get(course, UNKNOWN)
