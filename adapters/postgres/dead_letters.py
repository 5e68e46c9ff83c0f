"""The queue of jobs as operators see it: what waits, what runs, what was given up and may be tried again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.followers.operating import intervene
from domain.kernel import Value

STATES = {"queued": "waits", "consumed": "runs", "rejected": "dead"}


class QueuedJob(Value):
    """A job in the queue. `error` is the end of its last traceback."""

    id: UUID
    job: str
    state: str
    tries: int
    at: str
    errand: str
    correlation: str | None
    error: str | None


_JOBS = """
select message_id, message ->> 'actor_name', state::text,
  coalesce((message #>> '{options,retries}')::int, 0) + case when state = 'consumed' then 1 else 0 end,
  mtime::text, message #>> '{args,0}', message #>> '{options,correlation}', message #>> '{options,traceback}'
from jobs.queue
"""


def queued(connection: psycopg.Connection[Any], state: str | None = None) -> list[QueuedJob]:
    """The jobs in the queue, of one state or of all. A job that is done is no longer there."""
    cursor = connection.execute(
        f"{_JOBS} where %(state)s::text is null or state::text = %(state)s order by position".encode(), {"state": state}
    )
    return [_queued(row) for row in cursor.fetchall()]


def one(connection: psycopg.Connection[Any], id_: UUID) -> QueuedJob | None:
    row = connection.execute(f"{_JOBS} where message_id = %s".encode(), (id_,)).fetchone()
    return None if row is None else _queued(row)


def retry(connection: psycopg.Connection[Any], id_: UUID, by: str) -> bool:
    """Put a dead letter back into the queue, with all its tries before it. False when it is not dead."""
    with connection.transaction():
        found = connection.execute(
            "update jobs.queue set state = 'queued', worker_id = null, consumed_at = null, available_at = now(), "
            "mtime = now(), message = message #- '{options,retries}' #- '{options,traceback}' "
            "where message_id = %s and state = 'rejected' returning message ->> 'actor_name'",
            (id_,),
        ).fetchone()
        if found is None:
            return False
        intervene(connection, by, "jobs.retry", {"job": found[0], "id": str(id_)})
        connection.execute("select pg_notify('dramatiq.default.enqueue', '')")
        return True


def _queued(row: tuple[Any, ...]) -> QueuedJob:
    id_, job, state, *rest = row
    return QueuedJob(id_, job, STATES[state], *rest)
