"""A folder of texts to telephones, while nobody is set up who sends them: one file each, in UTF-8."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from application.ports import Text


class TextOutbox:
    """Texts as files. A file is named by its text, so sending one again leaves one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, text: Text) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            part.write(f"To: {text.to}\nAt: {text.at.isoformat()}\n\n{text.text}\n".encode())
            part.flush()
            os.fsync(part.fileno())
        # Whole or not at all, also when the power fails between the two.
        Path(part.name).replace(self._folder / f"{text.id}.txt")
