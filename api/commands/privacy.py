"""What people ask of us about themselves."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from application.ledger import Receipt
from application.privacy import asking_for_export
from domain.kernel import ID, PersonId, Value
from domain.privacy.archive import ARCHIVE, AskRestore
from domain.privacy.consent import CONSENT, Give, Withdraw
from domain.privacy.events import DataClass, Days, Purpose
from domain.privacy.retention import RETENTION, Release, SetRetention
from domain.privacy.retention import Hold as HoldData
from domain.privacy.subject import SUBJECT, LiftHold, PlaceHold

Person = Annotated[PersonId, ID]
Hold = Annotated[str, ID]
Archive = Annotated[str, ID]
OWN = {"person": "person"}


class HoldBody(Value, forbid_unknown_fields=True):
    """Why the law wants somebody's data."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$(?!\n)")]


class DaysBody(Value, forbid_unknown_fields=True):
    """For how many days data is kept at hand."""

    days: Days


class TermsBody(Value, forbid_unknown_fields=True):
    """Which words were shown, as they are called."""

    terms: Annotated[str, ID]


@command(
    "/api/people/{person}/exports",
    requires="privacy.export",
    scope=OWN,
    limit="generation",
    refuses=["person.erased"],
)
async def ask_for_export(person: Person, do: Doing) -> Receipt:
    """Have all that is kept of somebody put into one archive.

    The receipt's stream names it: `export:` and its id. It is made by a job, and can be fetched for seven days.
    """
    return await do.across(*asking_for_export(do.key, person))


@command(
    "/api/people/{person}/holds/place",
    requires="privacy.hold",
    limit="command",
    refuses=["person.erased"],
    example={"reason": "a court wants to see it: case 7"},
)
async def place_hold(person: Person, body: HoldBody, do: Doing) -> Receipt:
    """Hold somebody's data: they are not erased as long as any hold stands. The hold is called as the command is."""
    return await do(SUBJECT.at(person), PlaceHold(person, do.key, body.reason))


@command(
    "/api/people/{person}/holds/{hold}/lift",
    requires="privacy.hold",
    limit="command",
    refuses=[],
)
async def lift_hold(person: Person, hold: Hold, do: Doing) -> Receipt:
    """Hold somebody's data for this reason no longer."""
    return await do(SUBJECT.at(person), LiftHold(hold))


@command(
    "/api/people/{person}/consents/{purpose}/give",
    requires="privacy.consent",
    scope=OWN,
    limit="command",
    refuses=[],
    example={"terms": "2026-11"},
)
async def give_consent(person: Person, purpose: Purpose, body: TermsBody, do: Doing) -> Receipt:
    """Agree to something, oneself or as somebody's guardian, in the words that were shown."""
    return await do(CONSENT.at(person), Give(person, purpose, body.terms))


@command(
    "/api/people/{person}/consents/{purpose}/withdraw",
    requires="privacy.consent",
    scope=OWN,
    limit="command",
    refuses=[],
)
async def withdraw_consent(person: Person, purpose: Purpose, do: Doing) -> Receipt:
    """Agree to it no longer, or say no before anybody asks."""
    return await do(CONSENT.at(person), Withdraw(person, purpose))


@command(
    "/api/retention/{data_class}/set",
    requires="privacy.retain",
    limit="command",
    refuses=[],
    example={"days": 90},
)
async def set_retention(data_class: DataClass, body: DaysBody, do: Doing) -> Receipt:
    """Put away what is older than so many days: now, and every day from now on."""
    return await do(RETENTION.at(data_class), SetRetention(body.days, do.at))


@command(
    "/api/retention/{data_class}/hold",
    requires="privacy.retain",
    limit="command",
    refuses=[],
    example={"reason": "a court wants to see it: case 7"},
)
async def hold_data(data_class: DataClass, body: HoldBody, do: Doing) -> Receipt:
    """Keep all data of a class at hand as long as this hold stands. It is called as the command is."""
    return await do(RETENTION.at(data_class), HoldData(do.key, body.reason))


@command(
    "/api/retention/{data_class}/holds/{hold}/lift",
    requires="privacy.retain",
    limit="command",
    refuses=[],
)
async def lift_data_hold(data_class: DataClass, hold: Hold, do: Doing) -> Receipt:
    """Hold this class of data for this reason no longer."""
    return await do(RETENTION.at(data_class), Release(hold))


@command(
    "/api/archives/{archive}/restore",
    requires="privacy.retain",
    limit="command",
    refuses=["archive.not_found"],
)
async def restore_archive(archive: Archive, do: Doing) -> Receipt:
    """Bring back what was put away. It is put away again when it is looked next, unless the class is held."""
    return await do(ARCHIVE.at(archive), AskRestore())
