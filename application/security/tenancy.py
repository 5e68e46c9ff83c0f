"""Whole schools."""

from __future__ import annotations

from application.security import Sign
from domain.tenancy.events import PasswordPolicyAdopted, TenantReactivated, TenantSuspended

SIGNS = (
    Sign(TenantSuspended, "account", "critical"),
    Sign(TenantReactivated, "account", "warning"),
    Sign(PasswordPolicyAdopted, "password"),
)
