"""One file, told as stories."""

from __future__ import annotations

import pytest

from domain.files.events import (
    FileDeleted,
    FileEvent,
    FileFoundInfected,
    FileLinked,
    FileRenamed,
    FileScanErrored,
    FileScannedClean,
    FileScanStarted,
    FileUnlinked,
    FileUploaded,
)
from domain.files.file import (
    FILE,
    Command,
    Delete,
    Erase,
    Link,
    Rename,
    StartScan,
    TellClean,
    TellInfected,
    TellUnscanned,
    Unlink,
    Upload,
)
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

ADA, BEN = PersonId("ada"), PersonId("ben")
ITEM = "item:art:one"

given = about(FILE)
uploaded = FileUploaded(ADA, "a.pdf", "application/pdf", 3, "a" * 64, "files/1")
upload = Upload(ADA, "a.pdf", "application/pdf", 3, "a" * 64, "files/1")
clean = (uploaded, FileScanStarted(), FileScannedClean())


def test_it_is_in_quarantine_until_somebody_can_tell() -> None:
    given().when(upload).then(uploaded)
    given(uploaded).when(upload).then()
    given(uploaded).when(StartScan()).then(FileScanStarted())
    given(uploaded, FileScanStarted()).when(TellUnscanned("away")).then(FileScanErrored("away"))
    errored = (uploaded, FileScanStarted(), FileScanErrored("away"))
    given(*errored).when(TellUnscanned("away")).then()
    given(*errored).when(StartScan()).then(FileScanStarted())
    given(*errored).when(TellClean()).then(FileScannedClean())
    given(*errored).when(TellInfected("Eicar")).then(FileFoundInfected("Eicar"))


def test_a_verdict_stands() -> None:
    for later in (TellClean(), TellInfected("Eicar"), TellUnscanned("away"), StartScan()):
        given(*clean).when(later).then()
        given(uploaded, FileFoundInfected("Eicar")).when(later).then()


@proves("course.file_link")
@pytest.mark.parametrize(
    "history",
    [
        (uploaded,),
        (uploaded, FileScanStarted()),
        (uploaded, FileScanErrored("away")),
        (uploaded, FileFoundInfected("x")),
    ],
)
def test_nothing_is_made_of_what_is_not_clean(history: tuple[FileEvent, ...]) -> None:
    given(*history).when(Link(ITEM, ADA)).refused("file.not_clean")


@proves("course.file_link")
def test_what_is_linked_is_not_deleted() -> None:
    given(*clean).when(Link(ITEM, ADA)).then(FileLinked(ITEM))
    given(*clean).when(Link(ITEM)).then(FileLinked(ITEM))
    linked = (*clean, FileLinked(ITEM))
    given(*linked).when(Link(ITEM, ADA)).then()
    given(*linked).when(Delete(ADA)).refused("file.linked")
    given(*linked).when(Unlink(ITEM)).then(FileUnlinked(ITEM))
    given(*linked, FileUnlinked(ITEM)).when(Delete(ADA)).then(FileDeleted(ADA, "files/1"))
    given(*linked).when(Erase()).then(FileDeleted(ADA, "files/1", (ITEM,)))


@pytest.mark.parametrize("command", [Rename(BEN, "b.pdf"), Link(ITEM, BEN), Delete(BEN)])
def test_what_is_anothers_is_not_found(command: Command) -> None:
    given(*clean).when(command).refused("file.not_found")
    given().when(command).refused("file.not_found")
    given(*clean, FileDeleted(ADA, "files/1")).when(command).refused("file.not_found")


def test_it_is_called_otherwise_and_deleted_in_any_state() -> None:
    given(uploaded).when(Rename(ADA, "b.pdf")).then(FileRenamed(ADA, "b.pdf"))
    given(uploaded).when(Rename(ADA, "a.pdf")).then()
    given(uploaded, FileFoundInfected("x")).when(Delete(ADA)).then(FileDeleted(ADA, "files/1"))
    given(*clean, FileDeleted(ADA, "files/1")).when(TellClean()).then()
