"""One running API for all tests of single sign-on, which may reach providers on this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.serving import Served, serving
from tests.api.visiting import RATES
from tests.servers import PostgresForTests
from tests.sso.school import School
from tests.sso.trips import StandIn, standing_in

SETTINGS: dict[str, Any] = {"PROVIDER_HOSTS": "localhost", "CORS_ORIGINS": "https://app.school.test", **RATES}


@pytest.fixture(scope="session")
def house(postgres: PostgresForTests) -> Generator[Served]:
    """An API, an engine and a worker on a database of their own."""
    with postgres.database() as database, serving(database, engine=True, worker=True, **SETTINGS) as served:
        yield served[0]


@pytest.fixture
def school_of(house: Served) -> Generator[Callable[[UUID], School]]:
    """Makes schools: `school_of(tenant)`."""
    with ExitStack() as stack:
        yield lambda tenant: stack.enter_context(School(house, tenant))


@pytest.fixture
def school(school_of: Callable[[UUID], School]) -> School:
    """A new tenant, and somebody who may do everything there."""
    return school_of(uuid4())


@pytest.fixture
def college() -> Generator[StandIn]:
    """An OpenID provider."""
    with standing_in("oidc") as provider:
        yield provider
