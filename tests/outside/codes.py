"""Codes of another implementation: Debian's oathtool stands for the app."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

from adapters.authenticator_apps import STEP_S, AuthenticatorApps
from tests.proves import proves

APPS = AuthenticatorApps()


def shown(secret: str, at: datetime) -> str:
    """What oathtool shows of a secret at a time."""
    now = at.strftime("%Y-%m-%d %H:%M:%S UTC")
    asked = ["oathtool", "--totp", "--base32", f"--now={now}", secret]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


@proves("auth.2fa_enable")
def test_what_oathtool_shows_is_the_code_of_its_step() -> None:
    for number in range(50):
        secret = APPS.new_secret()
        at = datetime(2026, 11, 21, 8, 30, tzinfo=UTC) + timedelta(seconds=977 * number)
        code = shown(APPS.invitation(secret, "ada", "Annals").secret, at)
        assert APPS.step_of(secret, code, at) == int(at.timestamp()) // STEP_S
        assert APPS.step_of(secret, code, at + timedelta(seconds=STEP_S)) == int(at.timestamp()) // STEP_S
        assert APPS.step_of(secret, code, at + timedelta(seconds=2 * STEP_S)) is None
