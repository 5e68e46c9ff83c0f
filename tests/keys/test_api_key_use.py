"""How much an API key was used."""

from __future__ import annotations

from datetime import UTC, date, datetime

from domain.kernel import PersonId
from domain.keys.api_key_use import API_KEY_USE, Count, Used
from domain.keys.events import ApiKeyUsed, EndpointCalled
from tests.given import about

given = about(API_KEY_USE)

ADA = PersonId("ada")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALLS = (EndpointCalled(date(2026, 11, 21), "GET /api/courses/{course}/roster", 7, 1),)


def test_a_batch_counts_once() -> None:
    given().when(Count("one", ADA, NOON, CALLS)).then(ApiKeyUsed("one", ADA, NOON, CALLS))
    given(ApiKeyUsed("one", ADA, NOON, CALLS)).when(Count("one", ADA, NOON, CALLS)).then()
    given(ApiKeyUsed("one", ADA, NOON, CALLS)).when(Count("two", ADA, NOON, CALLS)).then(
        ApiKeyUsed("two", ADA, NOON, CALLS)
    )


def test_what_was_not_used_is_not_told() -> None:
    given().when(Count("one", ADA, NOON, ())).then()
    assert given().state == Used()
