"""What a stranger meets: a clone in a new folder, and the commands of the README. Needs a registry of packages."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.ground.ups import ROOT, environ
from tests.servers import folder


@pytest.mark.timeout(900)
def test_a_clone_runs_and_what_it_prints_works_when_pasted() -> None:
    with folder() as path:
        clone = path / "annals"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607
        said = _run_and_paste(clone)
        assert '"position"' in said[0]
        assert "ada" in said[1]
        assert "LearnerEnrolled" in said[2]
        assert '"access"' in said[-1]
        assert not _git_status(clone), "running it left files that git does not ignore"


def _run_and_paste(clone: Path) -> list[str]:
    with subprocess.Popen(
        ["make", "run"],  # noqa: S607
        cwd=clone,
        env=environ(ANNALS_PORT="0"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        curls = re.findall(r"^curl .*$", told, re.MULTILINE)
        said = [subprocess.run(shlex.split(curl), capture_output=True, text=True, check=True).stdout for curl in curls]  # noqa: S603
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert len(said) == 13, told
    return said


def _git_status(clone: Path) -> str:
    return subprocess.run(
        ["git", "status", "--porcelain"],  # noqa: S607
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
