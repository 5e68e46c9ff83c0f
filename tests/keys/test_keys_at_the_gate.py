"""An API key as it comes in: believed, remembered, forgotten when something happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from adapters.tokens import BadToken
from api.http.keys import ApiKeys, is_key
from application.api_key_texts import NewKey, new_key
from application.do import Do
from application.ledger import Caller, Entry, TenantId
from application.tally import Tally
from domain.kernel import PersonId, SecretId, Stream
from domain.keys.api_key import API_KEY, Command, Issue, Revoke, Rotate
from tests.servers import Database
from tests.vault.opening import vault_on

TENANT = TenantId(uuid4())
ADA = PersonId("ada")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Door:
    """A process that lets programs in. `reads` are the streams it has looked at."""

    do: Do
    vault: PostgresVault
    attentive: bool = True
    now: datetime = NOON
    reads: list[str] = field(default_factory=list[str])
    meanwhile: list[Command] = field(default_factory=list[Command])
    """Done while a stream is being looked at."""

    def __post_init__(self) -> None:
        self.keys = ApiKeys(self._look, self.vault, Tally(self.do), lambda: self.attentive, self._clock)
        self.do.on_kept(self.keys.kept)

    def _clock(self) -> float:
        return self.now.timestamp()

    async def _look(self, tenant: TenantId, stream: Stream[Any, Any, Any]) -> Any:
        self.reads.append(stream.name)
        state = await self.do.look(tenant, stream)
        while self.meanwhile:
            await self.do(stream, self.meanwhile.pop(), caller())
        return state

    async def issue(self, expires_at: datetime | None = None) -> NewKey:
        key = new_key(TENANT)
        secret = SecretId(str(await self.vault.keep(TENANT, ADA, "api_key", key.digest)))
        await self.do(API_KEY.at(key.id), Issue(ADA, "robot", ("a.b",), secret, NOON, expires_at), caller())
        return key


def caller() -> Caller:
    return Caller(TENANT, "ada", "test", uuid4())


def header(key: NewKey) -> bytes:
    return f"Bearer {key.text}".encode()


@asynccontextmanager
async def door(database: Database) -> AsyncGenerator[Door]:
    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger, vault_on(database) as vault:
        yield Door(Do(ledger, vault), vault)


async def test_a_key_says_whose_it_is_and_is_looked_up_once(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        assert one.keys.known(header(key)) is None
        who = await one.keys.bearer(header(key))
        assert (who.tenant, who.person, who.name, who.api_key) == (TENANT, ADA, ADA, key.id)
        assert who.can == frozenset({"a.b"})
        assert one.keys.known(header(key)) == who
        assert [await one.keys.bearer(header(key)) for _ in range(100)] == [who] * 100
        assert one.reads == [f"api-key:{key.id}"]


async def test_what_is_not_a_key_of_ours_is_refused(database: Database) -> None:
    async with door(database) as one:
        key, other = await one.issue(), await one.issue()
        stolen_prefix = key.text[:-43] + other.text[-43:]
        other_tenant = new_key(TenantId(uuid4())).text
        for text in (stolen_prefix, other_tenant, key.text[:-1] + "!", key.text + "A", "ak_", new_key(TENANT).text):
            authorization = f"Bearer {text}".encode()
            assert is_key(authorization)
            with pytest.raises(BadToken):
                await one.keys.bearer(authorization)
            assert one.keys.known(authorization) is None
        assert not is_key(b"Bearer eyJhbGciOiJFZDI1NTE5In0")
        assert not is_key(key.text.encode())


async def test_a_key_ends_when_it_expires(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue(NOON + timedelta(hours=1))
        await one.keys.bearer(header(key))
        one.now = NOON + timedelta(hours=1)
        assert one.keys.known(header(key)) is None
        with pytest.raises(BadToken):
            await one.keys.bearer(header(key))


async def test_a_rotated_key_ends_after_the_overlap_also_where_it_was_remembered(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        await one.keys.bearer(header(key))
        await one.do(API_KEY.at(key.id), Rotate(ADA, "next", NOON, NOON + timedelta(minutes=5)), caller())
        assert one.keys.known(header(key)) is None
        assert (await one.keys.bearer(header(key))).expires_at == (NOON + timedelta(minutes=5)).timestamp()
        one.now = NOON + timedelta(minutes=5)
        with pytest.raises(BadToken):
            await one.keys.bearer(header(key))


async def test_a_revoked_key_is_refused_also_where_it_was_remembered(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        await one.keys.bearer(header(key))
        await one.do(API_KEY.at(key.id), Revoke(ADA), caller())
        assert one.keys.known(header(key)) is None
        with pytest.raises(BadToken):
            await one.keys.bearer(header(key))


async def test_what_moves_while_it_is_looked_up_is_not_remembered(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        one.meanwhile = [Revoke(ADA)]
        await one.keys.bearer(header(key))  # It was good when it was looked at.
        assert one.keys.known(header(key)) is None
        with pytest.raises(BadToken):
            await one.keys.bearer(header(key))


async def test_while_nothing_is_heard_nothing_is_relied_on(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        await one.keys.bearer(header(key))
        one.attentive = False
        assert one.keys.known(header(key)) is None
        await asyncio.gather(*(one.keys.bearer(header(key)) for _ in range(3)))
        assert len(one.reads) == 4


async def test_other_streams_do_not_matter(database: Database) -> None:
    async with door(database) as one:
        key = await one.issue()
        await one.keys.bearer(header(key))
        one.keys.kept(Entry(uuid4(), "x", caller(), NOON, "enrollment:a:b", 1, ()))
        await one.issue()
        assert one.keys.known(header(key)) is not None
