"""What an authenticator is given to sign."""

from __future__ import annotations

from domain.factors.challenge import CHALLENGE, Answer, Answered, Open
from domain.factors.events import ChallengeAnswered
from tests.given import about

given = about(CHALLENGE)


def test_a_challenge_is_answered_once() -> None:
    given().when(Answer("one")).then(ChallengeAnswered("one"))
    given(ChallengeAnswered("one")).when(Answer("one")).then()
    given(ChallengeAnswered("one")).when(Answer("two")).refused("challenge.answered")


def test_the_states_of_a_challenge() -> None:
    assert given().state == Open()
    assert given(ChallengeAnswered("one"), ChallengeAnswered("two")).state == Answered("one")
