"""The embedded servers: started, taken over, killed, found again, on any folder."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import nats
import psycopg
import pytest

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.process import ServerFailed
from tests.servers import Database, folder


async def _kept(server: EmbeddedNats) -> int:
    client = await nats.connect(server.url)
    stream = await client.jetstream().add_stream(name="THINGS", subjects=["things.>"])
    await client.jetstream().publish("things.new", b"one")
    await client.close()
    return stream.state.messages + 1


async def test_a_killed_postgres_starts_again_with_all_that_was_committed(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database],
) -> None:
    server, database = postgres_of_its_own
    async with await database.connect() as connection:
        await connection.execute("create table kept as select 42 as answer")
    server.kill()
    assert server.pid is None
    server.start()
    async with await database.connect() as connection:
        assert await (await connection.execute("select answer from kept")).fetchone() == (42,)


def test_a_postgres_that_runs_already_is_taken_over() -> None:
    with folder() as path:
        first, second = EmbeddedPostgres(path), EmbeddedPostgres(path)
        first.start()
        second.start()
        assert first.pid == second.pid is not None
        second.stop()
        assert first.pid is None
        first.stop()


def test_a_postgres_on_a_long_and_odd_path_keeps_its_checksums_and_leaves_nothing_behind() -> None:
    before = set(Path("/tmp").glob("annals-socket-*"))  # noqa: S108
    with folder() as path:
        server = EmbeddedPostgres(path / ("long and odd, " * 8))
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("show data_checksums").fetchone() == ("on",)
            assert connection.execute("show listen_addresses").fetchone() == ("",)
        server.kill()
        server.start()
        server.stop()
    assert set(Path("/tmp").glob("annals-socket-*")) == before  # noqa: S108


def test_a_pid_file_that_names_another_process_is_no_obstacle() -> None:
    with folder() as path:
        server = EmbeddedPostgres(path)
        server.start()
        server.kill()
        file = path / "data" / "postmaster.pid"
        file.write_text("\n".join(["1", *file.read_text().splitlines()[1:]]) + "\n")
        assert server.pid is None
        server.start()
        assert server.pid is not None
        server.stop()


def test_a_postgres_that_cannot_start_shows_what_it_said() -> None:
    with folder() as path, pytest.raises(ServerFailed, match="no_such_setting"):
        EmbeddedPostgres(path, {"no_such_setting": "on"}).start()


async def test_a_killed_nats_starts_again_on_its_port_and_a_wiped_one_is_empty(
    fresh_nats: Callable[[], EmbeddedNats],
) -> None:
    server = fresh_nats()
    url = server.url
    assert await _kept(server) == 1
    server.kill()
    assert server.pid is None
    server.start()
    assert server.url == url
    assert await _kept(server) == 2
    server.stop()
    server.wipe()
    server.start()
    assert await _kept(server) == 1


def test_nats_serves_nobody_without_its_token(fresh_nats: Callable[[], EmbeddedNats]) -> None:
    host, _, port = fresh_nats().url.rpartition("@")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"CONNECT {}\r\nPING\r\n")
        with client.makefile("rb") as answers:
            assert b"Authorization Violation" in answers.read()
