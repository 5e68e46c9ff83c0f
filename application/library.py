"""What we do about study documents: their text is extracted, and all of them goes when they are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from application.jobs import Doer, Errand, job
from application.ledger import Recorded
from application.mail import RETRIES
from application.outlines import Decision
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from application.ports import Files, FileTooLarge, LargeFiles
from application.texts import TextReader, Unreadable, text_name, text_of, words_of
from domain.catalog.section import SECTION, Open, staff
from domain.enrollments.enrollment import ENROLLMENT, Graduated, Learning
from domain.files import file
from domain.files.events import FileDeleted
from domain.files.file import FILE
from domain.kernel import CourseId, FileId, PersonId, Rejected, SectionId, Value
from domain.library.document import (
    DOCUMENT,
    Add,
    Delete,
    Share,
    TellFailed,
    TellText,
    There,
)
from domain.library.events import DocumentAdded, DocumentDeleted, DocumentId

PERMISSIONS = (
    Permission("library.keep", "Add study documents, rename, share and delete them.", own=(EVERYONE,)),
    Permission("library.read", "See which study documents somebody has, and read them.", own=(EVERYONE,)),
    Permission("library.class", "Read what is shared with the class of a course that is open to one.", (EVERYONE,)),
)


def link_of(document: DocumentId) -> str:
    """How a file calls a document that is made of it."""
    return f"document:{document}"


# --- decisions ------------------------------------------------------------------------------------


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


# --- what follows ---------------------------------------------------------------------------------


async def when_document_added_extract_its_text(added: Recorded[DocumentAdded], do: Bound) -> None:
    fact = added.event
    document = DocumentId(added.stream.partition(":")[2])
    do.later(extract_text, ToExtract(document, fact.owner, fact.type, fact.kept))


async def when_document_deleted_forget_its_text(deleted: Recorded[DocumentDeleted], do: Bound) -> None:
    do.later(forget_text, ToForgetText(DocumentId(deleted.stream.partition(":")[2])))


async def when_file_deleted_delete_its_documents(deleted: Recorded[FileDeleted], do: Bound) -> None:
    for link in deleted.event.links:
        kind, _, document = link.partition(":")
        if kind == "document":
            await do(DOCUMENT.at(document), Delete(deleted.event.owner))


class ToExtract(Value):
    document: DocumentId
    owner: PersonId
    type: str
    kept: str


class ToForgetText(Value):
    document: DocumentId


@job(retries=RETRIES)
def extract_text(
    errand: Errand[ToExtract], large_files: LargeFiles, reader: TextReader, files: Files, doer: Doer
) -> None:
    order, tenant = errand.order, errand.tenant
    stream, name = DOCUMENT.at(order.document), text_name(order.document)
    try:
        pages = reader.read(large_files.read_parts(tenant, order.kept), order.type)
        text = text_of(pages)
        files.keep(tenant, name, msgspec.json.encode(text))
    except FileNotFoundError:
        return  # It was deleted meanwhile.
    except FileTooLarge:
        doer.do(errand, stream, TellFailed("too_large"))
        return
    except Unreadable as no:
        doer.do(errand, stream, TellFailed(no.why))
        return
    try:
        doer.do(errand, stream, TellText(order.owner, len(pages), words_of(pages), ",".join(text.topics)))
    except Rejected:
        files.forget(tenant, name)  # It was deleted meanwhile, or its owner erased.


@job(retries=RETRIES)
def forget_text(errand: Errand[ToForgetText], files: Files) -> None:
    files.forget(errand.tenant, text_name(errand.order.document))
