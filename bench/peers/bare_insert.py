"""The least that can be done: the same bytes into a table like ours, one unnest-insert a batch, nothing checked."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
from psycopg.types.json import Json

from application.ledger import Entry

TABLE = """
drop table if exists bare;
create table bare (
  log smallint not null, position bigint generated always as identity, tenant uuid not null, stream text not null,
  version int not null, type text not null, data json not null, id uuid not null, at timestamptz not null,
  by text not null, command uuid not null, correlation uuid not null, causation uuid,
  primary key (log, tenant, stream, version), unique (log, position)
)"""
INSERT = """
insert into bare (log, tenant, stream, version, type, data, id, at, by, command, correlation)
select 0, * from unnest(%b::uuid[], %b::text[], %b::int[], %b::text[], %b::json[], %b::uuid[], %b::timestamptz[],
  %b::text[], %b::uuid[], %b::uuid[])"""


def facts_per_second(url: str, entries: Sequence[Entry], batch: int) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLE.split(";"):
            connection.execute(statement)
        begun = time.perf_counter()
        for start in range(0, len(entries), batch):
            part = entries[start : start + batch]
            facts = [entry.facts[0] for entry in part]
            columns = (
                [entry.caller.tenant for entry in part],
                [fact.stream for fact in facts],
                [fact.version for fact in facts],
                [fact.type for fact in facts],
                [Json(fact.data, dumps=str.encode) for fact in facts],
                [fact.id for fact in facts],
                [entry.at for entry in part],
                [entry.caller.by for entry in part],
                [entry.id for entry in part],
                [entry.caller.correlation for entry in part],
            )
            connection.execute(INSERT, columns, prepare=True, binary=True)
        return len(entries) / (time.perf_counter() - begun)
