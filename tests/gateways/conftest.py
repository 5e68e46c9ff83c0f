"""Each gateway in turn, as it is tried by the contract."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.gateways.trial import KINDS, Kind, Trial, trying


@pytest.fixture(params=KINDS)
async def trial(request: pytest.FixtureRequest) -> AsyncGenerator[Trial]:
    """One gateway, and the world around it."""
    kind: Kind = request.param
    with trying(kind) as found:
        yield found
        await found.whole.close()
