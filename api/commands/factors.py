"""Passkeys, given up."""

from __future__ import annotations

from typing import Annotated

from api.http.commands import Doing, command
from application.ledger import Receipt
from domain.factors.passkey import PASSKEY, Remove
from domain.kernel import ID, Rejected


@command(
    "/api/security/passkeys/{passkey}/remove",
    requires="factors.manage",
    limit="command",
    refuses=["passkey.not_found", "person.needed"],
)
async def remove_passkey(passkey: Annotated[str, ID], do: Doing) -> Receipt:
    """Have a passkey of one's own known no longer."""
    person = do.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    return await do(PASSKEY.at(passkey), Remove(person))
