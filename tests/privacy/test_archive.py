"""What was put away together, told as stories."""

from __future__ import annotations

from domain.privacy.archive import ARCHIVE, AskRestore, TellArchived, TellFailed, TellRestored
from domain.privacy.events import DataArchived, DataRestored, RestoreAsked, RestoreFailed
from tests.given import about
from tests.values import TIMES

given = about(ARCHIVE)
ARCHIVED = DataArchived("notices", "archives/one", "a" * 64, 10, ("one", "two"), TIMES[1], TIMES[0])
TOLD = TellArchived("notices", "archives/one", "a" * 64, 10, ("one", "two"), TIMES[1], TIMES[0])


def test_it_is_put_away_once_and_brought_back_as_often_as_it_is_wanted() -> None:
    given().when(TOLD).then(ARCHIVED)
    given(ARCHIVED).when(TOLD).then()
    given(ARCHIVED).when(AskRestore()).then(RestoreAsked())
    given(ARCHIVED, RestoreAsked()).when(AskRestore()).then()
    given(ARCHIVED, RestoreAsked()).when(TellRestored(2)).then(DataRestored(2))
    given(ARCHIVED, RestoreAsked(), DataRestored(2)).when(TellRestored(2)).then()
    given(ARCHIVED, RestoreAsked(), DataRestored(2)).when(AskRestore()).then(RestoreAsked())


def test_what_was_changed_is_not_brought_back_and_that_is_told() -> None:
    given(ARCHIVED, RestoreAsked()).when(TellFailed("changed")).then(RestoreFailed("changed"))
    given(ARCHIVED, RestoreAsked(), RestoreFailed("changed")).when(TellFailed("changed")).then()


def test_what_was_never_put_away_is_not_found() -> None:
    given().when(AskRestore()).refused("archive.not_found")
    given().when(TellRestored(1)).refused("archive.not_found")
    given().when(TellFailed("changed")).refused("archive.not_found")
