"""What one person agreed to, told as stories."""

from __future__ import annotations

from domain.kernel import PersonId
from domain.privacy.consent import CONSENT, Give, Withdraw
from domain.privacy.events import ConsentGiven, ConsentWithdrawn
from tests.given import about

given = about(CONSENT)
ADA = PersonId("ada")
GAVE = ConsentGiven(ADA, "marketing", "2026-11")
TOOK_BACK = ConsentWithdrawn(ADA, "marketing")


def test_consent_is_given_to_certain_words_and_taken_back() -> None:
    given().when(Give(ADA, "marketing", "2026-11")).then(GAVE)
    given(GAVE).when(Give(ADA, "marketing", "2026-11")).then()
    given(GAVE).when(Give(ADA, "marketing", "2027-01")).then(ConsentGiven(ADA, "marketing", "2027-01"))
    given(GAVE).when(Withdraw(ADA, "marketing")).then(TOOK_BACK)
    given(GAVE, TOOK_BACK).when(Withdraw(ADA, "marketing")).then()
    given(GAVE, TOOK_BACK).when(Give(ADA, "marketing", "2026-11")).then(GAVE)


def test_one_purpose_says_nothing_of_another_and_no_may_be_said_before_yes() -> None:
    given(GAVE).when(Give(ADA, "recording", "2026-11")).then(ConsentGiven(ADA, "recording", "2026-11"))
    given(GAVE).when(Withdraw(ADA, "recording")).then(ConsentWithdrawn(ADA, "recording"))
    state = given(GAVE, ConsentWithdrawn(ADA, "recording")).state
    assert (state.given, state.withdrawn) == ((("marketing", "2026-11"),), ("recording",))
