"""A ledger in which everything has happened that can happen, and every read model shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import psycopg

from adapters.postgres.connect import lending
from adapters.postgres.followers.projector import Projector
from adapters.postgres.vault import PostgresVault
from api.settings_agree import DEVELOPMENT_KEY
from application.catalogue import words
from application.ledger import TenantId
from application.ports import Keys
from application.sealing import Slot, sealed, sealing
from domain.kernel import Value
from projections.model import models
from tests.followers.running import TENANT, caught_up, following, make_models
from tests.golden import golden
from tests.house.plan import Aggregate, aggregates
from tests.servers import Database

SOME = UUID("018f0000-0000-7000-8000-00000000050e")
UNLIKELY = ("enrollments.BulkEnrollmentFinished", "paths.Step", "paths.RemedyNamed")
"""How facts begin whose examples could not have been told behind the examples of the others."""
_FACT = """
insert into ledger.facts (log, position, tenant, stream, version, type, data, id, at, by, command, correlation)
select 0, h.position + 1, %(tenant)s, %(stream)s, %(version)s, %(type)s, %(data)s::json,
  uuidv7(), timestamptz '2026-11-01 08:00Z' + h.position * interval '1 minute', 'ada', uuidv7(), uuidv7()
from ledger.log_head h where h.log = 0
"""


def keys_of(database: Database) -> Keys:
    return PostgresVault(lending(database.dsn("app")), DEVELOPMENT_KEY)


def _stream(aggregate: Aggregate) -> str:
    """A stream of its kind, named with as many words as wherever it is named."""
    name = next(name for name, thing in vars(aggregate.module).items() if thing is aggregate.decider)
    named = re.compile(rf"\b{name}\.at\(([^()]*)\)")
    folders = (Path(__file__).parents[2] / folder for folder in ("application", "api", "tests"))
    found = (
        match[1] for folder in folders for file in folder.rglob("*.py") for match in named.finditer(file.read_text())
    )
    words_ = next(found, "one").count(",") + 1
    return ":".join((aggregate.name, *(f"part{place}" for place in range(words_ - 1)), str(SOME)))


def golden_facts() -> Iterator[tuple[str, Value]]:
    """Each golden fact, and in which stream."""
    names = {word.type: word for word in words().values() if not word.retired}
    for aggregate in aggregates():
        stream = _stream(aggregate)
        for type_ in get_args(aggregate.facts) or (aggregate.facts,):
            if type_ in names and not names[type_].name.startswith(UNLIKELY):
                yield stream, names[type_].decode(golden(names[type_])[0].read_bytes())


async def tell_everything(database: Database, tenant: TenantId = TENANT) -> int:
    """Let every kind of fact there is be told; and answer how many they are."""
    facts = tuple(golden_facts())
    ring = await sealing(keys_of(database), tenant, (event for _, event in facts))
    versions: dict[str, int] = {}
    with psycopg.connect(database.url) as connection:
        for stream, event in facts:
            version = versions[stream] = versions.get(stream, 0) + 1
            tell_one(connection, tenant, stream, version, *sealed(event, Slot(tenant, stream, version), ring))
    return sum(versions.values())


def tell_one(  # noqa: PLR0913, PLR0917 — a fact
    connection: psycopg.Connection[Any], tenant: UUID, stream: str, version: int, type_: str, data: str
) -> None:
    """Let a fact be told, whatever it holds."""
    told = {"tenant": tenant, "stream": stream, "version": version, "type": type_, "data": data}
    connection.execute(_FACT, told)
    connection.execute("update ledger.log_head set position = position + 1 where log = 0")


async def show(database: Database) -> None:
    """Have every read model show all of it."""
    await make_models(database)
    keys = keys_of(database)
    async with following(database, *(Projector(model, keys=keys) for model in models())):
        for model in models():
            await caught_up(database, model.name)
