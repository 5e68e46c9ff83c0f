"""What we do about second factors and passkeys: their owner is told, wherever they are. And who may manage them."""

from __future__ import annotations

from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from domain.factors.events import TwoFactorDisabled, TwoFactorEnabled
from domain.kernel import PersonId, Value

PERMISSIONS = (Permission("factors.manage", "Manage one's own second factor and passkeys.", (EVERYONE,)),)


async def when_two_factor_was_enabled_tell_its_owner(enabled: Recorded[TwoFactorEnabled], do: Bound) -> None:
    do.later(say_two_factor_was_enabled, Owner(PersonId(enabled.stream.partition(":")[2])))


async def when_two_factor_was_disabled_tell_its_owner(disabled: Recorded[TwoFactorDisabled], do: Bound) -> None:
    do.later(say_two_factor_was_disabled, Owner(PersonId(disabled.stream.partition(":")[2])))


class Owner(Value):
    """Whose second factor it is."""

    person: PersonId


@job(retries=RETRIES)
def say_two_factor_was_enabled(errand: Errand[Owner], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/two_factor_was_enabled", at=errand.at))


@job(retries=RETRIES)
def say_two_factor_was_disabled(errand: Errand[Owner], people: People, mailer: Mailer) -> None:
    to = people.person(errand.tenant, errand.order.person)
    if to is not None:
        mailer.send(letter(errand, to, "identity/two_factor_was_disabled", at=errand.at))
