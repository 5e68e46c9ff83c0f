"""What we do about second factors and passkeys: their owner is told, wherever they are. And who may manage them."""

from __future__ import annotations

from uuid import UUID

from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import EVERYONE, Permission
from application.policies import Bound
from application.ports import Shredder
from domain.factors.events import BackupCodesReplaced, TwoFactorDisabled, TwoFactorEnabled, TwoFactorSetupStarted
from domain.kernel import PersonId, SecretId, Value

PERMISSIONS = (Permission("factors.manage", "Manage one's own second factor and passkeys.", (EVERYONE,)),)
PERSONAL = OfPeople(keyed={"two-factor": 0}, owned={"passkey": "person"}, apart=("challenge",))


async def when_two_factor_was_enabled_tell_its_owner(enabled: Recorded[TwoFactorEnabled], do: Bound) -> None:
    do.later(say_two_factor_was_enabled, Owner(PersonId(enabled.stream.partition(":")[2])))


async def when_two_factor_was_disabled_tell_its_owner(disabled: Recorded[TwoFactorDisabled], do: Bound) -> None:
    do.later(say_two_factor_was_disabled, Owner(PersonId(disabled.stream.partition(":")[2])))


async def when_two_factor_was_disabled_destroy_its_secrets(disabled: Recorded[TwoFactorDisabled], do: Bound) -> None:
    do.later(destroy_secrets, Secrets((disabled.event.secret, disabled.event.codes)))


async def when_setup_was_begun_anew_destroy_the_secret_before(
    started: Recorded[TwoFactorSetupStarted], do: Bound
) -> None:
    if started.event.instead_of is not None:
        do.later(destroy_secrets, Secrets((started.event.instead_of,)))


async def when_backup_codes_were_replaced_destroy_the_old(replaced: Recorded[BackupCodesReplaced], do: Bound) -> None:
    do.later(destroy_secrets, Secrets((replaced.event.instead_of,)))


class Secrets(Value):
    """Which are of no more use. They were destroyed at once, if whoever was to do so lived long enough."""

    ids: tuple[SecretId, ...]


class Owner(Value):
    """Whose second factor it is."""

    person: PersonId


@job()
def destroy_secrets(errand: Errand[Secrets], shredder: Shredder) -> None:
    shredder.shred(errand.tenant, *map(UUID, errand.order.ids))


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
