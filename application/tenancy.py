"""What may be permitted about tenants, and how they work."""

from __future__ import annotations

from application.belonging import OfPeople
from application.permissions import AUDITOR, STAFF, Permission

PERMISSIONS = (
    Permission("tenancy.manage", "Provision schools, map their hostnames, suspend and reactivate them.", platform=True),
    Permission("tenancy.configure", "Switch features, adjust settings, adopt a password policy."),
    Permission("tenancy.read", "See which features are on and how the school is set up.", (STAFF, AUDITOR)),
)
PERSONAL = OfPeople(apart=("features", "hostname", "password-policy", "settings", "tenant"))
