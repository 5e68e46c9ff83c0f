"""API keys, revoked."""

from __future__ import annotations

from typing import Annotated

from api.http.commands import Doing, command
from application.ledger import Receipt
from domain.kernel import ID, Rejected
from domain.keys.api_key import API_KEY, Revoke

Key = Annotated[str, ID]


@command(
    "/api/security/api-keys/{key}/revoke",
    requires="keys.manage",
    limit="command",
    refuses=["api_key.not_found", "person.needed"],
)
async def revoke_key(key: Key, do: Doing) -> Receipt:
    """Have a key of one's own refused from now on, everywhere."""
    person = do.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    return await do(API_KEY.at(key), Revoke(person))


@command(
    "/api/admin/api-keys/{key}/revoke",
    requires="keys.govern",
    limit="command",
    refuses=["api_key.not_found"],
)
async def revoke_any_key(key: Key, do: Doing) -> Receipt:
    """Have anybody's key refused from now on, everywhere."""
    return await do(API_KEY.at(key), Revoke(None))
