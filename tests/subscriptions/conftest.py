"""One API with an engine for all tests of subscriptions over HTTP."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.api.people import unhurried
from tests.api.serving import Served
from tests.servers import PostgresForTests
from tests.subscriptions.club import Club


@pytest.fixture(scope="package")
def api(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, unhurried(database) as (served,):
        yield served


@pytest.fixture
def club(api: Served) -> Generator[Club]:
    """A new school, which offers a plan."""
    with ExitStack() as clients:
        yield Club(api, clients)
