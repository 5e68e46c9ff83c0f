"""The port `Seals`: a signed note beside a table, in the form of c2sp.org/signed-note."""

from __future__ import annotations

import hashlib

from application.checkpoints import Checkpoint, Signer, origin
from application.ledger import TenantId


class NoteSeals:
    """Seals with the key that heads of trees are signed with. The same table has the same seal."""

    def __init__(self, name: str, key: bytes) -> None:
        self._name = name
        self._signer = Signer(key)

    def seal(self, tenant: TenantId, report: str, rows: int, table: bytes) -> bytes:
        about = f"{origin(self._name, tenant)}/reports/{report}"
        return self._signer.note(Checkpoint(about, rows, hashlib.sha256(table).digest())).encode()
