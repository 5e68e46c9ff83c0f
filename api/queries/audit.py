"""What auditors ask: who did what, when, from where, to which record, with what outcome."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply
from api.http.trail import Wanted, search
from application.reporting import What, kept_as
from application.security import Event, Severity
from application.trail import Kind, Outcome, TrailEntry
from domain.kernel import ID, Moment
from projections.audit import reports
from projections.audit.reports import Report
from projections.model import Page

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=r"^[^\x00]*$(?!\n)")]
Severities = Literal["info", "warning", "critical"]
ReportId = Annotated[str, ID]

CSV = "text/csv"

SHOWN = ["position.not_reached", "position.unknown", "cursor.malformed"]
ENTRY: dict[str, Any] = {
    "number": 7,
    "kind": "command",
    "id": "0198c0de-da7a-7000-8000-00000000c0de",
    "at": "2026-11-02T08:00:00Z",
    "by": "0198c0de-da7a-7000-8000-0000000000ad",
    "action": "enrollments.Enroll",
    "route": "POST /api/enrollments",
    "record": "enrollment:celestial-navigation:ada",
    "outcome": "accepted",
    "code": None,
    "times": 1,
    "facts": ["enrollments.LearnerEnrolled"],
    "position": 42,
    "correlation": "0198c0de-da7a-7000-8000-00000000cafe",
    "causation": None,
    "origin": {"address": "192.0.2.1", "agent": "Mozilla/5.0", "request": "r-1", "api_key": None},
    "event": None,
    "severity": None,
}
SEVERE = {
    **ENTRY,
    "action": "identity.TellFailure",
    "route": "POST /api/login",
    "record": "entry:ada",
    "facts": ["identity.LoginFailed"],
    "event": "login",
    "severity": "warning",
}


@query(
    "/api/audit/trail",
    requires="audit.read",
    limit="query",
    refuses=SHOWN,
    example={"rows": [ENTRY], "position": 42, "cursor": None},
)
async def trail(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    by: Words | None = None,
    action: Words | None = None,
    record: Words | None = None,
    correlation: UUID | None = None,
    kind: Kind | None = None,
    outcome: Outcome | None = None,
    code: Words | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
    min_position: Position = 0,
) -> Page[TrailEntry]:
    """Who did what, when, from where, to which record, and with what outcome?

    Every command, also those that were refused, and every read of what is watched; the newest first. A `record` is a
    stream, or the path of a request that never was a command. To keep all of it, accept another form: see docs/http.md.
    """
    wanted = Wanted(
        by=by, action=action, record=record, correlation=correlation, kind=kind, outcome=outcome, code=code,
        since=since, until=until,
    )  # fmt: skip
    return await search(asking.ask, asking.tenant, wanted, cursor=cursor, limit=limit, min_position=min_position)


@query(
    "/api/audit/security",
    requires="audit.read",
    limit="query",
    refuses=SHOWN,
    example={"rows": [SEVERE], "position": 42, "cursor": None},
)
async def security_feed(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    event: Event | None = None,
    at_least: Severities = "info",
    by: Words | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
    min_position: Position = 0,
) -> Page[TrailEntry]:
    """What has happened that security is watched by?

    Logins, second factors, keys, roles, lockouts, exports, deletions, and what was refused; the newest first, each with
    its severity. They are entries of the trail.
    """
    wanted = Wanted(by=by, event=event, severities=_at_least(at_least), since=since, until=until)
    return await search(asking.ask, asking.tenant, wanted, cursor=cursor, limit=limit, min_position=min_position)


REPORT = {
    "report": "0198c0de-da7a-7000-8000-00000000c0de",
    "kind": "access",
    "since": "2026-10-01T00:00:00Z",
    "until": "2026-11-01T00:00:00Z",
    "ordered_at": "2026-11-02T08:00:00Z",
    "by": "0198c0de-da7a-7000-8000-0000000000ad",
    "compiled_at": "2026-11-02T08:00:01Z",
    "table": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "paper": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "signed": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
    "entries": 4711,
    "rows": 42,
}
OF_REPORT = ["position.not_reached", "position.unknown", "report.not_found"]
KEPT = [*OF_REPORT, "report.not_compiled", "report.not_kept"]


@query(
    "/api/audit/reports",
    requires="audit.read",
    limit="query",
    refuses=SHOWN,
    example={"rows": [REPORT], "position": 42, "cursor": None},
)
async def ordered_reports(
    asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[Report]:
    """Which reports were ordered, and which are compiled?"""
    return await reports.reports(asking.ask, asking.tenant, cursor=cursor, limit=limit, min_position=min_position)


@query("/api/audit/reports/{report}", requires="audit.read", limit="query", refuses=OF_REPORT, example=REPORT)
async def report(asking: Asking, report: ReportId, min_position: Position = 0) -> Report:
    """What is this report of, and what was made of it?"""
    found, _ = await reports.one(asking.ask, asking.tenant, report, min_position=min_position)
    if found is None:
        raise Refused("report.not_found", "nobody has ordered this report")
    return found


@query(
    "/api/audit/reports/{report}/table",
    requires="audit.read",
    limit="query",
    refuses=KEPT,
    answer=str,
    media_type=CSV,
    example="number,at,by,kind,…\r\n",
)
async def report_table(asking: Asking, report: ReportId, min_position: Position = 0) -> Reply:
    """What is in this report, as CSV? Its entries of the trail, the oldest first."""
    return await _kept(asking, report, "csv", f"{CSV}; charset=utf-8", min_position)


@query(
    "/api/audit/reports/{report}/seal",
    requires="audit.read",
    limit="query",
    refuses=KEPT,
    answer=str,
    media_type="text/plain",
    example="annals/…/reports/…\n42\n…\n\n— annals/… …\n",
)
async def report_seal(asking: Asking, report: ReportId, min_position: Position = 0) -> Reply:
    """What is the table of this report signed with?

    A signed note: what it is of, how many rows, the SHA-256 of the table, and a signature by the key of checkpoints.
    """
    return await _kept(asking, report, "seal", "text/plain; charset=utf-8", min_position)


@query(
    "/api/audit/reports/{report}/paper",
    requires="audit.read",
    limit="query",
    refuses=KEPT,
    answer=str,
    media_type="application/pdf",
    example="%PDF-1.7 …",
)
async def report_paper(asking: Asking, report: ReportId, min_position: Position = 0) -> Reply:
    """What is this report on paper? A PDF, signed (PAdES)."""
    return await _kept(asking, report, "pdf", "application/pdf", min_position)


async def _kept(asking: Asking, report: str, what: What, media_type: str, min_position: int) -> Reply:
    found, position = await reports.one(asking.ask, asking.tenant, report, min_position=min_position)
    if found is None:
        raise Refused("report.not_found", "nobody has ordered this report")
    if found.entries is None:
        raise Refused("report.not_compiled", "it is ordered, and will be compiled soon; ask again")
    kept = await asking.file(kept_as(report, found.entries, what))
    if kept is None:
        raise Refused("report.not_kept", "it is kept no more, and can be compiled again: `annals report`")
    headers = (
        (b"annals-position", b"%d" % position),
        (b"etag", b'"%s"' % kept.sha256.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"content-disposition", f'attachment; filename="{found.kind}.{what}"'.encode()),
    )
    return Reply(200, kept.content, headers, media_type.encode())


def _at_least(severity: Severity) -> tuple[Severity, ...]:
    grave: tuple[Severity, ...] = ("critical", "warning", "info")
    return grave[: grave.index(severity) + 1]
