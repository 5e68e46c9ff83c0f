"""Which assessments does a course have, and what was reached in them? Asked by who teaches, and by who learns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.assessment.events import (
    AssessmentDrafted,
    AssessmentPublished,
    AssessmentRevised,
    AssessmentWithdrawn,
    Event,
    ResultRecorded,
)
from domain.kernel import ID, AssessmentId, CourseId, LearnerId, Value
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table assessments (
  tenant uuid not null,
  assessment text collate "C" not null,
  course text collate "C" not null,
  title text not null,
  points int not null,
  enough int not null,
  status text not null,
  version int not null,
  primary key (tenant, assessment)
) with (fillfactor = 80);
create index assessments_of_course on assessments (tenant, course, assessment);
create table results (
  tenant uuid not null,
  assessment text collate "C" not null,
  learner text collate "C" not null,
  course text collate "C" not null,
  points int not null,
  "of" int not null,
  passed boolean not null,
  recorded_at timestamptz not null,
  primary key (tenant, assessment, learner)
) with (fillfactor = 80);
create index results_of_learner on results (tenant, learner, recorded_at desc, assessment desc);
"""

DRAFT = """
insert into assessments values (%s, %s, %s, %s, %s, %s, 'draft', %s) on conflict (tenant, assessment) do nothing
"""
REVISE = """
update assessments set title = %s, points = %s, enough = %s, version = %s where tenant = %s and assessment = %s
"""
BECOME = "update assessments set status = %s, version = %s where tenant = %s and assessment = %s"
RECORD = """
insert into results values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (tenant, assessment, learner) do update
set points = excluded.points, "of" = excluded."of", passed = excluded.passed, recorded_at = excluded.recorded_at
"""


def project(fact: Fact[Event]) -> Iterator[Statement]:
    _, assessment, *learner = fact.stream.split(":")
    key = (fact.tenant, assessment)
    match fact.event:
        case AssessmentDrafted(course, title, points, enough):
            yield DRAFT, (*key, course, title, points, enough, fact.version)
        case AssessmentRevised(title, points, enough):
            yield REVISE, (title, points, enough, fact.version, *key)
        case AssessmentPublished():
            yield BECOME, ("published", fact.version, *key)
        case AssessmentWithdrawn():
            yield BECOME, ("draft", fact.version, *key)
        case ResultRecorded(course, points, of, passed):
            yield RECORD, (*key, *learner, course, points, of, passed, fact.at)
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "assessments_of",
            "_course text, _status text, _assessment text, _limit int",
            rows("""
      select a.assessment, a.course, a.title, a.points, a.enough, a.status, a.version
      from {schema}.assessments a
      where a.tenant = _tenant and a.course = _course and a.assessment > coalesce(_assessment, '')
        and (_status is null or a.status = _status)
      order by a.assessment
      limit _limit
"""),
            one_plan=False,
        ),
        question(
            "results_in",
            "_course text, _assessment text, _passed boolean, _learner text, _limit int",
            rows("""
      select t.assessment, t.learner, t.course, a.title, t.points, t."of", t.passed, t.recorded_at
      from {schema}.results t
      join {schema}.assessments a on a.tenant = t.tenant and a.assessment = t.assessment
      where t.tenant = _tenant and t.assessment = _assessment and t.course = _course
        and t.learner > coalesce(_learner, '') and (_passed is null or t.passed = _passed)
      order by t.learner
      limit _limit
"""),
            one_plan=False,
        ),
        question(
            "results_of",
            "_learner text, _time timestamptz, _assessment text, _limit int",
            rows("""
      select t.assessment, t.learner, t.course, a.title, t.points, t."of", t.passed, t.recorded_at
      from {schema}.results t
      join {schema}.assessments a on a.tenant = t.tenant and a.assessment = t.assessment
      where t.tenant = _tenant and t.learner = _learner
        and (t.recorded_at, t.assessment) < (coalesce(_time, 'infinity'), coalesce(_assessment, ''))
      order by t.recorded_at desc, t.assessment desc
      limit _limit
"""),
        ),
    )
)

MODEL = ReadModel(
    name="assessment.assessments",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(AssessmentDrafted, AssessmentRevised, AssessmentPublished, AssessmentWithdrawn, ResultRecorded),
    project=project,
)

Status = Literal["draft", "published"]


class Assessment(Value):
    """An assessment: so many points to reach, so many of them to pass. `version` is for If-Match."""

    assessment: AssessmentId
    course: CourseId
    title: str
    points: int
    enough: int
    status: Status
    version: int


class Result(Value):
    """What a learner reached, last, and out of how many points."""

    assessment: AssessmentId
    learner: LearnerId
    course: CourseId
    title: str
    points: int
    of: int
    passed: bool
    recorded_at: datetime


_assessments = msgspec.json.Decoder(tuple[Assessment, ...])
_results = msgspec.json.Decoder(tuple[Result, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def assessments_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    *,
    status: Status | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Assessment]:
    """The assessments of a course, by their ids, a page at a time."""
    (assessment,) = after(cursor, tuple[Annotated[str, ID]]) or (None,)
    values = (course, status, assessment, limited(limit))
    position, found = await ask(MODEL, "assessments_of", tenant, values, min_position)
    return page(_assessments.decode(found), position, limit, lambda row: (row.assessment,))


async def results_in(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    assessment: AssessmentId,
    *,
    passed: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Result]:
    """What learners reached in an assessment of this course, by their ids, a page at a time."""
    (learner,) = after(cursor, tuple[Annotated[str, ID]]) or (None,)
    values = (course, assessment, passed, learner, limited(limit))
    position, found = await ask(MODEL, "results_in", tenant, values, min_position)
    return page(_results.decode(found), position, limit, lambda row: (row.learner,))


async def results_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, learner: LearnerId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Result]:
    """What a learner reached, the newest first, a page at a time."""
    time, assessment = after(cursor, _Place) or (None, None)
    values = (learner, time, assessment, limited(limit))
    position, found = await ask(MODEL, "results_of", tenant, values, min_position)

    def place(row: Result) -> tuple[Any, ...]:
        return row.recorded_at, row.assessment

    return page(_results.decode(found), position, limit, place)
