"""How does one write to this person?"""

from __future__ import annotations

from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres.addressees import PostgresPeople
from adapters.postgres.followers.projector import Projector
from application.mail import Addressee, Invented, Unheard
from domain.identity.events import Mark
from domain.identity.person import (
    PERSON,
    Deactivate,
    Register,
    Remove,
    ReplaceAddress,
    ReviseProfile,
    SetPreferences,
)
from domain.kernel import PersonId, SecretId
from projections.identity import addressees
from tests.followers.running import TENANT, caller, caught_up, following, make_models, writing
from tests.servers import Database
from tests.vault.opening import OTHER, vault_on

ada = PersonId("0198c0de-da7a-7000-8000-0000000000ad")
nobody = "0198c0de-da7a-7000-8000-00000000dead"


async def test_one_writes_to_where_they_are_reached_now_until_they_are_gone(database: Database) -> None:
    await make_models(database)
    with ConnectionPool[Any](database.dsn("app"), min_size=1, max_size=1, kwargs={"autocommit": True}) as pool:
        people = PostgresPeople(pool, Invented())
        async with (
            vault_on(database) as vault,
            writing(database, keys=vault) as do,
            following(database, Projector(addressees.MODEL, keys=vault)),
        ):

            async def after(command: Any) -> Addressee | None:
                await do(PERSON.at(ada), command, caller())
                await caught_up(database, "identity.addressees")
                return people.person(TENANT, ada)

            register = Register(ada, "ada@school.example", None, "Ada", SecretId("first"), Mark("here"))
            assert await after(register) == Addressee("ada@school.example", "Ada")
            assert await after(SetPreferences(ada, "de", "Europe/Berlin")) == Addressee(
                "ada@school.example", "Ada", "de", "Europe/Berlin"
            )
            moved = await after(ReplaceAddress(ada, "ada@home.example", Mark("there")))
            assert moved is not None
            assert moved.address == "ada@home.example"
            renamed = await after(ReviseProfile(ada, Mark("profile"), "Ada L."))
            assert renamed is not None
            assert renamed.name == "Ada L."
            assert await after(Deactivate(ada, "asked to")) == renamed
            with pytest.raises(Unheard):
                people.person(OTHER, ada)
            assert await after(Remove(ada, "asked to")) is None
        with pytest.raises(Unheard):
            people.person(TENANT, nobody)
        invented = people.person(TENANT, "demo")
        assert invented is not None
        assert invented.address.endswith(".invalid")
