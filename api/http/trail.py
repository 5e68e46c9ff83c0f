"""The trail as it is searched: entries a page at a time, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec

from application.security import Event, Severity
from application.trail import CLERK, Kind, Outcome, TrailEntry
from domain.kernel import Value
from projections.model import Ask, Page, after, limited, page


class _Trail(NamedTuple):
    """What is asked: the clerk who keeps it, and where its answers are."""

    name: str
    schema: str


TRAIL = _Trail(CLERK, "trail")


class Wanted(Value, kw_only=True):
    """What entries are looked for by; all of it together."""

    by: str | None = None
    action: str | None = None
    record: str | None = None
    correlation: UUID | None = None
    kind: Kind | None = None
    outcome: Outcome | None = None
    code: str | None = None
    event: Event | None = None
    severities: tuple[Severity, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def way(self) -> str:
        """The index that is walked: the one that leads past the fewest others."""
        ways: tuple[tuple[object, str], ...] = (
            (self.correlation, "by_correlation"),
            (self.record, "by_record"),
            (self.severities, "by_severity"),
            (self.by, "by_actor"),
            (self.outcome == "refused", "by_refusal"),
            (self.action, "by_action"),
        )
        return next((way for wanted, way in ways if wanted), "by_time")

    def values(self) -> tuple[Any, ...]:
        said = (self.by, self.action, self.record, self.correlation, self.kind, self.outcome, self.code, self.event)
        severities = None if self.severities is None else f"{{{','.join(self.severities)}}}"
        return (*said, severities, self.since, self.until)


_rows = msgspec.json.Decoder(tuple[TrailEntry, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]]


async def search(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, wanted: Wanted, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[TrailEntry]:
    """The entries that are wanted, the newest first, a page at a time."""
    at, number = after(cursor, _Place) or (None, None)
    position, found = await ask(TRAIL, wanted.way, tenant, (*wanted.values(), at, number, limited(limit)), min_position)

    def place(row: TrailEntry) -> tuple[Any, ...]:
        return row.at, row.number

    return page(_rows.decode(found), position, limit, place)
