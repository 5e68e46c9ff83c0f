"""Which schools there are, and how each of them works."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from api.http.queries import Asking, Cursor, Limit, Position, query
from application.tenants import PASSWORD_FLOOR, DescribedFeature, DescribedSetting, every_feature, every_setting
from domain.kernel import Value
from projections.model import Page
from projections.tenancy import changes as history
from projections.tenancy import tenants as schools
from projections.tenancy.changes import Change
from projections.tenancy.tenants import Tenant

MANAGE = "tenancy.manage"
READ = "tenancy.read"
PAGED = ["position.not_reached", "position.unknown", "cursor.malformed"]
SHOWN = ["position.not_reached", "position.unknown"]

ACME = {
    "id": "0198c0de-da7a-7000-8000-000000000002",
    "name": "Acme College",
    "status": "active",
    "reason": None,
    "hostnames": ["acme.example"],
    "provisioned_at": "2026-11-02T08:00:00Z",
}
CHANGED = {
    "subject": "page_size",
    "version": 1,
    "at": "2026-11-02T08:00:00Z",
    "by": "ada",
    "before": 50,
    "now": 20,
}


class OneTenant(Value):
    """A school, as of a position."""

    tenant: Tenant
    position: int


class Feature(Value):
    """A feature: whether it is on, and who switched it last; nobody, where it is as it was from the start."""

    flag: str
    description: str
    default: bool
    on: bool
    switched_at: datetime | None
    switched_by: str | None


class Features(Value):
    """Every feature there is."""

    features: tuple[Feature, ...]
    position: int


class Set(Value):
    """A setting: what it can be, what it is, and who adjusted it last."""

    setting: str
    schema: dict[str, Any]
    default: Any
    value: Any
    adjusted_at: datetime | None
    adjusted_by: str | None


class Settings(Value):
    """Every setting there is."""

    settings: tuple[Set, ...]
    position: int


class Policy(Value):
    """The password policy that holds. Version 0 is the platform's floor, which nobody adopted."""

    version: int
    length: int
    classes: int
    history: int
    expires_after_days: int | None
    adopted_at: datetime | None
    adopted_by: str | None
    position: int


@query(
    "/api/tenants",
    requires=MANAGE,
    limit="query",
    refuses=PAGED,
    example={"rows": [ACME], "position": 42, "cursor": None},
)
async def tenants(
    asking: Asking,
    status: schools.Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Tenant]:
    """Which schools are there?"""
    return await schools.tenants(
        asking.ask, asking.tenant, status=status, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/tenants/{tenant}",
    requires=MANAGE,
    limit="query",
    refuses=[*SHOWN, "tenant.not_found"],
    example={"tenant": ACME, "position": 42},
)
async def one_tenant(asking: Asking, tenant: UUID, min_position: Position = 0) -> OneTenant:
    """What is this school called, where is it reached, and does it work?"""
    found, position = await schools.tenant(asking.ask, asking.tenant, tenant, min_position=min_position)
    return OneTenant(found, position)


@query(
    "/api/features",
    requires=READ,
    limit="query",
    refuses=SHOWN,
    example={
        "features": [
            {
                "flag": "beta.program",
                "description": "A beta track is run beside main.",
                "default": False,
                "on": True,
                "switched_at": "2026-11-02T08:00:00Z",
                "switched_by": "ada",
            }
        ],
        "position": 42,
    },
)
async def features(asking: Asking, min_position: Position = 0) -> Features:
    """Which features are on, and since when?"""
    changed, position = await history.latest(asking.ask, asking.tenant, "features", min_position=min_position)
    return Features(tuple(_feature(one, changed.get(one.flag)) for one in every_feature()), position)


def _feature(known: DescribedFeature, changed: Change | None) -> Feature:
    if changed is None:
        return Feature(known.flag, known.description, known.default, known.default, None, None)
    return Feature(known.flag, known.description, known.default, changed.now, changed.at, changed.by)


@query(
    "/api/features/{flag}/history",
    requires=READ,
    limit="query",
    refuses=PAGED,
    example={"rows": [{**CHANGED, "subject": "beta.program", "before": False, "now": True}], "position": 42},
)
async def feature_history(
    asking: Asking,
    flag: history.Subject,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Change]:
    """Who switched this feature, and when?"""
    return await history.changes(
        asking.ask,
        asking.tenant,
        "features",
        subject=flag,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/settings",
    requires=READ,
    limit="query",
    refuses=SHOWN,
    example={
        "settings": [
            {
                "setting": "page_size",
                "schema": {"type": "integer", "minimum": 1, "maximum": 200},
                "default": 50,
                "value": 20,
                "adjusted_at": "2026-11-02T08:00:00Z",
                "adjusted_by": "ada",
            }
        ],
        "position": 42,
    },
)
async def settings(asking: Asking, min_position: Position = 0) -> Settings:
    """How is this school set up, and what could each setting be?"""
    changed, position = await history.latest(asking.ask, asking.tenant, "settings", min_position=min_position)
    return Settings(tuple(_setting(one, changed.get(one.setting)) for one in every_setting()), position)


def _setting(known: DescribedSetting, changed: Change | None) -> Set:
    if changed is None:
        return Set(known.setting, known.schema, known.default, known.default, None, None)
    return Set(known.setting, known.schema, known.default, changed.now, changed.at, changed.by)


@query(
    "/api/settings/history",
    requires=READ,
    limit="query",
    refuses=PAGED,
    example={"rows": [CHANGED], "position": 42, "cursor": None},
)
async def settings_history(
    asking: Asking,
    setting: history.Subject | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Change]:
    """Who adjusted which setting, when, and how was it before?"""
    return await history.changes(
        asking.ask,
        asking.tenant,
        "settings",
        subject=setting,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/password-policy",
    requires=READ,
    limit="query",
    refuses=SHOWN,
    example={
        "version": 1,
        "length": 20,
        "classes": 0,
        "history": 5,
        "expires_after_days": None,
        "adopted_at": "2026-11-02T08:00:00Z",
        "adopted_by": "ada",
        "position": 42,
    },
)
async def password_policy(asking: Asking, min_position: Position = 0) -> Policy:
    """Which passwords does this school take?"""
    changed, position = await history.latest(asking.ask, asking.tenant, "password-policy", min_position=min_position)
    if not changed:
        return msgspec.convert({**PASSWORD_FLOOR, "adopted_at": None, "adopted_by": None, "position": position}, Policy)
    (adopted,) = changed.values()
    said = {**adopted.now, "adopted_at": adopted.at, "adopted_by": adopted.by, "position": position}
    return msgspec.convert(said, Policy)


@query(
    "/api/password-policy/history",
    requires=READ,
    limit="query",
    refuses=PAGED,
    example={
        "rows": [
            {
                **CHANGED,
                "subject": "password-policy",
                "before": None,
                "now": {"version": 1, "length": 20, "classes": 0, "history": 5, "expires_after_days": None},
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def password_policy_history(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Change]:
    """Who adopted which password policy, and when?"""
    return await history.changes(
        asking.ask,
        asking.tenant,
        "password-policy",
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )
