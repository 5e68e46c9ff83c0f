"""What text may look like where it comes in."""

from __future__ import annotations

from typing import Annotated

import msgspec

Text = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*$", description="Any text but NUL, 2000 characters."
    ),
]
