"""How it stands with one's own second factor and passkeys."""

from __future__ import annotations

from api.http.queries import Asking, Position, query
from domain.kernel import PersonId, Rejected
from projections.factors.passkeys import Passkey, passkeys_of
from projections.factors.second_factor import SecondFactor, second_factor_of
from projections.model import Page


@query(
    "/api/security/2fa",
    requires="factors.manage",
    limit="query",
    refuses=["person.needed", "position.not_reached", "position.unknown"],
    example={
        "status": "on",
        "enabled_at": "2026-11-02T08:00:00Z",
        "used_at": "2026-11-03T08:00:00Z",
        "backup_codes_left": 9,
        "locked_until": None,
        "position": 42,
    },
)
async def second_factor(asking: Asking, min_position: Position = 0) -> SecondFactor:
    """Is my second factor on, and how many backup codes are left?"""
    return await second_factor_of(asking.ask, asking.tenant, _person(asking), min_position=min_position)


@query(
    "/api/security/passkeys",
    requires="factors.manage",
    limit="query",
    refuses=["person.needed", "position.not_reached", "position.unknown"],
    example={
        "rows": [
            {
                "passkey": "mfrggzdfmztwq2lknnwg23tpob",
                "credential": "Y3JlZGVudGlhbA",
                "authenticator": "08987058-cadc-4b81-b6e1-30de50dcbe96",
                "transports": ["internal"],
                "backed_up": False,
                "registered_at": "2026-11-02T08:00:00Z",
                "used_at": None,
                "fell_at": None,
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def passkeys(asking: Asking, min_position: Position = 0) -> Page[Passkey]:
    """Which passkeys have I?"""
    return await passkeys_of(asking.ask, asking.tenant, _person(asking), min_position=min_position)


def _person(asking: Asking) -> PersonId:
    person = asking.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    return person
