"""Who paid what, and what the books say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated

import msgspec

from api.http.payments import GatewayName, Payer, Payment
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply, Streamed
from application.bookkeeping import csv_header, csv_lines, hledger_lines
from application.receipts import Receipt
from domain.kernel import PersonId, Value
from domain.money import Money
from projections.model import LIMIT_MAX, Page
from projections.payments import history, journal, reconciliation
from projections.payments.history import PaymentRow, Status, Sum, Wanted
from projections.payments.journal import Balance, JournalEntry, Total
from projections.payments.reconciliation import Comparison

From = Annotated[datetime, msgspec.Meta(tz=True, description="Nothing from before.")]
Until = Annotated[datetime, msgspec.Meta(tz=True, description="Nothing from then on.")]
READ = ["position.not_reached", "position.unknown"]
PAGED = [*READ, "cursor.malformed"]
PDF = "application/pdf"

PAID = {
    "payment": "0198c0de-da7a-7000-8000-00000000c0de",
    "payer": "ada",
    "purpose": "course",
    "about": "celestial-navigation",
    "currency": "EUR",
    "amount": 4900,
    "captured": 4900,
    "refunded": 0,
    "lost": 0,
    "status": "captured",
    "reason": None,
    "action": None,
    "gateway": "stripe",
    "initiated_at": "2026-11-02T08:00:00Z",
    "captured_at": "2026-11-02T08:00:01Z",
}
LINES = [
    {"account": {"kind": "gateway_clearing", "of": "stripe"}, "money": {"amount": 4900, "currency": "EUR"}},
    {"account": {"kind": "revenue", "of": "courses"}, "money": {"amount": -4900, "currency": "EUR"}},
]


class Sums(Value):
    """What payments add up to, a row for each currency."""

    rows: tuple[Sum, ...]
    position: int


class TrialBalance(Value):
    """What is on the accounts of each kind. In each currency, debits and credits are the same."""

    rows: tuple[Total, ...]
    balanced: bool
    position: int


@query(
    "/api/payments",
    requires="payments.look",
    limit="query",
    refuses=["person.needed", *PAGED],
    example={"rows": [PAID], "position": 42, "cursor": None},
)
async def my_payments(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    status: Status | None = None,
    since: From | None = None,
    until: Until | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[PaymentRow]:
    """What did I pay, and what became of it? The newest first."""
    wanted = Wanted(status, since, until)
    return await history.payments_of(
        asking.ask,
        asking.tenant,
        _person(asking),
        wanted,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/payment-sums",
    requires="payments.look",
    limit="query",
    refuses=["person.needed", *READ],
    example={"rows": [{"currency": "EUR", "payments": 1, "captured": 4900, "refunded": 0, "lost": 0}], "position": 42},
)
async def my_sums(
    asking: Asking,
    status: Status | None = None,
    since: From | None = None,
    until: Until | None = None,
    min_position: Position = 0,
) -> Sums:
    """What does that which I paid add up to?"""
    wanted = Wanted(status, since, until)
    return Sums(*await history.sums_of(asking.ask, asking.tenant, _person(asking), wanted, min_position=min_position))


@query(
    "/api/payments/{payment}",
    requires="payments.look",
    limit="query",
    refuses=["payment.not_found", *READ],
    example=PAID,
)
async def payment(asking: Asking, payment: Payment, min_position: Position = 0) -> PaymentRow:
    """How is this payment? Whose it is not, and who may not see everyone's, is told that there is none."""
    return await _mine(asking, payment, min_position)


@query(
    "/api/payments/{payment}/receipt",
    requires="payments.look",
    limit="generation",
    refuses=["payment.not_found", "payment.not_captured", *READ],
    answer=str,
    media_type=PDF,
    example="%PDF-1.7 …",
)
async def payment_receipt(asking: Asking, payment: Payment, min_position: Position = 0) -> Reply:
    """What is this payment on paper? A receipt, with what was given back of it so far."""
    row = await _mine(asking, payment, min_position)
    if row.captured_at is None:
        raise Refused("payment.not_captured", "nothing was taken, so there is no receipt")
    receipt = Receipt(
        payment=row.payment,
        payer=row.payer,
        about=row.about,
        paid=Money(row.captured, row.currency),
        refunded=Money(row.refunded, row.currency),
        paid_at=row.captured_at,
    )
    name = b"receipt-%s.pdf" % row.payment.encode()
    headers = (
        (b"cache-control", b"private, no-cache"),
        (b"content-disposition", b'attachment; filename="%s"' % name),
    )
    return Reply(200, await asking.receipt(receipt), headers, PDF.encode())


@query(
    "/api/admin/payments",
    requires="payments.read",
    limit="query",
    refuses=PAGED,
    example={"rows": [PAID], "position": 42, "cursor": None},
)
async def all_payments(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    payer: Payer | None = None,
    status: Status | None = None,
    since: From | None = None,
    until: Until | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[PaymentRow]:
    """Who paid what, everyone or one of them? The newest first."""
    wanted = Wanted(status, since, until)
    which = {"cursor": cursor, "limit": asking.rows(limit), "min_position": min_position}
    if payer is None:
        return await history.payments_by_time(asking.ask, asking.tenant, wanted, **which)  # type: ignore[arg-type]
    return await history.payments_of(asking.ask, asking.tenant, payer, wanted, **which)  # type: ignore[arg-type]


@query(
    "/api/journal/trial-balance",
    requires="payments.journal",
    limit="query",
    refuses=READ,
    example={
        "rows": [
            {"kind": "gateway_clearing", "currency": "EUR", "debits": 4900, "credits": 0},
            {"kind": "revenue", "currency": "EUR", "debits": 0, "credits": 4900},
        ],
        "balanced": True,
        "position": 42,
    },
)
async def trial_balance(asking: Asking, min_position: Position = 0) -> TrialBalance:
    """What is on the accounts of each kind, and does it balance?"""
    rows, position = await journal.trial_balance(asking.ask, asking.tenant, min_position=min_position)
    left: dict[str, int] = {}
    for row in rows:
        left[row.currency] = left.get(row.currency, 0) + row.debits - row.credits
    return TrialBalance(rows, not any(left.values()), position)


@query(
    "/api/journal/accounts",
    requires="payments.journal",
    limit="query",
    refuses=PAGED,
    example={
        "rows": [{"kind": "gateway_clearing", "holder": "stripe", "currency": "EUR", "debits": 4900, "credits": 0}],
        "position": 42,
        "cursor": None,
    },
)
async def accounts(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Balance]:
    """What is on each account?"""
    return await journal.accounts(
        asking.ask, asking.tenant, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/journal/entries",
    requires="payments.journal",
    limit="query",
    refuses=PAGED,
    example={
        "rows": [
            {
                "entry": f"{PAID['payment']}.captured",
                "part": 0,
                "at": "2026-11-02T08:00:01Z",
                "payment": PAID["payment"],
                "memo": "captured",
                "lines": LINES,
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def journal_entries(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    since: From | None = None,
    until: Until | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[JournalEntry]:
    """What is in the journal, in the order in which it was entered?"""
    return await journal.entries(
        asking.ask,
        asking.tenant,
        since=since,
        until=until,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/journal/hledger",
    requires="payments.journal",
    limit="generation",
    refuses=READ,
    answer=str,
    media_type="text/plain",
    example="2026-11-02 (0198c0de-da7a-7000-8000-00000000c0de.captured) captured\n    …",
)
async def export_to_hledger(
    asking: Asking, since: From | None = None, until: Until | None = None, min_position: Position = 0
) -> Streamed:
    """What is in the journal, for hledger and its kin? Sent as it is read, however long it is."""
    first = await _first_entries(asking, since, until, min_position)
    parts = _exported(asking, first, since, until, hledger_lines)
    return Streamed(parts, ((b"content-disposition", b'attachment; filename="annals.journal"'),), b"text/plain")


@query(
    "/api/journal/csv",
    requires="payments.journal",
    limit="generation",
    refuses=READ,
    answer=str,
    media_type="text/csv",
    example="date,time,entry,reversal,payment,memo,account,amount,currency\r\n…",
)
async def export_to_csv(
    asking: Asking, since: From | None = None, until: Until | None = None, min_position: Position = 0
) -> Streamed:
    """What is in the journal, for a table? Sent as it is read, however long it is."""
    first = await _first_entries(asking, since, until, min_position)
    parts = _exported(asking, first, since, until, csv_lines, csv_header())
    return Streamed(parts, ((b"content-disposition", b'attachment; filename="annals.csv"'),), b"text/csv")


async def _first_entries(
    asking: Asking, since: datetime | None, until: datetime | None, min_position: int
) -> Page[JournalEntry]:
    return await journal.entries(
        asking.ask, asking.tenant, since=since, until=until, limit=LIMIT_MAX, min_position=min_position
    )


async def _exported(  # noqa: PLR0913, PLR0917 — what, and how it is written
    asking: Asking,
    page: Page[JournalEntry],
    since: datetime | None,
    until: datetime | None,
    written: Callable[[JournalEntry], bytes],
    head: bytes = b"",
) -> AsyncIterator[bytes]:
    yield head
    while True:
        yield b"".join(map(written, page.rows))
        if page.cursor is None:
            return
        page = await journal.entries(
            asking.ask, asking.tenant, since=since, until=until, cursor=page.cursor, limit=LIMIT_MAX
        )


@query(
    "/api/gateways/{gateway}/reconciliations",
    requires="payments.journal",
    limit="query",
    refuses=PAGED,
    example={
        "rows": [
            {
                "version": 2,
                "at": "2026-11-02T08:05:01Z",
                "since": "2026-11-02T08:00:00Z",
                "until": "2026-11-02T08:05:00Z",
                "compared": 12,
                "found": [PAID["payment"]],
                "outcome": "found",
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def reconciliations(
    asking: Asking,
    gateway: GatewayName,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Comparison]:
    """When was what the gateway has compared with what we have, and what was found?"""
    return await reconciliation.comparisons(
        asking.ask, asking.tenant, gateway, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


async def _mine(asking: Asking, payment: Payment, min_position: int) -> PaymentRow:
    found, _ = await history.payment_row(asking.ask, asking.tenant, payment, min_position=min_position)
    if found is None or (found.payer != asking.principal.person and not asking.principal.may("payments.read")):
        raise Refused("payment.not_found", "there is no such payment of yours")
    return found


def _person(asking: Asking) -> PersonId:
    if asking.principal.person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    return asking.principal.person
