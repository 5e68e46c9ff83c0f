"""The newest facts are read once, and who wants none of them is moved past them with all others like it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from adapters.postgres.followers import tail
from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from domain.enrollments.enrollment import ENROLLMENT, Withdraw
from tests.followers.running import COURSE, caller, caught_up, enroll, following, rows, writing
from tests.servers import Database


class Listing(Follower):
    """Keeps a list of what it was given."""

    def __init__(self, name: str, *types: str) -> None:
        self.name = name
        self.types = types
        self.given: list[int] = []

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        del number
        self.given += [row.position for row in rows]
        return ()


async def position(database: Database, follower: str) -> int:
    ((found,),) = await rows(database, "select position from followers.checkpoints where follower = %s", (follower,))
    return int(found)


async def test_who_wants_nothing_is_given_nothing_and_is_moved_on_all_the_same(database: Database) -> None:
    wanting, idle = Listing("wanting", "enrollments.LearnerEnrolled"), Listing("idle", "enrollments.LearnerWithdrew")
    async with writing(database) as do, following(database, wanting, idle):
        for number in range(20):
            await enroll(do, f"learner-{number}")
        for one in (wanting, idle):
            await caught_up(database, one.name)
    assert wanting.given == list(range(1, 21))
    assert idle.given == []
    assert await position(database, "idle") == 20


async def test_who_was_moved_on_goes_on_from_there(database: Database) -> None:
    one = Listing("one", "enrollments.LearnerWithdrew")
    async with writing(database) as do, following(database, one):
        for learner in ("ada", "ben"):
            await enroll(do, learner)
            await caught_up(database, "one")
            await do(ENROLLMENT.at(COURSE, learner), Withdraw("no time"), caller())
            await caught_up(database, "one")
    assert one.given == [2, 4]


async def test_who_is_behind_what_is_kept_reads_for_itself(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "KEPT_MAX", 5)
    every = Listing("every", "enrollments.LearnerEnrolled")
    every.window = 2  # It takes small steps, while much is added.
    async with writing(database) as do, following(database, every):
        await asyncio.gather(*(enroll(do, f"learner-{number}") for number in range(100)))
        await caught_up(database, every.name)
    assert every.given == list(range(1, 101))


async def test_nobody_waits_for_one_that_is_being_swapped(database: Database) -> None:
    held, free = (Listing(name, "enrollments.LearnerWithdrew") for name in ("held", "free"))
    async with writing(database) as do, following(database, held, free):
        await enroll(do, "ada")
        for one in (held, free):
            await caught_up(database, one.name)
        async with await database.connect("projector") as swapping, swapping.transaction():
            await swapping.execute("select from followers.checkpoints where follower = 'held' for update")
            await enroll(do, "ben")
            await caught_up(database, "free")
            assert await position(database, "held") == 1
        await caught_up(database, "held")
