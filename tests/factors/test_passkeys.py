"""Which passkeys has this person?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.factors.passkey import PASSKEY, Register, Remove, ReportFallenCounter, Use
from domain.kernel import PersonId
from projections.factors import passkeys as model
from projections.factors.passkeys import passkeys_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

ADA, BEN = PersonId("ada"), PersonId("ben")


def register(person: PersonId, credential: str) -> Register:
    return Register(person, credential, "public", "localhost", 1, ("usb", "nfc"), "model", backed_up=False)


async def test_a_person_sees_their_own_passkeys_and_what_became_of_each(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        for name, person in (("one", ADA), ("two", ADA), ("three", ADA), ("four", BEN)):
            await do(PASSKEY.at(name), register(person, f"credential-{name}"), caller())
        await do(PASSKEY.at("one"), Use("try", 2), caller())
        await do(PASSKEY.at("two"), ReportFallenCounter("try", 0), caller())
        receipt = await do(PASSKEY.at("three"), Remove(ADA), caller())
        page = await passkeys_of(ask, TENANT, ADA, min_position=receipt.position)
        assert [
            (row.passkey, row.credential, row.transports, row.used_at is not None, row.fell_at is not None)
            for row in page.rows
        ] == [
            ("one", "credential-one", ("usb", "nfc"), True, False),
            ("two", "credential-two", ("usb", "nfc"), False, True),
        ]
        receipt = await do(PASSKEY.at("three"), register(BEN, "credential-three"), caller())
        page = await passkeys_of(ask, TENANT, BEN, min_position=receipt.position)
        assert [row.passkey for row in page.rows] == ["four", "three"]
