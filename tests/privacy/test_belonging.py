"""Whose facts are: every context says so of every kind of stream that it has, and a new one is asked for."""

from __future__ import annotations

import pytest

from application.belonging import SOMEBODY, OfPeople, names, names_people, owns, personal, theirs
from application.catalogue import CATALOGUE, contexts
from domain.enrollments.events import BulkRowsHandled
from tests.house.plan import aggregates, facts
from tests.privacy.told import words
from tests.proves import proves


def kinds(of: OfPeople) -> list[str]:
    return [*of.keyed, *of.owned, *of.apart]


def exporters() -> list[str]:
    """The contexts of which something is exported."""
    return [context for context, of in personal().items() if of.keyed or of.owned]


@proves("privacy.export")
@pytest.mark.parametrize("context", contexts())
def test_every_context_says_of_each_of_its_streams_whose_it_is(context: str) -> None:
    there = sorted(one.name for one in aggregates() if one.context == context)
    assert sorted(kinds(personal()[context])) == there, (
        f"application/{context}.py says in PERSONAL of each kind of stream whether it is somebody's"
    )


@proves("privacy.export")
def test_a_context_with_personal_data_has_an_exporter() -> None:
    with_personal_data = {word.context for word in words() if word.personal}
    naming = {word.context for word in words() if names_people(word.type)}
    assert with_personal_data <= set(exporters())
    assert naming <= set(exporters()) | {"tenancy"}
    assert {"identity", "files", "enrollments", "payments", "privacy"} <= set(exporters())


@proves("privacy.export")
def test_what_is_personal_is_in_a_stream_of_its_person_or_names_them() -> None:
    """So it is found in their export, and is not found in another's."""
    for word in words():
        if word.personal:
            assert names_people(word.type), word.name
            assert names(word.name, {word.type.__person__ or "": "ada"}, "ada"), (
                f"{word.name}: its person is a PersonId"
            )


def test_streams_are_owned_by_name_or_by_a_fact_in_them() -> None:
    assert owns("enrollments.CourseCompleted", "enrollment:art:ada", {}, "ada")
    assert not owns("enrollments.CourseCompleted", "enrollment:ada:bob", {}, "ada")
    assert not owns("enrollments.CourseCompleted", "enrollment:art", {}, "ada")
    assert owns("files.FileUploaded", "file:one", {"owner": "ada"}, "ada")
    assert not owns("files.FileUploaded", "file:one", {"owner": "bob"}, "ada")
    agreement = {"agreement": {"subscriber": "ada"}}
    assert owns("subscriptions.SubscriptionStarted", "subscription:one", agreement, "ada")
    assert not owns("subscriptions.SubscriptionStarted", "subscription:one", {"agreement": None}, "ada")
    assert not owns("enrollments.SeatTaken", "seats:one", {"learner": "ada"}, "ada")
    assert not owns("of_another_house.Told", "file:one", {"owner": "ada"}, "ada")


def test_of_a_list_only_ones_own_row_is_theirs() -> None:
    word = CATALOGUE.words["enrollments.BulkRowsHandled"]
    assert word.type is BulkRowsHandled
    rows = [{"line": 2, "outcome": "enrolled", "learner": "ada"}, {"line": 3, "outcome": "refused", "learner": "bob"}]
    fields = {"first": 0, "rows": rows}
    assert names(word.name, fields, "ada")
    assert not names(word.name, fields, "eve")
    assert theirs(word, fields, "ada")["rows"] == rows[:1]


def test_what_is_of_others_is_left_out_of_a_fact_that_names_two() -> None:
    word = CATALOGUE.words["creators.DonationMade"]
    fields = {"donor": "ada", "creator": "bob", "money": {"currency": "EUR", "amount": 5}, "message": "for Bob"}
    assert theirs(word, fields, "ada") == {**fields, "creator": SOMEBODY}
    assert theirs(word, fields, "bob") == {**fields, "donor": SOMEBODY, "message": None}


def test_every_fact_belongs_to_a_context_that_there_is() -> None:
    assert {word.name for context in contexts() for word in facts(context)} == set(CATALOGUE.words)
