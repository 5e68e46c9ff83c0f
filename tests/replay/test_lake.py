"""The lake holds every fact of the ledger once, whatever it was killed at; and is read with none of our code."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl
import psycopg
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import LocalStore, S3Store

from adapters.compacting import Compacted, compact
from bench.facts import TENANT
from tests.replay.told import annals, command, environment, tell
from tests.servers import Database

EVERY_FILE = "read_parquet('{}/tenant=*/**/{}-*.parquet', hive_partitioning = true, union_by_name = true)"


def asked(query: str) -> list[tuple[Any, ...]]:
    """What DuckDB says, which knows nothing of us."""
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def in_the_ledger(database: Database) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.url) as connection:
        return connection.execute(
            "select position, stream, id::text, data ->> 'course', date(at at time zone 'utc') "
            "from ledger.facts order by position"
        ).fetchall()


def in_the_lake(folder: Path) -> list[tuple[Any, ...]]:
    files = EVERY_FILE.format(folder, "LearnerEnrolled")
    return asked(f"select position, stream, id, data.course, date from {files} order by position")  # noqa: S608 — of ours


def test_it_is_filled_bit_by_bit_and_counts_what_the_ledger_counts(database: Database, tmp_path: Path) -> None:
    for count in (2_000, 1, 700):
        tell(database, count)
        annals(database, "lake", "sync", "--to", str(tmp_path), "--step", "900")
        assert in_the_lake(tmp_path) == in_the_ledger(database)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert b"done: 0 facts" in annals(database, "lake", "sync", "--to", str(tmp_path)).stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    files = EVERY_FILE.format(tmp_path, "LearnerEnrolled")
    ((tenant, context, lessons, at),) = asked(
        f'select distinct tenant, context, typeof(data.lessons), typeof("at") from {files}'  # noqa: S608 — of ours
    )
    assert (str(tenant), context) == (str(TENANT), "enrollments")
    assert (lessons, at) == ("VARCHAR[]", "TIMESTAMP WITH TIME ZONE")


def test_one_that_is_killed_is_completed_by_the_next(database: Database, tmp_path: Path) -> None:
    tell(database, 3_000)
    sync = command("lake", "sync", "--to", str(tmp_path), "--step", "50")
    for kills in range(1, 6):
        with subprocess.Popen(sync, env=environment(database), stderr=subprocess.PIPE) as process:  # noqa: S603
            assert process.stderr is not None
            for _ in range(2 * kills):
                process.stderr.readline()
            # Between two notes, and wherever else it is by now.
            process.kill()
    with contextlib.suppress(FileNotFoundError):
        assert 0 < len(in_the_lake(tmp_path)) < 3_000
    annals(database, "lake", "sync", "--to", str(tmp_path))
    assert in_the_lake(tmp_path) == in_the_ledger(database)


def test_a_step_that_broke_off_is_done_to_its_own_end(database: Database, tmp_path: Path) -> None:
    tell(database, 100)
    annals(database, "lake", "sync", "--to", str(tmp_path))
    tell(database, 100)
    annals(database, "lake", "sync", "--to", str(tmp_path))
    # As if it had been killed before it noted that the second step was done, with the ledger going on since.
    (tmp_path / "_annals/log-0.json").write_text('{"reached":100,"until":200}')
    tell(database, 100)
    annals(database, "lake", "sync", "--to", str(tmp_path))
    assert in_the_lake(tmp_path) == in_the_ledger(database)


def test_many_files_become_one_with_the_same_facts_also_when_it_is_killed(database: Database, tmp_path: Path) -> None:
    tell(database, 600)
    annals(database, "lake", "sync", "--to", str(tmp_path), "--step", "60")
    small = {path: path.read_bytes() for path in tmp_path.rglob("LearnerEnrolled-*")}
    assert len(small) == 10
    told = annals(database, "lake", "compact", "--to", str(tmp_path))
    (one,) = tmp_path.rglob("LearnerEnrolled-*")
    assert one.name.endswith("-0-000000000001-000000000600.parquet")
    assert b"10 files became one of 600 facts" in told.stderr
    assert in_the_lake(tmp_path) == in_the_ledger(database)
    # As if it had been killed before it took away what is in the large file: that is seen, and not counted twice.
    for path, content in list(small.items())[:7]:
        path.write_bytes(content)
    counted = annals(database, "sql", "--lake", str(tmp_path), "--csv", "select count(*) from facts")
    assert counted.stdout.split()[1] == b"600"
    tell(database, 100)
    annals(database, "lake", "sync", "--to", str(tmp_path), "--step", "50")
    annals(database, "lake", "compact", "--to", str(tmp_path))
    assert len(list(tmp_path.rglob("LearnerEnrolled-*"))) == 1
    assert in_the_lake(tmp_path) == in_the_ledger(database)


def test_files_of_a_step_that_is_not_done_are_left_alone_and_none_becomes_too_large(
    database: Database, tmp_path: Path
) -> None:
    tell(database, 100)
    annals(database, "lake", "sync", "--to", str(tmp_path), "--step", "25")
    store = LocalStore(tmp_path)
    done: list[Compacted] = []
    compact(store, lambda _: 75, done.append, bytes_max=1)
    assert done == []
    compact(store, lambda _: 75, done.append)
    assert [(one.files, one.facts) for one in done] == [(3, 75)]
    assert in_the_lake(tmp_path) == in_the_ledger(database)


def test_what_the_catalogue_does_not_know_is_kept_as_text(database: Database, tmp_path: Path) -> None:
    tell(database, 3)
    with psycopg.connect(database.url) as connection:
        connection.execute(
            "insert into ledger.facts (log, position, tenant, stream, version, type, data, id, at, by, command, "
            "correlation) select log, position + 3, tenant, stream, 2, "
            "(array['enrollments.LearnerTeleported', 'enrollments.LearnerEnrolled', 'a.module:Thing.Done'])[position], "
            """'{"strange": 1}', uuidv7(), at, by, command, correlation from ledger.facts"""
        )
        connection.execute("update ledger.log_head set position = 6")
    annals(database, "lake", "sync", "--to", str(tmp_path))
    rows = asked(f"select type, data from {EVERY_FILE.format(tmp_path, '*-untyped')} order by position")  # noqa: S608 — of ours
    assert rows == [
        ("enrollments.LearnerTeleported", '{"strange": 1}'),
        ("enrollments.LearnerEnrolled", '{"strange": 1}'),
        ("a.module:Thing.Done", '{"strange": 1}'),
    ]
    counted = annals(database, "sql", "--lake", str(tmp_path), "--csv", "select count(*) as n from facts")
    assert counted.stdout.split() == [b"n", b"6"]


def test_it_is_asked_in_sql_by_the_names_of_the_facts(database: Database, tmp_path: Path) -> None:
    tell(database, 70)
    annals(database, "lake", "sync", "--to", str(tmp_path), "--step", "40")
    question = "select data.course, count(*) from enrollments.LearnerEnrolled group by 1 order by 1 limit 2"
    answer = annals(database, "sql", "--lake", str(tmp_path), "--csv", question)
    assert answer.stdout.split()[1:] == [b"course-0,10", b"course-1,10"]
    assert b"nothing" in annals(database, "sql", "--lake", str(tmp_path), "select nothing", check=False).stderr
    # What is being filled in is not shown before it is whole.
    (tmp_path / "_annals/log-0.json").write_text('{"reached":40,"until":70}')
    counted = annals(database, "sql", "--lake", str(tmp_path), "--csv", "select count(*) from facts")
    assert counted.stdout.split()[1] == b"40"


@pytest.fixture
def s3() -> Generator[str]:
    """A server that speaks S3, and a bucket in it."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/lake").raise_for_status()
    yield endpoint
    server.stop()


def test_it_is_the_same_in_a_bucket(database: Database, tmp_path: Path, s3: str) -> None:
    credentials = {"AWS_ACCESS_KEY_ID": "annals", "AWS_SECRET_ACCESS_KEY": "a test"}
    for count in (300, 200):
        tell(database, count)
        annals(database, "lake", "sync", "--to", str(tmp_path))
        annals(database, "lake", "sync", "--to", f"s3://lake/facts?endpoint={s3}", more=credentials)
    store = S3Store(
        "lake",
        prefix="facts",
        region="us-east-1",
        endpoint=s3,
        client_options={"allow_http": True},
        access_key_id="annals",
        secret_access_key="a test",  # noqa: S106 — of nobody
    )
    there = {file["path"] for files in store.list() for file in files}
    here = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert there == set(here)
    assert all(store.get(name).bytes().to_bytes() == content for name, content in here.items())


def test_polars_reads_it_too(database: Database, tmp_path: Path) -> None:
    tell(database, 70)
    annals(database, "lake", "sync", "--to", str(tmp_path))
    table = pl.scan_parquet(tmp_path / "tenant=*/**/LearnerEnrolled-*.parquet", hive_partitioning=True)
    found = table.group_by(pl.col("data").struct.field("course")).len().sort("course").collect()
    assert found.rows() == [(f"course-{number}", 10) for number in range(7)]
