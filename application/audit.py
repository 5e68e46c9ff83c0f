"""What may be permitted about the trail, and how reports of it are compiled."""

from __future__ import annotations

import hashlib

from application.belonging import OfPeople
from application.jobs import Doer, Errand, job
from application.ledger import Recorded
from application.permissions import AUDITOR, Permission
from application.policies import Bound
from application.ports import Files, SchoolNames
from application.reporting import ReportPress, Seals, Trails, compiled, kept_as
from application.reports import kinds
from domain.audit.events import ReportOrdered
from domain.audit.report import REPORT, Compile
from domain.kernel import Moment, Value

PERMISSIONS = (
    Permission("audit.read", "Search and export the trail, and see its reports.", (AUDITOR,), watched=True),
    Permission("audit.report", "Have reports of the trail compiled."),
)

PERSONAL = OfPeople(apart=("report",))

RETRIES = 20
"""The trail is soon as far as the order: until then it is tried again."""


async def when_report_was_ordered_compile_it(ordered: Recorded[ReportOrdered], do: Bound) -> None:
    fact = ordered.event
    report = ordered.stream.partition(":")[2]
    do.later(compile_report, Wanted(report, fact.kind, fact.since, fact.until, ordered.position))


class Wanted(Value):
    """A report that is to be compiled, of a trail that goes as far as its order."""

    report: str
    kind: str
    since: Moment
    until: Moment
    position: int


@job(retries=RETRIES)
def compile_report(  # noqa: PLR0913, PLR0917 — what it takes
    errand: Errand[Wanted],
    trails: Trails,
    schools: SchoolNames,
    press: ReportPress,
    seals: Seals,
    files: Files,
    doer: Doer,
) -> None:
    order, tenant = errand.order, errand.tenant
    kind = kinds()[order.kind]
    first = trails.size(tenant, order.position)
    entries = trails.entries(tenant, order.since, order.until, first)
    made = compiled(kind, order.since, order.until, first, schools.name(tenant), entries, press)
    files.keep(tenant, kept_as(order.report, first, "csv"), made.table)
    signed = press.signed(made.paper, f"Report {order.report}")
    # A paper that was signed is not signed anew: its signature would be another.
    paper = files.keep(tenant, kept_as(order.report, first, "pdf"), signed)
    seal = seals.seal(tenant, order.report, made.rows, made.table)
    files.keep(tenant, kept_as(order.report, first, "seal"), seal)
    digests = hashlib.sha256(made.table).hexdigest(), hashlib.sha256(made.paper).hexdigest(), paper.sha256
    doer.do(errand, REPORT.at(order.report), Compile(*digests, first, made.rows))
