"""Is a second factor asked of this person? Asked by the person, and by whoever helps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from domain.factors.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    CodeAccepted,
    CodeRefused,
    SecondStepLocked,
    TwoFactorDisabled,
    TwoFactorEnabled,
    TwoFactorEvent,
    TwoFactorSetupStarted,
)
from domain.kernel import Moment, PersonId, Value
from projections.model import Ask, Fact, ReadModel, Statement, question, rows

TABLES = """
create table second_factors (
  tenant uuid not null,
  person text collate "C" not null,
  status text not null,
  enabled_at timestamptz,
  used_at timestamptz,
  backup_codes_left int not null,
  locked_until timestamptz,
  primary key (tenant, person)
);
"""

BACKUP_CODES = 10

PROPOSE = """
insert into second_factors values (%s, %s, 'proposed', null, null, 0, null)
on conflict (tenant, person) do update set status = 'proposed'
"""
ENABLE = """
update second_factors set status = 'on', enabled_at = %s, used_at = null, backup_codes_left = %s, locked_until = null
where tenant = %s and person = %s
"""
USE = "update second_factors set used_at = %s where tenant = %s and person = %s"
USE_BACKUP_CODE = """
update second_factors set used_at = %s, backup_codes_left = backup_codes_left - 1 where tenant = %s and person = %s
"""
LOCK = "update second_factors set locked_until = %s where tenant = %s and person = %s"
REPLACE = "update second_factors set backup_codes_left = %s where tenant = %s and person = %s"
REMOVE = "delete from second_factors where tenant = %s and person = %s"


def project(fact: Fact[TwoFactorEvent]) -> Iterator[Statement]:
    whose = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case TwoFactorSetupStarted():
            yield PROPOSE, whose
        case TwoFactorEnabled():
            yield ENABLE, (fact.at, BACKUP_CODES, *whose)
        case CodeAccepted():
            yield USE, (fact.at, *whose)
        case BackupCodeUsed():
            yield USE_BACKUP_CODE, (fact.at, *whose)
        case SecondStepLocked(until):
            yield LOCK, (until, *whose)
        case BackupCodesReplaced():
            yield REPLACE, (BACKUP_CODES, *whose)
        case TwoFactorDisabled():
            yield REMOVE, whose
        case CodeRefused():
            pass
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "second_factor_of",
    "_person text",
    rows("""
      select f.status, f.enabled_at, f.used_at, f.backup_codes_left, f.locked_until
      from {schema}.second_factors f where f.tenant = _tenant and f.person = _person
"""),
)

MODEL = ReadModel(
    name="factors.second_factor",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        TwoFactorSetupStarted,
        TwoFactorEnabled,
        CodeAccepted,
        BackupCodeUsed,
        CodeRefused,
        SecondStepLocked,
        BackupCodesReplaced,
        TwoFactorDisabled,
    ),
    project=project,
)

Status = Literal["off", "proposed", "on"]


class SecondFactor(Value):
    """How it stands with a person's second factor."""

    status: Status = "off"
    enabled_at: Moment | None = None
    used_at: Moment | None = None
    backup_codes_left: int = 0
    locked_until: Moment | None = None
    position: int = 0


_rows = msgspec.json.Decoder(tuple[SecondFactor, ...])


async def second_factor_of(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0) -> SecondFactor:
    """Whether a person has turned it on, and how many backup codes are left."""
    position, found = await ask(MODEL, "second_factor_of", tenant, (person,), min_position)
    for row in _rows.decode(found):
        return msgspec.structs.replace(row, position=position)
    return SecondFactor(position=position)
