"""A folder of letters, while no mail server is set up: one RFC 5322 file each, which any mail program opens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from adapters.letters.addresses import Sender
from adapters.letters.composing import compose
from application.mail import Letter

SENDER = Sender("no-reply@annals.invalid", "Annals")


class Outbox:
    """Letters as files. A file is named by its letter, so sending one again leaves one."""

    def __init__(self, folder: Path, sender: Sender = SENDER) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        mail = compose(letter, self._sender)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            part.write(mail.content)
            part.flush()
            os.fsync(part.fileno())
        # Whole or not at all, also when the power fails between the two.
        Path(part.name).replace(self._folder / f"{letter.id}.eml")
