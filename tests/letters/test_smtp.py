"""SMTP where it is hard: refusals, lost replies, servers that are away or silent, encryption, passwords."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from adapters.smtp import Security, Server, SmtpMailer
from application.mail import NotNow, Unsendable
from tests.letters.writing import ADA, SENDER, welcome
from tests.mailbox import Mailbox

PASSWORD = "a long one"  # noqa: S105 — of a server that lasts as long as its test


def mailer(mailbox: Mailbox) -> SmtpMailer:
    return SmtpMailer(Server("127.0.0.1", mailbox.port, "none"), SENDER)


@contextmanager
def refused(kind: type[Exception], *words: str) -> Generator[None]:
    """It is refused, and why is told without a word of whose letter it is."""
    with pytest.raises(kind) as no:
        yield
    told = "".join(traceback.format_exception(no.value))
    assert all(word in told for word in words), told
    assert ADA not in told


@pytest.mark.parametrize(
    ("part", "reply", "kind", "told"),
    [
        ("RCPT", "550 5.1.1 <{address}>: no such mailbox", Unsendable, "the recipient: 550 5.1.1"),
        ("RCPT", "553 {address} is not welcome", Unsendable, "the recipient: 553"),
        ("RCPT", "451 4.7.1 {address}: come back later", NotNow, "the recipient: 451 4.7.1"),
        ("DATA", "554 5.7.1 {address} does not want this", Unsendable, "the letter: 554 5.7.1"),
        ("DATA", "452 4.3.1 the disk is full", NotNow, "the letter: 452 4.3.1"),
    ],
)
def test_a_refusal_is_for_now_or_for_good(
    mailbox: Mailbox, part: str, reply: str, kind: type[Exception], told: str
) -> None:
    mailbox.answers[part] = reply
    with refused(kind, told):
        mailer(mailbox).send(welcome())
    assert not mailbox.kept
    mailbox.answers.clear()
    mailer(mailbox).send(welcome())
    assert len(mailbox.kept) == 1


def test_a_letter_whose_yes_was_lost_arrives_again_as_the_same_mail(mailbox: Mailbox) -> None:
    letter = welcome()
    mailbox.answers["KEPT"] = "421 4.3.2 going down"
    with refused(NotNow, "421"):
        mailer(mailbox).send(letter)
    mailbox.answers.clear()
    mailer(mailbox).send(letter)
    first, second = mailbox.kept
    assert first == second


def test_a_letter_goes_to_its_person_alone(mailbox: Mailbox) -> None:
    mailer(mailbox).send(welcome())
    assert mailbox.envelopes == [("no-reply@school.example", (ADA,))]


def test_a_server_that_is_away_is_asked_again(unused_port: int) -> None:
    with refused(NotNow, "cannot be reached: SMTPConnectError"):
        mailer(Mailbox(unused_port)).send(welcome())


def test_a_server_that_says_nothing_is_given_up() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        refused(NotNow, "cannot be reached: SMTPConnectTimeoutError"),
    ):
        SmtpMailer(Server("127.0.0.1", silent.getsockname()[1], "none", timeout_s=0.2), SENDER).send(welcome())


# --- encryption and passwords ---------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of this machine, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.school.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_way_is_encrypted_and_a_password_is_asked(unused_port: int, certificate: Path, security: str) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    mailbox = Mailbox(unused_port, user="annals", password=PASSWORD, security=security)
    known = Server("127.0.0.1", unused_port, cast("Security", security), "annals", PASSWORD)
    with mailbox.open(serving(certificate)):
        SmtpMailer(known, SENDER, trust).send(welcome())
        assert mailbox.encrypted == [True]
        with refused(NotNow, "does not let us in: 535"):
            SmtpMailer(replace(known, password="another"), SENDER, trust).send(welcome())  # noqa: S106
        with refused(NotNow, "cannot be reached"):
            SmtpMailer(known, SENDER).send(welcome())
        with refused(Unsendable, "the recipient: 530"):
            SmtpMailer(replace(known, user=""), SENDER, trust).send(welcome())
        assert len(mailbox.kept) == 1


def test_nothing_is_sent_in_the_clear_where_encryption_was_asked_for(mailbox: Mailbox) -> None:
    with refused(NotNow, "cannot be reached: SMTPException"):
        SmtpMailer(Server("127.0.0.1", mailbox.port, "starttls"), SENDER).send(welcome())
    assert not mailbox.tried
