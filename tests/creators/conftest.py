"""One API with an engine for all tests of creators over HTTP."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.api.people import MANY
from tests.api.serving import Served, serving
from tests.creators.earning import Studio
from tests.servers import PostgresForTests


@pytest.fixture(scope="package")
def api(postgres: PostgresForTests) -> Generator[Served]:
    rates: dict[str, Any] = {
        f"RATE_LIMIT_{kind}": MANY for kind in ("COMMAND", "QUERY", "GENERATION", "PUBLIC", "NOTICE")
    }
    with postgres.database() as database, serving(database, engine=True, **rates) as (served,):
        yield served


@pytest.fixture
def studio(api: Served) -> Generator[Studio]:
    """A new school."""
    with ExitStack() as clients:
        yield Studio(api, clients)
