"""What CONTRIBUTING says can be done: its four edits, made to a copy of the house, are all it takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT
from tests.house.reading import EVERYTHING

pytestmark = pytest.mark.long

PYTEST = (sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider")
EDITS = re.findall(r"^```diff\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL | re.MULTILINE)


def run(folder: Path, *command: str, said: str | None = None) -> str:
    """What a command says; it must succeed."""
    done = subprocess.run(command, cwd=folder, input=said, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, to be edited."""
    for folder in (*EVERYTHING, "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "work"))
    for file in ("pyproject.toml", ".env.example", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def test_a_command_is_added_in_four_edits(copy: Path) -> None:
    assert len(EDITS) == 4
    for edit in EDITS:
        run(copy, "git", "apply", "--recount", "-", said=edit)
    for folder in ("domain", "api/commands", "tests/enrollments"):
        run(copy, sys.executable, "-m", "ruff", "check", "--no-cache", folder)
        run(copy, sys.executable, "-m", "ruff", "format", "--no-cache", "--check", folder)
    run(copy, sys.executable, "-m", "tests.documents")
    everything = ("tests/enrollments/test_enrollment.py", "tests/test_house.py", "tests/house/test_documents.py")
    tried = run(copy, *PYTEST, *everything)
    tried += run(copy, *PYTEST, "-k", "enrollment", "tests/properties", "tests/house/test_routes.py")
    assert "test_who_passes_has_completed_what_was_left PASSED" in tried
    assert "test_a_route_declares_all_it_promises[POST /api/enrollments/{course}/{learner}/pass] PASSED" in tried
    assert "PassCourse" in (copy / "docs/contexts/enrollments.md").read_text()


def test_each_of_the_four_edits_is_needed(copy: Path) -> None:
    """Without the rows of the decision, the story is not true."""
    for edit in (EDITS[0], EDITS[3]):
        run(copy, "git", "apply", "--recount", "-", said=edit)
    story = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/enrollments/test_enrollment.py"]
    done = subprocess.run(story, cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603
    assert "1 failed" in done.stdout
