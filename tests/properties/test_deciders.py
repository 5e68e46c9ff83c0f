"""What holds of every decider at once. They are found by place: a new aggregate is held to this without a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel import Rejected
from tests.house.plan import Aggregate, aggregates
from tests.values import values

every_aggregate = pytest.mark.parametrize("aggregate", aggregates(), ids=lambda aggregate: aggregate.name)


def story(aggregate: Aggregate, commands: Sequence[Any]) -> Any:
    """The state after these commands, those that were refused left out."""
    state = aggregate.decider.initial
    for command in commands:
        try:
            state = aggregate.decider.fold(tuple(aggregate.decider.decide(state, command)), state)
        except Rejected:
            continue
    return state


def chance(aggregate: Aggregate) -> tuple[st.SearchStrategy[list[Any]], st.SearchStrategy[Any]]:
    """Some commands by chance, and one more."""
    return st.lists(values(aggregate.commands), max_size=8), values(aggregate.commands)


def test_there_are_aggregates_to_hold_to_this() -> None:
    assert "enrollment" in {aggregate.name for aggregate in aggregates()}


@every_aggregate
def test_saying_a_thing_twice_changes_nothing(aggregate: Aggregate) -> None:
    before, once_more = chance(aggregate)

    @settings(max_examples=200, deadline=None)
    @given(before, once_more)
    def holds(commands: list[Any], command: Any) -> None:
        state = story(aggregate, commands)
        try:
            events = tuple(aggregate.decider.decide(state, command))
        except Rejected:
            return
        assert tuple(aggregate.decider.decide(aggregate.decider.fold(events, state), command)) == ()

    holds()


@every_aggregate
def test_what_is_decided_depends_on_nothing_else_and_is_in_the_published_words(aggregate: Aggregate) -> None:
    before, once_more = chance(aggregate)

    def answer(state: Any, command: Any) -> Any:
        try:
            return tuple(aggregate.decider.decide(state, command))
        except Rejected as no:
            return no

    @settings(max_examples=100, deadline=None)
    @given(before, once_more)
    def holds(commands: list[Any], command: Any) -> None:
        state = story(aggregate, commands)
        first = answer(state, command)
        assert first == answer(state, command)
        assert isinstance(first, Rejected) or all(isinstance(event, aggregate.facts) for event in first)

    holds()


@every_aggregate
def test_any_facts_in_any_order_make_a_state(aggregate: Aggregate) -> None:
    """`evolve` is total: history is never argued with, whatever it is."""

    @settings(max_examples=200, deadline=None)
    @given(st.lists(values(aggregate.facts), max_size=12))
    def holds(events: list[Any]) -> None:
        assert isinstance(aggregate.decider.fold(events), get_args(aggregate.states) or aggregate.states)

    holds()


@every_aggregate
def test_a_state_survives_being_a_snapshot(aggregate: Aggregate) -> None:
    @settings(max_examples=100, deadline=None)
    @given(st.lists(values(aggregate.facts), max_size=6), st.lists(values(aggregate.facts), max_size=6))
    def holds(earlier: list[Any], later: list[Any]) -> None:
        state = aggregate.decider.fold(earlier)
        kept = msgspec.json.decode(msgspec.json.encode(state), type=aggregate.states)
        assert kept == state
        assert aggregate.decider.fold(later, kept) == aggregate.decider.fold(earlier + later)

    holds()
