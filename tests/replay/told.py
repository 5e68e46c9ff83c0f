"""A ledger with something in it, for those who read it again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from api.settings_agree import DEVELOPMENT_KEY
from bench.facts import TENANT
from tests.servers import Database

_FACTS = """
insert into ledger.facts (log, position, tenant, stream, version, type, data, id, at, by, command, correlation)
select 0, h.position + n, %(tenant)s, 'enrollment:course-' || n %% 7 || ':learner-' || h.position + n, 1,
  'enrollments.LearnerEnrolled',
  ('{"course":"course-' || n %% 7 || '","learner":"learner-' || h.position + n ||
    '","lessons":["one"],"until":null}')::json,
  uuidv7(), timestamptz '2026-11-01 08:00Z' + n * interval '1 minute', 'ada', uuidv7(), uuidv7()
from ledger.log_head h, generate_series(1, %(count)s::int) as n where h.log = 0
"""


def tell(database: Database, count: int) -> None:
    """Let so many more learners be enrolled, a minute apart."""
    with psycopg.connect(database.url) as connection:
        connection.execute(_FACTS, {"tenant": TENANT, "count": count})
        connection.execute("update ledger.log_head set position = position + %s where log = 0", [count])


def annals(
    database: Database, *arguments: str, check: bool = True, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line on a database."""
    return subprocess.run(  # noqa: S603
        command(*arguments),
        env={**environment(database), **(more or {})},
        capture_output=True,
        check=check,
        timeout=120,
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "api.cli", *arguments]


def environment(database: Database) -> dict[str, str]:
    return {
        "DATABASE_URL": database.url,
        "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def lines(text: bytes) -> list[dict[str, Any]]:
    """Facts, one a line."""
    return [json.loads(line) for line in text.splitlines()]
