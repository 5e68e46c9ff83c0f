"""A letter as a message of RFC 5322, the same to the byte each time.

It is made with the older classes of `email`: the newer ones read what a header is given before they write it, so that
a subject that only looks encoded would be decoded, and they lose spaces where they fold a long one.
"""

from __future__ import annotations

from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import NamedTuple, cast

from adapters.letters.addresses import NotAnAddress, Sender, address
from adapters.letters.rendering import write
from application.mail import Letter, Unsendable

PLAIN_LENGTH_MAX = 60
"""A subject that is longer is encoded, and so can be folded anywhere."""

_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP
_POLICY = compat32.clone(linesep="\r\n")


class Mail(NamedTuple):
    """A message on its way to one mailbox."""

    to: str
    content: bytes


def compose(letter: Letter, sender: Sender) -> Mail:
    """The message, or `Unsendable`. A letter that would break out of a header is refused before there is one."""
    written = write(letter)
    try:
        to = address(letter.to)
    except NotAnAddress as why:
        raise Unsendable(f"{letter.template}: {why}") from None
    # In quoted-printable no line can begin as the boundary does.
    message = MIMEMultipart("alternative", boundary=f"=_{letter.id}", policy=_POLICY)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Date"] = format_datetime(letter.at)
    message["From"] = formataddr((sender.name, sender.address))
    message["To"] = to
    message["Subject"] = cast("str", _subject(written.subject))  # A Header too may be given here.
    message["Content-Language"] = written.language
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody who is on holiday answers it.
    for kind, text in (("plain", written.text), ("html", written.html)):
        # mypy and pyright have no Charset here, but it is what says how the text is encoded.
        message.attach(MIMEText(text, kind, _CHARSET, policy=_POLICY))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return Mail(to, message.as_bytes())


def _subject(subject: str) -> str | Header:
    plain = subject.isascii() and "=?" not in subject and len(subject) <= PLAIN_LENGTH_MAX
    return subject if plain else Header(subject, "utf-8", header_name="Subject")
