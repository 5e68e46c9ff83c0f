"""Whose a work is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.creators.authorship import AUTHORSHIP, Authored, Divide, Name, TakeAway
from domain.creators.events import Author, AuthorNamed, AuthorsNamed, AuthorTakenAway
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(AUTHORSHIP)
NOW, DAY = datetime(2026, 11, 21, tzinfo=UTC), timedelta(days=1)
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


@proves("pay.earnings")
def test_several_authors_have_parts_that_are_all_of_it_from_a_day_on() -> None:
    both = (Author(MARIA, 6000), Author(EVE, 4000))
    divided = AuthorsNamed(both, NOW)
    given().when(Divide(both, NOW, NOW)).then(divided)
    given(divided).when(Divide(both, NOW, NOW + DAY)).then()
    given(divided).when(Divide(both, NOW - DAY, NOW)).refused("authorship.in_the_past")
    for wrong in (both[:1], (*both, Author(EVE, 1)), (Author(EVE, 5000), Author(EVE, 5000)), ()):
        given().when(Divide(wrong, NOW, NOW)).refused("authorship.not_whole")
    # What comes later is divided otherwise; what was, was.
    turned = (Author(MARIA, 1), Author(EVE, 9999))
    given(hers).when(Divide(turned, NOW + DAY, NOW)).then(AuthorsNamed(turned, NOW + DAY))
    state = AUTHORSHIP.fold([hers, divided, AuthorsNamed(turned, NOW + DAY)])
    assert isinstance(state, Authored)
    assert state.authors_at(NOW - DAY) == (Author(MARIA, 10_000),)
    assert (state.authors_at(NOW), state.authors_at(NOW + DAY)) == (both, turned)
    given(divided).when(TakeAway(EVE)).then(AuthorTakenAway(EVE))
    alone = AUTHORSHIP.fold([divided, AuthorTakenAway(EVE)])
    assert isinstance(alone, Authored)
    assert alone.authors_at(NOW) == (Author(MARIA, 6000),)
    assert alone.authors_at(NOW - DAY) == ()
    given(divided).when(Name(EVE)).then(AuthorTakenAway(MARIA), AuthorTakenAway(EVE), AuthorNamed(EVE))
