"""Fixtures for every test. Nothing is mocked: Postgres and NATS are real, and each test has its own database."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from tests.mailbox import Mailbox
from tests.servers import Database, PostgresForTests, folder, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresForTests]:
    """The Postgres of this test worker."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def database_of(postgres: PostgresForTests) -> Generator[Callable[[int], Database]]:
    """Makes migrated databases: `database_of(logs)`."""
    with ExitStack() as databases:
        yield lambda logs: databases.enter_context(postgres.database(logs))


@pytest.fixture
def database(database_of: Callable[[int], Database]) -> Database:
    """A migrated database with one log."""
    return database_of(1)


@pytest.fixture
def postgres_of_its_own() -> Generator[tuple[EmbeddedPostgres, Database]]:
    """A server to stop, kill and start again, and a migrated database on it."""
    with running_postgres() as server, server.database() as database:
        yield server.server, database


@pytest.fixture(scope="session")
def nats() -> Generator[str]:
    """The URL of the NATS of this test worker."""
    with folder() as path:
        server = EmbeddedNats(path, sync="2m")
        server.start()
        yield server.url
        server.stop()


@pytest.fixture
def fresh_nats() -> Generator[Callable[[], EmbeddedNats]]:
    """Makes NATS servers to stop, kill, wipe and start again: `fresh_nats()` is running."""
    with ExitStack() as servers:

        def make() -> EmbeddedNats:
            server = EmbeddedNats(servers.enter_context(folder()), sync="2m")
            server.start()
            servers.callback(server.stop)
            return server

        yield make


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox(unused_port: int) -> Generator[Mailbox]:
    """A mail server that takes what it is sent."""
    with Mailbox(unused_port).open() as server:
        yield server
