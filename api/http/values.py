"""What text may look like where it comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

Text = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*$", description="Any text but NUL, 2000 characters."
    ),
]

Address = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^@\s\x00-\x1f\x7f]{1,64}@[^@\s.\x00-\x1f\x7f]+(?:\.[^@\s.\x00-\x1f\x7f]+)+$(?!\n)",
        max_length=254,
        description="Where mail reaches them.",
    ),
]
Username = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\w[\w.-]{0,38}\w$(?!\n)",
        description="2 to 40 letters, digits and . _ - ; told from an address by having no @.",
    ),
]
Called = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\s*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)", max_length=200, description="What they are called."
    ),
]

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def in_utc(value: object) -> object:
    """A moment as Postgres takes it, whatever its offset; one beyond the first or last there is, is that."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return FIRST if value.year == 1 else LAST
