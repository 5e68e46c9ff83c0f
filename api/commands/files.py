"""Uploading files, and what is done with them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.courses import Course, Item
from api.http.uploads import Incoming, upload
from application.erasing import erasing_belongings
from application.ledger import Receipt
from application.linking import linking, unlinking
from domain.catalog.outline import OUTLINE
from domain.files.file import FILE, Delete, Rename, Upload
from domain.kernel import ID, FileId, PersonId, Value

Person = Annotated[PersonId, ID]
File = Annotated[FileId, ID]
FileName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f/\\]+$(?!\n)",
        min_length=1,
        max_length=200,
        description="What a file is called: at most 200 characters, and no slash.",
    ),
]
OWN = {"person": "person"}
NO_FILE = "file.not_found"


class FileNameBody(Value, forbid_unknown_fields=True):
    """What a file is to be called."""

    name: FileName


class LinkBody(Value, forbid_unknown_fields=True):
    """Which file it is."""

    file: File


@upload(
    "/api/people/{person}/files",
    requires="files.keep",
    scope=OWN,
    limit="command",
    refuses=["person.erased"],
)
async def upload_file(person: Person, name: FileName, incoming: Incoming, do: Doing) -> Receipt:
    """Upload a file. The body is the file itself, and is kept as it comes in.

    The receipt's stream names it: `file:` and its id. It is given to nobody before it was found clean.
    """
    command = Upload(person, name, incoming.type, incoming.bytes, incoming.sha256, incoming.kept)
    return await do(FILE.at(do.key), command)


@command(
    "/api/people/{person}/files/{file}/rename",
    requires="files.keep",
    scope=OWN,
    limit="command",
    refuses=[NO_FILE, "person.erased"],
    example={"name": "Star chart (2).pdf"},
)
async def rename_file(person: Person, file: File, body: FileNameBody, do: Doing) -> Receipt:
    """Call a file otherwise."""
    return await do(FILE.at(file), Rename(person, body.name))


@command(
    "/api/people/{person}/files/{file}/delete",
    requires="files.keep",
    scope=OWN,
    limit="command",
    refuses=[NO_FILE, "file.linked"],
)
async def delete_file(person: Person, file: File, do: Doing) -> Receipt:
    """Delete a file for good. What is linked is not deleted: unlink it first."""
    return await do(FILE.at(file), Delete(person))


@command(
    "/api/people/{person}/files/erase",
    requires="files.erase",
    limit="command",
    refuses=["person.erased", "erasure.held"],
)
async def erase_files(person: Person, do: Doing) -> Receipt:
    """Have all files of somebody erased, linked or not, and the papers of their certificates."""
    return await do.across(*erasing_belongings(person))


@command(
    "/api/courses/{course}/items/{item}/file/link",
    requires="files.link",
    scope="course",
    limit="command",
    refuses=["item.not_found", "item.holds_no_file", NO_FILE, "file.not_clean"],
    example={"file": "star-chart"},
)
async def link_file(course: Course, item: Item, body: LinkBody, do: Doing) -> Receipt:
    """Let what an item is be in a file of one's own that was found clean, instead of any before it."""
    owner = None if do.principal.may("files.read") else do.person
    seen = await do.look(OUTLINE.at(course))
    return await do.across(*linking(course, item, body.file, owner, seen))


@command(
    "/api/courses/{course}/items/{item}/file/unlink",
    requires="files.link",
    scope="course",
    limit="command",
    refuses=["item.not_found"],
    example={"file": "star-chart"},
)
async def unlink_file(course: Course, item: Item, body: LinkBody, do: Doing) -> Receipt:
    """Let what an item is be in this file no longer."""
    return await do.across(*unlinking(course, item, body.file))
