"""On which days did this learner study, how many in a row, and what have they reached? Asked by learners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import assert_never
from uuid import UUID

import msgspec

from domain.kernel import LearnerId, Value
from domain.progress.events import CourseCounted, Milestone, MilestoneReached, StreakEvent, StudyDayCounted
from projections.model import Ask, Fact, Many, ReadModel, Statement, question

TABLES = """
create table study_days (
  tenant uuid not null,
  learner text collate "C" not null,
  day text collate "C" not null,
  primary key (tenant, learner, day)
);
create table milestones (
  tenant uuid not null,
  learner text collate "C" not null,
  milestone text not null,
  reached_at timestamptz not null,
  primary key (tenant, learner, milestone)
);
"""

COUNT = Many("tenant uuid, learner text, day text", "insert into study_days select tenant, learner, day from fact")
REACH = Many(
    "tenant uuid, learner text, milestone text, at timestamptz",
    "insert into milestones select tenant, learner, milestone, at from fact",
)


def project(fact: Fact[StreakEvent]) -> Iterator[Statement]:
    _, learner = fact.stream.split(":")
    match fact.event:
        case StudyDayCounted(day):
            yield COUNT, (fact.tenant, learner, day.isoformat())
        case MilestoneReached(milestone):
            yield REACH, (fact.tenant, learner, milestone, fact.at)
        case CourseCounted():
            pass
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "streak_of",
    "_learner text",
    """
  json_build_object(
    'days', coalesce((
      select json_agg(d.day order by d.day) from {schema}.study_days d where d.tenant = _tenant and d.learner = _learner
    ), '[]'),
    'milestones', coalesce((
      select json_agg(json_build_object('milestone', m.milestone, 'reached_at', m.reached_at) order by m.reached_at)
      from {schema}.milestones m where m.tenant = _tenant and m.learner = _learner
    ), '[]')
  )
""",
)

MODEL = ReadModel(
    name="progress.streaks",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(StudyDayCounted, CourseCounted, MilestoneReached),
    project=project,
)


class MyMilestone(Value):
    milestone: Milestone
    reached_at: datetime


class Streak(Value):
    """Days in a row, by the learner's own calendar: the row that the last day ends, and the longest there was.

    A streak is alive while `last_day` is today or yesterday where the learner is.
    """

    last_day: date | None
    days: int
    longest: int
    study_days: int
    milestones: tuple[MyMilestone, ...]
    position: int


class _Found(Value):
    days: tuple[date, ...]
    milestones: tuple[MyMilestone, ...]


_found = msgspec.json.Decoder(_Found)


async def streak_of(ask: Ask, tenant: UUID, learner: LearnerId, *, min_position: int = 0) -> Streak:
    """The study days of a learner, counted."""
    position, answer = await ask(MODEL, "streak_of", tenant, (learner,), min_position)
    found = _found.decode(answer)
    rows = _rows(found.days)
    last = found.days[-1] if found.days else None
    return Streak(last, rows[-1], max(rows), len(found.days), found.milestones, position)


def _rows(days: Sequence[date]) -> Sequence[int]:
    """How long each row of days is that follow each other, in order; where there are no days, none is long."""
    rows = [0]
    before: date | None = None
    for day in days:
        if before is not None and day - before == timedelta(days=1):
            rows[-1] += 1
        else:
            rows.append(1)
        before = day
    return rows
