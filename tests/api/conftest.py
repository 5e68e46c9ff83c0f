"""One running API for all tests that only call it, each as a tenant of its own."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import pytest

from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES
from tests.servers import PostgresForTests


@pytest.fixture(scope="session")
def api(postgres: PostgresForTests) -> Generator[Served]:
    """An API and an engine on a database of their own."""
    with postgres.database() as database, serving(database, count=1, engine=True, worker=False, **RATES) as served:
        yield served[0]


@pytest.fixture
def client(api: Served) -> Generator[Client]:
    """A client that may do everything in a new tenant."""
    with Client(api, uuid4()) as one:
        yield one
