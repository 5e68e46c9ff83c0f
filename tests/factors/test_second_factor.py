"""Is a second factor asked of this person?"""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.postgres.followers.projector import Projector
from domain.factors.two_factor import (
    FAILURES_MAX,
    LOCKED_FOR,
    TWO_FACTOR,
    Command,
    Disable,
    Enable,
    EnterBackupCode,
    EnterCode,
    ReplaceBackupCodes,
    StartSetup,
)
from domain.kernel import PersonId, SecretId
from projections.factors import second_factor as model
from projections.factors.second_factor import SecondFactor, second_factor_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

ADA = PersonId("ada")
SEED, CODES, NEW_CODES = SecretId("seed"), SecretId("codes"), SecretId("new-codes")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_a_person_sees_how_it_stands(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:

        async def after(*commands: Command) -> SecondFactor:
            receipts = [await do(TWO_FACTOR.at(ADA), command, caller()) for command in commands]
            return await second_factor_of(ask, TENANT, ADA, min_position=receipts[-1].position)

        assert await second_factor_of(ask, TENANT, ADA) == SecondFactor()
        assert (await after(StartSetup(SEED))).status == "proposed"
        on = await after(Enable(SEED, 7, CODES))
        assert (on.status, on.backup_codes_left, on.used_at) == ("on", 10, None)
        assert on.enabled_at is not None
        assert (await after(EnterCode("one", SEED, 8, NOON))).used_at is not None
        assert (await after(EnterBackupCode("two", CODES, 3, NOON))).backup_codes_left == 9
        assert (await after(ReplaceBackupCodes("two", NEW_CODES))).backup_codes_left == 10
        wrong = (EnterCode(f"wrong-{number}", SEED, None, NOON) for number in range(FAILURES_MAX))
        assert (await after(*wrong)).locked_until == NOON + LOCKED_FOR
        later = NOON + LOCKED_FOR
        off = await after(EnterBackupCode("three", NEW_CODES, 0, later), Disable("three"))
        assert (off.status, off.backup_codes_left) == ("off", 0)
