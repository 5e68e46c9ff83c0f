"""What NATS consumers get is what the ledger holds, whatever becomes of NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from nats.js.api import ConsumerConfig, DeliverPolicy
from structlog.testing import capture_logs

from adapters.embedded.nats import EmbeddedNats
from adapters.nats import JetStreamLog, Message, NatsDoorbell, OutOfStep, connected
from adapters.postgres.doorbell import PostgresDoorbell
from adapters.postgres.followers.relay import Relay
from application.catalogue import words
from application.ledger import TenantId
from application.publishing import Published, schema_version
from tests.followers.running import TENANT, caught_up, enroll, following, live, rows, until, writing
from tests.proves import proves
from tests.servers import Database

OTHER = TenantId(UUID(int=TENANT.int + 1))


@asynccontextmanager
async def relaying(database: Database, url: str, logs: int = 1) -> AsyncGenerator[None]:
    client = await connected(url, "test relay")
    streams = {number: JetStreamLog(client, number) for number in range(logs)}
    try:
        async with following(database, Relay(streams.__getitem__), logs=logs):
            yield
    finally:
        await client.close()


async def told(
    url: str, number: int = 0, subject: str = "annals.>"
) -> list[tuple[int, str, dict[str, str], Published]]:
    """Everything a consumer of a log's stream gets, in the order it gets it."""
    client = await connected(url, "test consumer")
    try:
        stream = client.jetstream()
        last = (await stream.stream_info(f"ANNALS_{number}")).state.messages
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        consumer = await stream.pull_subscribe(subject, stream=f"ANNALS_{number}", config=config)
        found: list[tuple[int, str, dict[str, str], Published]] = []
        while len(found) < last:
            try:
                got = await consumer.fetch(500, timeout=0.5)
            except TimeoutError:
                break
            found += [
                (one.metadata.sequence.stream, one.subject, dict(one.headers or {}), _published(one.data))
                for one in got
            ]
        return found
    finally:
        await client.close()


def _published(data: bytes) -> Published:
    return msgspec.json.decode(data, type=Published)


async def same_as_the_ledger(database: Database, url: str, number: int = 0) -> None:
    stored = await rows(database, "select position, id from ledger.facts where log = %s order by position", (number,))
    assert [(sequence, fact.id) for sequence, _, _, fact in await told(url, number)] == stored


@proves("es.outbox")
async def test_what_is_told_is_what_is_kept_also_after_nats_was_away_and_after_it_was_wiped(
    database: Database, fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    nats = fresh_nats()
    async with writing(database) as do, relaying(database, nats.url):
        await asyncio.gather(*(live(do, f"learner-{number}") for number in range(100)))
        await caught_up(database, "relay")
        await same_as_the_ledger(database, nats.url)

        nats.kill()
        await asyncio.gather(*(live(do, f"away-{number}") for number in range(100)))  # commands are still accepted
        lag = await rows(database, "select lag from followers.lag where follower = 'relay'")
        assert lag[0][0] > 0
        nats.start()
        await caught_up(database, "relay")
        await same_as_the_ledger(database, nats.url)

        nats.stop()
        nats.wipe()
        nats.start()

        async def refilled() -> bool:
            client = await connected(nats.url, "test")
            try:
                head = await rows(database, "select position from ledger.log_head")
                return head == [(await JetStreamLog(client, 0).end(),)]
            finally:
                await client.close()

        await until(refilled)
        await same_as_the_ledger(database, nats.url)


@proves("es.outbox")
async def test_two_relays_tell_each_fact_once(database: Database, fresh_nats: Callable[[], EmbeddedNats]) -> None:
    nats = fresh_nats()
    async with writing(database) as do, relaying(database, nats.url), relaying(database, nats.url):
        for _ in range(3):
            await asyncio.gather(*(live(do, f"{_}-{number}") for number in range(60)))
            await rows(
                database, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
            )
        await caught_up(database, "relay")
        await same_as_the_ledger(database, nats.url)


async def test_a_relay_that_lost_its_lease_without_knowing_tells_nothing_twice(
    fresh_nats: Callable[[], EmbeddedNats],
) -> None:
    """The control: it is the expected sequence, not the lease, that JetStream holds to."""
    nats = fresh_nats()
    client = await connected(nats.url, "test")
    one, two = JetStreamLog(client, 0), JetStreamLog(client, 0)
    assert await one.end() == 0
    await one.publish([Message(1, "a", "annals.t.c.F", {}, b"{}"), Message(2, "b", "annals.t.c.F", {}, b"{}")])
    with pytest.raises(OutOfStep):
        await two.publish([Message(2, "other", "annals.t.c.F", {}, b"{}")])
    assert await two.end() == 2
    assert await two.id_at(2) == "b"
    await client.close()


async def test_a_stream_with_facts_of_another_ledger_is_left_alone(
    database: Database, fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    nats = fresh_nats()
    client = await connected(nats.url, "test")
    stream = JetStreamLog(client, 0)
    await stream.end()
    await stream.publish([Message(1, "not ours", "annals.t.c.F", {}, b"{}")])
    with capture_logs() as said:
        async with writing(database) as do, relaying(database, nats.url):
            await enroll(do, "ada")
            await enroll(do, "ben")

            async def refused_twice() -> bool:
                return [entry["event"] for entry in said].count("follower.failed") == 2

            await until(refused_twice)
    assert await stream.end() == 1
    await client.close()


@proves("evt.public_topics", "enroll.events")
async def test_a_consumer_gets_every_fact_of_a_family_in_order_with_the_version_of_its_schema(
    database_of: Callable[[int], Database], fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    database, nats = database_of(2), fresh_nats()
    async with writing(database, 2) as do, relaying(database, nats.url, 2):
        for number in range(9):
            await live(do, f"learner-{number}")
        await enroll(do, "ada", tenant=OTHER)
        await caught_up(database, "relay")
    seen: set[str] = set()
    for number in range(2):
        await same_as_the_ledger(database, nats.url, number)
        family = await told(nats.url, number, "annals.*.enrollments.*")
        versions: dict[tuple[Any, str], int] = {}
        for sequence, subject, headers, fact in family:
            assert subject == f"annals.{fact.tenant}.{fact.type}"
            assert (sequence, fact.log) == (fact.position, number)
            assert headers["Nats-Msg-Id"] == str(fact.id)
            assert headers["Annals-Correlation"] == str(fact.correlation)
            assert headers["Annals-Schema"] == fact.schema == schema_version(fact.type)
            jsonschema.validate(msgspec.json.decode(fact.data), msgspec.json.schema(words()[fact.type].type))
            versions[fact.tenant, fact.stream] = expected = versions.get((fact.tenant, fact.stream), 0) + 1
            assert fact.version == expected
            seen.add(fact.type)
        mine = await told(nats.url, number, f"annals.{OTHER}.>")
        assert {fact.tenant for _, _, _, fact in mine} <= {OTHER}
    assert len(seen) >= 3


@proves("es.outbox", "enroll.events")
async def test_a_consumer_that_crashes_before_it_acknowledges_has_one_effect_for_each_fact(
    database: Database, fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    nats = fresh_nats()
    async with writing(database) as do, relaying(database, nats.url):
        await asyncio.gather(*(enroll(do, f"learner-{number}") for number in range(20)))
        await caught_up(database, "relay")
    config = ConsumerConfig(ack_wait=0.2, deliver_policy=DeliverPolicy.ALL)
    done: dict[UUID, int] = {}
    deliveries = 0
    for crashes in (True, False):
        client = await connected(nats.url, "test consumer")
        consumer = await client.jetstream().pull_subscribe("annals.>", "mailer", stream="ANNALS_0", config=config)

        async def finished() -> bool:
            return (await consumer.consumer_info()).num_ack_pending == 0  # noqa: B023 — asked within this turn

        while deliveries < 20 or not (crashes or await finished()):
            for message in await consumer.fetch(20, timeout=5):
                deliveries += 1
                fact = _published(message.data)
                done.setdefault(fact.id, fact.position)
                if not crashes or fact.position % 2:
                    await message.ack_sync()
        await client.close()
    assert deliveries == 30  # the control: those that were not acknowledged came again
    assert sorted(done.values()) == list(range(1, 21))


async def test_facts_are_also_told_live_to_whoever_listens(
    database: Database, fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    nats = fresh_nats()
    client = await connected(nats.url, "test listener")
    async with writing(database) as do, relaying(database, nats.url):
        await enroll(do, "ada")
        await caught_up(database, "relay")
        heard = await client.subscribe(f"annals.{TENANT}.>")
        await client.flush()
        receipt = await enroll(do, "ben")
        message = await heard.next_msg(5)
        assert _published(message.data).position == receipt.position
    await client.close()


async def test_the_doorbell_rings_through_postgres_where_there_is_no_nats(postgres_of_its_own: Any) -> None:
    server, database = postgres_of_its_own
    heard: list[tuple[int, int]] = []

    def hear(number: int, position: int) -> None:
        heard.append((number, position))

    async with PostgresDoorbell(lambda: database.connect("app")) as bell, bell.listen(hear):

        async def rung(position: int) -> bool:
            bell.ring(3, position)
            return (3, position) in heard

        await until(lambda: rung(5))
        server.kill()
        bell.ring(3, 6)
        server.start()
        await until(lambda: rung(7))


async def test_the_doorbell_rings_through_nats_and_outlives_it(fresh_nats: Callable[[], EmbeddedNats]) -> None:
    nats = fresh_nats()
    heard: list[tuple[int, int]] = []

    def hear(number: int, position: int) -> None:
        heard.append((number, position))

    async with NatsDoorbell(nats.url, "one") as one, NatsDoorbell(nats.url, "two") as two, two.listen(hear):

        async def rung(position: int) -> bool:
            one.ring(0, position)
            return (0, position) in heard

        await until(lambda: rung(5))
        nats.kill()
        one.ring(0, 6)
        nats.start()
        await until(lambda: rung(7))
