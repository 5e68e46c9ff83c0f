"""What the facts of creators are told in: who made a work, and what advertising beside it pays."""

from __future__ import annotations

from typing import Annotated

import msgspec

from domain.kernel import PersonId, Value
from domain.money import Money


class Author(Value):
    """One who made a work, and their part of it: so many of 10,000."""

    creator: PersonId
    weight: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Advertised(Value):
    """So much a network pays for advertising beside what somebody made."""

    creator: PersonId
    gross: Money
