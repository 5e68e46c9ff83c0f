"""On which days did this learner study, how many in a row, and what have they reached?"""

from __future__ import annotations

from datetime import date, timedelta

from adapters.postgres.followers.projector import Projector
from domain.kernel import CourseId, LearnerId
from domain.progress.streak import STREAK, CountCourse, Study
from projections.progress import streaks
from projections.progress.streaks import streak_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

ADA = LearnerId("ada")
FIRST = date(2026, 3, 25)


@proves("progress.milestones")
async def test_it_shows_the_row_of_days_that_ends_last_and_the_longest_there_was(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(streaks.MODEL)), asking(database) as ask:
        for number in (0, 1, 2, 3, 4, 5, 6, 9, 10):
            await do(STREAK.at(ADA), Study(FIRST + timedelta(days=number)), caller())
        receipt = await do(STREAK.at(ADA), CountCourse(CourseId("art")), caller())
        found = await streak_of(ask, TENANT, ADA, min_position=receipt.position)
        assert (found.last_day, found.days, found.longest, found.study_days) == (FIRST + timedelta(days=10), 2, 7, 9)
        assert [one.milestone for one in found.milestones] == ["streak_of_7_days", "first_course"]
        nobody = await streak_of(ask, TENANT, LearnerId("ben"))
        assert (nobody.last_day, nobody.days, nobody.longest, nobody.milestones) == (None, 0, 0, ())
