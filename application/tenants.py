"""What a process knows of tenants: where they are reached, whether they work, and how."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from application.catalogue import decode
from application.ledger import PLATFORM, Ledger, Recorded, TenantId, Unavailable
from application.remembered import Remembered
from domain.kernel import Stream, Value
from domain.tenancy.configuration import Configuration, schema
from domain.tenancy.events import (
    FeatureSwitchedOff,
    FeatureSwitchedOn,
    HostnameClaimed,
    HostnameReleased,
    HostnameRemapped,
    PasswordPolicyAdopted,
    Setting,
    SettingAdjusted,
    TenantProvisioned,
    TenantReactivated,
    TenantSuspended,
)
from domain.tenancy.features import FEATURES_OF_TENANT, Switched
from domain.tenancy.flags import FEATURES, Flag
from domain.tenancy.hostname import HOSTNAME, Claimed
from domain.tenancy.password_policy import PASSWORD_POLICY, PasswordPolicy
from domain.tenancy.settings import SETTINGS
from domain.tenancy.tenant import TENANT, Suspended, Unknown

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")

TENANTS_MAX = 20_000
HOSTNAMES_MAX = 50_000
"""How many are remembered. Those that are asked for beyond that are read again."""

HEARD = (
    *(TenantProvisioned, TenantSuspended, TenantReactivated, HostnameClaimed, HostnameReleased, HostnameRemapped),
    *(FeatureSwitchedOn, FeatureSwitchedOff, SettingAdjusted, PasswordPolicyAdopted),
)
"""The facts that change what is known here."""


class School(Value):
    """How one tenant works."""

    suspended: bool
    features: Switched
    configuration: Configuration
    password_policy: PasswordPolicy


class DescribedFeature(Value):
    """A feature that can be switched, as its registry has it."""

    flag: str
    description: str
    default: bool


class DescribedSetting(Value):
    """A setting that can be adjusted, as its registry has it."""

    setting: str
    default: Setting
    schema: dict[str, Any]


PASSWORD_FLOOR = msgspec.structs.asdict(PasswordPolicy())
"""The policy of a tenant that adopted none, field by field."""


def every_feature() -> tuple[DescribedFeature, ...]:
    """The features there are, in order."""
    return tuple(DescribedFeature(flag, one.description, one.default) for flag, one in FEATURES.items())


def every_setting() -> tuple[DescribedSetting, ...]:
    """The settings there are, in order."""
    default = Configuration()
    return tuple(DescribedSetting(name, getattr(default, name), said) for name, said in schema().items())


class Tenants:
    """The memory of one process. It answers as soon as it is told what happens, by `hear`, and not before."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._listening = False
        self._schools = Remembered(self._read_school, TENANTS_MAX)
        self._hosts = Remembered(self._read_host, HOSTNAMES_MAX)

    def listens(self) -> None:
        """Whatever is kept from now on will be heard, so what is read now may be remembered."""
        self._listening = True

    def hear(self, facts: Sequence[Recorded[Any]]) -> None:
        """These facts were kept."""
        for fact in facts:
            kind, _, key = fact.stream.partition(":")
            match kind:
                case "hostname":
                    self._hosts.forget(key)
                case "tenant":
                    self._schools.forget(TenantId(UUID(key)))
                case _:
                    self._schools.forget(fact.tenant)

    async def at_host(self, hostname: str) -> TenantId | None:
        """Whose this hostname is."""
        self._check()
        return await self._hosts(hostname)

    async def school(self, tenant: TenantId) -> School:
        """How a tenant works now. One that was never provisioned works as one that adjusted nothing."""
        self._check()
        return await self._schools(tenant)

    async def hostname(self, tenant: TenantId) -> str | None:
        """Under which hostname a tenant is reached; of several, always the same one. It is read anew."""
        known = await self._state(PLATFORM, TENANT.at(str(tenant)))
        return None if isinstance(known, Unknown) else min(known.hostnames, default=None)

    def on(self, tenant: TenantId, flag: Flag) -> bool:
        """As the port `Features` has it: of a tenant whose `school` was asked for."""
        return self._schools.last(tenant).features.has(flag)

    def of(self, tenant: TenantId) -> Configuration:
        """As the port `TenantSettings` has it: of a tenant whose `school` was asked for."""
        return self._schools.last(tenant).configuration

    def policy_of(self, tenant: TenantId) -> PasswordPolicy:
        """As the port `PasswordPolicies` has it: of a tenant whose `school` was asked for."""
        return self._schools.last(tenant).password_policy

    def _check(self) -> None:
        if not self._listening:
            raise Unavailable("this process does not hear yet what is kept in the ledger; ask again")

    async def _read_host(self, hostname: str) -> TenantId | None:
        state = await self._state(PLATFORM, HOSTNAME.at(hostname))
        return TenantId(state.tenant) if isinstance(state, Claimed) else None

    async def _read_school(self, tenant: TenantId) -> School:
        known, features, settings, policy = await asyncio.gather(
            self._state(PLATFORM, TENANT.at(str(tenant))),
            self._state(tenant, FEATURES_OF_TENANT.at("main")),
            self._state(tenant, SETTINGS.at("main")),
            self._state(tenant, PASSWORD_POLICY.at("main")),
        )
        return School(isinstance(known, Suspended), features, settings.configuration, policy)

    async def _state(self, tenant: TenantId, stream: Stream[State, Command, Event]) -> State:
        history = await self._ledger.read(tenant, stream.name, "")
        return stream.decider.fold(decode(type_, data) for type_, data in history.facts)
