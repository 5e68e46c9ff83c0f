"""What is in the journal, and what does it add up to on each account? Asked by who keeps the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.kernel import PaymentId, Value
from domain.payments.events import AccountKind, EntryRecorded, EntryReversed, Line
from domain.payments.events import EntryEvent as Event
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table entries (
  tenant uuid not null,
  entry text collate "C" not null,
  part int not null,
  at timestamptz not null,
  payment text not null,
  memo text not null,
  lines json not null,
  primary key (tenant, entry, part)
);
create index entries_by_time on entries (tenant, at, entry, part);
create table balances (
  tenant uuid not null,
  kind text collate "C" not null,
  holder text collate "C" not null,
  currency text collate "C" not null,
  debits numeric not null,
  credits numeric not null,
  primary key (tenant, kind, holder, currency)
) with (fillfactor = 50);
create table totals (
  tenant uuid not null,
  kind text collate "C" not null,
  currency text collate "C" not null,
  debits numeric not null,
  credits numeric not null,
  primary key (tenant, kind, currency)
) with (fillfactor = 50);
"""

ENTER = Many(
    "tenant uuid, entry text, part int, at timestamptz, payment text, memo text, lines text",
    """
    insert into entries select tenant, entry, part, at, payment, memo, lines::json from fact
    on conflict (tenant, entry, part) do nothing
    """,
)
# Many entries are one change of each account they are on, however many of them came at once.
SUM = Many(
    "tenant uuid, lines text",
    """
    insert into balances (tenant, kind, holder, currency, debits, credits)
    select f.tenant, l.account->>'kind', l.account->>'of', l.money->>'currency',
      sum(greatest((l.money->>'amount')::bigint, 0)), sum(greatest(-(l.money->>'amount')::bigint, 0))
    from fact f cross join lateral json_to_recordset(f.lines::json) as l(account json, money json)
    group by 1, 2, 3, 4
    on conflict (tenant, kind, holder, currency) do update
      set debits = balances.debits + excluded.debits, credits = balances.credits + excluded.credits
    """,
)
TOTAL = Many(
    "tenant uuid, lines text",
    """
    insert into totals (tenant, kind, currency, debits, credits)
    select f.tenant, l.account->>'kind', l.money->>'currency',
      sum(greatest((l.money->>'amount')::bigint, 0)), sum(greatest(-(l.money->>'amount')::bigint, 0))
    from fact f cross join lateral json_to_recordset(f.lines::json) as l(account json, money json)
    group by 1, 2, 3
    on conflict (tenant, kind, currency) do update
      set debits = totals.debits + excluded.debits, credits = totals.credits + excluded.credits
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    entry = fact.stream.partition(":")[2]
    match fact.event:
        case EntryRecorded(payment, memo, lines):
            yield from _entered(fact, entry, 0, payment, memo, lines)
        case EntryReversed(payment, memo, lines):
            yield from _entered(fact, entry, 1, payment, memo, lines)
        case _:
            assert_never(fact.event)


def _entered(  # noqa: PLR0913, PLR0917 — what is entered
    fact: Fact[Event], entry: str, part: int, payment: PaymentId, memo: str, lines: tuple[Line, ...]
) -> Iterator[Statement]:
    written = msgspec.json.encode(lines).decode()
    yield ENTER, (fact.tenant, entry, part, fact.at, payment, memo, written)
    yield SUM, (fact.tenant, written)
    yield TOTAL, (fact.tenant, written)


QUESTIONS = "".join(
    (
        question(
            "trial_balance",
            "",
            rows("""
      select t.kind, t.currency, t.debits, t.credits
      from {schema}.totals t where t.tenant = _tenant order by t.kind, t.currency
"""),
        ),
        question(
            "accounts",
            "_kind text, _holder text, _currency text, _limit int",
            rows("""
      select b.kind, b.holder, b.currency, b.debits, b.credits
      from {schema}.balances b
      where b.tenant = _tenant
        and (b.kind, b.holder, b.currency) > (coalesce(_kind, ''), coalesce(_holder, ''), coalesce(_currency, ''))
      order by b.kind, b.holder, b.currency
      limit _limit
"""),
        ),
        question(
            "entries",
            "_from timestamptz, _until timestamptz, _time timestamptz, _entry text, _part int, _limit int",
            rows("""
      select e.entry, e.part, e.at, e.payment, e.memo, e.lines
      from {schema}.entries e
      where e.tenant = _tenant and e.at >= coalesce(_from, '-infinity') and e.at < coalesce(_until, 'infinity')
        and (e.at, e.entry, e.part) > (coalesce(_time, '-infinity'), coalesce(_entry, ''), coalesce(_part, -1))
      order by e.at, e.entry, e.part
      limit _limit
"""),
        ),
    )
)

MODEL = ReadModel(
    name="payments.journal",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(EntryRecorded, EntryReversed),
    project=project,
)


class Total(Value):
    """All accounts of one kind in one currency."""

    kind: AccountKind
    currency: str
    debits: int
    credits: int


class Balance(Value):
    """One account in one currency: `holder` is whose it is, or what for."""

    kind: AccountKind
    holder: str
    currency: str
    debits: int
    credits: int


class JournalEntry(Value):
    """An entry, or the reversal of one: then `part` is 1. A line above zero is a debit."""

    entry: str
    part: int
    at: datetime
    payment: PaymentId
    memo: str
    lines: tuple[Line, ...]


_totals = msgspec.json.Decoder(tuple[Total, ...])
_balances = msgspec.json.Decoder(tuple[Balance, ...])
_entries = msgspec.json.Decoder(tuple[JournalEntry, ...])
_Text = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[^\x00]*$(?!\n)")]
_Account = tuple[_Text, _Text, _Text]
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], _Text, Annotated[int, msgspec.Meta(ge=0, le=1)]]


async def trial_balance(ask: Ask, tenant: UUID, *, min_position: int = 0) -> tuple[tuple[Total, ...], int]:
    """What is on all accounts of each kind. In each currency, debits and credits are the same."""
    position, found = await ask(MODEL, "trial_balance", tenant, (), min_position)
    return _totals.decode(found), position


async def accounts(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Balance]:
    """What is on each account, a page at a time."""
    values = (*(after(cursor, _Account) or (None, None, None)), limited(limit))
    position, found = await ask(MODEL, "accounts", tenant, values, min_position)

    def place(row: Balance) -> tuple[Any, ...]:
        return row.kind, row.holder, row.currency

    return page(_balances.decode(found), position, limit, place)


async def entries(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[JournalEntry]:
    """The entries in the order in which they were made, a page at a time."""
    values = (since, until, *(after(cursor, _Place) or (None, None, None)), limited(limit))
    position, found = await ask(MODEL, "entries", tenant, values, min_position)

    def place(row: JournalEntry) -> tuple[Any, ...]:
        return row.at, row.entry, row.part

    return page(_entries.decode(found), position, limit, place)
