"""A real mail server for tests: it keeps what it is sent, and says of it what it is told to say."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SENDER = "Annals <no-reply@school.example>"


def read(content: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(content, policy=default)


class Mailbox:
    """Everyone's mailbox, behind a server on this machine.

    `answers` says what is replied instead of "yes": to RCPT, to DATA, or KEPT, when a mail was kept.
    """

    def __init__(self, port: int, *, user: str = "", password: str = "", security: str = "none") -> None:
        self.port = port
        self.kept: list[bytes] = []
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []
        self.answers: dict[str, str] = {}
        self.tried = 0
        self.encrypted: list[bool] = []
        self._login = (user, password)
        self._security = security

    @property
    def settings(self) -> dict[str, Any]:
        """How a process is told of this server."""
        user, password = self._login
        return {
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(self.port),
            "MAIL_TLS": self._security,
            "MAIL_FROM": SENDER,
            "MAIL_USER": user,
            "MAIL_PASSWORD": password,
        }

    @property
    def mails(self) -> list[EmailMessage]:
        return [read(content) for content in self.kept]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    @contextmanager
    def open(self, certificate: ssl.SSLContext | None = None) -> Generator[Mailbox]:
        """Serve while this is open. It may be opened again, on the same port."""
        controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=certificate if self._security == "tls" else None,
            tls_context=certificate if self._security == "starttls" else None,
            require_starttls=self._security == "starttls",
            auth_require_tls=self._security == "starttls",
            authenticator=self._authenticate if self._login[0] else None,
        )
        controller.start()
        try:
            yield self
        finally:
            controller.stop()

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: Any) -> AuthResult:
        del server, session, envelope, kind
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self._login, handled=False)

    async def handle_RCPT(  # noqa: N802 — as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, options
        self.tried += 1
        if self._login[0] and not session.authenticated:
            return "530 5.7.0 log in first"
        if "RCPT" in self.answers:
            return self.answers["RCPT"].format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 — as above
        del server
        if "DATA" in self.answers:
            return self.answers["DATA"].format(address=envelope.rcpt_tos[0])
        assert isinstance(envelope.content, bytes)
        self.kept.append(envelope.content)
        self.envelopes.append((str(envelope.mail_from), tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None or self._security == "tls")
        return self.answers.get("KEPT", "250 OK").format(address=envelope.rcpt_tos[0])
