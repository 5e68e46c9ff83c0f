"""The documents are in step with the code, and say what is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from application import publishing, schemas
from application.catalogue import words
from tests import golden
from tests.documents import ROOT, documents, features, proofs, quotable
from tests.proves import proves


@pytest.mark.parametrize("path", documents())
@proves("evt.public_topics", "es.schema_evolution")
def test_a_document_is_in_step_with_the_code(path: str) -> None:
    there = (ROOT / path).read_text() if (ROOT / path).exists() else ""
    assert there == documents()[path], f"{path} is behind; write it with: make docs"


@proves("es.schema_evolution")
def test_golden_facts_are_as_their_schema_says() -> None:
    for name, word in words().items():
        schema = schemas.facts()["facts"][name]["schema"]
        for path in golden.golden(word):
            jsonschema.validate(msgspec.json.decode(path.read_bytes()), schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate([], schema)


@proves("evt.public_topics")
def test_every_channel_is_where_its_fact_is_published() -> None:
    tenant = uuid4()
    described = schemas.channels()
    assert set(described["channels"]) == {name for name, word in words().items() if not word.retired}
    for name, channel in described["channels"].items():
        assert channel["address"].replace("{tenant}", str(tenant)) == publishing.subject(tenant, name)


@proves("evt.public_topics")
def test_nothing_is_referred_to_that_is_not_there() -> None:
    described = schemas.channels()
    for reference in _references(described):
        there: Any = described
        for part in reference.removeprefix("#/").split("/"):
            there = there[part]


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"$ref": str() as reference}:
            yield reference
        case dict():
            for inner in value.values():  # pyright: ignore[reportUnknownVariableType]
                yield from _references(inner)
        case list():
            for inner in value:  # pyright: ignore[reportUnknownVariableType]
                yield from _references(inner)
        case _:
            pass


def test_no_test_proves_a_feature_that_is_not_known() -> None:
    assert set(proofs()) <= set(features())


def test_marks_are_read_from_functions_and_modules(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text(
        "pytestmark = [proves('a')]\n@proves('b', 'c')\ndef test_one(): ...\n@proves('c')\nasync def test_two(): ...\n"
    )
    here = "tests/test_it.py"
    assert proofs(tmp_path) == {
        "a": [here],
        "b": [f"{here}::test_one"],
        "c": [f"{here}::test_one", f"{here}::test_two"],
    }


DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_a_page_and_names_a_check_that_is_there(path: Path) -> None:
    text = path.read_text()
    title, quote = quotable(text)
    assert title.startswith(path.stem[:4])
    assert quote.endswith(".")
    assert len(text.splitlines()) < 60
    chapters = [line for line in text.splitlines() if line.startswith("## ")]
    assert chapters == ["## What stood open", "## What follows", "## What checks it"]
    assert NAMED.search(text.partition("## What checks it")[2])


NAMED = re.compile(r"`((?:adapters|api|application|docs|domain|projections|tests)/[\w/.-]+\.\w+)(?:::(\w+))?`")
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_what_a_text_names_is_there(path: Path) -> None:
    text = path.read_text()
    for file, name in NAMED.findall(text):
        assert (ROOT / file).exists(), f"{path.name} names {file}, which is not there"
        assert name in (ROOT / file).read_text(), f"{path.name} names {name}, which is not in {file}"
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (path.parent / link).exists(), f"{path.name} links to {link}, which is not there"


def test_the_readme_shows_rows_of_the_table_as_they_are() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = iter((ROOT / "domain/enrollments/enrollment.py").read_text().splitlines())
    assert all(row in lines for row in shown.splitlines())
