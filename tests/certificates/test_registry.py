"""Which certificates are there, and does each hold?"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from adapters.postgres.followers.projector import Projector
from application.certificates import PLACES
from application.serials import serial_in, serial_of
from domain.certificates.certificate import CERTIFICATE, Issue, Reissue, Revoke, Sign
from domain.kernel import CourseId, LearnerId
from projections.certificates import registry
from projections.certificates.registry import certificate, certificates_of, ended
from tests.followers.running import OTHER, TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

WHEN = datetime(2027, 6, 30, tzinfo=UTC)
ART, ADA = CourseId("art"), LearnerId("ada")


async def test_it_tells_of_each_serial_what_became_of_it(database: Database) -> None:
    await make_models(database)
    first, second, third = (serial_of(uuid4()) for _ in range(3))
    async with writing(database) as do, following(database, Projector(registry.MODEL)), asking(database) as ask:
        for serial in (first, second):
            await do(CERTIFICATE.at(serial), Issue(ART, ADA, WHEN), caller())
        await do(CERTIFICATE.at(first), Sign("a" * 64, "b" * 64, PLACES + 7), caller())
        await do(CERTIFICATE.at(first), Revoke("not earned"), caller())
        await do(CERTIFICATE.at(second), Sign("c" * 64, "d" * 64, 9), caller())
        receipt = await do.together(
            (CERTIFICATE.at(third), Issue(ART, ADA, WHEN, second)),
            (CERTIFICATE.at(second), Reissue(third)),
            caller=caller(),
        )
        found = {
            serial: (await certificate(ask, TENANT, serial, min_position=receipt.position))[0]
            for serial in (first, second, third)
        }
        told = {serial: (row.status, row.predecessor, row.successor, row.paper) for serial, row in found.items() if row}
        assert told == {
            first: ("revoked", None, None, "a" * 64),
            second: ("reissued", None, third, "c" * 64),
            third: ("valid", second, None, None),
        }
        assert (await certificate(ask, OTHER, first))[0] is None
        assert (await certificate(ask, TENANT, serial_of(uuid4())))[0] is None
        assert await ended(ask, TENANT, 0, PLACES) == {9}
        assert await ended(ask, TENANT, PLACES, 2 * PLACES) == {PLACES + 7}
        assert await ended(ask, OTHER, 0, PLACES) == frozenset()


async def test_a_learners_certificates_come_newest_first_a_page_at_a_time(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(registry.MODEL)), asking(database) as ask:
        serials = [serial_of(uuid4()) for _ in range(5)]
        for serial in serials:
            await do(CERTIFICATE.at(serial), Issue(ART, ADA, WHEN), caller())
        receipt = await do(CERTIFICATE.at(serial_of(uuid4())), Issue(ART, LearnerId("ben"), WHEN), caller())
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            page = await certificates_of(ask, TENANT, ADA, cursor=cursor, limit=2, min_position=receipt.position)
            seen += [row.serial for row in page.rows]
            cursor = page.cursor
        assert cursor is None
        assert seen == serials[::-1]


def test_a_serial_is_the_same_for_the_same_cause_and_is_read_as_it_is_typed() -> None:
    cause = uuid4()
    serial = serial_of(cause)
    assert serial == serial_of(cause) != serial_of(uuid4())
    assert serial_in(f"  {serial.lower()} ") == serial
    for other in ("", "ABCDE", serial[:-1], f"{serial}\n{serial}", serial.replace("-", ""), "ÄBCDE" + serial[5:]):
        assert serial_in(other) is None
