"""What happens to reports: report:{report}."""

from __future__ import annotations

from domain.kernel import Moment, Value


class ReportOrdered(Value):
    """Somebody wants a report of this kind, from `since` to before `until`."""

    kind: str
    since: Moment
    until: Moment
    ordered_at: Moment


class ReportCompiled(Value):
    """It is made, of the first `entries` of the trail, with so many `rows`.

    `table` and `paper` are digests of what follows from the trail, `signed` that of the paper with its signature.
    """

    table: str
    paper: str
    signed: str
    entries: int
    rows: int


Event = ReportOrdered | ReportCompiled
