"""What it costs an append that personal data are kept sealed under the key of whom they are about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.postgres.connect import dsn
from adapters.postgres.vault import PostgresVault
from api.settings import load
from application.catalogue import type_name
from application.ledger import Entry, Fact
from application.sealing import Slot, sealed, sealing
from bench.appending import IN_FLIGHT, appends_per_second
from bench.facts import TENANT, caller
from bench.ground import Ground
from bench.result import Result, held, median
from bench.serving import Load, Server, bearer, in_turn, ours, without_sealing
from bench.tokens import token
from domain.identity.events import Mark, PersonInvited
from domain.kernel import PersonId

PEOPLE = 10_000
ROUNDS = 5
HELD, HELD_ROUNDS = 5_000, 7


async def measure(ground: Ground) -> AsyncIterator[Result]:
    async for result in _appends(ground):
        yield result
    async for result in _commands(ground):
        yield result


async def _appends(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("sealing")
    plain: list[float] = []
    known: list[float] = []
    new: list[float] = []
    async with AsyncConnectionPool(dsn(url, "app"), open=False, kwargs={"autocommit": True}) as pool:
        vault = PostgresVault(pool.connection, load().vault_key)

        async def seal(entry: Entry) -> Entry:
            event, slot = _invited(entry), Slot(TENANT, entry.stream, 1)
            return _with(entry, *sealed(event, slot, await sealing(vault, TENANT, (event,))))

        for round_ in range(ROUNDS):
            plain.append(await appends_per_second(url, _invitations(f"plain-{round_}"), _leave_open))
            people = _invitations(f"known-{round_}")
            await vault.keys(TENANT, [entry.stream.partition(":")[2] for entry in people], make=True)
            known.append(await appends_per_second(url, people, seal))
            new.append(await appends_per_second(url, _invitations(f"new-{round_}"), seal))
    for name, rates in (("of people whose key is known", known), ("each of somebody new, whose key is made", new)):
        yield held(
            f"durable appends of sealed names and addresses, {name}, {IN_FLIGHT} in flight",
            median(rates),
            "facts/s",
            bar=0.9,
            against="the same unsealed",
            peer=median(plain),
        )


async def _commands(ground: Ground) -> AsyncIterator[Result]:
    headers = bearer(token())
    body = {"reason": "a court wants to see it: case {n}"}
    async with (
        ours(ground, ground.database("held")) as annals,
        without_sealing(ground, ground.database("plain")) as peer,
    ):

        def hold(server: Server) -> Callable[[], Awaitable[Load]]:
            rounds = iter(range(1_000))

            async def load() -> Load:
                keyed = {**headers, "Idempotency-Key": f"{next(rounds)}-{{n}}"}
                path = "/api/people/learner-{n}/holds/place"
                return await server.load("POST", path, HELD, body=body, headers=keyed)

            return load

        placed, plain = hold(annals), hold(peer)
        new, before = (await placed()).per_second, (await plain()).per_second
        for name, (rate, against) in (
            ("each of somebody new, whose key is made", (new, before)),
            ("of people whose key is known", await in_turn(placed, plain, HELD_ROUNDS)),
        ):
            yield held(
                f"accepted durable commands with a sealed reason over HTTP, {name}",
                rate,
                "commands/s",
                bar=0.9,
                against="the same unsealed",
                peer=against,
            )


def _invitations(name: str) -> list[Entry]:
    return [_invitation(f"{name}-{number}") for number in range(PEOPLE)]


def _invitation(person: str) -> Entry:
    """An entry whose fact is yet to be written."""
    stream = f"person:{person}"
    return Entry(uuid7(), "identity.Invite", caller(), datetime.now(UTC), stream, 1, ((stream, 0),), ())


def _invited(entry: Entry) -> PersonInvited:
    person = entry.stream.partition(":")[2]
    return PersonInvited(
        PersonId(person), f"{person}@school.example", None, f"Ada Lovelace the {person}", Mark(f"mark-{person}")
    )


async def _leave_open(entry: Entry) -> Entry:
    return _with(entry, type_name(PersonInvited), msgspec.json.encode(_invited(entry)).decode())


def _with(entry: Entry, type_: str, data: str) -> Entry:
    return replace(entry, facts=(Fact(entry.stream, 1, type_, data, uuid7()),))
