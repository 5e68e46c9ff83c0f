"""What we do about API keys, and who may manage them."""

from __future__ import annotations

from uuid import UUID

from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from application.ports import Shredder
from domain.kernel import SecretId, Value
from domain.keys.events import ApiKeyRevoked

PERMISSIONS = (
    Permission("keys.manage", "Have API keys of one's own, and see how they are used.", (EVERYONE,)),
    Permission("keys.govern", "See how anybody's API key is used, and revoke it.", watched=True),
)
PERSONAL = OfPeople(owned={"api-key": "person", "api-key-use": "person"})


async def when_api_key_was_revoked_destroy_its_hash(revoked: Recorded[ApiKeyRevoked], do: Bound) -> None:
    do.later(destroy_hash, Hash(revoked.event.secret))


class Hash(Value):
    """What was kept of a key."""

    id: SecretId


@job()
def destroy_hash(errand: Errand[Hash], shredder: Shredder) -> None:
    shredder.shred(errand.tenant, UUID(errand.order.id))
