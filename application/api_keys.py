"""API keys: issued and rotated by their owner, to whom each is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from application.api_key_texts import new_key, prefix
from application.entering import Step, Visitor
from application.in_person import in_person
from application.ledger import Repeated
from application.permissions import permitted
from domain.kernel import Rejected, SecretId, Value
from domain.keys.api_key import API_KEY, Good, Issue, Rotate
from domain.keys.api_key import State as Key

SHOWN = Rejected("api_key.shown", "this key was shown once; issue or rotate another")


class Issued(Value):
    """A key: `text` is shown now, and never again. By its `prefix` it is known later."""

    key: str
    prefix: str
    text: str
    position: int


async def issue(visitor: Visitor, name: str, scopes: tuple[str, ...], expires_at: datetime | None) -> Issued:
    """Issue a key that goes as far as these scopes, and no further than its owner may."""
    for scope in scopes:
        if not permitted((scope,), visitor.tenant):
            raise Rejected("api_key.scope_unknown", f"there is nothing to permit called {scope}")
    return await _issued(visitor, name, tuple(sorted(set(scopes))), expires_at)


async def rotate(visitor: Visitor, key: str, name: str, expires_at: datetime | None, overlap: timedelta) -> Issued:
    """Issue a key that follows another, which is good for a while yet."""
    stream = API_KEY.at(key)
    state: Key = await visitor.look(stream)
    # Whether it is good, and theirs, is decided below; this is only what the new one takes over.
    scopes = state.scopes if isinstance(state, Good) else ()
    end = expires_at or (state.expires_at if isinstance(state, Good) else None)
    return await _issued(visitor, name, scopes, end, key, overlap)


async def _issued(  # noqa: PLR0913, PLR0917 — all that a key is
    visitor: Visitor,
    name: str,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
    instead_of: str | None = None,
    overlap: timedelta = timedelta(),
) -> Issued:
    person = in_person(visitor)
    new = new_key(visitor.tenant)
    secret = await visitor.means.vault.keep(visitor.tenant, person, "api_key", new.digest)
    issued = Issue(person, name, scopes, SecretId(str(secret)), visitor.at, expires_at, instead_of)
    steps: tuple[Step, ...] = ((API_KEY.at(new.id), issued),)
    if instead_of is not None:
        rotated = Rotate(person, new.id, visitor.at, visitor.at + overlap)
        steps = ((API_KEY.at(instead_of), rotated), *steps)
    try:
        receipt = await visitor.do(*steps)
    except Rejected:
        await visitor.means.vault.forget(visitor.tenant, UUID(str(secret)))
        raise
    if isinstance(receipt, Repeated):
        await visitor.means.vault.forget(visitor.tenant, UUID(str(secret)))
        raise SHOWN
    return Issued(new.id, prefix(new.id), new.text, receipt.position)
