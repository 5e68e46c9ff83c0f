"""How far learners are."""

from __future__ import annotations

from typing import Annotated

from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, CourseId, LearnerId, Rejected, Value
from projections.model import Page
from projections.progress import how_far, streaks
from projections.progress.how_far import Grid, MyProgress
from projections.progress.streaks import Streak

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]

SHOWN = ["position.not_reached", "position.unknown"]
PAGED = [*SHOWN, "cursor.malformed"]

MINE = {
    "course": "celestial-navigation",
    "status": "learning",
    "percent": 50,
    "completed_at": None,
    "items": [
        {
            "item": "stars",
            "required": True,
            "percent": 100,
            "position": 1800,
            "seconds": 1925,
            "started_at": "2026-11-02T08:00:00Z",
            "moved_at": "2026-11-02T08:40:00Z",
            "done_at": "2026-11-02T08:40:00Z",
        },
        {
            "item": "sextant",
            "required": True,
            "percent": 0,
            "position": 0,
            "seconds": 0,
            "started_at": None,
            "moved_at": None,
            "done_at": None,
        },
    ],
}
GRID = {
    "items": [{"item": "stars", "required": True}, {"item": "sextant", "required": True}],
    "rows": [
        {
            "learner": "ada",
            "status": "learning",
            "percent": 50,
            "completed_at": None,
            "cells": [{"percent": 100, "done": True, "seconds": 1925}, None],
        }
    ],
    "position": 42,
    "cursor": None,
}
STREAK = {
    "last_day": "2026-11-21",
    "days": 7,
    "longest": 12,
    "study_days": 40,
    "milestones": [{"milestone": "streak_of_7_days", "reached_at": "2026-11-02T08:00:00Z"}],
    "position": 42,
}


class OneCourse(Value):
    """A course of somebody's, as of a position."""

    course: MyProgress
    position: int


@query(
    "/api/courses/{course}/progress",
    requires="progress.read",
    scope="course",
    limit="query",
    refuses=PAGED,
    example=GRID,
)
async def progress_grid(
    asking: Asking,
    course: Course,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Grid:
    """How far is each learner of this course with each of its items?"""
    return await how_far.grid(
        asking.ask, asking.tenant, course, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/learners/{learner}/progress",
    requires="progress.read",
    scope={"person": "learner"},
    limit="query",
    refuses=PAGED,
    example={"rows": [MINE], "position": 42, "cursor": None},
)
async def my_progress(
    asking: Asking,
    learner: Learner,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[MyProgress]:
    """How far is this learner with each course, and with each item there?"""
    return await how_far.mine(
        asking.ask, asking.tenant, learner, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/learners/{learner}/progress/{course}",
    requires="progress.read",
    scope={"person": "learner", "course": "course"},
    limit="query",
    refuses=[*SHOWN, "progress.not_found"],
    example={"course": MINE, "position": 42},
)
async def my_progress_in_course(
    asking: Asking, learner: Learner, course: Course, min_position: Position = 0
) -> OneCourse:
    """How far is this learner with this course?"""
    found = await how_far.mine(asking.ask, asking.tenant, learner, course=course, limit=1, min_position=min_position)
    if not found.rows:
        raise Rejected("progress.not_found", "they have never been on this course")
    return OneCourse(found.rows[0], found.position)


@query(
    "/api/learners/{learner}/streak",
    requires="progress.read",
    scope={"person": "learner"},
    limit="query",
    refuses=SHOWN,
    example=STREAK,
)
async def streak(asking: Asking, learner: Learner, min_position: Position = 0) -> Streak:
    """On how many days in a row did this learner study, and what have they reached?"""
    return await streaks.streak_of(asking.ask, asking.tenant, learner, min_position=min_position)
