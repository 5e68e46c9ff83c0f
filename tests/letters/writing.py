"""Letters to send in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from adapters.letters.addresses import Sender
from application.ledger import TenantId
from application.mail import Letter

TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000001"))
SENDER = Sender("no-reply@school.example", "Annals")
ADA = "ada@learners.example"
WINTER = datetime(2026, 1, 21, 9, 30, tzinfo=UTC)
LINK = "https://school.example/verify?token=a-b_c&next=%2F"


def welcome(course: str = "art", *, to: str = ADA, **given: Any) -> Letter:
    """A letter whose subject and text say the name of a course."""
    values = {"name": "Ada", "course": course, "lessons": 2}
    return letter("enrollments/welcome", values, to=to, **given)


def verification(*, link: str = LINK, **given: Any) -> Letter:
    """A letter with a link and a time."""
    return letter("identity/verify_address", {"name": "Ada", "link": link, "until": WINTER}, **given)


def letter(template: str, values: dict[str, Any], **given: Any) -> Letter:
    fields: dict[str, Any] = {
        "id": uuid4(),
        "tenant": TENANT,
        "to": ADA,
        "language": "en",
        "time_zone": "UTC",
        "at": WINTER,
        **given,
    }
    return Letter(template=template, values=values, **fields)
