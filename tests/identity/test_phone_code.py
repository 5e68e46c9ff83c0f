"""A code that is sent to a phone: good once, for a while, and for few guesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.identity.events import CodeId, Mark, PhoneCodeOffered, PhoneCodeRefused, PhoneCodeUsed
from domain.identity.phone_code import A_DAY_MAX, APART, GUESSES_MAX, PHONE_CODE, Offer, Try
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(PHONE_CODE)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
ada, phone = PersonId("ada"), Mark("phone")
one, two = CodeId("one"), CodeId("two")
offered = PhoneCodeOffered(ada, one, phone, NOW, UNTIL)


def offer(code: str, at: datetime) -> Offer:
    return Offer(ada, CodeId(code), phone, at, at + timedelta(minutes=10))


@proves("user.profile")
def test_a_code_is_good_once() -> None:
    given().when(Offer(ada, one, phone, NOW, UNTIL)).then(offered)
    given(offered).when(Offer(ada, one, phone, NOW, UNTIL)).then()
    given(offered).when(Try(one, right=True, request="a", at=NOW)).then(PhoneCodeUsed(one, "a"))
    given(offered, PhoneCodeUsed(one, "a")).when(Try(one, right=True, request="a", at=NOW)).then()
    given(offered, PhoneCodeUsed(one, "a")).when(Try(one, right=True, request="b", at=NOW)).refused("code.refused")
    given().when(Try(one, right=True, request="a", at=NOW)).refused("code.refused")


@proves("user.profile")
def test_a_code_is_good_for_a_while_and_until_the_next() -> None:
    given(offered).when(Try(one, right=True, request="a", at=UNTIL)).refused("code.refused")
    later = PhoneCodeOffered(ada, two, phone, NOW + APART, UNTIL + APART)
    given(offered, later).when(Try(one, right=True, request="a", at=NOW + APART)).refused("code.refused")


@proves("user.profile")
def test_after_a_few_wrong_guesses_even_the_right_one_is_refused() -> None:
    wrong = [PhoneCodeRefused(str(number)) for number in range(GUESSES_MAX)]
    given(offered).when(Try(one, right=False, request="0", at=NOW)).then(wrong[0])
    given(offered, wrong[0]).when(Try(one, right=False, request="0", at=NOW)).then()
    given(offered, *wrong[:-1]).when(Try(one, right=True, request="a", at=NOW)).then(PhoneCodeUsed(one, "a"))
    given(offered, *wrong).when(Try(one, right=True, request="a", at=NOW)).refused("code.refused")


def test_codes_are_not_sent_without_end() -> None:
    given(offered).when(offer("two", NOW + APART - timedelta(seconds=1))).refused("code.too_soon")
    many = [
        PhoneCodeOffered(ada, CodeId(str(number)), phone, NOW + number * APART, UNTIL) for number in range(A_DAY_MAX)
    ]
    given(*many).when(offer("more", NOW + timedelta(hours=20))).refused("code.too_soon")
    tomorrow = offer("more", NOW + timedelta(hours=25))
    given(*many).when(tomorrow).then(
        PhoneCodeOffered(ada, CodeId("more"), phone, tomorrow.at, tomorrow.until),
    )


def test_what_is_kept_of_codes_that_were_never_sent() -> None:
    assert given(PhoneCodeRefused("a"), PhoneCodeUsed(one, "a")).state == PHONE_CODE.initial
    assert given(offered, PhoneCodeUsed(two, "a")).state == given(offered).state
