"""What happened to tenants and how they work. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from uuid import UUID

from domain.kernel import Value

# --- in the platform's own tenant -----------------------------------------------------------------


class TenantProvisioned(Value):
    name: str


class TenantRenamed(Value):
    name: str


class TenantSuspended(Value):
    reason: str


class TenantReactivated(Value):
    """It works again, as it was when it was suspended."""


class HostnameMapped(Value):
    """The tenant is reached under this hostname from now on."""

    hostname: str


class HostnameUnmapped(Value):
    hostname: str


TenantEvent = (
    TenantProvisioned | TenantRenamed | TenantSuspended | TenantReactivated | HostnameMapped | HostnameUnmapped
)


class HostnameClaimed(Value):
    tenant: UUID


class HostnameReleased(Value):
    """It belongs to nobody, and may be claimed."""


class HostnameRemapped(Value):
    """It went from one tenant to another, with no moment between."""

    tenant: UUID


HostnameEvent = HostnameClaimed | HostnameReleased | HostnameRemapped

# --- in a tenant's own streams --------------------------------------------------------------------


class FeatureSwitchedOn(Value):
    flag: str


class FeatureSwitchedOff(Value):
    flag: str


FeatureEvent = FeatureSwitchedOn | FeatureSwitchedOff

Setting = bool | int | str
"""What a setting can hold."""


class SettingAdjusted(Value):
    setting: str
    old: Setting
    new: Setting


class PasswordPolicyAdopted(Value):
    """What every password that is set from now on must be. The versions are counted from 1."""

    version: int
    length: int
    classes: int
    history: int
    expires_after_days: int | None


Event = TenantEvent | HostnameEvent | FeatureEvent | SettingAdjusted | PasswordPolicyAdopted
