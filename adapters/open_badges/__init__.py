"""The port `Badges`: Open Badges 3.0, which are verifiable credentials, and the lists that say which are revoked."""

from __future__ import annotations

import gzip
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from adapters.blind import derived, key_bytes
from adapters.open_badges.proofs import Issuer
from application.certificates import PLACES
from application.ledger import TenantId
from application.papers import Listing, Paper

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

ACHIEVEMENTS = {"course": ("course", "Course"), "path": ("learning path", "LearningProgram")}
"""What was completed, in words and as Open Badges has it."""


class OpenBadges:
    """Each tenant issues under a key of its own, which follows from the vault's oldest, and is its name (did:key)."""

    def __init__(self, vault_key: str, vault_key_before: Iterable[str] = ()) -> None:
        oldest = (vault_key, *vault_key_before)[-1]
        self._master = derived(key_bytes(oldest), "badges")

    def badge(self, paper: Paper, listing: Listing) -> bytes:
        issuer = self._issuer(paper.tenant)
        learner, course, school = (_plain(text) for text in (paper.learner, paper.course, paper.school))
        what, kind = ACHIEVEMENTS[paper.kind]
        credential: dict[str, Any] = {
            "@context": [CREDENTIALS, OPEN_BADGES],
            "id": paper.verify,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": course,
            "issuer": _profile(issuer, school),
            "validFrom": _time(paper.issued_at),
            "awardedDate": _time(paper.completed_at),
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "identityType": "name",
                        "hashed": False,
                        "identityHash": learner,
                    }
                ],
                "achievement": {
                    "id": f"urn:uuid:{paper.tenant}#{quote(course)}",
                    "type": ["Achievement"],
                    "achievementType": kind,
                    "name": course,
                    "description": f"Completed the {what} {course} at {school}.",
                    "criteria": {"narrative": f"Everything that the {what} requires was completed."},
                },
            },
            "credentialStatus": {
                "id": f"{listing.list_url}#{listing.index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(listing.index),
                "statusListCredential": listing.list_url,
            },
        }
        return msgspec.json.encode(issuer.signed(credential, paper.issued_at))

    def status_list(self, tenant: TenantId, school: str, url: str, revoked: frozenset[int], at: datetime) -> bytes:
        issuer = self._issuer(tenant)
        credential: dict[str, Any] = {
            "@context": [CREDENTIALS],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "name": f"What {_plain(school)} has revoked",
            "issuer": issuer.name,
            "validFrom": _time(at),
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encoded(revoked),
            },
        }
        return msgspec.json.encode(issuer.signed(credential, at))

    def _issuer(self, tenant: TenantId) -> Issuer:
        return Issuer(derived(self._master, str(tenant)))


def encoded(places: frozenset[int]) -> str:
    """A list of bits, the first on the left, as the standard wants it packed."""
    bits = bytearray(PLACES // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return "u" + urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def _profile(issuer: Issuer, school: str) -> dict[str, Any]:
    return {"id": issuer.name, "type": ["Profile"], "name": school}


def _plain(text: str) -> str:
    """A name on one line, without what cannot be seen."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
