"""What people asked of us about themselves, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.signed import EXPORT, LASTS
from api.queries.files import SignedLink
from domain.kernel import ID, Moment, PersonId, Value
from domain.privacy.events import DataClass
from projections.model import Page
from projections.privacy import archives as putting_away
from projections.privacy import consents as consenting
from projections.privacy import requests as model
from projections.privacy.archives import Archive, Retention
from projections.privacy.consents import Consent
from projections.privacy.requests import Hold, Request

Person = Annotated[PersonId, ID]
Export = Annotated[str, ID]
OWN = {"person": "person"}
LATE = ("position.not_reached", "position.unknown")


class Holds(Value):
    """Why somebody's data is not erased, as of a position."""

    holds: tuple[Hold, ...]
    position: int


class Consents(Value):
    """What somebody said last to each purpose, as of a position."""

    consents: tuple[Consent, ...]
    position: int


class Retentions(Value):
    """How long what is kept at hand, as of a position."""

    retentions: tuple[Retention, ...]
    position: int


PUT_AWAY = {
    "archive": "0198c0de-da7a-7000-8000-00000000a4c1",
    "data_class": "notices",
    "archived_at": "2026-11-02T08:00:00Z",
    "items": 200,
    "bytes": 318204,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "first_at": "2026-07-01T00:12:00Z",
    "last_at": "2026-08-03T23:40:00Z",
    "status": "archived",
    "at": "2026-11-02T08:00:00Z",
}
AGREED = {
    "purpose": "recording",
    "given": True,
    "holds": True,
    "terms": "2026-11",
    "at": "2026-11-02T08:00:00Z",
    "by": "ada",
    "version": 1,
}
MADE: dict[str, Any] = {
    "kind": "export",
    "request": "0198c0de-da7a-7000-8000-00000000e201",
    "person": "ada",
    "asked_at": "2026-11-02T08:00:00Z",
    "by": "ada",
    "outcome": "made",
    "at": "2026-11-02T08:00:03Z",
    "bytes": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "facts": 211,
    "until": "2026-11-09T08:00:00Z",
    "waits_for": [],
}
ROWS: dict[str, Any] = {"rows": [MADE], "position": 42, "cursor": None}


@query(
    "/api/people/{person}/privacy-requests",
    requires="privacy.requests",
    scope=OWN,
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example=ROWS,
)
async def privacy_requests_of(
    asking: Asking, person: Person, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Request]:
    """When did this person ask for their data or their erasure, who asked for them, and what came of it?"""
    return await model.requests(
        asking.ask,
        asking.tenant,
        person=person,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/privacy-requests",
    requires="privacy.requests",
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example=ROWS,
)
async def privacy_requests(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Request]:
    """Who asked for their data or their erasure, and what came of it? Also those who are erased by now, by their id."""
    return await model.requests(
        asking.ask, asking.tenant, person=None, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/people/{person}/exports/{export}/link",
    requires="privacy.export",
    scope=OWN,
    limit="query",
    refuses=[*LATE, "export.not_found", "export.not_there"],
    example={"path": "/api/exports/signed?ticket=…&tenant=…", "until": "2026-11-02T08:05:00Z"},
)
async def export_link(asking: Asking, person: Person, export: Export, min_position: Position = 0) -> SignedLink:
    """Where can this export be fetched without a token, for a few minutes?"""
    found, _ = await model.export_of(asking.ask, asking.tenant, export, min_position=min_position)
    if found is None or found.person != person:
        raise Refused("export.not_found", "there is no such export")
    if found.outcome != "made":
        raise Refused("export.not_there", f"there is nothing to fetch: {found.outcome}")
    until = datetime.now(UTC) + timedelta(seconds=LASTS)
    ticket = asking.seal_token(EXPORT, str(asking.tenant), export, str(int(until.timestamp())))
    return SignedLink(f"/api/exports/signed?{urlencode({'ticket': ticket, 'tenant': str(asking.tenant)})}", until)


@query(
    "/api/people/{person}/holds",
    requires="privacy.hold",
    limit="query",
    refuses=LATE,
    example={
        "holds": [
            {
                "hold": "0198c0de-da7a-7000-8000-000000000401",
                "reason": "case 7",
                "by": "grace",
                "at": "2026-11-02T08:00:00Z",
            }
        ],
        "position": 42,
    },
)
async def holds_of(asking: Asking, person: Person, min_position: Position = 0) -> Holds:
    """Why is this person's data not erased?"""
    return Holds(*await model.holds_of(asking.ask, asking.tenant, person, min_position=min_position))


@query(
    "/api/people/{person}/consents",
    requires="privacy.consent",
    scope=OWN,
    limit="query",
    refuses=LATE,
    example={"consents": [AGREED], "position": 42},
)
async def consents_of(asking: Asking, person: Person, min_position: Position = 0) -> Consents:
    """What does this person agree to, and to what did they say no?"""
    return Consents(*await consenting.consents_of(asking.ask, asking.tenant, person, min_position=min_position))


@query(
    "/api/people/{person}/consents/history",
    requires="privacy.consent",
    scope=OWN,
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [AGREED], "position": 42, "cursor": None},
)
async def consent_history(
    asking: Asking, person: Person, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Consent]:
    """What did this person ever agree to, and when did they take it back?"""
    return await consenting.consent_history(
        asking.ask, asking.tenant, person, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/retention",
    requires="privacy.archives",
    limit="query",
    refuses=LATE,
    example={
        "retentions": [{"data_class": "notices", "days": 90, "holds": {}, "looked_at": "2026-11-02T08:00:00Z"}],
        "position": 42,
    },
)
async def retentions(asking: Asking, min_position: Position = 0) -> Retentions:
    """How long is which data kept at hand, and what is held there longer?"""
    return Retentions(*await putting_away.retentions(asking.ask, asking.tenant, min_position=min_position))


@query(
    "/api/archives",
    requires="privacy.archives",
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [PUT_AWAY], "position": 42, "cursor": None},
)
async def archives(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    data_class: DataClass | None = None,
    item: Export | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Archive]:
    """What was put away: of this class, with this item in it, of this time? The newest first."""
    return await putting_away.archives(
        asking.ask,
        asking.tenant,
        data_class=data_class,
        item=item,
        since=since,
        until=until,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )
