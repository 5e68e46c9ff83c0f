"""Millions of facts, made where they are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg

from bench.facts import TENANT


def fill(url: str, count: int) -> None:
    """Facts and commands as `append_batch` writes them, made by Postgres itself and indexed once they are all there."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(f"alter table ledger.{table} detach partition ledger.{table}_0".encode())
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_fill_table, url, table, count) for table in _TABLES]:
            done.result()
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(
                f"alter table ledger.{table} attach partition ledger.{table}_0 for values in (0)".encode()
            )
        connection.execute("update ledger.log_head set position = %s where log = 0", [count])
        connection.execute("checkpoint")


def _fill_table(url: str, table: str, count: int) -> None:
    keys, insert = _TABLES[table]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off; set maintenance_work_mem = '1GB'")
        for key in keys:
            connection.execute(f"alter table ledger.{table}_0 drop constraint {key}".encode())
        connection.execute(insert.encode(), {"count": count, "tenant": TENANT})
        for key, columns in keys.items():
            connection.execute(f"alter table ledger.{table}_0 add constraint {key} {columns}".encode())
        connection.execute(f"vacuum analyze ledger.{table}_0".encode())


_TABLES = {
    "facts": (
        {
            "facts_0_pkey": "primary key (log, tenant, stream, version)",
            "facts_0_log_position_key": "unique (log, position)",
        },
        """
        insert into ledger.facts_0
          (log, position, tenant, stream, version, type, data, id, at, by, command, correlation)
        select 0, n, %(tenant)s, 'enrollment:course-' || n / 1000 || ':learner-' || n, 1, 'enrollments.LearnerEnrolled',
          ('{"course":"course-' || n / 1000 || '","learner":"learner-' || n ||
           '","lessons":["lesson-0","lesson-1","lesson-2","lesson-3","lesson-4"],"until":null}')::json,
          uuidv7(), now(), 'ada', md5(n::text)::uuid, uuidv7()
        from generate_series(1, %(count)s::int) as n
        """,
    ),
    "commands": (
        {"commands_0_pkey": "primary key (log, tenant, id)"},
        """
        insert into ledger.commands_0
          (log, tenant, id, name, by, route, outcome, stream, version, position, at, correlation)
        select 0, %(tenant)s, md5(n::text)::uuid, 'enrollments.Enroll', 'ada', 'POST /api/enrollments', 'accepted',
          'enrollment:course-' || n / 1000 || ':learner-' || n, 1, n, now(), uuidv7()
        from generate_series(1, %(count)s::int) as n
        """,
    ),
}
