"""What there is to permit about what is taught, and what we do when a file goes that an item was in."""

from __future__ import annotations

from application.belonging import OfPeople
from application.ledger import Recorded
from application.permissions import (
    ANALYST,
    ASSISTANT,
    AUDITOR,
    CREATOR,
    EVERYONE,
    GUARDIAN,
    INSTRUCTOR,
    STAFF,
    STUDENT,
    Permission,
)
from application.policies import Bound
from domain.catalog.outline import OUTLINE, UnlinkFile
from domain.files.events import FileDeleted
from domain.kernel import FileId, ItemId

PERMISSIONS = (
    Permission("catalog.browse", "See which courses there are to take.", (EVERYONE,)),
    Permission("catalog.diary", "See when somebody teaches.", (STAFF,), own=(EVERYONE,)),
    Permission("catalog.edit", "Draft, revise and price courses, and arrange what is in them.", (INSTRUCTOR, CREATOR)),
    Permission("catalog.grade", "Mark what learners hand in.", (INSTRUCTOR, ASSISTANT)),
    Permission(
        "catalog.learn",
        "See what is in a course, as far as it is shown.",
        (STAFF, INSTRUCTOR, GUARDIAN),
        own=(STUDENT,),
    ),
    Permission("catalog.publish", "Publish courses, archive them, give drafts up.", (INSTRUCTOR, CREATOR)),
    Permission(
        "catalog.read",
        "See courses and sections as they are, drafts too.",
        (INSTRUCTOR, ASSISTANT, CREATOR, STAFF, ANALYST, AUDITOR),
    ),
    Permission("catalog.schedule", "Say when and where a section meets.", (INSTRUCTOR, STAFF)),
    Permission("catalog.sections", "Open sections and close them; say who teaches there, and how many may come."),
)
PERSONAL = OfPeople(keyed={"diary": 1}, apart=("course", "outline", "section"))


async def when_file_deleted_unlink_it_from_items(deleted: Recorded[FileDeleted], do: Bound) -> None:
    file = FileId(deleted.stream.partition(":")[2])
    for link in deleted.event.links:
        kind, *of = link.split(":")
        if kind == "item":
            course, item = of
            await do(OUTLINE.at(course), UnlinkFile(ItemId(item), file))
