"""What it costs an append that personal data are kept sealed under the key of whom they are about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.postgres.connect import dsn
from adapters.postgres.vault import PostgresVault
from api.settings import load
from application.catalogue import unsealed
from application.ledger import Entry, Fact
from bench.appending import IN_FLIGHT, appends_per_second
from bench.facts import TENANT, caller
from bench.ground import Ground
from bench.result import Result, held, median
from domain.identity.events import Mark, PersonInvited
from domain.kernel import PersonId

PEOPLE = 10_000
ROUNDS = 5


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("sealing")
    plain: list[float] = []
    known: list[float] = []
    new: list[float] = []
    async with AsyncConnectionPool(dsn(url, "app"), open=False, kwargs={"autocommit": True}) as pool:
        vault = PostgresVault(pool.connection, load().vault_key)
        for round_ in range(ROUNDS):
            plain.append(await appends_per_second(url, _invitations(f"plain-{round_}")))
            people = _invitations(f"known-{round_}")
            await vault.keys(TENANT, [entry.stream.partition(":")[2] for entry in people], make=True)
            known.append(await appends_per_second(url, people, vault))
            new.append(await appends_per_second(url, _invitations(f"new-{round_}"), vault))
    for name, rates in (("of people whose key is known", known), ("each of somebody new, whose key is made", new)):
        yield held(
            f"durable appends of sealed names and addresses, {name}, {IN_FLIGHT} in flight",
            median(rates),
            "facts/s",
            bar=0.9,
            against="the same unsealed",
            peer=median(plain),
        )


def _invitations(name: str) -> list[Entry]:
    return [_invitation(f"{name}-{number}") for number in range(PEOPLE)]


def _invitation(person: str) -> Entry:
    event = PersonInvited(
        PersonId(person), f"{person}@school.example", None, f"Ada Lovelace the {person}", Mark(f"mark-{person}")
    )
    stream = f"person:{person}"
    fact = Fact(stream, 1, *unsealed(event), uuid7())
    return Entry(uuid7(), "identity.Invite", caller(), datetime.now(UTC), stream, 1, ((stream, 0),), (fact,))
