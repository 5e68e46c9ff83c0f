"""The locked requirements: complete, with hashes, and bound to no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, re.MULTILINE))


def _wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_requirement_is_locked_with_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|^-|@ |/", text, re.MULTILINE)
    assert _wanted(PROJECT["dependencies"]) <= _locked(name).keys()


def test_what_is_shipped_is_what_was_tested() -> None:
    tested = _locked("requirements-dev.lock")
    assert _locked("requirements.lock").items() <= tested.items()
    assert _wanted(PROJECT["optional-dependencies"]["dev"]) <= tested.keys()
