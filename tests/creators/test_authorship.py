"""Whose a work is."""

from __future__ import annotations

from domain.creators.authorship import AUTHORSHIP, Name, TakeAway
from domain.creators.events import AuthorNamed, AuthorTakenAway
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(AUTHORSHIP)
MARIA, EVE = PersonId("maria"), PersonId("eve")
hers = AuthorNamed(MARIA)


@proves("pay.earnings")
def test_a_work_has_one_author_and_another_takes_their_place() -> None:
    given().when(Name(MARIA)).then(hers)
    given(hers).when(Name(MARIA)).then()
    given(hers).when(Name(EVE)).then(AuthorTakenAway(MARIA), AuthorNamed(EVE))
    given(hers).when(TakeAway(EVE)).then()
    given(hers).when(TakeAway(MARIA)).then(AuthorTakenAway(MARIA))
    given().when(TakeAway(MARIA)).then()
