"""The contract of a mailer: what arrives, whoever takes it. SMTP to a real server and the folder both keep it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from msgspec.structs import replace

from adapters.outbox import Outbox
from adapters.smtp import Server, SmtpMailer
from application.mail import Letter, Mailer, Unsendable
from tests.letters.writing import ADA, LINK, SENDER, WINTER, verification, welcome
from tests.mailbox import Mailbox, read

LINE_BYTES_MAX = 998
"""Of RFC 5322, without its end."""


class Way(NamedTuple):
    """A mailer, and what it has delivered."""

    mailer: Mailer
    arrived: Callable[[], list[bytes]]

    def send(self, letter: Letter) -> EmailMessage:
        """Send a letter, which is the only one, and read it."""
        self.mailer.send(letter)
        (content,) = self.arrived()
        return read(content)


@pytest.fixture(params=["smtp", "outbox"])
def way(request: pytest.FixtureRequest, mailbox: Mailbox, tmp_path: Path) -> Generator[Way]:
    if request.param == "smtp":
        mailer = SmtpMailer(Server("127.0.0.1", mailbox.port, "none"), SENDER)
        yield Way(mailer, lambda: mailbox.kept)
    else:
        yield Way(Outbox(tmp_path, SENDER), lambda: [file.read_bytes() for file in tmp_path.iterdir()])


def part(mail: EmailMessage, kind: str) -> str:
    found = cast("EmailMessage | None", mail.get_body((kind,)))
    assert found is not None
    return cast("str", found.get_content()).replace("\r\n", "\n")


def test_a_letter_is_one_mail_however_often_it_is_sent(way: Way) -> None:
    sent = welcome()
    for _ in range(3):
        way.mailer.send(sent)
    way.mailer.send(welcome())
    mails: dict[Any, set[bytes]] = {}
    for content in way.arrived():
        mails.setdefault(read(content)["Message-ID"], set()).add(content)
    assert len(mails) == 2
    assert len(mails[f"<{sent.id}@school.example>"]) == 1, "the same mail, to the byte"


def test_a_mail_says_from_whom_to_whom_and_when(way: Way) -> None:
    mail = way.send(welcome(language="de"))
    assert mail["From"] == "Annals <no-reply@school.example>"
    assert mail["To"] == ADA
    assert parsedate_to_datetime(mail["Date"]) == WINTER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "de"
    assert mail["MIME-Version"] == "1.0"
    assert not mail.defects


def test_a_mail_has_a_text_and_a_page_that_say_the_same(way: Way) -> None:
    mail = way.send(verification(time_zone="Europe/Vienna"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all(one.get_content_charset() == "utf-8" for one in mail.iter_parts())
    text, page = part(mail, "plain"), part(mail, "html")
    assert LINK in text.splitlines()
    assert f'href="{LINK.replace("&", "&amp;")}"' in page
    for said in ("Hello Ada,", "January 21, 2026, 10:30", "(GMT+01:00)"):
        assert said in text
        assert said in page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert 'style="' in page
    assert "<style" not in page


@pytest.mark.parametrize(
    "course",
    [
        "Größenwahn für Anfänger",
        "Art 🎨 and 👩‍🚀 craft",
        "数学とは何か",
        "Ünder the sea — " * 40,
        'R&D <for> "beginners" = ?utf-8?q? =?utf-8?q?x?=',
        "=?utf-8?q?art=0D=0ABcc:_eve=40learners.example?=",
        "x" * 2000,
    ],
)
def test_a_subject_arrives_as_it_was_written(way: Way, course: str) -> None:
    mail = way.send(welcome(course.strip()))
    assert mail["Subject"] == f"You are enrolled on {course.strip()}"
    assert all(len(line) <= LINE_BYTES_MAX for content in way.arrived() for line in content.split(b"\r\n"))


@pytest.mark.parametrize("course", ["long " * 2000, "ü" * 3000, "." * 3000, "From here, " * 500, "=" * 3000])
def test_a_long_line_arrives_whole(way: Way, course: str) -> None:
    mail = way.send(welcome(course.strip()))
    (content,) = way.arrived()
    assert content.replace(b"\r\n", b"").count(b"\n") == 0, "every line ends as RFC 5322 says"
    assert all(len(line) <= LINE_BYTES_MAX for line in content.split(b"\r\n"))
    assert f"Welcome to {course.strip()}. 2 lessons are waiting for you." in part(mail, "plain")
    assert f"Welcome to {course.strip()}. 2 lessons are waiting for you." in part(mail, "html")


def test_a_value_cannot_become_part_of_the_page(way: Way) -> None:
    mail = way.send(welcome("<script>alert(1)</script> & {{ name }}"))
    assert "<script>alert(1)</script> & {{ name }}" in part(mail, "plain")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ name }}" in part(mail, "html")
    assert "<script" not in part(mail, "html")


@pytest.mark.parametrize(
    ("to", "arrives_at"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@FAẞ.example", "ada@xn--fa-hia.example"),
        ("Ada.O'Hara+school@例え.example", "Ada.O'Hara+school@xn--r8jz45g.example"),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
    ],
)
def test_a_domain_in_other_letters_is_encoded(way: Way, to: str, arrives_at: str) -> None:
    assert way.send(welcome(to=to))["To"] == arrives_at


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@",
        "@learners.example",
        "ädä@learners.example",
        "ada@learners..example",
        "ada@-learners.example",
        "ada smith@learners.example",
        '"ada smith"@learners.example',
        "<ada@learners.example>",
        "ada@learners.example, eve@learners.example",
        "eve@learners.example,ada@learners.example",
        "ada@[127.0.0.1]",
        "-" + "a" * 64 + "@learners.example",
        "ada@" + "a" * 64 + ".example",
        "a" * 60 + "@" + "learners." * 24 + "example",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(way: Way, to: str) -> None:
    with pytest.raises(Unsendable) as refused:
        way.mailer.send(welcome(to=to))
    assert not way.arrived()
    assert not to or to not in str(refused.value)


@pytest.mark.parametrize(
    "broken", ["\r\nBcc: eve@x.example", "\nBcc: eve@x.example", "\r", "\0", "\x85", "\u2028", "\ud800"]
)
@pytest.mark.parametrize("where", ["to", "course", "name", "language", "time_zone", "template"])
def test_nothing_breaks_out_of_its_line(way: Way, where: str, broken: str) -> None:
    whole = welcome()
    match where:
        case "course" | "name":
            given: dict[str, Any] = {"values": {**whole.values, where: f"art{broken}"}}
        case _:
            given = {where: f"{getattr(whole, where)}{broken}"}
    with pytest.raises(Unsendable) as refused:
        way.mailer.send(replace(whole, **given))
    assert not way.arrived()
    assert "eve@" not in str(refused.value)
