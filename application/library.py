"""What we do about study documents: their text is extracted, and all of them goes when they are deleted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from application.belonging import Content, OfPeople
from application.jobs import Doer, Errand, job
from application.ledger import Recorded
from application.mail import RETRIES
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from application.ports import Files, FileTooLarge, LargeFiles
from application.texts import TextReader, Unreadable, text_name, text_of, words_of
from domain.files.events import FileDeleted
from domain.kernel import PersonId, Rejected, Value
from domain.library.document import DOCUMENT, Delete, TellFailed, TellText
from domain.library.events import DocumentAdded, DocumentDeleted, DocumentId

PERMISSIONS = (
    Permission("library.keep", "Add study documents, rename, share and delete them.", own=(EVERYONE,)),
    Permission("library.read", "See which study documents somebody has, and read them.", own=(EVERYONE,), watched=True),
    Permission("library.class", "Read what is shared with the class of a course that is open to one.", (EVERYONE,)),
)


def _contents(key: str, events: Sequence[object]) -> tuple[Content, ...]:
    del events  # Whatever became of it, there may be a text.
    return (Content(f"{key}.json", text_name(key)),)


PERSONAL = OfPeople(owned={"document": "owner"}, contents=_contents)


async def when_document_added_extract_its_text(added: Recorded[DocumentAdded], do: Bound) -> None:
    fact = added.event
    document = DocumentId(added.stream.partition(":")[2])
    do.later(extract_text, ToExtract(document, fact.owner, fact.type, fact.kept))


async def when_document_deleted_forget_its_text(deleted: Recorded[DocumentDeleted], do: Bound) -> None:
    do.later(forget_text, ToForgetText(DocumentId(deleted.stream.partition(":")[2])))


async def when_file_deleted_delete_its_documents(deleted: Recorded[FileDeleted], do: Bound) -> None:
    for link in deleted.event.links:
        kind, _, document = link.partition(":")
        if kind == "document":
            await do(DOCUMENT.at(document), Delete(deleted.event.owner))


class ToExtract(Value):
    document: DocumentId
    owner: PersonId
    type: str
    kept: str


class ToForgetText(Value):
    document: DocumentId


@job(retries=RETRIES)
def extract_text(
    errand: Errand[ToExtract], large_files: LargeFiles, reader: TextReader, files: Files, doer: Doer
) -> None:
    order, tenant = errand.order, errand.tenant
    stream, name = DOCUMENT.at(order.document), text_name(order.document)
    try:
        pages = reader.read(large_files.read_parts(tenant, order.kept), order.type)
        text = text_of(pages)
        files.keep(tenant, name, msgspec.json.encode(text))
    except FileNotFoundError:
        return  # It was deleted meanwhile.
    except FileTooLarge:
        doer.do(errand, stream, TellFailed("too_large"))
        return
    except Unreadable as no:
        doer.do(errand, stream, TellFailed(no.why))
        return
    try:
        doer.do(errand, stream, TellText(order.owner, len(pages), words_of(pages), ",".join(text.topics)))
    except Rejected:
        files.forget(tenant, name)  # It was deleted meanwhile, or its owner erased.


@job(retries=RETRIES)
def forget_text(errand: Errand[ToForgetText], files: Files) -> None:
    files.forget(errand.tenant, text_name(errand.order.document))
