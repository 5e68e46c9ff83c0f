"""The port `TextReader`: pypdf and python-docx, each document in a process that is held to so much time and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

import msgspec

from application.texts import Unreadable, Why

SECONDS_MAX = 60
MEMORY_BYTES_MAX = 1 << 30
TEXT_BYTES_MAX = 20 * 2**20
WHYS: tuple[Why, ...] = get_args(Why)
ENDED: Mapping[int, Why] = dict(enumerate(WHYS, 10))
"""What a process that ended with this has found."""


class LimitedReader:
    """Starts a process a document. What it does to itself, it does to nobody else."""

    def __init__(self, seconds_max: float = SECONDS_MAX, memory_bytes_max: int = MEMORY_BYTES_MAX) -> None:
        self._seconds_max = seconds_max
        self._memory_bytes_max = memory_bytes_max

    def read(self, parts: Iterable[bytes], type_: str) -> Sequence[str]:
        with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as said:
            for part in parts:
                file.write(part)
            file.seek(0)
            limits = (str(self._memory_bytes_max), str(int(self._seconds_max) + 1), str(TEXT_BYTES_MAX))
            try:
                ended = subprocess.run(  # noqa: S603 — our own module, on a file that is its input
                    [sys.executable, "-m", "adapters.extraction.child", type_, *limits],
                    stdin=file,
                    stdout=said,
                    stderr=subprocess.DEVNULL,
                    timeout=self._seconds_max,
                    check=False,
                    env={"PYTHONPATH": os.pathsep.join(sys.path)},  # Our secrets are none of its business.
                )
            except subprocess.TimeoutExpired:
                raise Unreadable("too_slow") from None
            if ended.returncode == -signal.SIGXCPU:
                raise Unreadable("too_slow")
            if ended.returncode:
                raise Unreadable(ENDED.get(ended.returncode, "unreadable"))
            said.seek(0)
            return msgspec.json.decode(said.read(), type=tuple[str, ...])
