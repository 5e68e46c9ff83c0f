"""API keys: issued and rotated. Each is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from api.http.entrances import entrance
from application import api_keys
from application.api_keys import Issued
from application.entering import Visitor
from domain.kernel import ID, Moment, Value

Key = Annotated[str, ID]
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\s*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)", max_length=100, description="What it is for."
    ),
]
Scope = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:\*|[a-z_]+(?:\.[a-z_]+)*(?:\.\*)?)$(?!\n)",
        max_length=100,
        description="A permission, or a whole of them: `enrollments.read`, `enrollments.*`, `*`.",
    ),
]

OVERLAP_S = 24 * 3600
OVERLAP_S_MAX = 30 * 24 * 3600


class IssueBody(Value, forbid_unknown_fields=True):
    """What a key is for, how far it goes, and until when."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=100)]
    expires_at: Moment | None = None


class RotateBody(Value, forbid_unknown_fields=True):
    """How long the old key is good for besides the new one. It goes as far, and ends when the old one was to."""

    name: Name
    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=OVERLAP_S_MAX)] = OVERLAP_S
    expires_at: Moment | None = None


ISSUED = {
    "key": "7Yc2mQ9xLw4B",
    "prefix": "ak_7Yc2mQ9xLw4B",
    "text": "ak_7Yc2mQ9xLw4B02t3kZ9wQ7sR1vYb8nLd5m_1wQ7sR1vYb8nLd5mK3xHq0Pz6TjE2cUaV9gFy4iNoB",
    "position": 42,
}


@entrance(
    "/api/security/api-keys",
    requires="keys.manage",
    refuses=[
        "person.needed",
        "person.erased",
        "api_key.scope_unknown",
        "api_key.expired",
        "api_key.issued_already",
        "api_key.shown",
    ],
    example={"name": "timetable robot", "scopes": ["enrollments.read"], "expires_at": "2027-11-02T08:00:00Z"},
    answer_example=ISSUED,
)
async def issue_key(body: IssueBody, visitor: Visitor) -> Issued:
    """Have a key issued for a program.

    The program shows it as a bearer token, and may do what its scopes say and its owner may. Only its hash is kept.
    """
    return await api_keys.issue(visitor, body.name.strip(), body.scopes, body.expires_at)


@entrance(
    "/api/security/api-keys/{key}/rotate",
    requires="keys.manage",
    refuses=[
        "person.needed",
        "person.erased",
        "api_key.not_found",
        "api_key.ended",
        "api_key.expired",
        "api_key.shown",
    ],
    example={"name": "timetable robot", "overlap_s": 3600},
    answer_example=ISSUED,
)
async def rotate_key(key: Key, body: RotateBody, visitor: Visitor) -> Issued:
    """Have a key issued that follows another. For the overlap both are good, then only the new one."""
    overlap = timedelta(seconds=body.overlap_s)
    return await api_keys.rotate(visitor, key, body.name.strip(), body.expires_at, overlap)
