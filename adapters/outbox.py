"""A folder of letters, while no mail server is set up: one RFC 5322 file a notice, which any mail program opens."""

from __future__ import annotations

import os
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from application.ports import Notice

SENDER = "Annals <no-reply@annals.invalid>"


class Outbox:
    """Notices as files. A file is named by its notice, so sending one again leaves one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, notice: Notice) -> None:
        letter = EmailMessage(policy=SMTP)
        letter["Message-ID"] = f"<{notice.id}@annals.invalid>"
        letter["Date"] = notice.at
        letter["From"] = SENDER
        letter["To"] = f"{notice.to}@{notice.tenant}.invalid"
        letter["Subject"] = notice.subject
        letter.set_content(notice.text)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            part.write(letter.as_bytes())
            part.flush()
            os.fsync(part.fileno())
        # Whole or not at all, also when the power fails between the two.
        Path(part.name).replace(self._folder / f"{notice.id}.eml")
