"""Which feature a test proves, by its id in the list of features: `@proves("es.store")`."""

from __future__ import annotations

import pytest


def proves(*features: str) -> pytest.MarkDecorator:
    """Mark a test as the proof of these features; `docs/features.md` is made from these marks."""
    return pytest.mark.proves(*features)
