"""Many append at once: each version once, positions without gaps, and nobody fails because of a neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from adapters.postgres.ledger import PostgresLedger
from application.do import ATTEMPTS, Do
from application.ledger import Conflict, Entry, Kept, Known, Moved, Receipt, TenantId, Unavailable, Verdict
from domain.enrollments.enrollment import CompleteLesson, Withdraw
from domain.kernel import LessonId, Rejected
from tests.ledger.asking import OTHER_TENANT, TENANT, caller, enroll, enrollment, entry, ledger_on, one, rows
from tests.proves import proves
from tests.servers import Database


@proves("es.store")
async def test_of_a_hundred_at_once_on_one_stream_one_gets_each_version(database: Database) -> None:
    kept: list[int] = []

    async def append(ledger: PostgresLedger) -> int:
        version, tries = 0, 0
        while True:
            tries += 1
            match await ledger.append(entry("enrollment:art:ada", version)):
                case Kept():
                    kept.append(version + 1)
                    return tries
                case _:
                    version = (await ledger.read(TENANT, "enrollment:art:ada", "")).version

    async with ledger_on(database.dsn("app")) as left, ledger_on(database.dsn("app")) as right:
        tries = await asyncio.gather(*(append(ledger) for _ in range(50) for ledger in (left, right)))

    assert sorted(kept) == list(range(1, 101))
    assert max(tries) > 1, "nobody was in anybody's way, so this showed nothing"
    stored = await rows(database.url, "select version, position from ledger.facts order by position")
    assert stored == [(n, n) for n in range(1, 101)]


async def test_a_conflict_fails_no_neighbour(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(entry("enrollment:art:ada")) == Kept(1)
        moved, kept, wide = await asyncio.gather(
            ledger.append(entry("enrollment:art:ada")),
            ledger.append(entry("enrollment:art:bob")),
            ledger.append(entry("enrollment:art:eve", facts=3)),
        )
    assert (moved, kept, wide) == (Moved(), Kept(2), Kept(5))


@proves("perf.db")
async def test_a_batch_of_a_thousand_is_one_round_trip(database: Database) -> None:
    commits: list[tuple[int, int]] = []

    def moved(log: int, position: int) -> None:
        commits.append((log, position))

    async with ledger_on(database.dsn("app"), after_commit=moved) as ledger:
        await ledger.append(entry("enrollment:art:ada", facts=1000))
        assert commits == [(0, 1000)]
        assert len((await ledger.read(TENANT, "enrollment:art:ada", "")).facts) == 1000

        await asyncio.gather(*(ledger.append(entry(f"enrollment:art:{n}")) for n in range(1000)))
    assert len(commits) <= 1 + 3, "a thousand commands of a thousand callers are few"


async def test_one_poisonous_command_fails_alone(database: Database) -> None:
    poison = (entry("enrollment:art:nul\0"), entry("enrollment:art:half\ud800"))
    async with ledger_on(database.dsn("app")) as ledger:
        answers = await asyncio.gather(
            *(ledger.append(entry(f"enrollment:art:{n}")) for n in range(20)),
            *(ledger.append(command) for command in poison),
            *(ledger.append(entry(f"enrollment:bio:{n}")) for n in range(20)),
            return_exceptions=True,
        )
        assert sorted(answer.position for answer in answers if isinstance(answer, Kept)) == list(range(1, 41))
        refused = [answer for answer in answers if not isinstance(answer, Kept)]
        assert [isinstance(no, Rejected) and no.code for no in refused] == ["text.not_storable"] * 2
        assert await ledger.append(entry("enrollment:art:after")) == Kept(41), "it goes on working"


async def test_several_streams_move_together_or_not_at_all(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        receipt = await do.together(
            (enrollment("ada"), enroll("ada")),
            (enrollment("bob"), enroll("bob")),
            (enrollment("ada"), CompleteLesson(LessonId("one"))),
            caller=caller(),
        )
        assert (receipt.version, receipt.position) == (2, 3)
        with pytest.raises(Rejected):
            await do.together(
                (enrollment("eve"), enroll("eve")), (enrollment("bob"), CompleteLesson(LessonId("no"))), caller=caller()
            )
    counts = await rows(database.url, "select stream, count(*) from ledger.facts group by stream order by stream")
    assert counts == [("enrollment:art:ada", 2), ("enrollment:art:bob", 1)]


async def test_of_two_that_want_the_same_streams_in_another_order_both_succeed(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        pairs = [("ada", "bob"), ("bob", "ada")] * 10
        receipts = await asyncio.gather(
            *(do.together(*((enrollment(name), enroll(name)) for name in pair), caller=caller()) for pair in pairs)
        )
    assert len(receipts) == 20
    assert await one(database.url, "select count(*) from ledger.facts") == 2


async def test_an_answer_that_writes_nothing_is_right_though_another_process_moved_the_stream(
    database: Database,
) -> None:
    async with ledger_on(database.dsn("app")) as here, ledger_on(database.dsn("app")) as there:
        do, elsewhere = Do(here), Do(there)
        await do(enrollment("ada"), enroll("ada"), caller())
        await elsewhere(enrollment("ada"), Withdraw("no time"), caller())

        # Here she is still remembered as learning: "already so" would be wrong, and so would a refusal.
        again = await do(enrollment("ada"), enroll("ada"), caller())
        assert again.version == 3
        await elsewhere(enrollment("ada"), CompleteLesson(LessonId("one")), caller())
        done = await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller())
        assert done.version == 4, "it is already so, and that is known from the ledger"


async def test_a_stream_that_never_rests_is_a_conflict_in_the_end(database: Database) -> None:
    """Between this process's reading and its append, another one always comes first."""
    async with ledger_on(database.dsn("app")) as ledger, ledger_on(database.dsn("app")) as rival:
        versions = iter(range(1000))

        def another(version: int) -> Entry:
            return entry("enrollment:art:ada", version)

        class Overtaken:
            """The ledger, but for being too late."""

            read = staticmethod(ledger.read)
            snapshot = staticmethod(ledger.snapshot)

            async def append(self, entry: Entry) -> Verdict:
                await rival.append(another(next(versions)))
                return await ledger.append(entry)

        with pytest.raises(Conflict):
            await Do(Overtaken())(enrollment("ada"), enroll("ada"), caller())
    assert next(versions) == ATTEMPTS


async def test_tenants_are_spread_over_the_logs_each_gapless(database_of: Callable[[int], Database]) -> None:
    database = database_of(3)
    tenants = [TenantId(uuid4()) for _ in range(12)]
    async with ledger_on(database.dsn("app"), 3) as ledger:
        await asyncio.gather(
            *(ledger.append(entry(f"enrollment:art:{n}", tenant=tenant)) for n in range(5) for tenant in tenants)
        )
        for tenant in tenants:
            assert await one(database.url, "select ledger.log_of(%s)", tenant) == ledger.log_of(tenant)
    logs = await rows(
        database.url,
        "select f.log, count(*), min(f.position), max(f.position), h.position "
        "from ledger.facts f join ledger.log_head h using (log) group by f.log, h.position",
    )
    assert sum(count for _, count, *_ in logs) == 60
    assert all((least, most, head) == (1, count, count) for _, count, least, most, head in logs)
    assert len(logs) > 1


async def test_the_same_stream_of_two_tenants_is_two_streams(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(entry("enrollment:art:ada")) == Kept(1)
        assert await ledger.append(entry("enrollment:art:ada", tenant=OTHER_TENANT)) == Kept(2)
        assert (await ledger.read(OTHER_TENANT, "enrollment:art:ada", "")).version == 1


async def test_who_gives_up_waiting_loses_nobody_a_turn(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        await do(enrollment("ada"), enroll("ada", lessons=[f"{n}" for n in range(60)]), caller())
        asked = [
            asyncio.create_task(do(enrollment("ada"), CompleteLesson(LessonId(f"{n}")), caller())) for n in range(60)
        ]
        for n, task in enumerate(asked):
            if n % 3:
                await asyncio.sleep(0)
                task.cancel()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(answer, Receipt) for answer in answers[::3]] == [True] * 20
        last = await do(enrollment("ada"), Withdraw("done"), caller())
        assert last.version == await one(database.url, "select count(*)::int from ledger.facts")
        assert do.idle


async def test_who_has_gone_before_the_batch_began_is_not_served(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        gone = asyncio.ensure_future(ledger.append(entry("enrollment:art:ada")))
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        assert await ledger.append(entry("enrollment:art:ada")) == Kept(1)


async def test_a_closed_ledger_says_so(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        pass
    with pytest.raises(Unavailable):
        await ledger.append(entry("enrollment:art:ada"))


async def test_the_same_id_again_is_the_same_command(database: Database) -> None:
    command = entry("enrollment:art:ada")
    async with ledger_on(database.dsn("app")) as ledger:
        verdicts = await asyncio.gather(*(ledger.append(command) for _ in range(8)))
    assert verdicts[0] == Kept(1)
    assert verdicts[1:] == [Known(None, Receipt(command.id, command.stream, 1, 1))] * 7
