"""One study document, told as stories."""

from __future__ import annotations

import pytest

from domain.kernel import CourseId, FileId, PersonId
from domain.library.document import (
    DOCUMENT,
    Add,
    Command,
    Delete,
    EndSharing,
    Rename,
    Share,
    TellFailed,
    TellText,
)
from domain.library.events import (
    DocumentAdded,
    DocumentDeleted,
    DocumentExtractionFailed,
    DocumentRenamed,
    DocumentShared,
    DocumentSharingEnded,
    DocumentTextExtracted,
)
from tests.given import about

ADA, BEN, ART, FILE = PersonId("ada"), PersonId("ben"), CourseId("art"), FileId("f")

given = about(DOCUMENT)
add = Add(ADA, "Almanac", FILE, "text/plain", "files/1")
added = DocumentAdded(ADA, "Almanac", FILE, "text/plain", "files/1")
read = DocumentTextExtracted(ADA, 2, 40, "stars")


def test_it_is_added_once_and_only_of_what_has_text() -> None:
    given().when(add).then(added)
    given(added).when(add).then()
    given(added).when(Add(ADA, "Almanac", FileId("g"), "text/plain", "files/2")).refused("document.exists")
    given().when(Add(ADA, "Stars", FILE, "image/png", "files/1")).refused("document.type_refused")
    given(added, DocumentDeleted(ADA, FILE)).when(add).refused("document.not_found")


def test_its_text_is_extracted_once_or_cannot_be() -> None:
    given(added).when(TellText(ADA, 2, 40, "stars")).then(read)
    given(added, read).when(TellText(ADA, 3, 1, "")).then()
    given(added, read).when(TellFailed("unreadable")).then()
    given(added).when(TellFailed("unreadable")).then(DocumentExtractionFailed("unreadable"))
    given(added, DocumentDeleted(ADA, FILE)).when(TellText(ADA, 2, 40, "")).refused("document.not_found")


def test_its_owner_shares_it_and_ends_that() -> None:
    given(added).when(Share(ADA, ART)).then(DocumentShared(ART))
    given(added, DocumentShared(ART)).when(Share(ADA, ART)).then()
    given(added, DocumentShared(ART)).when(EndSharing(ADA, ART)).then(DocumentSharingEnded(ART))
    given(added).when(EndSharing(ADA, ART)).then()
    given(added).when(Rename(ADA, "Stars")).then(DocumentRenamed(ADA, "Stars"))
    given(added).when(Rename(ADA, "Almanac")).then()
    given(added).when(Delete(ADA)).then(DocumentDeleted(ADA, FILE))
    given(added, DocumentDeleted(ADA, FILE)).when(Delete(ADA)).then()


@pytest.mark.parametrize("command", [Rename(BEN, "x"), Share(BEN, ART), EndSharing(BEN, ART), Delete(BEN)])
def test_what_is_anothers_is_not_found(command: Command) -> None:
    given(added).when(command).refused("document.not_found")
    given().when(command).refused("document.not_found")
