"""What may be permitted about proofs: that what is told of a tenant's facts is what was kept."""

from __future__ import annotations

from application.permissions import AUDITOR, Permission

PERMISSIONS = (Permission("proofs.read", "Get proofs that what has happened was not changed since.", (AUDITOR,)),)
