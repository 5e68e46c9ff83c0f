"""What was changed in how this school works, by whom, when, and how was it before? Asked by its admins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import Value
from domain.tenancy.events import FeatureSwitchedOff, FeatureSwitchedOn, PasswordPolicyAdopted, SettingAdjusted
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table changes (
  tenant uuid not null,
  about text collate "C" not null,
  version int not null,
  subject text collate "C" not null,
  at timestamptz not null,
  by text not null,
  before text,
  now text not null,
  primary key (tenant, about, version)
);
create index changes_by_subject on changes (tenant, about, subject, version);
"""

CHANGE = Many(
    "tenant uuid, about text, version int, subject text, at timestamptz, by text, before text, now text",
    """
    insert into changes
    select f.tenant, f.about, f.version, f.subject, f.at, f.by, coalesce(f.before, (
        select c.now from changes c where c.tenant = f.tenant and c.about = f.about and c.version = f.version - 1
      )), f.now
    from fact f
    """,
)

Subject = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[a-z0-9._-]+$(?!\n)")]
"""What was changed: a flag or a setting."""
About = Literal["features", "settings", "password-policy"]
_Told = FeatureSwitchedOn | FeatureSwitchedOff | SettingAdjusted | PasswordPolicyAdopted


def project(fact: Fact[_Told]) -> Iterator[Statement]:
    about, _, _ = fact.stream.partition(":")
    of = (fact.tenant, about, fact.version)
    how = (fact.at, fact.by)
    match fact.event:
        case FeatureSwitchedOn(flag):
            yield CHANGE, (*of, flag, *how, "false", "true")
        case FeatureSwitchedOff(flag):
            yield CHANGE, (*of, flag, *how, "true", "false")
        case SettingAdjusted(setting, old, new):
            yield CHANGE, (*of, setting, *how, _json(old), _json(new))
        case PasswordPolicyAdopted():
            yield CHANGE, (*of, "password-policy", *how, None, _json(fact.event))
        case _:
            assert_never(fact.event)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


QUESTIONS = "".join(
    (
        question(
            "changes",
            "_about text, _subject text, _before int, _limit int",
            rows("""
      select r.subject, r.version, r.at, r.by, r.before::json as before, r.now::json as now
      from {schema}.changes r
      where r.tenant = _tenant and r.about = _about and (_subject is null or r.subject = _subject)
        and r.version < coalesce(_before, 2147483647)
      order by r.version desc
      limit _limit
"""),
            one_plan=False,
        ),
        question(
            "latest",
            "_about text",
            rows("""
      select distinct on (r.subject) r.subject, r.version, r.at, r.by, r.before::json as before, r.now::json as now
      from {schema}.changes r
      where r.tenant = _tenant and r.about = _about
      order by r.subject, r.version desc
"""),
            one_plan=False,
        ),
    )
)

MODEL = ReadModel(
    name="tenancy.changes",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(FeatureSwitchedOn, FeatureSwitchedOff, SettingAdjusted, PasswordPolicyAdopted),
    project=project,
)


class Change(Value):
    """One version: who changed what and when, how it was before and is since. Nothing was before a first policy."""

    subject: str
    version: int
    at: datetime
    by: str
    before: Any
    now: Any


_rows = msgspec.json.Decoder(tuple[Change, ...])
_Place = tuple[Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]]


async def changes(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    about: About,
    *,
    subject: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Change]:
    """Every version, the newest first, a page at a time."""
    (before,) = after(cursor, _Place) or (None,)
    position, found = await ask(MODEL, "changes", tenant, (about, subject, before, limited(limit)), min_position)

    def place(row: Change) -> tuple[Any, ...]:
        return (row.version,)

    return page(_rows.decode(found), position, limit, place)


async def latest(ask: Ask, tenant: UUID, about: About, *, min_position: int = 0) -> tuple[dict[str, Change], int]:
    """The last change of each subject, and the position this shows."""
    position, found = await ask(MODEL, "latest", tenant, (about,), min_position)
    return {change.subject: change for change in _rows.decode(found)}, position
