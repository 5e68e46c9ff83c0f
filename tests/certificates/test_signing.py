"""Papers are signed by whoever we were told, and made once, however often that is tried."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from psycopg_pool import ConnectionPool

from adapters.blind import KeyedBlind
from adapters.object_store import files_in
from adapters.open_badges import OpenBadges
from adapters.postgres.course_titles import PostgresCourseTitles
from adapters.pyhanko import of_a_file, of_our_own
from adapters.typst import TypstPress
from api.desk import WorkersDesk
from api.doer import DeskDoer
from api.links import PublicLinks
from api.schools import Schools
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.certificates import Draft, paper_name, sign
from application.jobs import Errand
from application.mail import Invented
from application.papers import Paper
from application.serials import serial_of
from domain.certificates.certificate import CERTIFICATE, Issue, OfCourse, Valid
from domain.kernel import CourseId, LearnerId
from tests.certificates.reading import signature_of, text_of
from tests.followers.running import TENANT, caller, make_models, rows, writing
from tests.proves import proves
from tests.servers import Database

WHEN = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
SERIAL = serial_of(UUID(int=7))
PAPER = Paper(
    TENANT,
    SERIAL,
    "Acme College",
    "Ada *Lovelace* #set text(1pt)",
    "Celestial navigation",
    WHEN,
    WHEN,
    "https://acme.example/verify/x",
    time_zone="Asia/Tokyo",
)


def test_a_name_on_a_paper_is_text_and_the_day_is_the_learners_own() -> None:
    said = text_of(TypstPress(of_our_own(DEVELOPMENT_VAULT_KEY)).paper(PAPER))
    assert "Ada *Lovelace* #set text(1pt)" in said
    assert "July 1, 2027" in said


def test_who_has_a_certificate_of_their_own_signs_with_it(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Acme College")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "acme.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"acme", key, certificate, None, BestAvailableEncryption(b"x"))
    )
    status: Any = signature_of(TypstPress(of_a_file(path, "x")).paper(PAPER))
    assert status.bottom_line
    assert status.signing_cert.subject.native["common_name"] == "Acme College"
    with pytest.raises(ValueError, match="cannot be read"):
        of_a_file(path, "wrong")


@proves("cert.issue_pdf")
async def test_a_paper_that_is_made_again_is_the_one_there_was(database: Database, tmp_path: Path) -> None:
    await make_models(database)
    stream = CERTIFICATE.at(SERIAL)
    async with writing(database) as do:
        await do(stream, Issue(CourseId("art"), LearnerId("ada"), WHEN), caller())
        files = files_in(tmp_path)
        draft = Draft(SERIAL, CourseId("art"), LearnerId("ada"), WHEN, WHEN, 42)
        url = database.dsn("app")
        with (
            Schools(url, 1) as schools,
            WorkersDesk(Settings(database_url=database.url), KeyedBlind(DEVELOPMENT_VAULT_KEY)) as desk,
            ConnectionPool[Any](url, min_size=1, kwargs={"autocommit": True}) as pool,
        ):

            def make(school_key: str) -> bytes:
                sign.run(
                    Errand(UUID(int=8), TENANT, uuid4(), uuid4(), WHEN, draft),
                    Invented(),
                    PostgresCourseTitles(pool),
                    schools,
                    PublicLinks(schools, "https://annals.example"),
                    TypstPress(of_our_own(school_key)),
                    OpenBadges(DEVELOPMENT_VAULT_KEY),
                    files,
                    DeskDoer(desk),
                )
                kept = files.read(TENANT, paper_name(SERIAL))
                assert kept is not None
                return kept.content

            first = await asyncio.to_thread(make, DEVELOPMENT_VAULT_KEY)
            assert await asyncio.to_thread(make, "YW5uYWxzOiBhbm90aGVyIGtleSwgbm8gc2VjcmV0Li4") == first
    facts = await rows(database, "select type from ledger.facts where stream = %s order by version", (stream.name,))
    assert facts == [("certificates.CertificateIssued",), ("certificates.CertificateSigned",)]
    async with writing(database) as do:
        assert await do.look(TENANT, stream) == Valid(OfCourse(CourseId("art")), LearnerId("ada"), WHEN, signed=True)
