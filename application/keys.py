"""What we do about API keys, and who may manage them."""

from __future__ import annotations

from application.permissions import EVERYONE, Permission

PERMISSIONS = (
    Permission("keys.manage", "Have API keys of one's own, and see how they are used.", (EVERYONE,)),
    Permission("keys.govern", "See how anybody's API key is used, and revoke it."),
)
