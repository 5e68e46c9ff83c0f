"""Who may turn monetization on: each rule with its name, what it asks for, and how it is seen that it is met."""

from __future__ import annotations

from collections.abc import Callable

from domain.kernel import Value

TERMS = "2026-11"
"""The terms that there are now, by the month in which they were written."""


class Standing(Value):
    """What is known of somebody who wants to be paid."""

    active: bool
    verified: bool
    second_factor: bool
    second_factor_wanted: bool
    terms: str
    of_age: bool


class Rule(Value):
    """One thing that is asked for."""

    name: str
    asks: str
    met: Callable[[Standing], bool]


RULES = (
    Rule("account_active", "an account that is open", lambda of: of.active),
    Rule("address_verified", "an address that is verified", lambda of: of.verified),
    Rule("terms_accepted", f"that the terms of {TERMS} are agreed to", lambda of: of.terms == TERMS),
    Rule("of_age", "that one is of age", lambda of: of.of_age),
    Rule(
        "second_factor",
        "a second factor, where the school wants one",
        lambda of: of.second_factor or not of.second_factor_wanted,
    ),
)


def unmet(standing: Standing) -> tuple[Rule, ...]:
    """The rules that somebody does not meet."""
    return tuple(rule for rule in RULES if not rule.met(standing))
