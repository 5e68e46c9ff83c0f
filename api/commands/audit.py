"""Having reports of the trail compiled."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.problems import Refused
from application.ledger import Receipt
from application.reports import kinds
from domain.audit.report import REPORT, Order
from domain.kernel import Moment, Value

Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}$(?!\n)", description="access, changes, security, …")]


class OrderBody(Value, forbid_unknown_fields=True):
    """Which report, from when to before when."""

    kind: Kind
    since: Moment
    until: Moment


@command(
    "/api/audit/reports",
    requires="audit.report",
    limit="generation",
    refuses=["report.unknown", "report.no_period", "report.period_not_over", "report.other"],
    example={"kind": "access", "since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
)
async def order_report(body: OrderBody, do: Doing) -> Receipt:
    """Have a report compiled, of a period that is over. The receipt's stream names it."""
    if body.kind not in kinds():
        raise Refused("report.unknown", f"there are: {', '.join(kinds())}", path="kind")
    return await do(REPORT.at(do.key), Order(body.kind, body.since, body.until, do.at))
