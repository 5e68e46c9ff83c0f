"""Which files there are, and what is in courses for those who may open them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from api.http.courses import Course, Item
from api.http.opening import NOT_YET, opened_item
from api.http.parts import PartsReply, Shown, given
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.signed import DOWNLOAD, LASTS
from domain.catalog.events import ItemKind
from domain.kernel import ID, FileId, ItemId, PersonId, Value
from projections.files import shelf
from projections.files.shelf import Found, KeptFile, Status
from projections.model import Page

Person = Annotated[PersonId, ID]
File = Annotated[FileId, ID]
Words = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\x00]*$", description="At most 80 characters.")]

OWN = {"person": "person"}
LATE = ("position.not_reached", "position.unknown")
NO_FILE = (*LATE, "file.not_found")
GIVEN = (*NO_FILE, "file.not_clean", "range.not_satisfiable")
ANYTHING = "application/octet-stream"

STAR_CHART = {
    "file": "0198c0de-da7a-7000-8000-00000000f11e",
    "owner": "grace",
    "name": "Star chart.pdf",
    "type": "application/pdf",
    "bytes": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "status": "clean",
    "found": None,
    "links": ["item:celestial-navigation:stars"],
    "uploaded_at": "2026-11-02T08:00:00Z",
}


class OneFile(Value):
    """A file, as of a position."""

    file: KeptFile
    position: int


class SignedLink(Value):
    """Where a file is downloaded without a token, until a time, by whoever has this."""

    path: str
    until: datetime


class FileOfItem(Value):
    """The file that an item is in. It is downloaded beside its content, at `…/file`."""

    file: FileId
    name: str
    type: str
    bytes: int
    sha256: str


class ItemContent(Value):
    """What is in an item: the text itself, where it is found, or a file."""

    item: ItemId
    kind: ItemKind
    title: str
    content: str
    file: FileOfItem | None
    position: int


@query(
    "/api/people/{person}/files",
    requires="files.read",
    scope=OWN,
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [STAR_CHART], "position": 42, "cursor": None},
)
async def files_of(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    person: Person,
    status: Status | None = None,
    type: Words | None = None,  # noqa: A002 — as it is asked for
    name: Words | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[KeptFile]:
    """Which files does this person have? The newest first; of a status, of a type, with something in their name."""
    return await shelf.files_of(
        asking.ask,
        asking.tenant,
        person,
        status=status,
        type_=type,
        name=name,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/people/{person}/files/{file}",
    requires="files.read",
    scope=OWN,
    limit="query",
    refuses=NO_FILE,
    example={"file": STAR_CHART, "position": 42},
)
async def file_of(asking: Asking, person: Person, file: File, min_position: Position = 0) -> OneFile:
    """What is this file, and was it found clean?"""
    found, position = await _file(asking, file, min_position, person)
    return OneFile(msgspec.convert(found, KeptFile, from_attributes=True), position)


@query(
    "/api/people/{person}/files/{file}/content",
    requires="files.read",
    scope=OWN,
    limit="query",
    refuses=GIVEN,
    answer=str,
    media_type=ANYTHING,
    example="%PDF-1.7 …",
)
async def file_content(asking: Asking, person: Person, file: File, min_position: Position = 0) -> PartsReply:
    """What is in this file? One `Range` is answered with 206. What was not found clean is given to nobody."""
    return await _given(asking, *await _file(asking, file, min_position, person))


@query(
    "/api/people/{person}/files/{file}/link",
    requires="files.read",
    scope=OWN,
    limit="query",
    refuses=[*NO_FILE, "file.not_clean"],
    example={"path": "/api/files/signed?ticket=…&tenant=…", "until": "2026-11-02T08:05:00Z"},
)
async def signed_link(asking: Asking, person: Person, file: File, min_position: Position = 0) -> SignedLink:
    """Where can this file be downloaded without a token, for a few minutes?"""
    found, _ = await _file(asking, file, min_position, person)
    _check_clean(found)
    until = datetime.now(UTC) + timedelta(seconds=LASTS)
    ticket = asking.seal_token(DOWNLOAD, str(asking.tenant), file, str(int(until.timestamp())))
    return SignedLink(f"/api/files/signed?{urlencode({'ticket': ticket, 'tenant': str(asking.tenant)})}", until)


@query(
    "/api/courses/{course}/items/{item}/content",
    requires="files.open",
    limit="query",
    refuses=NOT_YET,
    example={
        "item": "stars",
        "kind": "file",
        "title": "Stars",
        "content": "",
        "file": {name: STAR_CHART[name] for name in ("file", "name", "type", "bytes", "sha256")},
        "position": 42,
    },
)
async def item_content(asking: Asking, course: Course, item: Item, min_position: Position = 0) -> ItemContent:
    """What is in this item of a course?

    It is open to those who are on the course now, when it is released to them; and to who teaches there.
    """
    opened, position = await opened_item(asking, course, item, min_position)
    found = None if opened.file is None else (await shelf.file_of(asking.ask, asking.tenant, opened.file))[0]
    file = None if found is None else msgspec.convert(found, FileOfItem, from_attributes=True)
    return ItemContent(opened.item, opened.kind, opened.title, opened.content, file, position)


@query(
    "/api/courses/{course}/items/{item}/file",
    requires="files.open",
    limit="query",
    refuses=[*NOT_YET, "file.not_found", "file.not_clean", "range.not_satisfiable"],
    answer=str,
    media_type=ANYTHING,
    example="%PDF-1.7 …",
)
async def item_file(asking: Asking, course: Course, item: Item, min_position: Position = 0) -> PartsReply:
    """What is in the file of this item? For those to whom the item is open."""
    opened, _ = await opened_item(asking, course, item, min_position)
    if opened.file is None:
        raise Refused("file.not_found", "this item is in no file")
    return await _given(asking, *await _file(asking, opened.file, min_position))


async def _file(asking: Asking, file: FileId, min_position: int, owner: PersonId | None = None) -> tuple[Found, int]:
    found, position = await shelf.file_of(asking.ask, asking.tenant, file, min_position=min_position)
    if found is None or owner not in {None, found.owner}:
        raise Refused("file.not_found", "there is no such file")
    return found, position


async def _given(asking: Asking, found: Found, position: int) -> PartsReply:
    _check_clean(found)
    shown = Shown(found.name, found.type, found.bytes, found.sha256, found.kept, position)
    return await given(asking.call, asking.parts, shown)


def _check_clean(found: KeptFile) -> None:
    if found.status != "clean":
        raise Refused("file.not_clean", f"it is given to nobody: {found.status}")
