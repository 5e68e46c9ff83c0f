"""The story of a message that is believed once."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.sso.events import MessageTaken, SignInId
from domain.sso.message import MESSAGE, Take, Taken
from tests.given import about
from tests.proves import proves

given = about(MESSAGE)

UNTIL = datetime(2026, 11, 2, 8, tzinfo=UTC)
ONE, TWO = SignInId("one"), SignInId("two")


@proves("auth.sso_saml")
def test_a_message_is_taken_once() -> None:
    given().when(Take(ONE, UNTIL)).then(MessageTaken(ONE, UNTIL))
    given(MessageTaken(ONE, UNTIL)).when(Take(ONE, UNTIL)).then()
    given(MessageTaken(ONE, UNTIL)).when(Take(TWO, UNTIL)).refused("sign_in.used")
    assert given(MessageTaken(ONE, UNTIL), MessageTaken(TWO, UNTIL)).state == Taken(ONE)
