"""Which passwords are taken where a tenant has no rules of its own: as NIST 800-63B-4 has it, length first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from application.ledger import TenantId

LENGTH_MIN = 15
LENGTH_MAX = 256
DIFFERENT_MIN = 5
PART_MIN = 4


class Floor:
    """What every password must be."""

    async def broken(self, tenant: TenantId, password: str, about: Sequence[str]) -> Sequence[str]:
        del tenant
        return tuple(_broken(password, about))

    async def former(self, tenant: TenantId) -> int:
        del tenant
        return 0


def _broken(password: str, about: Sequence[str]) -> Iterator[str]:
    plain = password.casefold()
    if len(password) < LENGTH_MIN:
        yield "length"
    if len(password) > LENGTH_MAX:
        yield "length_max"
    if len(set(plain)) < DIFFERENT_MIN:
        yield "monotonous"
    parts = {part for said in about for part in re.findall(r"\w+", said.casefold()) if len(part) >= PART_MIN}
    if any(part in plain for part in parts):
        yield "about_person"
