"""What one person agreed to, told as stories."""

from __future__ import annotations

from typing import get_args

import pytest

from application.consenting import agreed
from domain.kernel import PersonId
from domain.privacy.consent import CONSENT, Give, Withdraw
from domain.privacy.events import ConsentGiven, ConsentWithdrawn, Purpose
from tests.given import about
from tests.proves import proves

given = about(CONSENT)
ADA = PersonId("ada")
GAVE = ConsentGiven(ADA, "marketing", "2026-11")


@proves("privacy.consent")
@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_consent_is_given_to_certain_words_and_taken_back(purpose: Purpose) -> None:
    gave, took_back = ConsentGiven(ADA, purpose, "2026-11"), ConsentWithdrawn(ADA, purpose)
    given().when(Give(ADA, purpose, "2026-11")).then(gave)
    given(gave).when(Give(ADA, purpose, "2026-11")).then()
    given(gave).when(Give(ADA, purpose, "2027-01")).then(ConsentGiven(ADA, purpose, "2027-01"))
    given(gave).when(Withdraw(ADA, purpose)).then(took_back)
    given(gave, took_back).when(Withdraw(ADA, purpose)).then()
    given(gave, took_back).when(Give(ADA, purpose, "2026-11")).then(gave)


def test_one_purpose_says_nothing_of_another_and_no_may_be_said_before_yes() -> None:
    given(GAVE).when(Give(ADA, "recording", "2026-11")).then(ConsentGiven(ADA, "recording", "2026-11"))
    given(GAVE).when(Withdraw(ADA, "recording")).then(ConsentWithdrawn(ADA, "recording"))
    state = given(GAVE, ConsentWithdrawn(ADA, "recording")).state
    assert (state.given, state.withdrawn) == ((("marketing", "2026-11"),), ("recording",))


def test_only_who_said_yes_agrees() -> None:
    assert agreed(given().state, "recording") is None
    assert agreed(given(GAVE).state, "recording") is None
    assert agreed(given(GAVE).state, "marketing") == "2026-11"
    assert agreed(given(GAVE, ConsentWithdrawn(ADA, "marketing")).state, "marketing") is None
