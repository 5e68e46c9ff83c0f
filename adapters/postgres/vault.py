"""The vault in Postgres: people's keys, wrapped under one that only our processes have, and secrets under those."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import PoolTimeout, TooManyRequests
from uuid_utils.compat import uuid7

from adapters.blind import KEY_BYTES, KeyedBlind, derived
from adapters.postgres.connect import Lend
from adapters.postgres.together import Together
from application.ledger import TenantId, Unavailable
from domain.kernel import Rejected

Answer = TypeVar("Answer")

REMEMBERED_MAX = 10_000
REMEMBERED_S = 30.0
"""So long after a key was destroyed another process may still have it, unless it is told otherwise."""
NONCE_BYTES = 12
AT_ONCE = 1_000
TRIES = 3
"""A connection that was lent may have been lost before. All that is done here may be done twice."""

_KEYS = "select person, wrapped from vault.keys where tenant = %s and person = any (%s)"
_MAKE = """
insert into vault.keys (tenant, person, wrapped)
select %s, person, wrapped from unnest(%s::text[], %s::bytea[]) as new (person, wrapped)
on conflict do nothing
returning person
"""
_SOME = """
select tenant, person, wrapped from vault.keys
where wrapped is not null and (tenant, person) > (%s, %s) order by tenant, person limit %s
"""
_REWRAP = "update vault.keys set wrapped = %s where tenant = %s and person = %s and wrapped = %s"
DESTROY = """
insert into vault.keys as old (tenant, person, destroyed_at) values (%s, %s, now())
on conflict (tenant, person) do update set wrapped = null, destroyed_at = coalesce(old.destroyed_at, now())
"""
FORGET_SECRETS = "delete from vault.secrets where tenant = %s and person = %s"
_KEEP = """
insert into vault.secrets (tenant, id, person, kind, sealed) values (%s, %s, %s, %s, %s) on conflict do nothing
"""
_LOOK = """
select s.person, s.kind, s.sealed, k.wrapped
from vault.secrets s join vault.keys k on k.tenant = s.tenant and k.person = s.person
where s.tenant = %s and s.id = %s
"""


class BrokenVault(Exception):  # noqa: N818 — it reads as what is wrong
    """A secret is not what was put there."""


class WrongKey(Unavailable):
    """A key in the vault opens with none of those we were given: a mistake in the settings, which must park no fact."""


class _Remembered(NamedTuple):
    key: bytes | None
    until: float


class _Kept(NamedTuple):
    tenant: TenantId
    person: str
    wrapped: bytes


class PostgresVault(KeyedBlind):
    """The ports `Keys`, `Vault` and `Blind`. A key is made when it is first wanted, and once, whoever wants it."""

    def __init__(
        self,
        lend: Lend,
        key: str,
        before: Sequence[str] = (),
        *,
        remember_s: float = REMEMBERED_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(key, before)
        self._lend = lend
        self._remember_s = remember_s
        self._now = now
        self._wrapping = tuple(AESGCM(derived(master, "keys")) for master in self.masters)
        self._remembered: OrderedDict[tuple[UUID, str], _Remembered] = OrderedDict()
        self._together = Together[tuple[TenantId, bool], bytes | None](self._read)

    # --- keys -----------------------------------------------------------------------------------------

    async def keys(self, tenant: TenantId, people: Collection[str], *, make: bool) -> Mapping[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        now = self._now()
        for person in people:
            known = self._remembered.get((tenant, person))
            if known is not None and known.until > now:
                found[person] = known.key
        missing = [person for person in people if person not in found]
        if missing:
            read = await self._together((tenant, make), missing)
            found.update((person, read[person]) for person in missing if person in read)
        return found

    async def check(self) -> None:
        """Raise `WrongKey` where what is in the vault is not ours to open, before anything is made of it."""

        for row in (await self._with(partial(_some, after=(UUID(int=0), ""))))[:1]:
            self._unwrap(*row)

    async def rewrap(self) -> int:
        """Wrap under our own key whatever is under one before it, and say how many. Nothing sealed changes."""
        rewrapped, after = 0, (UUID(int=0), "")
        while found := await self._with(partial(_some, after=after)):
            old = [row for row in found if not self._is_ours(*row)]
            new = [self._wrap(row.tenant, row.person, self._unwrap(*row)) for row in old]
            await self._with(partial(_replace, old=old, new=new))
            rewrapped += len(old)
            after = found[-1][:2]
        return rewrapped

    def _is_ours(self, tenant: TenantId, person: str, wrapped: bytes) -> bool:
        try:
            _opened(self._wrapping[0], wrapped, f"{tenant}|{person}")
        except InvalidTag:
            return False
        return True

    async def destroy(self, tenant: TenantId, person: str) -> None:
        """Make everything that was sealed for a person unreadable, for ever, and forget their secrets."""

        async def destroy(connection: psycopg.AsyncConnection[Any]) -> None:
            async with connection.transaction():
                await connection.execute(DESTROY, (tenant, person))
                await connection.execute(FORGET_SECRETS, (tenant, person))

        await self._with(destroy)
        self._remember(tenant, person, None)

    async def _read(self, of: tuple[TenantId, bool], people: Sequence[str]) -> Mapping[str, bytes | None]:
        tenant, make = of

        async def read(connection: psycopg.AsyncConnection[Any]) -> dict[str, bytes | None]:
            found = await self._kept(connection, tenant, people)
            new = {person: os.urandom(KEY_BYTES) for person in people if person not in found} if make else {}
            if new:
                wrapped = [self._wrap(tenant, person, key) for person, key in new.items()]
                cursor = await connection.execute(_MAKE, (tenant, list(new), wrapped), prepare=True)
                found.update((person, new.pop(person)) for (person,) in await cursor.fetchall())
            if new:  # Another was faster: what is there now is everyone's.
                found.update(await self._kept(connection, tenant, list(new)))
            return found

        found = await self._with(read)
        for person, key in found.items():
            self._remember(tenant, person, key)
        return found

    async def _kept(
        self, connection: psycopg.AsyncConnection[Any], tenant: TenantId, people: Sequence[str]
    ) -> dict[str, bytes | None]:
        cursor = await connection.execute(_KEYS, (tenant, list(people)), prepare=True)
        return {
            person: None if wrapped is None else self._unwrap(tenant, person, wrapped)
            for person, wrapped in await cursor.fetchall()
        }

    def _remember(self, tenant: TenantId, person: str, key: bytes | None) -> None:
        self._remembered[tenant, person] = _Remembered(key, self._now() + self._remember_s)
        self._remembered.move_to_end((tenant, person))
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)

    def _wrap(self, tenant: TenantId, person: str, key: bytes) -> bytes:
        return _sealed(self._wrapping[0], key, f"{tenant}|{person}")

    def _unwrap(self, tenant: TenantId, person: str, wrapped: bytes) -> bytes:
        for wrapping in self._wrapping:
            try:
                return _opened(wrapping, wrapped, f"{tenant}|{person}")
            except InvalidTag:
                continue
        raise WrongKey("a key in the vault opens with none of ANNALS_VAULT_KEY and ANNALS_VAULT_KEY_BEFORE")

    # --- secrets --------------------------------------------------------------------------------------

    async def keep(
        self,
        tenant: TenantId,
        person: str,
        kind: str,
        secret: bytes,
        *,
        id: UUID | None = None,  # noqa: A002
    ) -> UUID:
        id_ = uuid7() if id is None else id
        key = (await self.keys(tenant, (person,), make=True))[person]
        if key is None:
            raise Rejected("person.erased", "the data of this person were erased, and no more are kept")
        sealed = _sealed(AESGCM(key), secret, f"{tenant}|{id_}|{person}|{kind}")

        async def keep(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.execute(_KEEP, (tenant, id_, person, kind, sealed), prepare=True)

        await self._with(keep)
        return id_

    async def look(self, tenant: TenantId, secret: UUID) -> bytes | None:
        async def look(connection: psycopg.AsyncConnection[Any]) -> tuple[Any, ...] | None:
            return await (await connection.execute(_LOOK, (tenant, secret), prepare=True)).fetchone()

        match await self._with(look):
            case (str() as person, str() as kind, bytes() as sealed, bytes() as wrapped):
                key = AESGCM(self._unwrap(tenant, person, wrapped))
                try:
                    return _opened(key, sealed, f"{tenant}|{secret}|{person}|{kind}")
                except InvalidTag:
                    raise BrokenVault("a secret is not what was put there") from None
            case _:
                return None

    async def forget(self, tenant: TenantId, *secrets: UUID) -> None:
        async def forget(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.execute(
                "delete from vault.secrets where tenant = %s and id = any (%s)", (tenant, list(secrets)), prepare=True
            )

        await self._with(forget)

    async def _with(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
        for tries in range(1, TRIES + 1):
            try:
                async with self._lend() as connection:
                    return await work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as away:
                if tries == TRIES or isinstance(away, PoolTimeout | TooManyRequests):
                    raise Unavailable("the vault cannot be reached") from away
        raise AssertionError("it was tried at least once")


async def _some(connection: psycopg.AsyncConnection[Any], after: tuple[UUID, str]) -> list[_Kept]:
    """Some keys, in their order."""
    return [_Kept(*row) for row in await (await connection.execute(_SOME, (*after, AT_ONCE))).fetchall()]


async def _replace(connection: psycopg.AsyncConnection[Any], old: Sequence[_Kept], new: Sequence[bytes]) -> None:
    """Put these in the place of those, where they still are: a key may be destroyed at this moment."""
    async with connection.transaction(), connection.pipeline():
        for row, wrapped in zip(old, new, strict=True):
            await connection.execute(_REWRAP, (wrapped, *row), prepare=True)


def _sealed(cipher: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def _opened(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
