"""What a study document owes its file and the class that reads it: each is decided together with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from application.outlines import Decision
from domain.catalog.section import SECTION, Open, staff
from domain.enrollments.enrollment import ENROLLMENT, Graduated, Learning
from domain.files import file
from domain.files.file import FILE
from domain.kernel import CourseId, FileId, PersonId, Rejected, SectionId
from domain.library.document import DOCUMENT, Add, Delete, Share, There
from domain.library.events import DocumentId


def link_of(document: DocumentId) -> str:
    """How a file calls a document that is made of it."""
    return f"document:{document}"


def adding(document: DocumentId, owner: PersonId, title: str, of: FileId) -> Decision:
    """To make a document of a clean file of its owner's."""
    command = Add(owner, title, of, "", "")

    def decide(state: Any, kept: Any) -> Iterator[tuple[int, Any]]:
        linked = tuple(FILE.decide(kept, file.Link(link_of(document), owner)))
        add = msgspec.structs.replace(command, type=kept.about.type, kept=kept.about.kept)
        yield from ((0, event) for event in DOCUMENT.decide(state, add))
        yield from ((1, event) for event in linked)

    return Decision((DOCUMENT.at(document), FILE.at(of)), decide, command)


def discarding(document: DocumentId, owner: PersonId, seen: object) -> Decision:
    """To delete a document, and its file with it, if nothing else is made of that."""
    command = Delete(owner)
    streams = (DOCUMENT.at(document), *((FILE.at(seen.file),) if isinstance(seen, There) else ()))

    def decide(state: Any, *kept: Any) -> Iterator[tuple[int, Any]]:
        happened = tuple(DOCUMENT.decide(state, command))
        yield from ((0, event) for event in happened)
        for one in kept if happened else ():
            unlinked = tuple(FILE.decide(one, file.Unlink(link_of(document))))
            yield from ((1, event) for event in unlinked)
            left = FILE.fold(unlinked, one)
            if isinstance(left, file.Clean) and not left.about.links:
                yield from ((1, event) for event in FILE.decide(left, file.Delete(owner)))

    return Decision(streams, decide, command)


def sharing(
    document: DocumentId, owner: PersonId, course: CourseId, section: SectionId | None
) -> tuple[Decision, tuple[Any, ...]]:
    """To let a class read a document of somebody who is in it: on the course, or on the staff of this section of it."""
    command = Share(owner, course)

    def decide(state: Any, enrolment: Any, *sections: Any) -> Iterator[tuple[int, Any]]:
        teaches = any(
            isinstance(one, Open) and one.course == course and any(role.person == owner for role in staff(one))
            for one in sections
        )
        if not teaches and not isinstance(enrolment, Learning | Graduated):
            raise Rejected("course.not_open", "it is shared with a class by who is in it")
        yield from ((0, event) for event in DOCUMENT.decide(state, command))

    beside = (ENROLLMENT.at(course, owner), *((SECTION.at(section),) if section is not None else ()))
    return Decision((DOCUMENT.at(document),), decide, command), beside
