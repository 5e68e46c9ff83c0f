"""One API key, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.kernel import PersonId, SecretId
from domain.keys.api_key import API_KEY, Good, Issue, Revoke, Revoked, Rotate, Unissued
from domain.keys.events import ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated
from tests.given import about

given = about(API_KEY)

ADA, BEN = PersonId("ada"), PersonId("ben")
HASH = SecretId("hash")
SCOPES = ("enrollments.read",)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)
NIGHT = NOON + timedelta(hours=12)

issue = Issue(ADA, "robot", SCOPES, HASH, NOON)
issued = ApiKeyIssued(ADA, "robot", SCOPES, HASH)
expiring = ApiKeyIssued(ADA, "robot", SCOPES, HASH, EVENING)
rotated = ApiKeyRotated("next", EVENING)


def test_a_key_is_issued_once() -> None:
    given().when(issue).then(issued)
    given(issued).when(issue).then()
    given(issued).when(Issue(BEN, "robot", SCOPES, HASH, NOON)).refused("api_key.issued_already")
    given(issued, ApiKeyRevoked(HASH)).when(issue).then()


def test_a_key_does_not_end_before_it_begins() -> None:
    given().when(Issue(ADA, "robot", SCOPES, HASH, NOON, EVENING)).then(expiring)
    given().when(Issue(ADA, "robot", SCOPES, HASH, NOON, NOON)).refused("api_key.expired")


def test_a_key_is_rotated_once_while_it_is_good() -> None:
    given(issued).when(Rotate(ADA, "next", NOON, EVENING)).then(rotated)
    given(issued, rotated).when(Rotate(ADA, "next", NOON, EVENING)).then()
    given(issued, rotated).when(Rotate(ADA, "another", NOON, EVENING)).refused("api_key.ended")
    given(expiring).when(Rotate(ADA, "next", EVENING, NIGHT)).refused("api_key.ended")
    given(issued, ApiKeyRevoked(HASH)).when(Rotate(ADA, "next", NOON, EVENING)).refused("api_key.ended")


def test_a_key_is_revoked_by_its_owner_or_by_somebody_who_may_revoke_any() -> None:
    for by in (ADA, None):
        given(issued).when(Revoke(by)).then(ApiKeyRevoked(HASH))
        given(issued, rotated).when(Revoke(by)).then(ApiKeyRevoked(HASH))
        given(issued, ApiKeyRevoked(HASH)).when(Revoke(by)).then()


def test_of_another_persons_key_nothing_is_known() -> None:
    for history in ((), (issued,), (issued, ApiKeyRevoked(HASH))):
        given(*history).when(Revoke(BEN)).refused("api_key.not_found")
        given(*history).when(Rotate(BEN, "next", NOON, EVENING)).refused("api_key.not_found")


def test_a_key_ends_by_its_expiry_or_after_the_overlap_whichever_is_first() -> None:
    assert given(issued).state == Good(ADA, SCOPES, HASH)
    assert not Good(ADA, SCOPES, HASH).has_ended(NIGHT)
    rotating = given(ApiKeyIssued(ADA, "robot", SCOPES, HASH, NIGHT), rotated).state
    assert isinstance(rotating, Good)
    assert rotating.ends_at == EVENING
    assert not rotating.has_ended(NOON)
    assert rotating.has_ended(EVENING)


def test_the_states_of_a_key() -> None:
    assert given().state == Unissued()
    assert given(rotated, ApiKeyRevoked(HASH)).state == Unissued()
    assert given(issued, ApiKeyRevoked(HASH)).state == Revoked(ADA)
