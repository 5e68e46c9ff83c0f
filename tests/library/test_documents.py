"""Which study documents does somebody have, and which does a class share?"""

from __future__ import annotations

from domain.kernel import CourseId, FileId, PersonId
from domain.library.document import DOCUMENT, Add, Command, Delete, EndSharing, Rename, Share, TellFailed, TellText
from domain.library.events import DocumentId
from projections.library import documents
from projections.library.documents import document_of, documents_of, shared_with
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.servers import Database

ADA, ART = PersonId("ada"), CourseId("art")


def added(title: str) -> Add:
    return Add(ADA, title, FileId("file"), "application/pdf", "files/file")


async def test_it_tells_of_each_document_what_could_be_read_in_it(database: Database) -> None:
    async with living(database, documents.MODEL) as (do, ask, _):
        become: dict[str, tuple[Command, ...]] = {
            "reading": (),
            "ready": (TellText(ADA, 2, 300, "stars,seas"), Rename(ADA, "Stars")),
            "failed": (TellFailed("encrypted"),),
            "deleted": (Delete(ADA),),
        }
        position = 0
        for name, commands in become.items():
            for command in (added(name), *commands):
                position = (await do(DOCUMENT.at(DocumentId(name)), command, caller())).position
        found = {name: (await document_of(ask, TENANT, DocumentId(name), min_position=position))[0] for name in become}
        assert {name: row.status for name, row in found.items() if row} == {
            name: name for name in become if name != "deleted"
        }
        ready, failed = found["ready"], found["failed"]
        assert ready is not None
        assert failed is not None
        assert (ready.title, ready.pages, ready.words, ready.topics) == ("Stars", 2, 300, ("stars", "seas"))
        assert failed.failed == "encrypted"
        assert (await document_of(ask, OTHER, DocumentId("ready")))[0] is None


async def test_documents_come_a_page_at_a_time_to_owners_and_to_a_class(database: Database) -> None:
    async with living(database, documents.MODEL) as (do, ask, _):
        names = [DocumentId(f"document-{number}") for number in range(3)]
        position = 0
        for name in names:
            await do(DOCUMENT.at(name), added(name), caller())
            position = (await do(DOCUMENT.at(name), Share(ADA, ART), caller())).position
        first = await documents_of(ask, TENANT, ADA, limit=2, min_position=position)
        second = await documents_of(ask, TENANT, ADA, limit=2, cursor=first.cursor)
        assert [row.document for row in (*first.rows, *second.rows)] == names[::-1]
        assert second.cursor is None
        first = await shared_with(ask, TENANT, ART, limit=2)
        second = await shared_with(ask, TENANT, ART, limit=2, cursor=first.cursor)
        assert [row.document for row in (*first.rows, *second.rows)] == names
        await do(DOCUMENT.at(names[0]), EndSharing(ADA, ART), caller())
        receipt = await do(DOCUMENT.at(names[1]), Delete(ADA), caller())
        left = await shared_with(ask, TENANT, ART, min_position=receipt.position)
        assert [(row.document, row.shared) for row in left.rows] == [(names[2], (ART,))]
        assert not (await shared_with(ask, OTHER, ART)).rows
