"""Second factors and passkeys."""

from __future__ import annotations

from application.security import Sign
from domain.factors.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    CodeRefused,
    PasskeyCounterFell,
    PasskeyRegistered,
    PasskeyRemoved,
    PasskeyUsed,
    SecondStepLocked,
    TwoFactorDisabled,
    TwoFactorEnabled,
)

SIGNS = (
    Sign(TwoFactorEnabled, "two_factor"),
    Sign(TwoFactorDisabled, "two_factor", "warning"),
    Sign(CodeRefused, "two_factor", "warning"),
    Sign(BackupCodeUsed, "two_factor", "warning"),
    Sign(BackupCodesReplaced, "two_factor"),
    Sign(SecondStepLocked, "lockout", "critical"),
    Sign(PasskeyRegistered, "key"),
    Sign(PasskeyRemoved, "key", "warning"),
    Sign(PasskeyUsed, "login"),
    Sign(PasskeyCounterFell, "key", "critical"),
)
