"""One API with an engine for all tests of payments over HTTP."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.api.people import unhurried
from tests.api.serving import Served
from tests.payments.paying import School
from tests.servers import PostgresForTests


@pytest.fixture(scope="session")
def api(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, unhurried(database) as (served,):
        yield served


@pytest.fixture
def school(api: Served) -> Generator[School]:
    """A new school."""
    with ExitStack() as clients:
        yield School(api, clients)
