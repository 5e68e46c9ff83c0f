"""What creators earn, and what they are paid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from msgspec.structs import replace

from api.http.creators import Creator, Payout, Year, Zone
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Headers, Reply, Streamed
from api.http.zones import known_zone
from api.queries.payments import From, Until
from application.monetizing import stated
from application.tax_reports import TaxReport, TaxRow, forms_of, tax_csv_header, tax_csv_line, year_in
from domain.creators.events import Source
from domain.kernel import PersonId, Value
from domain.money import Money
from projections.creators import donations, earnings, payouts, standing
from projections.creators.donations import DonationRow
from projections.creators.earnings import Earned, Payee, Period, Span
from projections.creators.payouts import PayoutRow
from projections.creators.standing import Standing
from projections.identity import directory
from projections.model import LIMIT_MAX, Page

READ = ["position.not_reached", "position.unknown"]
PAGED = [*READ, "cursor.malformed"]
LOOK = "creators.look"
PDF = b"application/pdf"
CSV = "text/csv"

TOLD = "year,time_zone,payee,currency,payments,gross,fees,given_back,net,paid_out,forms\r\n…"

PAYOUT = {
    "payout": "0198c0de-da7a-7000-8000-00000000c0de",
    "creator": "ada",
    "currency": "EUR",
    "amount": 4410,
    "gateway": "stripe",
    "status": "settled",
    "reason": None,
    "reference": "tr_1PqVb2",
    "reserved_at": "2026-11-02T08:00:00Z",
    "concluded_at": "2026-11-02T08:00:01Z",
}


class MonetizationRule(Value):
    """One thing that is asked of who wants to be paid, by the name it is refused with."""

    name: str
    asks: str


class MonetizationRules(Value):
    rows: tuple[MonetizationRule, ...]


@query(
    "/api/monetization-rules",
    requires=LOOK,
    limit="query",
    refuses=[],
    example={"rows": [{"name": "address_verified", "asks": "an address that is verified"}]},
)
async def monetization_rules(asking: Asking) -> MonetizationRules:  # noqa: ARG001 — it is the same for everyone
    """What is asked of who wants to be paid for what they make?"""
    return MonetizationRules(tuple(MonetizationRule(name, asks) for name, asks in stated()))


@query(
    "/api/creators/{creator}",
    requires=LOOK,
    limit="query",
    refuses=["creator.not_found", *READ],
    example={
        "creator": "ada",
        "monetization": "on",
        "reason": None,
        "account": "enabled",
        "gateway": "stripe",
        "wanting": [],
        "link": None,
        "schedule": None,
        "due": None,
        "balances": [{"currency": "EUR", "available": 4410, "reserved": 0, "paid": 0}],
        "works": [{"kind": "course", "work": "stars"}],
    },
)
async def creator_standing(asking: Asking, creator: Creator, min_position: Position = 0) -> Standing:
    """How do I stand as a creator: may I be paid, where to, when, and how much is there?"""
    return await _known(asking, creator, min_position)


@query(
    "/api/creators/{creator}/earnings",
    requires=LOOK,
    limit="query",
    refuses=["creator.not_found", "time_zone.malformed", *PAGED],
    example={
        "rows": [
            {
                "begins": "2026-11-01",
                "source": "donation",
                "currency": "EUR",
                "payments": 1,
                "gross": 4900,
                "fees": 490,
                "refunds": 0,
                "fees_back": 0,
                "net": 4410,
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def creator_earnings(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    creator: Creator,
    period: Period = "month",
    time_zone: Zone | None = None,
    source: Source | None = None,
    since: From | None = None,
    until: Until | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Earned]:
    """What did I earn, by what and when? What is given back counts where it was given back."""
    _check_own(asking, creator)
    zone = known_zone(time_zone) or asking.time_zone
    return await earnings.earnings(
        asking.ask,
        asking.tenant,
        creator,
        period,
        zone,
        Span(since, until),
        source=source,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/creators/{creator}/payouts",
    requires=LOOK,
    limit="query",
    refuses=["creator.not_found", *PAGED],
    example={"rows": [PAYOUT], "position": 42, "cursor": None},
)
async def creator_payouts(
    asking: Asking,
    creator: Creator,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[PayoutRow]:
    """What was I paid out, and what became of it? The newest first."""
    _check_own(asking, creator)
    return await payouts.payouts_of(
        asking.ask, asking.tenant, creator, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/payouts/{payout}",
    requires=LOOK,
    limit="query",
    refuses=["payout.not_found", *READ],
    example=PAYOUT,
)
async def payout(asking: Asking, payout: Payout, min_position: Position = 0) -> PayoutRow:
    """How is this payout?"""
    found, _ = await payouts.payout_row(asking.ask, asking.tenant, payout, min_position=min_position)
    if found is None or not _own(asking, found.creator):
        raise Refused("payout.not_found", "there is no such payout of yours")
    return found


@query(
    "/api/creators/{creator}/donations",
    requires=LOOK,
    limit="query",
    refuses=["creator.not_found", *PAGED],
    example={
        "rows": [
            {
                "donation": "0198c0de-da7a-7000-8000-00000000c0de",
                "donor": "ben",
                "currency": "EUR",
                "amount": 500,
                "returned": 0,
                "message": "For the stars!",
                "received_at": "2026-11-02T08:00:01Z",
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def creator_donations(
    asking: Asking,
    creator: Creator,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[DonationRow]:
    """What was I given, by whom, and with what words? The newest first."""
    _check_own(asking, creator)
    return await donations.donations_to(
        asking.ask, asking.tenant, creator, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/creators/{creator}/tax-reports/{year}",
    requires=LOOK,
    limit="generation",
    refuses=["creator.not_found", *READ],
    answer=str,
    media_type=CSV,
    example=TOLD,
)
async def creator_tax_report(asking: Asking, creator: Creator, year: Year, min_position: Position = 0) -> Streamed:
    """What did I earn in a year, for the tax? The year is that of where I say I am, or else of where the school is."""
    _check_own(asking, creator)
    return await _table(asking, Wanted(year, await _zone_of(asking, creator), creator, min_position))


@query(
    "/api/creators/{creator}/tax-reports/{year}/paper",
    requires=LOOK,
    limit="generation",
    refuses=["creator.not_found", *READ],
    answer=str,
    media_type=PDF.decode(),
    example="%PDF-1.7 …",
)
async def creator_tax_paper(asking: Asking, creator: Creator, year: Year, min_position: Position = 0) -> Reply:
    """What did I earn in a year, on paper? The same for ever, once the year is over."""
    _check_own(asking, creator)
    return await _paper(asking, Wanted(year, await _zone_of(asking, creator), creator, min_position))


@query(
    "/api/tax-reports/{year}",
    requires="creators.read",
    limit="generation",
    refuses=READ,
    answer=str,
    media_type=CSV,
    example=TOLD,
)
async def tax_report(asking: Asking, year: Year, min_position: Position = 0) -> Streamed:
    """What did everyone earn in a year, for the tax? The year is that of where the school is."""
    return await _table(asking, Wanted(year, asking.time_zone, None, min_position))


@query(
    "/api/tax-reports/{year}/paper",
    requires="creators.read",
    limit="generation",
    refuses=READ,
    answer=str,
    media_type=PDF.decode(),
    example="%PDF-1.7 …",
)
async def tax_paper(asking: Asking, year: Year, min_position: Position = 0) -> Reply:
    """What did everyone earn in a year, on paper? The same for ever, once the year is over."""
    return await _paper(asking, Wanted(year, asking.time_zone, None, min_position))


class Wanted(Value):
    """A year somewhere, of one payee or of all."""

    year: int
    zone: str
    creator: PersonId | None
    min_position: int

    @property
    def blank(self) -> TaxReport:
        begins, ends = year_in(self.year, self.zone)
        return TaxReport(self.year, self.zone, begins, ends, ())


async def _table(asking: Asking, wanted: Wanted) -> Streamed:
    pages = _pages(asking, wanted)
    first = await anext(pages)  # What is wrong with what is asked is said before anything is sent.

    async def parts() -> AsyncIterator[bytes]:
        yield tax_csv_header()
        yield _lines(wanted, first)
        async for page in pages:
            yield _lines(wanted, page)

    return Streamed(parts(), _named(wanted, b"csv"), CSV.encode())


async def _paper(asking: Asking, wanted: Wanted) -> Reply:
    rows = [row async for page in _pages(asking, wanted) for payee in page.rows for row in _rows(wanted.year, payee)]
    paper = await asking.tax_paper(replace(wanted.blank, rows=tuple(rows)))
    return Reply(200, paper, _named(wanted, b"pdf"), PDF)


async def _pages(asking: Asking, wanted: Wanted) -> AsyncIterator[Page[Payee]]:
    span = Span(wanted.blank.begins, wanted.blank.ends)
    cursor: str | None = None
    while True:
        page = await earnings.totals(
            asking.ask,
            asking.tenant,
            span,
            creator=wanted.creator,
            cursor=cursor,
            limit=LIMIT_MAX,
            min_position=wanted.min_position,
        )
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def _lines(wanted: Wanted, page: Page[Payee]) -> bytes:
    rows = (row for payee in page.rows for row in _rows(wanted.year, payee))
    return b"".join(tax_csv_line(wanted.blank, row) for row in rows)


def _named(wanted: Wanted, kind: bytes) -> Headers:
    return (
        (b"cache-control", b"private, no-cache"),
        (b"content-disposition", b'attachment; filename="earnings-%d.%s"' % (wanted.year, kind)),
    )


def _rows(year: int, payee: Payee) -> Iterator[TaxRow]:
    for of in payee.totals:
        amounts = (of.gross, of.fees - of.fees_back, of.refunds, of.net, of.paid)
        gross, fees, refunds, net, paid = (Money(amount, of.currency) for amount in amounts)
        row = TaxRow(payee.creator, of.payments, gross, fees, refunds, net, paid)
        yield replace(row, forms=forms_of(year, row))


async def _zone_of(asking: Asking, creator: PersonId) -> str:
    """Where a creator says they are; where they say nothing, where the school is."""
    _, person = await directory.somebody(asking.ask, asking.tenant, creator)
    return (person.time_zone if person is not None else None) or asking.time_zone


async def _known(asking: Asking, creator: PersonId, min_position: int) -> Standing:
    _check_own(asking, creator)
    found, _ = await standing.standing(asking.ask, asking.tenant, creator, min_position=min_position)
    if found is None:
        raise Refused("creator.not_found", "there is no such creator")
    return found


def _check_own(asking: Asking, creator: PersonId) -> None:
    if not _own(asking, creator):
        raise Refused("creator.not_found", "there is no such creator")


def _own(asking: Asking, creator: PersonId) -> bool:
    return asking.principal.person == creator or asking.principal.may("creators.read")
