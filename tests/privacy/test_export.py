"""One export, told as stories."""

from __future__ import annotations

from domain.kernel import PersonId
from domain.privacy.events import ExportAsked, ExportDiscarded, ExportMade
from domain.privacy.export import EXPORT, Ask, Forget, TellMade
from tests.given import about
from tests.values import TIMES

given = about(EXPORT)
ADA = PersonId("ada")
MADE = ExportMade(ADA, "exports/one", 10, "a" * 64, 3, TIMES[0])
TOLD = TellMade("exports/one", 10, "a" * 64, 3, TIMES[0])


def test_an_export_is_asked_for_made_and_forgotten_when_its_time_is_over() -> None:
    given().when(Ask(ADA)).then(ExportAsked(ADA))
    given(ExportAsked(ADA)).when(Ask(ADA)).then()
    given(ExportAsked(ADA)).when(TOLD).then(MADE)
    given(ExportAsked(ADA), MADE).when(TOLD).then()
    given(ExportAsked(ADA), MADE).when(Forget("expired")).then(ExportDiscarded(ADA, "expired", "exports/one"))
    given(ExportAsked(ADA), MADE, ExportDiscarded(ADA, "expired", "exports/one")).when(Forget("erased")).then()


def test_one_that_was_forgotten_before_it_was_made_is_never_made() -> None:
    given(ExportAsked(ADA)).when(Forget("erased")).then(ExportDiscarded(ADA, "erased"))
    given(ExportAsked(ADA), ExportDiscarded(ADA, "erased")).when(TOLD).then()


def test_what_nobody_asked_for_is_not_there() -> None:
    given().when(TOLD).refused("export.not_found")
    given().when(Forget("expired")).refused("export.not_found")
