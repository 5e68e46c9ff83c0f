"""Bundles: what is carried away is verified by one file that knows nothing of the server."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import annals_verify
from adapters.postgres.proofs.bundling import Choice, NothingToProve
from domain.kernel import Value
from tests.followers.running import TENANT, enroll, live, rows, writing
from tests.house.reading import HOUSE, Source, python, within
from tests.proofs.keeping import (
    OTHER,
    archived,
    asked,
    bundle,
    lives,
    log_keys,
    look,
    note_of,
    proven,
    witness_in,
)
from tests.servers import Database

ROOT = Path(__file__).parents[2]
AT = "2026-11-18 11:06:40 UTC"


class Changed(Value):
    """A bundle with something in it changed."""

    about: dict[str, Any]
    facts: bytes


def opened(path: Path) -> Changed:
    with zipfile.ZipFile(path) as file:
        return Changed(json.loads(file.read("bundle.json")), file.read("facts.jsonl"))


def write(path: Path, changed: Changed) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("bundle.json", json.dumps(changed.about))
        file.writestr("facts.jsonl", changed.facts)
    return path


def test_the_verifier_is_one_file_that_shares_no_code_with_the_server() -> None:
    verifier = Source("annals_verify.py", (ROOT / "annals_verify.py").read_text())
    tops = {name.partition(".")[0] for _, name in verifier.imports()}
    assert tops <= {*sys.stdlib_module_names, "cryptography"}
    for source in python(ROOT, *HOUSE):
        assert not any(within(name, "annals_verify") for _, name in source.imports()), source.path


async def test_a_bundle_is_verified_alone_by_whoever_has_the_keys(database: Database, tmp_path: Path) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do:
        await lives(do, 30)
        await enroll(do, "theirs", tenant=OTHER)
        await archived(database)
        assert look(database, witness) == []
        await lives(do, 3, "late")
    await archived(database)
    path = tmp_path / "school.zip"
    about = bundle(database, path)
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "annals_verify.py").write_bytes((ROOT / "annals_verify.py").read_bytes())
    (kept := tmp_path / "kept.note").write_text(about.witnessed[0])

    def run(*arguments: str) -> tuple[int, list[str]]:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(alone / "annals_verify.py"), str(path), *arguments],
            cwd=alone,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, (done.stdout or done.stderr).splitlines()

    key = ("--key", str(log_keys(TENANT)[0]))
    code, said = run(*key, "--witness", str(witness.key), "--seen", str(kept))
    size, seen = len(opened(path).facts.splitlines()), annals_verify.note_of(about.witnessed[0]).size
    assert (code, said) == (
        0,
        [
            f"{size} of {size} facts of annals/{TENANT} are as they were signed",
            "they are all there are",
            f"witness.example has seen the first {seen} at {AT}, the {size - seen} after that not yet",
            f"they go on from the {seen} that were seen before",
            "proven",
        ],
    )
    assert (
        run(*key, "--hours", "1", "--witness", str(log_keys(OTHER)[0]))[1]
        == [f"NOT PROVEN: annals/{OTHER} has signed no checkpoint of annals/{TENANT}"]
        or run(*key, "--witness", str(log_keys(OTHER)[0]))[0] == 1
    )
    assert run("--key", str(log_keys(OTHER)[0]))[0] == 1
    assert run("--key", "nonsense") == (2, ["annals-verify: a key is written name+id+key"])


async def test_a_stream_and_a_period_are_proven_without_the_rest(database: Database, tmp_path: Path) -> None:
    async with writing(database) as do:
        await lives(do, 40)
        (middle,) = await rows(database, "select clock_timestamp()")
        await lives(do, 40, "later")
        await live(do, "ada")
    await archived(database)
    path = tmp_path / "some.zip"
    bundle(database, path, choice=Choice(tenant=TENANT, stream="enrollment:art:ada"))
    lines = opened(path).facts.splitlines()
    assert {json.loads(line)["stream"] for line in lines} == {"enrollment:art:ada"}
    assert len(lines) > 1
    assert proven(path, asked())[1] == f"they are the first {len(lines)} of enrollment:art:ada, none left out between"

    bundle(database, path, choice=Choice(tenant=TENANT, since=middle[0]))
    said = proven(path, asked())[1]
    assert said.startswith("they are the ")
    assert said.endswith("none left out between")
    moments = [datetime.fromisoformat(json.loads(line)["at"]) for line in opened(path).facts.splitlines()]
    assert min(moments) >= middle[0]
    bundle(database, path, choice=Choice(tenant=TENANT, until=middle[0]))
    assert proven(path, asked())[1].startswith("they are the 1. to the ")

    never = datetime(2020, 1, 1, tzinfo=UTC)
    for choice in (
        Choice(tenant=UUID(int=9)),
        Choice(tenant=TENANT, stream="enrollment:art:nobody"),
        Choice(tenant=TENANT, until=never),
        Choice(tenant=TENANT, stream="enrollment:art:ada", since=never + timedelta(days=1)),
    ):
        with pytest.raises(NothingToProve):
            bundle(database, path, choice=choice)


async def test_whatever_is_changed_in_a_bundle_is_found(database: Database, tmp_path: Path) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do:
        await lives(do, 20)
        await archived(database)
        look(database, witness)
        before = note_of(database)
        for version in range(4):
            await live(do, f"more-{version}")
        await live(do, "ada")
    await archived(database)
    against = asked(witness, [before])
    bundle(database, tmp_path / "whole.zip", [before])
    bundle(database, tmp_path / "some.zip", [before], Choice(tenant=TENANT, stream="enrollment:art:ada"))
    for name in ("whole.zip", "some.zip"):
        whole = opened(tmp_path / name)
        assert len(proven(tmp_path / name, against)) == 4
        lines = whole.facts.splitlines(keepends=True)
        for changed in _changes(whole.about, lines):
            with pytest.raises(annals_verify.NotProven):
                proven(write(tmp_path / "changed.zip", changed), against)


def _changes(about: dict[str, Any], lines: list[bytes]) -> list[Changed]:
    """Everything that can be done to a bundle and is not random."""
    whole = b"".join(lines)
    texts = [
        b"".join(lines[1:]),
        b"".join(lines[:-1]),
        b"".join([*lines[:-2], lines[-1], lines[-2]]),
        b"".join([lines[0], *lines]),
        whole + b"{}\n",
        whole[:-1],
        whole.replace(b'"by":"ada"', b'"by":"eve"', 1),
        whole.replace(b",", b", ", 1),
        b"",
    ]
    fields: dict[str, list[Any]] = {
        "bundle": [2, None],
        "tenant": [str(OTHER)],
        "stream": ["enrollment:art:eve"],
        "leaves": [[], [[0, 1]], [[1, 0]], [*about["leaves"], [0, 1]], "x", None, [[0, 10**9]]],
        "hashes": [[*about["hashes"], about["checkpoint"].split("\n")[2]], about["hashes"][:-1] or ["AA=="], 7],
        "checkpoint": ["", about["witnessed"][0], about["checkpoint"].replace("annals", "annuls"), None],
        "witnessed": [[], [about["checkpoint"]], ["x"], None],
        "consistency": [{}, {size: path[:-1] for size, path in about["consistency"].items()}, None, {"x": []}],
    }
    return [
        *(Changed(about, text) for text in texts),
        *(Changed({**about, name: value}, whole) for name, values in fields.items() for value in values),
        *(
            Changed({key: value for key, value in about.items() if key != name}, whole)
            for name in about
            if name not in {"since", "until"}
        ),
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no zip at all", b"\x00" * 1000])
def test_what_is_no_bundle_proves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(annals_verify.NotProven):
        proven(tmp_path / "x.zip", asked())
