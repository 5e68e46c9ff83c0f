"""What we do about files: each is looked into before anybody is given it, and forgotten when it is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from application.belonging import Content, OfPeople
from application.certificates import badge_name, paper_name
from application.jobs import Doer, Errand, job
from application.ledger import Recorded
from application.linking import letting_go
from application.mail import RETRIES
from application.permissions import CREATOR, EVERYONE, INSTRUCTOR, STAFF, Permission
from application.policies import Bound
from application.ports import Belongings, Files, LargeFiles, Scanner, Unscanned
from domain.catalog.events import ItemFileUnlinked
from domain.certificates.events import Serial
from domain.files.belongings import BELONGINGS, OrderErasure, TellErased
from domain.files.events import ErasureOfBelongingsOrdered, FileDeleted, FileScannedClean, FileUploaded
from domain.files.file import FILE, Erase, StartScan, TellClean, TellInfected, TellUnscanned
from domain.kernel import CourseId, FileId, PersonId, Value
from domain.privacy.events import KeyDestroyed

PERMISSIONS = (
    Permission("files.keep", "Upload files, rename and delete them.", own=(EVERYONE,)),
    Permission("files.read", "See which files there are, and download them.", own=(EVERYONE,), watched=True),
    Permission("files.link", "Let what an item of a course is be in a file.", (INSTRUCTOR, CREATOR)),
    Permission("files.open", "Open what is in courses, as far as they are open to one.", (EVERYONE,)),
    Permission("files.erase", "Have all files of somebody erased, and the papers of their certificates.", (STAFF,)),
)


def _contents(key: str, events: Sequence[object]) -> tuple[Content, ...]:
    if not isinstance(events[0], FileUploaded):
        return ()
    uploaded, clean = events[0], any(isinstance(event, FileScannedClean) for event in events)
    return (Content(f"{key} {uploaded.name}", uploaded.kept, clean, bytes=uploaded.bytes),)


PERSONAL = OfPeople(keyed={"belongings": 0}, owned={"file": "owner"}, contents=_contents)


async def when_file_uploaded_scan_it(uploaded: Recorded[FileUploaded], do: Bound) -> None:
    do.later(scan, ToScan(_file(uploaded.stream), uploaded.event.kept))


async def when_file_deleted_forget_its_content(deleted: Recorded[FileDeleted], do: Bound) -> None:
    do.later(forget_content, ToForget(deleted.event.kept))


async def when_item_file_unlinked_let_go_of_it(unlinked: Recorded[ItemFileUnlinked], do: Bound) -> None:
    fact = unlinked.event
    decision, beside = letting_go(CourseId(unlinked.stream.partition(":")[2]), fact.item, fact.file)
    await do.across(*decision, beside=beside)


async def when_erasure_of_belongings_ordered_erase_them(
    ordered: Recorded[ErasureOfBelongingsOrdered], do: Bound
) -> None:
    do.later(erase_belongings, ToErase(PersonId(ordered.stream.partition(":")[2]), ordered.position))


async def when_key_was_destroyed_erase_belongings(destroyed: Recorded[KeyDestroyed], do: Bound) -> None:
    await do(BELONGINGS.at(destroyed.event.person), OrderErasure())


class ToScan(Value):
    file: FileId
    kept: str


class ToForget(Value):
    kept: str


class ToErase(Value):
    """Whose, and all that was known of them at a position."""

    person: PersonId
    position: int


@job(retries=RETRIES)
def scan(errand: Errand[ToScan], files: LargeFiles, scanner: Scanner, doer: Doer) -> None:
    stream = FILE.at(errand.order.file)
    doer.do(errand, stream, StartScan())
    try:
        found = scanner.scan(files.read_parts(errand.tenant, errand.order.kept))
    except Unscanned as why:
        doer.do(errand, stream, TellUnscanned(str(why)))
        raise
    except FileNotFoundError:
        return  # It was deleted meanwhile.
    doer.do(errand, stream, TellClean() if found is None else TellInfected(found))


@job(retries=RETRIES)
def forget_content(errand: Errand[ToForget], files: Files) -> None:
    files.forget(errand.tenant, errand.order.kept)


@job(retries=RETRIES)
def erase_belongings(errand: Errand[ToErase], belongings: Belongings, files: Files, doer: Doer) -> None:
    order = errand.order
    held = belongings.of(errand.tenant, order.person, order.position)
    for file in held.files:
        doer.do(errand, FILE.at(file), Erase())
    for serial in held.serials:
        files.forget(errand.tenant, paper_name(Serial(serial)))
        files.forget(errand.tenant, badge_name(Serial(serial)))
    doer.do(errand, BELONGINGS.at(order.person), TellErased(len(held.files), len(held.serials)))


def _file(stream: str) -> FileId:
    return FileId(stream.partition(":")[2])
