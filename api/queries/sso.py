"""Identity providers, and one's own logins."""

from __future__ import annotations

from typing import Annotated, Any

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID
from domain.sso.events import ProviderId
from projections.model import Page
from projections.sso import my_logins as linked
from projections.sso import providers as configured
from projections.sso.my_logins import MyLogin
from projections.sso.providers import OneProvider, ShownProvider

Provider = Annotated[ProviderId, ID]

REFUSES = ["position.not_reached", "position.unknown"]
EXAMPLE: dict[str, Any] = {
    "id": "college",
    "kind": "oidc",
    "enabled": True,
    "terms": {
        "name": "The college",
        "issuer": "https://idp.college.example",
        "client_id": "annals",
        "sign_in_url": "",
        "certificates": [],
        "domains": ["college.example"],
        "attributes": [],
        "roles": [{"attribute": "groups", "value": "teachers", "role": "instructor"}],
        "welcomes": True,
    },
    "has_secret": True,
    "version": 1,
    "configured_at": "2026-11-02T08:00:00Z",
}


@query(
    "/api/identity-providers",
    requires="sso.read",
    limit="query",
    refuses=[*REFUSES, "cursor.malformed"],
    example={"rows": [EXAMPLE], "position": 42, "cursor": None},
)
async def identity_providers(
    asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[ShownProvider]:
    """By which identity providers may people come in, and on what terms?"""
    return await configured.providers(asking.ask, asking.tenant, cursor=cursor, limit=limit, min_position=min_position)


@query(
    "/api/identity-providers/{provider}",
    requires="sso.read",
    limit="query",
    refuses=[*REFUSES, "not_found"],
    example={"provider": EXAMPLE, "position": 42},
)
async def identity_provider(asking: Asking, provider: Provider, min_position: Position = 0) -> OneProvider:
    """On what terms do people come in by this identity provider?"""
    return await configured.provider(asking.ask, asking.tenant, provider, min_position=min_position)


@query(
    "/api/me/logins",
    requires="sso.own",
    limit="query",
    refuses=[*REFUSES, "cursor.malformed", "person.needed"],
    example={
        "rows": [{"login": "q7x2", "provider": "college", "linked_at": "2026-11-02T08:00:00Z"}],
        "position": 42,
        "cursor": None,
    },
)
async def my_logins(
    asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[MyLogin]:
    """By which logins do I come in?"""
    person = asking.principal.person
    if person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    return await linked.my_logins(
        asking.ask, asking.tenant, person, cursor=cursor, limit=limit, min_position=min_position
    )
