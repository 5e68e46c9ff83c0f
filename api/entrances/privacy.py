"""Fetching an export by a link that was signed, and asking to be forgotten."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from api.entrances.factors import BackupCode, Code, Password
from api.http.entrances import entrance
from api.http.problems import Refused
from api.http.queries import Reading
from api.http.reply import Reply
from api.http.signed import EXPORT
from application.entering import Visitor
from application.erasing import PHRASE, ask_erasure
from application.exporting import archive_name, archive_place
from application.in_person import in_person
from application.second_factor import Shown
from domain.kernel import Value
from projections.model import LIMIT_MAX
from projections.privacy import requests
from projections.subscriptions.held import subscriptions_of


class EraseBody(Value, forbid_unknown_fields=True):
    """The words that confirm it, and what shows once more who asks."""

    confirmation: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    password: Password | None = None
    code: Code | None = None
    backup_code: BackupCode | None = None


class Asked(Value):
    """It is under way, and does not stop."""

    position: int


Ticket = Annotated[str, msgspec.Meta(max_length=1_000, description="What the link says besides.")]


@entrance(
    "/api/exports/signed",
    method="GET",
    refuses=["download.refused", "export.not_there", "position.not_reached"],
    answer=str,
    media_type="application/zip",
    answer_example="PK …",
)
async def fetch_export(
    ticket: Ticket,
    visitor: Visitor,
    reading: Reading,
    tenant: UUID | None = None,  # noqa: ARG001 — it names the tenant
) -> Reply:
    """Fetch an export by a link that was signed for it, as long as that holds.

    It is sealed where it is kept, and opened on its way out; of who was erased there is nothing to open it with.
    """
    said = reading.blind.open_token(EXPORT, ticket)
    if said is None or said[0] != str(visitor.tenant) or int(said[2]) <= visitor.at.timestamp():
        raise Refused("download.refused", "ask for a new link")
    found, position = await requests.export_of(reading.ask, visitor.tenant, said[1])
    if found is None or found.outcome != "made":
        raise Refused("export.not_there", "there is nothing to fetch any more")
    name, place = archive_name(said[1]), archive_place(visitor.tenant, said[1])
    content = await reading.opened(visitor.tenant, found.person, name, place)
    if content is None:
        raise Refused("export.not_there", "there is nothing to fetch any more")
    return Reply(
        200,
        content,
        (
            (b"annals-position", b"%d" % position),
            (b"cache-control", b"private, no-store"),
            (b"content-disposition", f'attachment; filename="export-{said[1]}.zip"'.encode()),
        ),
        b"application/zip",
    )


@entrance(
    "/api/me/erase",
    requires="privacy.erase",
    refuses=[
        "person.needed",
        "not_found",
        "erasure.not_confirmed",
        "erasure.not_authenticated",
        "erasure.held",
        "erasure.subscribed",
        "erasure.not_asked",
        "password.wrong",
        "login.locked",
        "second_step.refused",
        "two_factor.code_used",
        "two_factor.locked",
        "two_factor.off",
        "person.not_possible",
    ],
    example={"confirmation": PHRASE, "password": "nine lanterns over the harbour"},
    answer_example={"position": 42},
)
async def erase_me(body: EraseBody, visitor: Visitor, reading: Reading) -> Asked:
    """Have all that is kept of oneself erased: the account is closed at once, and nothing brings any of it back.

    `confirmation` is "erase all that is kept of me", in these words. Whoever came in more than ten minutes ago shows
    the password again, and a code where a second factor is on. Subscriptions are ended first.
    """
    held = await subscriptions_of(reading.ask, visitor.tenant, in_person(visitor), limit=LIMIT_MAX)
    if any(row.status != "ended" and not row.ending for row in held.rows):
        raise Refused("erasure.subscribed", "end your subscriptions first, or they would go on being charged")
    shown = Shown(body.code, body.backup_code)
    return Asked((await ask_erasure(visitor, body.confirmation, body.password, shown)).position)
