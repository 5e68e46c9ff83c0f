"""Who came in, who did not, and what became of accounts."""

from __future__ import annotations

from application.security import Sign
from domain.identity.events import (
    EntryLocked,
    LoginFailed,
    LoginSucceeded,
    PasswordSet,
    PersonDeactivated,
    PersonLocked,
    PersonReactivated,
    PersonRemoved,
    PersonUnlocked,
    RefreshReplayed,
    SessionEnded,
)

SIGNS = (
    Sign(LoginSucceeded, "login"),
    Sign(LoginFailed, "login", "warning"),
    Sign(EntryLocked, "lockout", "critical"),
    Sign(PersonLocked, "lockout", "critical"),
    Sign(PersonUnlocked, "lockout"),
    Sign(SessionEnded, "login"),
    Sign(RefreshReplayed, "login", "critical"),
    Sign(PasswordSet, "password", "warning"),
    Sign(PersonDeactivated, "account", "warning"),
    Sign(PersonReactivated, "account"),
    Sign(PersonRemoved, "deletion", "warning"),
)
