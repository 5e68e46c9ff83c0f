"""Who is let in to what is in a course: everyone it is open to, as enrollments says, and who makes it or teaches it."""

from __future__ import annotations

from datetime import UTC, datetime

from api.http.problems import Refused
from api.http.queries import Asking
from domain.kernel import CourseId, ItemId, LearnerId
from projections.catalog.outline import ItemToOpen, item_to_open
from projections.enrollments.entitlements import may_open

MAKES_IT = "catalog.read"
CLOSED = ("enrollment.needed", "person.needed", "position.not_reached", "position.unknown")
NOT_YET = (*CLOSED, "item.not_found", "item.not_released", "item.prerequisites_missing")


async def opened_course(asking: Asking, course: CourseId, min_position: int = 0) -> LearnerId | None:
    """Let in whom a course is open to: as a learner of it, or, where this is nobody, as one who teaches or makes it."""
    principal = asking.principal
    if principal.may(MAKES_IT) or MAKES_IT in principal.standing.within.get(f"course:{course}", ()):
        return None
    if principal.person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    found = await may_open(
        asking.ask, asking.tenant, principal.person, course, datetime.now(UTC), min_position=min_position
    )
    if not found.open:
        raise Refused("enrollment.needed", f"this course is not open to you: {found.why.replace('_', ' ')}")
    return None if found.why == "teaching" else LearnerId(principal.person)


async def opened_item(asking: Asking, course: CourseId, item: ItemId, min_position: int = 0) -> tuple[ItemToOpen, int]:
    """An item that is open to whoever asks, now; and the position this shows."""
    learner = await opened_course(asking, course, min_position)
    found, position = await item_to_open(asking.ask, asking.tenant, course, item, learner, min_position=min_position)
    if learner is None:
        return found, position
    if found.status == "draft":
        raise Refused("item.not_found", "there is no such item")
    if found.release is not None and found.release > datetime.now(UTC):
        raise Refused("item.not_released", f"it is shown from {found.release.isoformat()}")
    if found.first:
        raise Refused("item.prerequisites_missing", f"complete {', '.join(found.first)} first")
    return found, position
