"""How monetization is turned on: what is known of somebody is decided on beside, so that it holds when it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.enrolling import Deciding
from domain.creators.creator import CREATOR, TurnOn
from domain.creators.creator import State as Creator
from domain.creators.eligibility import RULES, Standing
from domain.factors.two_factor import TWO_FACTOR, On
from domain.factors.two_factor import State as TwoFactor
from domain.identity.person import PERSON, Active, Nobody
from domain.identity.person import State as Person
from domain.kernel import PersonId, Value
from domain.tenancy.settings import SETTINGS
from domain.tenancy.settings import State as Settings


class Agree(Value):
    """What somebody says who wants to be paid."""

    terms: str
    of_age: bool


def stated() -> tuple[tuple[str, str], ...]:
    """The rules that are to be met: the name of each, and what it asks for."""
    return tuple((rule.name, rule.asks) for rule in RULES)


def monetizing(creator: PersonId, said: Agree) -> Deciding:
    """Somebody turns monetization on."""

    def decide(state: Creator, person: Person, factor: TwoFactor, settings: Settings) -> Iterator[tuple[int, Any]]:
        standing = Standing(
            active=isinstance(person, Active),
            verified=not isinstance(person, Nobody) and person.account.verified,
            second_factor=isinstance(factor, On),
            second_factor_wanted=settings.configuration.monetization_second_factor,
            terms=said.terms,
            of_age=said.of_age,
        )
        return ((0, event) for event in CREATOR.decide(state, TurnOn(standing)))

    beside = (PERSON.at(creator), TWO_FACTOR.at(creator), SETTINGS.at("main"))
    return Deciding((CREATOR.at(creator),), decide, said, beside)
