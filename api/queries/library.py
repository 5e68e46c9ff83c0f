"""Which study documents there are, and what is in them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.courses import Course
from api.http.opening import CLOSED, opened_course
from api.http.parts import PartsReply, Shown, given
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from application.texts import DocumentText, TextPage, text_name
from domain.kernel import ID, PersonId, Value
from domain.library.events import DocumentId
from projections.files import shelf
from projections.library import documents as library
from projections.library.documents import StudyDocument
from projections.model import Page

Person = Annotated[PersonId, ID]
Document = Annotated[DocumentId, ID]
Number = Annotated[int, msgspec.Meta(ge=1, le=10**6, description="The number of a page; the first is 1.")]
PagesAtOnce = Annotated[int, msgspec.Meta(ge=1, le=50, description="At most so many pages.")]

OWN = {"person": "person"}
LATE = ("position.not_reached", "position.unknown")
NO_DOCUMENT = (*LATE, "document.not_found")
NO_TEXT = ("document.not_found", "document.not_read")

ALMANAC = {
    "document": "almanac",
    "owner": "grace",
    "title": "Almanac",
    "file": "star-chart",
    "type": "application/pdf",
    "status": "ready",
    "failed": None,
    "pages": 12,
    "words": 4210,
    "topics": ["declination", "stars"],
    "added_at": "2026-11-02T08:00:00Z",
    "shared": ["celestial-navigation"],
}
PAGES = {"pages": [{"anchor": "page-1", "text": "Of declination"}], "of": 12, "position": 42}


class OneDocument(Value):
    """A document, as of a position."""

    document: StudyDocument
    position: int


class SomePages(Value):
    """Some pages of a document that has so many."""

    pages: tuple[TextPage, ...]
    of: int
    position: int


_text = msgspec.json.Decoder(DocumentText)


@query(
    "/api/people/{person}/documents",
    requires="library.read",
    scope=OWN,
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [ALMANAC], "position": 42, "cursor": None},
)
async def documents_of(
    asking: Asking,
    person: Person,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[StudyDocument]:
    """Which study documents does this person have? The newest first."""
    return await library.documents_of(
        asking.ask, asking.tenant, person, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/people/{person}/documents/{document}",
    requires="library.read",
    scope=OWN,
    limit="query",
    refuses=NO_DOCUMENT,
    example={"document": ALMANAC, "position": 42},
)
async def document_of(asking: Asking, person: Person, document: Document, min_position: Position = 0) -> OneDocument:
    """What is this document about, and could it be read?"""
    return OneDocument(*await _own(asking, person, document, min_position))


@query(
    "/api/people/{person}/documents/{document}/pages",
    requires="library.read",
    scope=OWN,
    limit="query",
    refuses=[*LATE, *NO_TEXT],
    example=PAGES,
)
async def document_pages(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    person: Person,
    document: Document,
    first: Number = 1,
    limit: PagesAtOnce = 20,
    min_position: Position = 0,
) -> SomePages:
    """What is written on these pages?"""
    found, position = await _own(asking, person, document, min_position)
    return await _pages(asking, found, position, first, limit)


@query(
    "/api/courses/{course}/documents",
    requires="library.class",
    limit="query",
    refuses=[*CLOSED, "cursor.malformed"],
    example={"rows": [ALMANAC], "position": 42, "cursor": None},
)
async def class_documents(
    asking: Asking,
    course: Course,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[StudyDocument]:
    """Which study documents does the class of this course share?"""
    await opened_course(asking, course, min_position)
    return await library.shared_with(
        asking.ask, asking.tenant, course, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/courses/{course}/documents/{document}/pages",
    requires="library.class",
    limit="query",
    refuses=[*CLOSED, *NO_TEXT],
    example=PAGES,
)
async def class_document_pages(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    document: Document,
    first: Number = 1,
    limit: PagesAtOnce = 20,
    min_position: Position = 0,
) -> SomePages:
    """What is written on these pages of a document that the class of this course shares?"""
    found, position = await _shared(asking, course, document, min_position)
    return await _pages(asking, found, position, first, limit)


@query(
    "/api/courses/{course}/documents/{document}/content",
    requires="library.class",
    limit="query",
    refuses=[*CLOSED, "document.not_found", "file.not_found", "range.not_satisfiable"],
    answer=str,
    media_type="application/octet-stream",
    example="%PDF-1.7 …",
)
async def class_document_content(
    asking: Asking, course: Course, document: Document, min_position: Position = 0
) -> PartsReply:
    """What is in the file of a document that the class of this course shares? Its owner finds it among their files."""
    shared, position = await _shared(asking, course, document, min_position)
    found, _ = await shelf.file_of(asking.ask, asking.tenant, shared.file)
    if found is None or found.status != "clean":
        raise Refused("file.not_found", "it was deleted")
    shown = Shown(found.name, found.type, found.bytes, found.sha256, found.kept, position)
    return await given(asking.call, asking.parts, shown)


async def _own(asking: Asking, person: PersonId, document: DocumentId, min_position: int) -> tuple[StudyDocument, int]:
    found, position = await library.document_of(asking.ask, asking.tenant, document, min_position=min_position)
    if found is None or found.owner != person:
        raise _missing()
    return found, position


async def _shared(asking: Asking, course: Course, document: DocumentId, min_position: int) -> tuple[StudyDocument, int]:
    await opened_course(asking, course, min_position)
    found, position = await library.document_of(asking.ask, asking.tenant, document, min_position=min_position)
    if found is None or course not in found.shared:
        raise _missing()
    return found, position


async def _pages(asking: Asking, found: StudyDocument, position: int, first: int, limit: int) -> SomePages:
    kept = await asking.file(text_name(found.document)) if found.status == "ready" else None
    if kept is None:
        raise Refused("document.not_read", f"there is no text of it: {found.failed or 'it is being read'}")
    text = _text.decode(kept.content)
    return SomePages(text.pages[first - 1 : first - 1 + limit], len(text.pages), position)


def _missing() -> Refused:
    return Refused("document.not_found", "there is no such document")
