"""The port `Eraser`: what is left of somebody in tables beside the ledger, in pages, and in the log before them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from application.ledger import TenantId, Unavailable
from projections.model import ReadModel

BEHIND_S_MAX = 20.0
LOOK_EVERY_S = 0.05

_BEHIND = """
select count(*) from unnest(%(models)s::text[]) as model
left join followers.checkpoints c on c.follower = model and c.log = ledger.log_of(%(tenant)s)
where coalesce(c.position, 0) < %(position)s
"""
_FORGET = "delete from ledger.snapshots where log = ledger.log_of(%s) and tenant = %s and stream = any (%s)"
_SILENCE = """
update followers.parked set error = '[erased]'
where tenant = %s and stream = any (%s) and error is not null and error <> '[erased]'
"""
_ORIGINS = "select ledger.forget_origins(%s, %s, %s)"
_NOT_IN_TRAIL = """
select count(*) from ledger.log_head h left join trail.taken t using (log)
where h.log = ledger.log_of(%(tenant)s) and (
  coalesce(t.commands, 0) < h.commands
  or exists (select from trail.noted n where n.log = h.log and n.tenant = %(tenant)s and n.by = %(person)s)
)
"""
_ORIGINS_IN_TRAIL = """
update trail.entries set origin = null, salt = null
where tenant = %s and (by = %s or record = any (%s)) and origin is not null
"""
_SEGMENTS = "select count(*) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'"
_TURN = "select pg_switch_wal() from pg_logical_emit_message(true, 'annals', 'erased')"


class PostgresEraser:
    """Asked by jobs, in the threads they run in. What it rewrites belongs to the projector."""

    def __init__(self, pool: ConnectionPool[Any], projector: str, models: Sequence[ReadModel]) -> None:
        self._pool = pool
        self._projector = projector
        self._models = [model for model in models if model.personal]

    def shown(self, tenant: TenantId, position: int) -> None:
        asked = {"models": [model.name for model in self._models], "tenant": tenant, "position": position}
        with self._pool.connection() as connection:
            _until_none(connection, _BEHIND, asked, "what shows people")

    def forget(self, tenant: TenantId, streams: Collection[str]) -> int:
        names = sorted(streams)
        with self._pool.connection() as connection:
            states = connection.execute(_FORGET, (tenant, tenant, names)).rowcount
        with psycopg.connect(self._projector, autocommit=True) as connection:
            errors = connection.execute(_SILENCE, (tenant, names)).rowcount
        return int(states + errors)

    def forget_origins(self, tenant: TenantId, person: str, streams: Collection[str]) -> int:
        of = (tenant, person, sorted(streams))
        with psycopg.connect(self._projector, autocommit=True) as connection:
            found = connection.execute(_ORIGINS, of).fetchone()
            _until_none(connection, _NOT_IN_TRAIL, {"tenant": tenant, "person": person}, "the trail")
            entries = connection.execute(_ORIGINS_IN_TRAIL, of).rowcount
        return int(found[0] if found else 0) + entries

    def rewrite(self, tenant: TenantId) -> int:
        tables = [(model.schema, one.table) for model in self._models for one in model.personal]
        with psycopg.connect(self._projector, autocommit=True) as connection:
            for schema, table in tables:
                connection.execute(sql.SQL("vacuum (full) {}").format(sql.Identifier(schema, table)))
            connection.execute("select ledger.rewrite_remains(%s)", (tenant,))
            self._write_over(connection)
        return len(tables)

    def _write_over(self, connection: psycopg.Connection[Any]) -> None:
        """Go once around all segments of the log that there are: the rest of one that is left is filled with zeros."""
        connection.execute("checkpoint")
        found = connection.execute(_SEGMENTS).fetchone()
        for _ in range((found[0] if found else 0) + 1):
            connection.execute(_TURN)
        connection.execute("checkpoint")


def _until_none(connection: psycopg.Connection[Any], sql: str, asked: dict[str, Any], who: str) -> None:
    """Wait until this counts nothing any more: somebody is on the way."""
    end = time.monotonic() + BEHIND_S_MAX
    while True:
        found = connection.execute(sql.encode(), asked).fetchone()
        if found is not None and found[0] == 0:
            return
        if time.monotonic() > end:
            raise Unavailable(f"{who} has not come so far")
        time.sleep(LOOK_EVERY_S)
