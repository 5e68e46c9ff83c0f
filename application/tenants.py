"""What a process knows of tenants: where they are reached, whether they work, and how."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from application.ledger import PLATFORM, Entry, Recorded, TenantId
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
from domain.tenancy.flags import FEATURES
from domain.tenancy.hostname import HOSTNAME, Claimed
from domain.tenancy.hostname import State as Hostname
from domain.tenancy.password_policy import PASSWORD_POLICY, PasswordPolicy
from domain.tenancy.settings import SETTINGS
from domain.tenancy.tenant import TENANT, Suspended, Unknown
from domain.tenancy.tenant import State as Tenant

Look = Callable[[TenantId, Stream[Any, Any, Any]], Awaitable[Any]]
"""The state of a stream as it is now."""

TENANTS_MAX = 20_000
HOSTNAMES_MAX = 50_000
"""How many are remembered. Those that are asked for beyond that are read again."""

HEARD = (
    *(TenantProvisioned, TenantSuspended, TenantReactivated, HostnameClaimed, HostnameReleased, HostnameRemapped),
    *(FeatureSwitchedOn, FeatureSwitchedOff, SettingAdjusted, PasswordPolicyAdopted),
)
"""The facts that change what is known here."""
OF_TENANTS = frozenset({FEATURES_OF_TENANT.name, SETTINGS.name, PASSWORD_POLICY.name})
"""What a tenant keeps of it in streams of its own."""


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
    """The memory of one process. `look` reads the state of a stream, and `attentive` says whether facts are heard."""

    def __init__(self, look: Look, attentive: Callable[[], bool]) -> None:
        self._look = look
        self._schools = Remembered(self._read_school, TENANTS_MAX, attentive)
        self._hosts = Remembered(self._read_host, HOSTNAMES_MAX, attentive)

    def hear(self, facts: Sequence[Recorded[Any]]) -> None:
        """Forget what these facts have moved."""
        for fact in facts:
            self._forget(fact.tenant, fact.stream)

    def kept(self, entry: Entry) -> None:
        """Forget what our own command has moved, at once: the next request of its caller may already be on its way."""
        for fact in entry.facts:
            self._forget(entry.caller.tenant, fact.stream)

    def _forget(self, tenant: TenantId, stream: str) -> None:
        kind, _, key = stream.partition(":")
        if kind == HOSTNAME.name:
            self._hosts.forget(key)
        elif kind == TENANT.name:
            self._schools.forget(TenantId(UUID(key)))
        elif kind in OF_TENANTS:
            self._schools.forget(tenant)

    async def at_host(self, hostname: str) -> TenantId | None:
        """Whose this hostname is."""
        return await self._hosts(hostname)

    async def school(self, tenant: TenantId) -> School:
        """How a tenant works now. One that was never provisioned works as one that adjusted nothing."""
        return await self._schools(tenant)

    def known(self, tenant: TenantId) -> School | None:
        """The same, if nothing must be read for it. Any thread may ask."""
        return self._schools.known(tenant)

    async def name(self, tenant: TenantId) -> str | None:
        """What a tenant is called, if it was provisioned. It is read anew."""
        known: Tenant = await self._look(PLATFORM, TENANT.at(str(tenant)))
        return None if isinstance(known, Unknown) else known.name

    async def hostname(self, tenant: TenantId) -> str | None:
        """Under which hostname a tenant is reached; of several, always the same one. It is read anew."""
        known: Tenant = await self._look(PLATFORM, TENANT.at(str(tenant)))
        return None if isinstance(known, Unknown) else min(known.hostnames, default=None)

    async def configured(self, tenant: TenantId) -> Configuration:
        """As the port `Configurations` has it."""
        return (await self.school(tenant)).configuration

    def of(self, tenant: TenantId) -> Configuration:
        """As the port `TenantSettings` has it: of a tenant whose `school` was asked for."""
        return self._schools.last(tenant).configuration

    async def _read_host(self, hostname: str) -> TenantId | None:
        state: Hostname = await self._look(PLATFORM, HOSTNAME.at(hostname))
        return TenantId(state.tenant) if isinstance(state, Claimed) else None

    async def _read_school(self, tenant: TenantId) -> School:
        known, features, settings, policy = await asyncio.gather(
            self._look(PLATFORM, TENANT.at(str(tenant))),
            self._look(tenant, FEATURES_OF_TENANT.at("main")),
            self._look(tenant, SETTINGS.at("main")),
            self._look(tenant, PASSWORD_POLICY.at("main")),
        )
        return School(isinstance(known, Suspended), features, settings.configuration, policy)
