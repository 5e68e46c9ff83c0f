"""A ledger to write to about people, and followers that open what is sealed, for tests of what can be asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import uuid4

from adapters.postgres.followers.projector import Projector
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.questions import Questions
from adapters.postgres.vault import PostgresVault
from application.do import Do
from application.ledger import Caller, Receipt, TenantId
from domain.access.events import RoleName, Scope
from domain.access.grants import GRANTS, GrantRole, WithdrawRole
from domain.identity.events import Mark
from domain.identity.person import PERSON, Command, Invite, Register
from domain.kernel import PersonId, SecretId
from projections.model import ReadModel
from tests.followers.running import TENANT, asking, following, make_models
from tests.servers import Database
from tests.vault.opening import vault_on

MAY = frozenset({"enrollments.read"})


class House(NamedTuple):
    """Where people live, and who may be asked about them."""

    do: Do
    ask: Questions
    vault: PostgresVault

    def mark(self, said: str) -> Mark:
        return Mark(self.vault.blind(TENANT, "said", said))

    async def register(
        self, person: str, address: str, name: str, username: str | None = None, tenant: TenantId = TENANT
    ) -> Receipt:
        id_ = PersonId(person)
        mark = None if username is None else self.mark(username)
        command = Register(id_, address, username, name, SecretId("first"), self.mark(address), mark)
        return await self.do(PERSON.at(id_), command, _caller(tenant))

    async def invite(self, person: str, address: str, name: str) -> Receipt:
        id_ = PersonId(person)
        return await self.do(PERSON.at(id_), Invite(id_, address, None, name, self.mark(address)), _caller(TENANT))

    async def tell(self, person: str, command: Command) -> Receipt:
        return await self.do(PERSON.at(person), command, _caller(TENANT))

    async def grant(self, person: str, role: str, scope: str | None = None) -> Receipt:
        where = None if scope is None else Scope(scope)
        return await self.do(GRANTS.at(person), GrantRole(RoleName(role), where, MAY, MAY), _caller(TENANT))

    async def withdraw(self, person: str, role: str, scope: str | None = None) -> Receipt:
        where = None if scope is None else Scope(scope)
        return await self.do(GRANTS.at(person), WithdrawRole(RoleName(role), where, MAY, MAY), _caller(TENANT))


@asynccontextmanager
async def living(database: Database, *models: ReadModel) -> AsyncGenerator[House]:
    """People can be written of, and these models tell of them."""
    await make_models(database)
    async with vault_on(database) as vault, vault_on(database, role="projector") as opening:
        followers: list[Any] = [Projector(model, keys=opening) for model in models]
        async with (
            PostgresLedger(lambda: database.connect("app"), 1) as ledger,
            following(database, *followers),
            asking(database) as ask,
        ):
            yield House(Do(ledger, vault), ask, vault)


def _caller(tenant: TenantId) -> Caller:
    return Caller(tenant, "head", "test", uuid4())
