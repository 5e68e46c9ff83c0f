"""What did somebody agree to, when, and what did they take back? Asked by themselves, and by who must not guess it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.kernel import Moment, PersonId, Value
from domain.privacy.events import ConsentEvent, ConsentGiven, ConsentWithdrawn, Purpose
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table consents (
  tenant uuid not null,
  person text collate "C" not null,
  version int not null,
  purpose text not null,
  given boolean not null,
  holds boolean not null,
  terms text,
  at timestamptz not null,
  by text not null,
  primary key (tenant, person, version)
);
create index consents_that_hold on consents (tenant, person, purpose) where holds;
"""

OVER = "update consents set holds = false where tenant = %s and person = %s and purpose = %s and holds"
TELL = "insert into consents values (%s, %s, %s, %s, %s, true, %s, %s, %s) on conflict do nothing"


def project(fact: Fact[ConsentEvent]) -> Iterator[Statement]:
    match fact.event:
        case ConsentGiven(person, purpose, terms):
            yield OVER, (fact.tenant, person, purpose)
            yield TELL, (fact.tenant, person, fact.version, purpose, True, terms, fact.at, fact.by)
        case ConsentWithdrawn(person, purpose):
            yield OVER, (fact.tenant, person, purpose)
            yield TELL, (fact.tenant, person, fact.version, purpose, False, None, fact.at, fact.by)
        case _:
            assert_never(fact.event)


_SHOWN = "c.purpose, c.given, c.holds, c.terms, c.at, c.by, c.version"

QUESTIONS = "".join(
    (
        question(
            "consents_of",
            "_person text",
            rows(f"""
      select {_SHOWN} from {{schema}}.consents c
      where c.tenant = _tenant and c.person = _person and c.holds
      order by c.purpose
"""),  # noqa: S608 — our own words
        ),
        question(
            "history_of",
            "_person text, _version int, _limit int",
            rows(f"""
      select {_SHOWN} from {{schema}}.consents c
      where c.tenant = _tenant and c.person = _person and c.version < coalesce(_version, 2147483647)
      order by c.version desc
      limit _limit
"""),  # noqa: S608 — our own words
        ),
    )
)

MODEL = ReadModel(
    name="privacy.consents",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ConsentGiven, ConsentWithdrawn),
    project=project,
)


class Consent(Value):
    """What somebody said to a purpose: that they agree to these `terms`, or that they do not. `holds` is what holds."""

    purpose: Purpose
    given: bool
    holds: bool
    terms: str | None
    at: Moment
    by: str
    version: int


_consents = msgspec.json.Decoder(tuple[Consent, ...])
_Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


async def consents_of(
    ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0
) -> tuple[tuple[Consent, ...], int]:
    """What holds of somebody, and the position this shows."""
    position, found = await ask(MODEL, "consents_of", tenant, (person,), min_position)
    return _consents.decode(found), position


async def consent_history(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Consent]:
    """All that somebody ever said to it, the newest first."""
    (version,) = after(cursor, tuple[_Version]) or (None,)
    position, found = await ask(MODEL, "history_of", tenant, (person, version, limited(limit)), min_position)

    def place(row: Consent) -> tuple[Any, ...]:
        return (row.version,)

    return page(_consents.decode(found), position, limit, place)
