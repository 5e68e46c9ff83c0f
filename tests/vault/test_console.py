"""What operators do with the vault."""

from __future__ import annotations

from api.settings_agree import DEVELOPMENT_VAULT_KEY
from domain.kernel import PersonId
from domain.privacy.subject import SUBJECT, AskErasure, TellKeyDestroyed
from tests.followers.running import TENANT, caller, writing
from tests.replay.told import annals
from tests.servers import Database
from tests.values import TIMES
from tests.vault.opening import vault_on

ADA, BOB = PersonId("ada"), PersonId("bob")


async def test_who_was_erased_is_erased_again_when_an_older_vault_was_restored(database: Database) -> None:
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault, writing(database) as do:
        before = await vault.keys(TENANT, (ADA, BOB), make=True)
        await do(SUBJECT.at(ADA), AskErasure(ADA, ()), caller())
        await do(SUBJECT.at(ADA), TellKeyDestroyed(TIMES[0]), caller())
    # The vault is as it was before: what the ledger knows to be destroyed is there.
    for _ in range(2):
        assert b"1 people were erased" in annals(database, "vault", "erase-again").stdout
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault:
        assert await vault.keys(TENANT, (ADA, BOB), make=True) == {ADA: None, BOB: before[BOB]}
