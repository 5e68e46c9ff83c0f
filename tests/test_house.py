"""The rules of the house hold, here. `tests/house/test_rules.py` shows that each would notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.plan import plan
from tests.house.rules import rules
from tests.proves import proves

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("rule", rules())
def test_the_house_keeps_its_rules(rule: str) -> None:
    breaches = [str(breach) for breach in rules()[rule](ROOT)]
    assert not breaches, f"{rules()[rule].__doc__}\n" + "\n".join(breaches)


@proves("es.cqrs_split")
def test_the_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_map_of_the_house_shows_what_is_found_by_place() -> None:
    shown = plan()
    print(f"\n{shown}")  # noqa: T201 — pytest -s shows it
    for found in (
        "aggregate   enrollment: ",
        "fact        enrollments.LearnerEnrolled",
        "policy      when_learner_enrolled_",
        "job         enrollments.",
        "read model  enrollments.roster: ",
        "route       POST /api/enrollments: ",
    ):
        assert found in shown
