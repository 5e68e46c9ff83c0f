"""What happened to study documents. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import NewType

from domain.kernel import CourseId, FileId, Personal, PersonId, Value

DocumentId = NewType("DocumentId", str)


class DocumentAdded(Value, person="owner"):
    owner: PersonId
    title: Personal[str]
    file: FileId
    type: str
    kept: str


class DocumentTextExtracted(Value, person="owner"):
    """Its text is kept under the document's own name. `topics` has commas between."""

    owner: PersonId
    pages: int
    words: int
    topics: Personal[str]


class DocumentExtractionFailed(Value):
    """`why` is for programs: encrypted, unreadable, too_large, too_slow, empty."""

    why: str


class DocumentRenamed(Value, person="owner"):
    owner: PersonId
    title: Personal[str]


class DocumentShared(Value):
    """Everyone whom this course is open to may read it."""

    course: CourseId


class DocumentSharingEnded(Value):
    course: CourseId


class DocumentDeleted(Value):
    owner: PersonId
    file: FileId


Event = (
    DocumentAdded
    | DocumentTextExtracted
    | DocumentExtractionFailed
    | DocumentRenamed
    | DocumentShared
    | DocumentSharingEnded
    | DocumentDeleted
)
