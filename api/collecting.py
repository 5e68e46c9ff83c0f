"""When Python looks for cycles, in processes that run for months."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Look seldom, and never among what was made at the start. What a request or a fact makes goes by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
