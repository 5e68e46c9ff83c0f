"""Looks for a text in every byte at rest: as it is, in capitals, as raw bytes, in hexadecimal and in base64."""

from __future__ import annotations

import importlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

READ: Any = importlib.import_module("pyarrow.parquet").read_table
AT_ONCE = 32 * 2**20


class Scanner:
    """Looks for one text of hexadecimal digits, or for what it stands for."""

    def __init__(self, text: str) -> None:
        plain = text.encode()
        self.forms: tuple[bytes, ...] = (
            plain,
            text.upper().encode(),
            bytes.fromhex(text),
            plain.hex().encode(),
            plain.hex().upper().encode(),
            text.encode("utf-16-le"),
            *(form for start in range(3) for form in _in_base64(plain, start)),
        )
        self._overlap = max(map(len, self.forms)) - 1

    def found(self, *folders: Path) -> set[str]:
        """The files in which it is, by where they are in their folder."""
        return {
            path.relative_to(folder).as_posix()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and any(self._is_in(part) for part in _parts(path, self._overlap))
        }

    def _is_in(self, part: bytes) -> bool:
        return any(form in part for form in self.forms)


def _in_base64(plain: bytes, start: int) -> set[bytes]:
    """What of a text is the same in base64 whatever is before and after it, where it begins at this third."""
    whole = b"\0" * start + plain
    end = len(whole) - len(whole) % 3
    first = 4 if start else 0
    return {encode(whole[:end])[first:] for encode in (b64encode, urlsafe_b64encode)}


def _parts(path: Path, overlap: int) -> Iterator[bytes]:
    """What is in a file, some at a time; of one that is packed, what it says."""
    if path.suffix == ".parquet":
        yield repr(READ(path).to_pylist()).encode()
        return
    before = b""
    with path.open("rb") as file:
        while part := file.read(AT_ONCE):
            yield before + part
            before = part[-overlap:]
