"""Downloading a file by a link that was signed."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

import msgspec

from api.http.call import Call
from api.http.entrances import entrance
from api.http.parts import PartsReply, Shown, given
from api.http.problems import Refused
from api.http.queries import Reading
from api.http.signed import DOWNLOAD
from application.entering import Visitor
from domain.kernel import FileId
from projections.files import shelf

Ticket = Annotated[str, msgspec.Meta(max_length=1_000, description="What the link says besides.")]


@entrance(
    "/api/files/signed",
    method="GET",
    refuses=["download.refused", "file.not_found", "file.not_clean", "range.not_satisfiable", "position.not_reached"],
    answer=str,
    media_type="application/octet-stream",
    answer_example="%PDF-1.7 …",
)
async def signed_download(
    ticket: Ticket,
    visitor: Visitor,
    reading: Reading,
    call: Call,
    tenant: UUID | None = None,  # noqa: ARG001 — it names the tenant
) -> PartsReply:
    """Download a file by a link that was signed for it, as long as that holds."""
    said = reading.blind.open_token(DOWNLOAD, ticket)
    if said is None or said[0] != str(visitor.tenant) or int(said[2]) <= visitor.at.timestamp():
        raise Refused("download.refused", "ask for a new link")
    found, position = await shelf.file_of(reading.ask, visitor.tenant, FileId(said[1]))
    if found is None:
        raise Refused("file.not_found", "it was deleted")
    if found.status != "clean":
        raise Refused("file.not_clean", f"it is given to nobody: {found.status}")
    shown = Shown(found.name, found.type, found.bytes, found.sha256, found.kept, position)
    return await given(call, partial(reading.large_files.parts, visitor.tenant), shown)
