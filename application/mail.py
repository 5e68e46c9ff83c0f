"""Mail: a letter to one person, who takes it away, and what a job asks about the person it writes to.

A job never carries an address: it asks `People` when it runs, writes the letter and gives it to the `Mailer`.

    @job(retries=RETRIES)
    def congratulate(errand: Errand[Congratulation], people: People, mailer: Mailer) -> None:
        order = errand.order
        learner = people.person(errand.tenant, order.learner)
        if learner is not None:
            mailer.send(letter(errand, learner, "enrollments/congratulation", course=order.course))

A template is a name of `adapters.letters.declared`, which also says which values it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from application.jobs import Errand, Permanent
from application.ledger import TenantId
from domain.kernel import Value

RETRIES = 60
"""How often a letter is tried again: about ten hours, for a mail server may be away for a night."""

What = str | int | datetime


class Addressee(Value):
    """How to write to a person. The name may be empty."""

    address: str
    name: str = ""
    language: str = "en"
    time_zone: str = "UTC"


class Letter(Value):
    """A letter to one person. Sent again under the same id, it is the same letter, to the byte."""

    id: UUID
    tenant: TenantId
    to: str
    template: str
    values: Mapping[str, What]
    language: str
    time_zone: str
    at: datetime


class Unsendable(Permanent):
    """This letter will never be sent as it is: it is badly written, or its address was refused for good."""


class NotNow(Exception):  # noqa: N818 — said of a letter, which is tried again
    """The letter could not be sent now."""


class Unheard(Exception):  # noqa: N818 — said of a person, who may be heard of soon
    """Nothing is known of this person yet. What we know of people follows the ledger, and a job may be quicker."""


class Mailer(Protocol):
    """Takes letters away."""

    def send(self, letter: Letter) -> None:
        """Send it, or raise: `NotNow` to be asked again, `Unsendable` when that is of no use.

        Sent twice, it arrives once where that can be known. Where a server's "yes" was lost it may arrive twice, as
        the same mail under the same Message-ID.
        """
        ...


class People(Protocol):
    """Who is written to."""

    def person(self, tenant: TenantId, person: str) -> Addressee | None:
        """How to write to a person; nothing, where nobody is to be written to any more. Raises `Unheard`."""
        ...


class Invented:
    """People, as long as nobody keeps any: everyone has an address, and it leads nowhere."""

    def person(self, tenant: TenantId, person: str) -> Addressee | None:
        return Addressee(f"{person}@{tenant}.invalid", person)


def letter(errand: Errand[Any], to: Addressee, template: str, **values: What) -> Letter:
    """The letter that an errand is about. Every template is given the person's name."""
    return Letter(
        errand.id,
        errand.tenant,
        to.address,
        template,
        {"name": to.name, **values},
        to.language,
        to.time_zone,
        errand.at,
    )
