"""People made by hand, where the API offers no way to: as they come from elsewhere, and as staff close accounts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.postgres.vault import PostgresVault
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.ledger import TenantId
from domain.identity.claim import CLAIM, Claim
from domain.identity.events import Mark
from domain.identity.person import PERSON, Register
from domain.kernel import PersonId, SecretId
from tests.followers.running import caller, writing
from tests.servers import Database
from tests.vault.opening import vault_on


@asynccontextmanager
async def living(database: Database) -> AsyncGenerator[tuple[Do, PostgresVault]]:
    """The ledger and the vault of an API that runs while one develops."""
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault, writing(database, keys=vault) as do:
        yield do, vault


async def come_from_elsewhere(database: Database, tenant: UUID, address: str, hashed: bytes) -> PersonId:
    """Somebody whose password was hashed elsewhere."""
    async with living(database) as (do, vault):
        person = PersonId(str(uuid7()))
        mark = Mark(vault.blind(TenantId(tenant), "address", address))
        secret = SecretId(str(await vault.keep(TenantId(tenant), person, "password", hashed)))
        await do.together(
            (PERSON.at(person), Register(person, address, None, "Ada", secret, mark)),
            (CLAIM.at("address", mark), Claim("address", person)),
            caller=caller(TenantId(tenant)),
        )
        return person


async def command(database: Database, tenant: UUID, person: str, command: Any) -> None:
    """Do something to an account."""
    async with living(database) as (do, _):
        await do(PERSON.at(person), command, caller(TenantId(tenant)))


async def hash_of(database: Database, tenant: UUID, person: str) -> bytes:
    """What the vault has of a person's password."""
    async with living(database) as (do, vault):
        state: Any = await do.look(TenantId(tenant), PERSON.at(person))
        kept = await vault.look(TenantId(tenant), UUID(state.account.credential))
        assert kept is not None
        return kept
