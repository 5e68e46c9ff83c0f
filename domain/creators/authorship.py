"""Whose a work is: with whom the school shares what is paid for it, and in which parts, from when on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.creators.events import Author, AuthorNamed, AuthorsNamed, AuthorTakenAway
from domain.creators.events import AuthorshipEvent as Event
from domain.creators.share import WHOLE
from domain.kernel import Decider, Moment, PersonId, Rejected, Value


class Name(Value):
    """They made it alone. Whoever was named before is its author no more."""

    creator: PersonId


class Divide(Value):
    """They made it together, and what is paid for it from then on is divided so. It is `at` now."""

    authors: tuple[Author, ...]
    since: Moment
    at: Moment


class TakeAway(Value):
    """It is to count as theirs no more. Where they were one of several, their part is the school's."""

    creator: PersonId


Command = Name | Divide | TakeAway


class Term(Value):
    """Who has which part of what is paid from then on; always, where no time is said."""

    since: Moment | None
    authors: tuple[Author, ...]


class Unauthored(Value, tag=True):
    """What is paid for it is the school's alone."""


class Authored(Value, tag=True):
    """The terms in their order: each holds until the next."""

    terms: tuple[Term, ...]

    def authors_at(self, at: Moment) -> tuple[Author, ...]:
        """Who has a part of what was paid then."""
        held = (term.authors for term in reversed(self.terms) if term.since is None or term.since <= at)
        return next(held, ())

    @property
    def creators(self) -> tuple[PersonId, ...]:
        """Everyone who has or will have a part."""
        return tuple(dict.fromkeys(author.creator for term in self.terms for author in term.authors))


State = Unauthored | Authored


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unauthored(), Name(creator):
            yield AuthorNamed(creator)
        case Authored(terms), Name(creator) if terms != _alone(creator).terms:
            yield from map(AuthorTakenAway, state.creators)
            yield AuthorNamed(creator)
        case Authored(), TakeAway(creator) if creator in state.creators:
            yield AuthorTakenAway(creator)
        case _, Divide(authors, since, at):
            _check_whole(authors)
            if isinstance(state, Unauthored) or state.terms[-1] != Term(since, authors):
                _check_ahead(since, at)
                yield AuthorsNamed(authors, since)
        case _:
            return  # It is so already.


def _check_whole(authors: tuple[Author, ...]) -> None:
    alone = len({author.creator for author in authors}) == len(authors)
    if not alone or any(author.weight < 1 for author in authors) or sum(one.weight for one in authors) != WHOLE:
        raise Rejected("authorship.not_whole", f"each author is named once, and their parts are together {WHOLE}")


def _check_ahead(since: Moment, at: Moment) -> None:
    if since < at:
        raise Rejected("authorship.in_the_past", "what was paid before was shared with whose it was then")


def evolve(state: State, event: Event) -> State:
    match event:
        case AuthorNamed(creator):
            return _alone(creator)
        case AuthorsNamed(authors, since):
            before = () if isinstance(state, Unauthored) else state.terms
            kept = (term for term in before if term.since is None or term.since < since)
            return Authored((*kept, Term(since, authors)))
        case AuthorTakenAway(creator):
            return state if isinstance(state, Unauthored) else _without(state, creator)
        case _:
            assert_never(event)


def _alone(creator: PersonId) -> Authored:
    return Authored((Term(None, (Author(creator, WHOLE),)),))


def _without(state: Authored, creator: PersonId) -> State:
    left = tuple(
        replace(term, authors=tuple(author for author in term.authors if author.creator != creator))
        for term in state.terms
    )
    return Authored(left) if any(term.authors for term in left) else Unauthored()


AUTHORSHIP = Decider[State, Command, Event]("authorship", Unauthored(), decide, evolve)
