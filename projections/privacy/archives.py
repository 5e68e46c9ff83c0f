"""What is kept for how long, what was put away, and in which archive is it now? Asked by auditors, and who restores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never, get_args
from uuid import UUID

import msgspec

from domain.kernel import ID, Moment, Value
from domain.privacy.events import (
    ArchiveEvent,
    ArchivingHeldBack,
    DataArchived,
    DataClass,
    DataRestored,
    RestoreAsked,
    RestoreFailed,
    RetentionEvent,
    RetentionFellDue,
    RetentionHeld,
    RetentionReleased,
    RetentionSet,
)
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table retentions (
  tenant uuid not null,
  data_class text collate "C" not null,
  days int,
  holds json not null default '{}',
  looked_at timestamptz,
  primary key (tenant, data_class)
);
create table archives (
  tenant uuid not null,
  archive text collate "C" not null,
  data_class text collate "C" not null,
  archived_at timestamptz not null,
  items int not null,
  bytes bigint not null,
  sha256 text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  status text not null default 'archived',
  at timestamptz not null,
  primary key (tenant, archive)
);
create index archives_by_time on archives (tenant, archived_at desc, archive desc);
create table items (
  tenant uuid not null,
  item text collate "C" not null,
  archive text collate "C" not null,
  primary key (tenant, item, archive)
);
"""

SET = """
insert into retentions (tenant, data_class, days) values (%s, %s, %s)
on conflict (tenant, data_class) do update set days = excluded.days
"""
HOLD = """
insert into retentions (tenant, data_class, holds) values (%s, %s, json_build_object(%s::text, %s::text))
on conflict (tenant, data_class) do update set holds = (retentions.holds::jsonb || excluded.holds::jsonb)::json
"""
RELEASE = "update retentions set holds = (holds::jsonb - %s::text)::json where tenant = %s and data_class = %s"
LOOK = "update retentions set looked_at = %s where tenant = %s and data_class = %s"
ARCHIVE = """
insert into archives (tenant, archive, data_class, archived_at, items, bytes, sha256, first_at, last_at, at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""
LIST = "insert into items select %s, item, %s from unnest(%s::text[]) as item on conflict do nothing"
BECOME = "update archives set status = %s, at = %s where tenant = %s and archive = %s"


def project(fact: Fact[RetentionEvent | ArchiveEvent]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case RetentionSet(days):
            yield SET, (*key, days)
        case RetentionHeld(hold, reason):
            yield HOLD, (*key, hold, reason)
        case RetentionReleased(hold):
            yield RELEASE, (hold, *key)
        case RetentionFellDue() | ArchivingHeldBack():
            yield LOOK, (fact.at, *key)
        case DataArchived(data_class, _, sha256, length, items, first_at, last_at):
            yield ARCHIVE, (*key, data_class, fact.at, len(items), length, sha256, first_at, last_at, fact.at)
            yield LIST, (*key, list(items))
        case RestoreAsked():
            yield BECOME, ("restoring", fact.at, *key)
        case DataRestored():
            yield BECOME, ("restored", fact.at, *key)
        case RestoreFailed():
            yield BECOME, ("failed", fact.at, *key)
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "retentions",
            "",
            rows("""
      select r.data_class, r.days, r.holds, r.looked_at from {schema}.retentions r
      where r.tenant = _tenant order by r.data_class
"""),
        ),
        question(
            "archives",
            "_data_class text, _item text, _since timestamptz, _until timestamptz, _time timestamptz, _archive text, "
            "_limit int",
            rows("""
      select a.archive, a.data_class, a.archived_at, a.items, a.bytes, a.sha256, a.first_at, a.last_at, a.status, a.at
      from {schema}.archives a
      where a.tenant = _tenant
        and (_data_class is null or a.data_class = _data_class)
        and (_item is null or exists (
          select from {schema}.items i where i.tenant = _tenant and i.item = _item and i.archive = a.archive))
        and (_since is null or a.last_at >= _since) and (_until is null or a.first_at < _until)
        and (a.archived_at, a.archive) < (coalesce(_time, 'infinity'), coalesce(_archive, ''))
      order by a.archived_at desc, a.archive desc
      limit _limit
"""),
            one_plan=False,
        ),
    )
)

MODEL = ReadModel(
    name="privacy.archives",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(*get_args(RetentionEvent), *get_args(ArchiveEvent)),
    project=project,
)


class Retention(Value):
    """For how many days a class of data is kept at hand, and why longer: the reasons of its `holds`, by their names.

    Without `days` it is kept there for ever. `looked_at` is when it was looked last whether anything is due.
    """

    data_class: DataClass
    days: int | None
    holds: dict[str, str]
    looked_at: Moment | None


class Archive(Value):
    """What was put away together: `items`, of the time from `first_at` to `last_at`, and the SHA-256 of the file."""

    archive: str
    data_class: DataClass
    archived_at: Moment
    items: int
    bytes: int
    sha256: str
    first_at: Moment
    last_at: Moment
    status: Literal["archived", "restoring", "restored", "failed"]
    at: Moment


_retentions = msgspec.json.Decoder(tuple[Retention, ...])
_archives = msgspec.json.Decoder(tuple[Archive, ...])
_Place = tuple[Moment, Annotated[str, ID]]


async def retentions(ask: Ask, tenant: UUID, *, min_position: int = 0) -> tuple[tuple[Retention, ...], int]:
    """How long what is kept, and the position this shows."""
    position, found = await ask(MODEL, "retentions", tenant, (), min_position)
    return _retentions.decode(found), position


async def archives(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    *,
    data_class: DataClass | None = None,
    item: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Archive]:
    """What was put away: of a class, with something in it, of a time; the newest first, a page at a time."""
    time, archive = after(cursor, _Place) or (None, None)
    values = (data_class, item, since, until, time, archive, limited(limit))
    position, found = await ask(MODEL, "archives", tenant, values, min_position)

    def place(row: Archive) -> tuple[Any, ...]:
        return row.archived_at, row.archive

    return page(_archives.decode(found), position, limit, place)
