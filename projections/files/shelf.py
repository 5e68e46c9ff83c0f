"""Which files does somebody have, and may they be given to anybody? Asked by owners, and before each download."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.files.events import (
    FileDeleted,
    FileEvent,
    FileFoundInfected,
    FileLinked,
    FileRenamed,
    FileScanErrored,
    FileScannedClean,
    FileScanStarted,
    FileUnlinked,
    FileUploaded,
)
from domain.kernel import ID, FileId, PersonId, Value
from projections.model import Ask, Erasable, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table files (
  tenant uuid not null,
  file text collate "C" not null,
  owner text collate "C" not null,
  name text not null,
  type text not null,
  bytes bigint not null,
  sha256 text not null,
  kept text not null,
  status text not null,
  found text,
  links text[] not null default '{}',
  uploaded_at timestamptz not null,
  primary key (tenant, file)
) with (fillfactor = 80);
create index files_of_owner on files (tenant, owner, uploaded_at desc, file desc);
create index files_of_owner_by_status on files (tenant, owner, status, uploaded_at desc, file desc);
"""

UPLOAD = """
insert into files (tenant, file, owner, name, type, bytes, sha256, kept, status, uploaded_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, 'quarantined', %s) on conflict (tenant, file) do nothing
"""
BECOME = "update files set status = %s, found = %s where tenant = %s and file = %s"
RENAME = "update files set name = %s where tenant = %s and file = %s"
LINK = "update files set links = array_append(links, %s) where tenant = %s and file = %s"
UNLINK = "update files set links = array_remove(links, %s) where tenant = %s and file = %s"
REMOVE = "delete from files where tenant = %s and file = %s"


def project(fact: Fact[FileEvent]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case FileUploaded(owner, name, type, bytes, sha256, kept):
            yield UPLOAD, (*key, owner, name, type, bytes, sha256, kept, fact.at)
        case FileScanStarted():
            yield BECOME, ("scanning", None, *key)
        case FileScannedClean():
            yield BECOME, ("clean", None, *key)
        case FileFoundInfected(found):
            yield BECOME, ("infected", found, *key)
        case FileScanErrored(why):
            yield BECOME, ("error", why, *key)
        case FileRenamed(name=name):
            yield RENAME, (name, *key)
        case FileLinked(to):
            yield LINK, (to, *key)
        case FileUnlinked(to):
            yield UNLINK, (to, *key)
        case FileDeleted():
            yield REMOVE, key
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "file",
            "_file text",
            rows("""
      select f.file, f.owner, f.name, f.type, f.bytes, f.sha256, f.status, f.found, f.links, f.uploaded_at, f.kept
      from {schema}.files f where f.tenant = _tenant and f.file = _file
"""),
        ),
        question(
            "files_of",
            "_owner text, _status text, _type text, _name text, _time timestamptz, _file text, _limit int",
            rows("""
      select f.file, f.owner, f.name, f.type, f.bytes, f.sha256, f.status, f.found, f.links, f.uploaded_at, f.kept
      from {schema}.files f
      where f.tenant = _tenant and f.owner = _owner
        and (_status is null or f.status = _status)
        and (_type is null or f.type = _type)
        and (_name is null or strpos(lower(f.name), lower(_name)) > 0)
        and (f.uploaded_at, f.file) < (coalesce(_time, 'infinity'), coalesce(_file, ''))
      order by f.uploaded_at desc, f.file desc
      limit _limit
"""),
            one_plan=False,
        ),
        question(
            "held",
            "_owner text",
            """
  coalesce((
    select json_agg(f.file) from {schema}.files f where f.tenant = _tenant and f.owner = _owner
  ), '[]')
""",
            one_plan=False,
        ),
    )
)

MODEL = ReadModel(
    name="files.shelf",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(FileUploaded, FileScanStarted, FileScannedClean, FileFoundInfected, FileScanErrored),
        *(FileRenamed, FileLinked, FileUnlinked, FileDeleted),
    ),
    project=project,
    personal=(Erasable("files", ("name",), "update files set name = '' where tenant = %s and owner = %s"),),
)

Status = Literal["quarantined", "scanning", "clean", "infected", "error"]


class KeptFile(Value):
    """A file. `found` is what the scanner says of it, where it says anything; `links` is what is made of it."""

    file: FileId
    owner: PersonId
    name: str
    type: str
    bytes: int
    sha256: str
    status: Status
    found: str | None
    links: tuple[str, ...]
    uploaded_at: datetime


class Found(KeptFile):
    """The same, and under which name its content is kept, which is nobody's business."""

    kept: str


_rows = msgspec.json.Decoder(tuple[KeptFile, ...])
_found = msgspec.json.Decoder(tuple[Found, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def file_of(ask: Ask, tenant: UUID, file: FileId, *, min_position: int = 0) -> tuple[Found | None, int]:
    """A file, and the position this shows; nothing, where there is none."""
    position, found = await ask(MODEL, "file", tenant, (file,), min_position)
    return next(iter(_found.decode(found)), None), position


async def files_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    owner: PersonId,
    *,
    status: Status | None = None,
    type_: str | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[KeptFile]:
    """The files of somebody, the newest first, a page at a time."""
    time, file = after(cursor, _Place) or (None, None)
    values = (owner, status, type_, name, time, file, limited(limit))
    position, found = await ask(MODEL, "files_of", tenant, values, min_position)

    def place(row: KeptFile) -> tuple[Any, ...]:
        return row.uploaded_at, row.file

    return page(_rows.decode(found), position, limit, place)
