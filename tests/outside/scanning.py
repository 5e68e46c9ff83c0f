"""Files that ClamAV's own daemon looks into: Debian's clamd, with one signature that we wrote."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator
from hashlib import md5
from pathlib import Path

import pytest

from adapters.clamd import scanner
from application.ports import Unscanned
from tests.files.test_clamd import EICAR
from tests.proves import proves

READY_S_MAX = 60.0
STREAM_MAX = 1_000_000


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A daemon that knows the one test file that everybody's knows, by the hash of it."""
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "signatures").mkdir()
    known = md5(EICAR, usedforsecurity=False).hexdigest()
    (folder / "signatures/eicar.hdb").write_text(f"{known}:{len(EICAR)}:Eicar-Test-Signature\n")
    settings = folder / "clamd.conf"
    settings.write_text(
        f"LocalSocket {folder}/socket\nDatabaseDirectory {folder}/signatures\nForeground yes\nUser root\n"
        f"StreamMaxLength {STREAM_MAX}\nLogFile {folder}/log\n"
    )
    process = subprocess.Popen(["clamd", "--config-file", str(settings)])  # noqa: S603, S607
    try:
        yield until_it_answers(folder / "socket")
    finally:
        process.terminate()
        process.wait(30)


def until_it_answers(socket: Path) -> str:
    where = f"clamd://{socket}"
    end = time.monotonic() + READY_S_MAX
    while True:
        try:
            scanner(where).scan([b"harmless"])
        except Unscanned:
            assert time.monotonic() < end, "clamd does not answer"
            time.sleep(0.1)
        else:
            return where


@proves("course.file_link")
def test_clamd_tells_what_does_harm_from_what_does_not(clamd: str) -> None:
    one = scanner(clamd)
    assert one.scan([b"harmless"]) is None
    assert one.scan([EICAR[:30], EICAR[30:]]) == "Eicar-Test-Signature.UNOFFICIAL"
    assert one.scan([b"%PDF-1.7\n", bytes(500_000)]) is None


@proves("course.file_link")
def test_what_is_too_large_for_clamd_is_not_clean(clamd: str) -> None:
    with pytest.raises(Unscanned):
        scanner(clamd).scan([bytes(STREAM_MAX), bytes(STREAM_MAX)])
