"""Adding study documents, and what is done with them."""

from __future__ import annotations

from typing import Annotated

from api.http.commands import Doing, command
from api.http.courses import Course, Section
from api.http.values import Called
from application.documents import adding, discarding, sharing
from application.ledger import Receipt
from domain.kernel import ID, FileId, PersonId, Value
from domain.library.document import DOCUMENT, EndSharing, Rename
from domain.library.events import DocumentId

Person = Annotated[PersonId, ID]
Document = Annotated[DocumentId, ID]
File = Annotated[FileId, ID]

KEEP = "library.keep"
OWN = {"person": "person"}
NO_DOCUMENT = "document.not_found"


class AddDocumentBody(Value, forbid_unknown_fields=True):
    """A new document, the id by which it is known from now on, and the file that it is."""

    document: Document
    file: File
    title: Called


class DocumentTitleBody(Value, forbid_unknown_fields=True):
    """What a document is to be called."""

    title: Called


class ShareBody(Value, forbid_unknown_fields=True):
    """With whose class, and in which section one teaches there, if one does not learn there."""

    course: Course
    section: Section | None = None


class ClassBody(Value, forbid_unknown_fields=True):
    """Whose class it is."""

    course: Course


@command(
    "/api/people/{person}/documents",
    requires=KEEP,
    scope=OWN,
    limit="command",
    refuses=[
        *("file.not_found", "file.not_clean", "document.type_refused", "document.exists", NO_DOCUMENT),
        "person.erased",
    ],
    example={"document": "almanac", "file": "star-chart", "title": "Almanac"},
)
async def add_document(person: Person, body: AddDocumentBody, do: Doing) -> Receipt:
    """Make a study document of a file of one's own that was found clean. Its text is extracted later."""
    return await do.across(*adding(body.document, person, body.title, body.file))


@command(
    "/api/people/{person}/documents/{document}/rename",
    requires=KEEP,
    scope=OWN,
    limit="command",
    refuses=[NO_DOCUMENT, "person.erased"],
    example={"title": "Almanac, second edition"},
)
async def rename_document(person: Person, document: Document, body: DocumentTitleBody, do: Doing) -> Receipt:
    """Call a document otherwise."""
    return await do(DOCUMENT.at(document), Rename(person, body.title))


@command(
    "/api/people/{person}/documents/{document}/share",
    requires=KEEP,
    scope=OWN,
    limit="command",
    refuses=[NO_DOCUMENT, "course.not_open"],
    example={"course": "celestial-navigation", "section": None},
)
async def share_document(person: Person, document: Document, body: ShareBody, do: Doing) -> Receipt:
    """Let everyone whom a course is open to read a document. They change nothing about it."""
    decision, beside = sharing(document, person, body.course, body.section)
    return await do.across(*decision, beside)


@command(
    "/api/people/{person}/documents/{document}/end-sharing",
    requires=KEEP,
    scope=OWN,
    limit="command",
    refuses=[NO_DOCUMENT],
    example={"course": "celestial-navigation"},
)
async def end_sharing(person: Person, document: Document, body: ClassBody, do: Doing) -> Receipt:
    """Let the class of a course read a document no longer."""
    return await do(DOCUMENT.at(document), EndSharing(person, body.course))


@command(
    "/api/people/{person}/documents/{document}/delete",
    requires=KEEP,
    scope=OWN,
    limit="command",
    refuses=[NO_DOCUMENT],
)
async def delete_document(person: Person, document: Document, do: Doing) -> Receipt:
    """Delete a document with its text, and its file, if nothing else is made of that.

    What others made of it stays theirs: questions name it and its anchor, and what was attempted stays attempted.
    """
    seen = await do.look(DOCUMENT.at(document))
    return await do.across(*discarding(document, person, seen))
