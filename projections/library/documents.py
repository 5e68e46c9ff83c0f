"""Which study documents does somebody have, and which does a class share? Asked by owners, and by who is in a class."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, CourseId, FileId, PersonId, Value
from domain.library.events import (
    DocumentAdded,
    DocumentDeleted,
    DocumentExtractionFailed,
    DocumentId,
    DocumentRenamed,
    DocumentShared,
    DocumentSharingEnded,
    DocumentTextExtracted,
    Event,
)
from projections.model import Ask, Erasable, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table documents (
  tenant uuid not null,
  document text collate "C" not null,
  owner text collate "C" not null,
  title text not null,
  file text not null,
  type text not null,
  status text not null default 'reading',
  failed text,
  pages int,
  words int,
  topics text[] not null default '{}',
  added_at timestamptz not null,
  primary key (tenant, document)
) with (fillfactor = 80);
create index documents_of_owner on documents (tenant, owner, added_at desc, document desc);
create table shares (
  tenant uuid not null,
  course text collate "C" not null,
  document text collate "C" not null,
  primary key (tenant, course, document)
);
create index shares_of_document on shares (tenant, document);
"""

FORGET = "update documents set title = '', topics = '{}' where tenant = %s and owner = %s"
ADD = """
insert into documents (tenant, document, owner, title, file, type, added_at) values (%s, %s, %s, %s, %s, %s, %s)
on conflict (tenant, document) do nothing
"""
EXTRACTED = """
update documents set status = 'ready', pages = %s, words = %s, topics = %s where tenant = %s and document = %s
"""
FAILED = "update documents set status = 'failed', failed = %s where tenant = %s and document = %s"
RENAME = "update documents set title = %s where tenant = %s and document = %s"
REMOVE = "delete from documents where tenant = %s and document = %s"
SHARE = "insert into shares values (%s, %s, %s) on conflict do nothing"
END_SHARING = "delete from shares where tenant = %s and course = %s and document = %s"
END_ALL_SHARING = "delete from shares where tenant = %s and document = %s"


def project(fact: Fact[Event]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case DocumentAdded(owner, title, file, type):
            yield ADD, (*key, owner, title, file, type, fact.at)
        case DocumentTextExtracted(_, pages, words, topics):
            yield EXTRACTED, (pages, words, [one for one in topics.split(",") if one], *key)
        case DocumentExtractionFailed(why):
            yield FAILED, (why, *key)
        case DocumentRenamed(title=title):
            yield RENAME, (title, *key)
        case DocumentShared(course):
            yield SHARE, (fact.tenant, course, key[1])
        case DocumentSharingEnded(course):
            yield END_SHARING, (fact.tenant, course, key[1])
        case DocumentDeleted():
            yield REMOVE, key
            yield END_ALL_SHARING, key
        case _:
            assert_never(fact.event)


_COLUMNS = """d.document, d.owner, d.title, d.file, d.type, d.status, d.failed, d.pages, d.words, d.topics, d.added_at,
        array(
          select s.course from {schema}.shares s
          where s.tenant = _tenant and s.document = d.document order by s.course
        ) as shared"""

QUESTIONS = "".join(
    (
        question(
            "document",
            "_document text",
            rows("""
      select COLUMNS from {schema}.documents d where d.tenant = _tenant and d.document = _document
"""),
        ),
        question(
            "documents_of",
            "_owner text, _time timestamptz, _document text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.documents d
      where d.tenant = _tenant and d.owner = _owner
        and (d.added_at, d.document) < (coalesce(_time, 'infinity'), coalesce(_document, ''))
      order by d.added_at desc, d.document desc
      limit _limit
"""),
        ),
        question(
            "shared_with",
            "_course text, _document text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.shares w
      join {schema}.documents d on d.tenant = w.tenant and d.document = w.document
      where w.tenant = _tenant and w.course = _course and w.document > coalesce(_document, '')
      order by w.document
      limit _limit
"""),
        ),
    )
).replace("COLUMNS", _COLUMNS)

MODEL = ReadModel(
    name="library.documents",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(DocumentAdded, DocumentTextExtracted, DocumentExtractionFailed, DocumentRenamed),
        *(DocumentShared, DocumentSharingEnded, DocumentDeleted),
    ),
    project=project,
    personal=(Erasable("documents", ("title", "topics"), FORGET),),
)


class StudyDocument(Value):
    """A document. `failed` says why no text can be had of it; `shared` are the courses whose classes read it."""

    document: DocumentId
    owner: PersonId
    title: str
    file: FileId
    type: str
    status: Literal["reading", "ready", "failed"]
    failed: str | None
    pages: int | None
    words: int | None
    topics: tuple[str, ...]
    added_at: datetime
    shared: tuple[CourseId, ...]


_rows = msgspec.json.Decoder(tuple[StudyDocument, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def document_of(
    ask: Ask, tenant: UUID, document: DocumentId, *, min_position: int = 0
) -> tuple[StudyDocument | None, int]:
    """A document, and the position this shows; nothing, where there is none."""
    position, found = await ask(MODEL, "document", tenant, (document,), min_position)
    return next(iter(_rows.decode(found)), None), position


async def documents_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, owner: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[StudyDocument]:
    """The documents of somebody, the newest first, a page at a time."""
    time, document = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "documents_of", tenant, (owner, time, document, limited(limit)), min_position)

    def place(row: StudyDocument) -> tuple[Any, ...]:
        return row.added_at, row.document

    return page(_rows.decode(found), position, limit, place)


async def shared_with(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, course: CourseId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[StudyDocument]:
    """The documents that the class of a course shares, by their ids, a page at a time."""
    (document,) = after(cursor, tuple[Annotated[str, ID]]) or (None,)
    position, found = await ask(MODEL, "shared_with", tenant, (course, document, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.document,))
