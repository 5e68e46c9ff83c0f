"""What we do about single sign-on: secrets of no more use are destroyed, and who is gone has no logins.

And who may configure providers.
"""

from __future__ import annotations

from uuid import UUID

from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from application.ports import Shredder
from domain.identity.events import PersonRemoved
from domain.kernel import PersonId, SecretId, Value
from domain.sso.events import LoginUnlinked, ProviderRemoved, ProviderRevised
from domain.sso.login import LOGIN, Release
from domain.sso.logins import LOGINS, UnlinkEvery

PERMISSIONS = (
    Permission("sso.configure", "Configure the identity providers that people come in by."),
    Permission("sso.read", "See which identity providers there are, and on what terms."),
    Permission("sso.own", "Link and unlink one's own logins.", (EVERYONE,)),
)
PERSONAL = OfPeople(keyed={"logins": 0}, owned={"sign-in": "person"}, apart=("identity-provider", "login", "message"))


async def when_provider_was_removed_destroy_its_secret(removed: Recorded[ProviderRemoved], do: Bound) -> None:
    if removed.event.secret is not None:
        do.later(destroy_secret, Secret(removed.event.secret))


async def when_provider_was_revised_destroy_the_secret_before(revised: Recorded[ProviderRevised], do: Bound) -> None:
    if revised.event.instead_of is not None:
        do.later(destroy_secret, Secret(revised.event.instead_of))


async def when_person_was_removed_unlink_every_login(removed: Recorded[PersonRemoved], do: Bound) -> None:
    await do(LOGINS.at(removed.event.person), UnlinkEvery())


async def when_login_was_unlinked_release_it(unlinked: Recorded[LoginUnlinked], do: Bound) -> None:
    person = PersonId(unlinked.stream.partition(":")[2])
    await do(LOGIN.at(unlinked.event.login), Release(person))


class Secret(Value):
    """Which is of no more use."""

    id: SecretId


@job()
def destroy_secret(errand: Errand[Secret], shredder: Shredder) -> None:
    shredder.shred(errand.tenant, UUID(errand.order.id))
