"""SMTP: letters go to a mail server, which takes them on.

What a server says of a letter is kept as its numbers alone: its words may repeat the address.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import suppress
from typing import Literal

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from adapters.letters.addresses import Sender
from adapters.letters.composing import Mail, compose
from application.mail import Letter, NotNow, Unsendable
from domain.kernel import Value

log = structlog.get_logger()

Security = Literal["none", "starttls", "tls"]

PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}
TIMEOUT_S = 60.0
"""For each answer of the server. A server that is given up while it takes a letter may have taken it."""
FAREWELL_S = 2.0
FOR_GOOD = 500
"""What a server refuses with this code or a higher one, it will refuse again."""


class Server(Value):
    """A mail server, and how it is spoken with. Port 0 is the usual one."""

    host: str
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    timeout_s: float = TIMEOUT_S


class SmtpMailer:
    """Sends each letter over a connection of its own: they are few, and a connection that was kept may be dead."""

    def __init__(self, server: Server, sender: Sender, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._trust = trust

    def send(self, letter: Letter) -> None:
        mail = compose(letter, self._sender)
        # A job has a thread to itself and waits here for one server; the loop lasts as long as the connection.
        asyncio.run(self._deliver(mail))
        log.info("mail.sent", letter=str(letter.id), template=letter.template)

    async def _deliver(self, mail: Mail) -> None:
        client = self._client()
        try:
            await self._greet(client)
            await self._hand_over(client, mail)
            # It is the server's now, whatever becomes of the farewell.
            with suppress(SMTPException, OSError):
                await client.execute_command(b"QUIT", timeout=FAREWELL_S)
        finally:
            await _hang_up(client)

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port or PORTS[server.security],
            local_hostname=self._sender.domain,
            timeout=server.timeout_s,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=self._trust,
        )

    async def _greet(self, client: SMTP) -> None:
        """Connect and log in. Whatever goes wrong here is not about the letter, which waits until it is mended."""
        try:
            await client.connect()
            if self._server.security == "starttls":
                await client.starttls()
            if self._server.user:
                await client.login(self._server.user, self._server.password)
        except SMTPResponseException as refused:
            raise NotNow(f"the mail server does not let us in: {_numbers(refused)}") from None
        except (SMTPException, OSError) as failed:
            raise NotNow(f"the mail server cannot be reached: {type(failed).__name__}") from None

    async def _hand_over(self, client: SMTP, mail: Mail) -> None:
        try:
            await client.sendmail(self._sender.address, [mail.to], mail.content)
        except SMTPRecipientsRefused as refused:
            raise _refusal("the recipient", refused.recipients[0]) from None
        except SMTPResponseException as refused:
            raise _refusal("the letter", refused) from None
        except (SMTPException, OSError) as failed:
            raise NotNow(f"the mail server left while it was told the letter: {type(failed).__name__}") from None


async def _hang_up(client: SMTP) -> None:
    """Be done with the connection before the loop is: an encrypted one would like to be closed at leisure."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
        await asyncio.sleep(0)


def _refusal(what: str, refused: SMTPResponseException) -> NotNow | Unsendable:
    kind = Unsendable if refused.code >= FOR_GOOD else NotNow
    return kind(f"the mail server refused {what}: {_numbers(refused)}")


def _numbers(refused: SMTPResponseException) -> str:
    """The code of a reply, and the finer one of RFC 3463 if it has one."""
    finer = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", refused.message)
    return f"{refused.code} {finer.group()}" if finer else str(refused.code)
