"""What we do about second factors and passkeys, and who may manage them."""

from __future__ import annotations

from application.permissions import EVERYONE, Permission

PERMISSIONS = (Permission("factors.manage", "Manage one's own second factor and passkeys.", (EVERYONE,)),)
