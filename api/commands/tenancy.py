"""Provisioning schools, and saying how they work."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from api.http.commands import Doing, command
from api.http.values import Text
from application.ledger import Receipt
from domain.kernel import Value
from domain.tenancy.configuration import SettingName
from domain.tenancy.events import Setting
from domain.tenancy.features import FEATURES_OF_TENANT, SwitchOff, SwitchOn
from domain.tenancy.flags import Flag
from domain.tenancy.hostname import HOSTNAME, Claim, HandOver, Release, hostname
from domain.tenancy.password_policy import PASSWORD_POLICY, Adopt
from domain.tenancy.settings import SETTINGS, Adjust, Choice
from domain.tenancy.tenant import TENANT, MapHostname, Provision, Reactivate, Rename, Suspend, UnmapHostname

HOSTNAMES_MAX = 20

Name = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="What it is called, 200 characters."),
]
Hostname = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=253, description="`acme.example`; what is not ASCII is kept as IDNA has it."),
]
MANAGE = "tenancy.manage"
CONFIGURE = "tenancy.configure"


class ProvisionBody(Value, forbid_unknown_fields=True):
    """What the school is called, and where it is reached. Without an id it gets one, which the receipt's stream has."""

    name: Name
    hostnames: Annotated[tuple[Hostname, ...], msgspec.Meta(max_length=HOSTNAMES_MAX)] = ()
    id: UUID | None = None


class NameBody(Value, forbid_unknown_fields=True):
    """What it is called from now on."""

    name: Name


class ReasonBody(Value, forbid_unknown_fields=True):
    """Why."""

    reason: Text


class HandOverBody(Value, forbid_unknown_fields=True):
    """Which tenant is to have it."""

    to: UUID


class SettingsBody(Value, forbid_unknown_fields=True):
    """The settings that are to be otherwise, each with what it is to be."""

    settings: dict[SettingName, Setting]


class PasswordPolicyBody(Value, forbid_unknown_fields=True):
    """The whole policy. What is left out is as the platform's floor has it."""

    length: int
    classes: int = 0
    history: int = 0
    expires_after_days: int | None = None


@command(
    "/api/tenants",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.exists", "hostname.taken", "hostname.malformed"],
    example={"name": "Acme College", "hostnames": ["acme.example"]},
)
async def provision_tenant(body: ProvisionBody, do: Doing) -> Receipt:
    """Provision a school, with the hostnames it is reached under."""
    tenant = body.id or uuid7()
    stream = TENANT.at(str(tenant))
    names = [hostname(said) for said in body.hostnames]
    mapped = [step for name in names for step in ((stream, MapHostname(name)), (HOSTNAME.at(name), Claim(tenant)))]
    return await do.together((stream, Provision(body.name)), *mapped)


@command(
    "/api/tenants/{tenant}/rename",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found"],
    example={"name": "Acme University"},
)
async def rename_tenant(tenant: UUID, body: NameBody, do: Doing) -> Receipt:
    """Call a school otherwise."""
    return await do(TENANT.at(str(tenant)), Rename(body.name))


@command(
    "/api/tenants/{tenant}/suspend",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found"],
    example={"reason": "the contract has ended"},
)
async def suspend_tenant(tenant: UUID, body: ReasonBody, do: Doing) -> Receipt:
    """Let nobody work there but auditors, who go on reading.

    What the school has is kept as it is.
    """
    return await do(TENANT.at(str(tenant)), Suspend(body.reason))


@command(
    "/api/tenants/{tenant}/reactivate",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found"],
)
async def reactivate_tenant(tenant: UUID, do: Doing) -> Receipt:
    """Let a suspended school work again."""
    return await do(TENANT.at(str(tenant)), Reactivate())


@command(
    "/api/tenants/{tenant}/hostnames/{name}/map",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found", "hostname.taken", "hostname.malformed"],
)
async def map_hostname(tenant: UUID, name: Hostname, do: Doing) -> Receipt:
    """Let a school be reached under a hostname that nobody has."""
    plain = hostname(name)
    return await do.together((TENANT.at(str(tenant)), MapHostname(plain)), (HOSTNAME.at(plain), Claim(tenant)))


@command(
    "/api/tenants/{tenant}/hostnames/{name}/unmap",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found", "hostname.malformed"],
)
async def unmap_hostname(tenant: UUID, name: Hostname, do: Doing) -> Receipt:
    """Let a school no longer be reached under a hostname; anyone may claim it then."""
    plain = hostname(name)
    return await do.together((TENANT.at(str(tenant)), UnmapHostname(plain)), (HOSTNAME.at(plain), Release(tenant)))


@command(
    "/api/tenants/{tenant}/hostnames/{name}/hand-over",
    requires=MANAGE,
    limit="command",
    refuses=["tenant.not_found", "hostname.not_theirs", "hostname.malformed"],
    example={"to": "0198c0de-da7a-7000-8000-000000000002"},
)
async def hand_over_hostname(tenant: UUID, name: Hostname, body: HandOverBody, do: Doing) -> Receipt:
    """Remap a hostname from one school to another, with no moment in which nobody has it."""
    plain = hostname(name)
    return await do.together(
        (HOSTNAME.at(plain), HandOver(tenant, body.to)),
        (TENANT.at(str(tenant)), UnmapHostname(plain)),
        (TENANT.at(str(body.to)), MapHostname(plain)),
    )


@command(
    "/api/features/{flag}/switch-on",
    requires=CONFIGURE,
    limit="command",
    refuses=["request.invalid"],
)
async def switch_feature_on(flag: Flag, do: Doing) -> Receipt:
    """Switch a feature on, from the next request on."""
    return await do(FEATURES_OF_TENANT.at("main"), SwitchOn(flag))


@command(
    "/api/features/{flag}/switch-off",
    requires=CONFIGURE,
    limit="command",
    refuses=["request.invalid"],
)
async def switch_feature_off(flag: Flag, do: Doing) -> Receipt:
    """Switch a feature off, from the next request on."""
    return await do(FEATURES_OF_TENANT.at("main"), SwitchOff(flag))


@command(
    "/api/settings",
    requires=CONFIGURE,
    limit="command",
    refuses=["setting.malformed"],
    example={"settings": {"page_size": 20, "welcome_notice": False}},
)
async def adjust_settings(body: SettingsBody, do: Doing) -> Receipt:
    """Adjust some settings; the others stay as they are."""
    choices = tuple(Choice(setting, value) for setting, value in body.settings.items())
    return await do(SETTINGS.at("main"), Adjust(choices))


@command(
    "/api/password-policy",
    requires=CONFIGURE,
    limit="command",
    refuses=["password_policy.below_floor", "password_policy.malformed"],
    example={"length": 20, "classes": 0, "history": 5, "expires_after_days": None},
)
async def adopt_password_policy(body: PasswordPolicyBody, do: Doing) -> Receipt:
    """Adopt a password policy, which holds for every password that is set from now on."""
    wanted = Adopt(body.length, body.classes, body.history, body.expires_after_days)
    return await do(PASSWORD_POLICY.at("main"), wanted)
