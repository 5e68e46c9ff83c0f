"""What is kept for how long, what was put away, and in which archive is it now?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.privacy.archive import ARCHIVE, AskRestore, TellArchived, TellRestored
from domain.privacy.retention import RETENTION, FallDue, Hold, Release, SetRetention
from projections.privacy.archives import MODEL, archives, retentions
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.servers import Database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_retentions_are_shown_with_what_holds_them(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        stream = RETENTION.at("notices")
        for command in (Hold("case-7", "a court"), Hold("case-8", "another"), SetRetention(30, NOON), FallDue(NOON)):
            await do(stream, command, caller())
        at = (await do(stream, Release("case-8"), caller())).position
        ((row,), _) = await retentions(ask, TENANT, min_position=at)
        assert (row.data_class, row.days, row.holds) == ("notices", 30, {"case-7": "a court"})
        assert row.looked_at is not None
        assert (await retentions(ask, OTHER))[0] == ()


async def test_archives_are_found_by_class_time_and_what_is_in_them(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        for number in range(3):
            items = (f"item-{number}", "item-of-all")
            times = (NOON + number * DAY, NOON + (number + 1) * DAY)
            told = TellArchived("notices" if number else "lists", f"archives/{number}", "a" * 64, 10, items, *times)
            await do(ARCHIVE.at(f"archive-{number}"), told, caller())
        await do(ARCHIVE.at("archive-1"), AskRestore(), caller())
        at = (await do(ARCHIVE.at("archive-1"), TellRestored(2), caller())).position
        first = await archives(ask, TENANT, limit=2, min_position=at)
        second = await archives(ask, TENANT, limit=2, cursor=first.cursor)
        assert [(row.archive, row.status, row.items) for row in (*first.rows, *second.rows)] == [
            ("archive-2", "archived", 2),
            ("archive-1", "restored", 2),
            ("archive-0", "archived", 2),
        ]
        assert [row.archive for row in (await archives(ask, TENANT, item="item-1")).rows] == ["archive-1"]
        assert [row.archive for row in (await archives(ask, TENANT, data_class="lists")).rows] == ["archive-0"]
        late = await archives(ask, TENANT, since=NOON + 2.5 * DAY, until=NOON + 9 * DAY)
        assert [row.archive for row in late.rows] == ["archive-2"]
        assert (await archives(ask, OTHER)).rows == ()
