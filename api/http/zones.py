"""Which languages and time zones there are."""

from __future__ import annotations

import zoneinfo
from functools import cache

from domain.kernel import Rejected


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def known_zone(said: str | None) -> str | None:
    """A time zone of the IANA's, if there is such."""
    if said is not None and said not in _zones():
        raise Rejected("time_zone.malformed", "a time zone is called as the IANA does: Europe/Berlin")
    return said
