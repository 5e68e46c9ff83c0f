"""The least that can be done: the same bytes into tables like ours, one unnest-insert a batch, nothing checked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.types.json import Json

from application.ledger import Entry

TABLES = """
drop table if exists bare, bare_commands;
create table bare (
  log smallint not null, position bigint generated always as identity, tenant uuid not null, stream text not null,
  version int not null, type text not null, data json not null, id uuid not null, at timestamptz not null,
  by text not null, command uuid not null, correlation uuid not null, causation uuid,
  primary key (log, tenant, stream, version), unique (log, position)
);
create table bare_commands (
  log smallint not null, tenant uuid not null, id uuid not null, name text not null, by text not null,
  route text not null, digest bytea, outcome text not null, stream text not null, version int not null,
  position bigint generated always as identity, at timestamptz not null, correlation uuid not null, origin json,
  primary key (log, tenant, id)
)"""
INSERT = """
with given as materialized (
  select * from unnest(%b::uuid[], %b::text[], %b::int[], %b::text[], %b::json[], %b::uuid[], %b::timestamptz[],
    %b::text[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::bytea[], %b::json[])
    as g (tenant, stream, version, type, data, id, at, by, command, correlation, name, route, digest, origin)
), commands as (
  insert into bare_commands
    (log, tenant, id, name, by, route, digest, outcome, stream, version, at, correlation, origin)
  select 0, tenant, command, name, by, route, digest, 'accepted', stream, version, at, correlation, origin from given
)
insert into bare (log, tenant, stream, version, type, data, id, at, by, command, correlation)
select 0, tenant, stream, version, type, data, id, at, by, command, correlation from given"""


def facts_per_second(url: str, entries: Sequence[Entry], batch: int) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLES.split(";"):
            connection.execute(statement)
        begun = time.perf_counter()
        for start in range(0, len(entries), batch):
            connection.execute(INSERT, _columns(entries[start : start + batch]), prepare=True, binary=True)
        return len(entries) / (time.perf_counter() - begun)


def _columns(part: Sequence[Entry]) -> Sequence[Sequence[Any]]:
    facts = [entry.facts[0] for entry in part]
    callers = [entry.caller for entry in part]
    return (
        [caller.tenant for caller in callers],
        [fact.stream for fact in facts],
        [fact.version for fact in facts],
        [fact.type for fact in facts],
        [Json(fact.data, dumps=str.encode) for fact in facts],
        [fact.id for fact in facts],
        [entry.at for entry in part],
        [caller.by for caller in callers],
        [entry.id for entry in part],
        [caller.correlation for caller in callers],
        [entry.name for entry in part],
        [caller.route for caller in callers],
        [caller.digest for caller in callers],
        [Json(caller.origin) for caller in callers],
    )
