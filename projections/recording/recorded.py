"""What was recorded of whom, and what became of it? Asked by whom it is of, and by who teaches there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, CourseId, Moment, PersonId, Value
from domain.recording.events import (
    Event,
    MediaType,
    PartKept,
    RecordingClosed,
    RecordingId,
    RecordingOpened,
    RecordingPurged,
    Source,
    Why,
)
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table recordings (
  tenant uuid not null,
  recording text collate "C" not null,
  learner text collate "C" not null,
  course text collate "C" not null,
  source text not null,
  type text not null,
  terms text not null,
  status text not null,
  opened_at timestamptz not null,
  until timestamptz not null,
  parts int not null default 0,
  bytes bigint not null default 0,
  closed_at timestamptz,
  purged_at timestamptz,
  why text,
  primary key (tenant, recording)
) with (fillfactor = 80);
create index recordings_of_learner on recordings (tenant, learner, opened_at desc, recording desc);
create index recordings_of_course on recordings (tenant, course, opened_at desc, recording desc);
create table parts (
  tenant uuid not null,
  recording text collate "C" not null,
  number int not null,
  kept text not null,
  bytes bigint not null,
  sha256 text not null,
  at timestamptz not null,
  primary key (tenant, recording, number)
);
"""

OPEN = """
insert into recordings (tenant, recording, learner, course, source, type, terms, status, opened_at, until)
values (%s, %s, %s, %s, %s, %s, %s, 'running', %s, %s) on conflict do nothing
"""
KEEP = "insert into parts values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
GROW = "update recordings set parts = parts + 1, bytes = bytes + %s where tenant = %s and recording = %s"
CLOSE = "update recordings set status = 'closed', closed_at = %s where tenant = %s and recording = %s"
PURGE = "update recordings set status = 'purged', purged_at = %s, why = %s where tenant = %s and recording = %s"
THROW_AWAY = "delete from parts where tenant = %s and recording = %s"


def project(fact: Fact[Event]) -> Iterator[Statement]:
    match fact.event:
        case RecordingOpened(person, recording, course, source, type, terms, until):
            yield OPEN, (fact.tenant, recording, person, course, source, type, terms, fact.at, until)
        case PartKept(recording, number, kept, bytes, sha256):
            yield KEEP, (fact.tenant, recording, number, kept, bytes, sha256, fact.at)
            yield GROW, (bytes, fact.tenant, recording)
        case RecordingClosed(recording):
            yield CLOSE, (fact.at, fact.tenant, recording)
        case RecordingPurged(recording, why):
            yield PURGE, (fact.at, why, fact.tenant, recording)
            yield THROW_AWAY, (fact.tenant, recording)
        case _:
            assert_never(fact.event)


_SHOWN = (
    "r.recording, r.learner, r.course, r.source, r.type, r.terms, r.status, r.opened_at, r.until, "
    "r.parts, r.bytes, r.closed_at, r.purged_at, r.why"
)
_ASKED = "_source text, _status text, _time timestamptz, _recording text, _limit int"
_SUCH = """
        and (_source is null or r.source = _source)
        and (_status is null or r.status = _status)
        and (r.opened_at, r.recording) < (coalesce(_time, 'infinity'), coalesce(_recording, ''))
      order by r.opened_at desc, r.recording desc
      limit _limit
"""

QUESTIONS = "".join(
    (
        question(
            "of_learner",
            f"_learner text, _course text, {_ASKED}",
            rows(f"""
      select {_SHOWN} from {{schema}}.recordings r
      where r.tenant = _tenant and r.learner = _learner and (_course is null or r.course = _course)
      {_SUCH}
"""),  # noqa: S608 — our own words
        ),
        question(
            "in_course",
            f"_course text, _learner text, {_ASKED}",
            rows(f"""
      select {_SHOWN} from {{schema}}.recordings r
      where r.tenant = _tenant and r.course = _course and (_learner is null or r.learner = _learner)
      {_SUCH}
"""),  # noqa: S608 — our own words
        ),
        question(
            "recording",
            "_course text, _learner text, _recording text, _number int",
            rows(f"""
      select {_SHOWN}, {
                rows(
                    "select p.number, p.bytes, p.sha256, p.at, p.kept from {schema}.parts p "
                    "where p.tenant = _tenant and p.recording = _recording and (_number is null or p.number = _number) "
                    "order by p.number"
                )
            } as content from {{schema}}.recordings r
      where r.tenant = _tenant and r.recording = _recording and r.course = _course and r.learner = _learner
"""),  # noqa: S608 — our own words
        ),
    )
)

MODEL = ReadModel(
    name="recording.recorded",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(RecordingOpened, PartKept, RecordingClosed, RecordingPurged),
    project=project,
)

Status = Literal["running", "closed", "purged"]


class Recorded(Value):
    """A recording, in the `terms` that were agreed to: how much there is, or was until it was purged, and `why`."""

    recording: RecordingId
    learner: PersonId
    course: CourseId
    source: Source
    type: MediaType
    terms: str
    status: Status
    opened_at: Moment
    until: Moment
    parts: int
    bytes: int
    closed_at: Moment | None
    purged_at: Moment | None
    why: Why | None


class Part(Value):
    """Some of a recording, and when it came in."""

    number: int
    bytes: int
    sha256: str
    at: Moment


class KeptPart(Part):
    """The same, and under which name it is kept, which is nobody's business."""

    kept: str


class Found(Recorded, kw_only=True):
    """A recording with all that is kept of it."""

    content: tuple[KeptPart, ...]


_recorded = msgspec.json.Decoder(tuple[Recorded, ...])
_found = msgspec.json.Decoder(tuple[Found, ...])
_Place = tuple[Moment, Annotated[str, ID]]


async def recordings_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    *,
    learner: PersonId | None = None,
    course: CourseId | None = None,
    source: Source | None = None,
    status: Status | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
    within: Literal["course", "learner"],
) -> Page[Recorded]:
    """The recordings of somebody, or those in a course, the newest first, a page at a time."""
    time, recording = after(cursor, _Place) or (None, None)
    asked, where = ("in_course", (course, learner)) if within == "course" else ("of_learner", (learner, course))
    values = (*where, source, status, time, recording, limited(limit))
    position, found = await ask(MODEL, asked, tenant, values, min_position)

    def place(row: Recorded) -> tuple[Any, ...]:
        return row.opened_at, row.recording

    return page(_recorded.decode(found), position, limit, place)


async def recording_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    learner: PersonId,
    recording: RecordingId,
    *,
    number: int | None = None,
    min_position: int = 0,
) -> tuple[Found | None, int]:
    """A recording with its parts, or with one of them, and the position this shows; nothing, where there is none."""
    position, found = await ask(MODEL, "recording", tenant, (course, learner, recording, number), min_position)
    return next(iter(_found.decode(found)), None), position
