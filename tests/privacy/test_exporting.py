"""An archive of all that is kept of somebody: every fact there is, told of two, and nothing in it is of the other."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import msgspec
from psycopg_pool import ConnectionPool

from adapters.postgres.traces import PostgresTraces
from application.belonging import Content, personal
from application.exporting import FILES_BYTES_MAX, Gathered, Said, archive, contents, facts_csv, gathered, reader, said
from application.ports import File
from application.sealing import wrapped
from tests.followers.running import TENANT, writing
from tests.privacy.told import deciders, tell, tellings, words
from tests.proves import proves
from tests.servers import Database
from tests.vault.opening import vault_on

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA, BOB = "0198c0de-0000-7000-8000-0000000000ad", "0198c0de-0000-7000-8000-0000000000b0"


async def packed(database: Database, person: str) -> tuple[Gathered, dict[str, Any], bytes]:
    """What was gathered of somebody, and what is in their archive by the names of its files; and all of it as bytes."""
    async with vault_on(database) as vault:
        key = (await vault.keys(TENANT, (person,), make=False))[person]
    with ConnectionPool[Any](database.dsn("app"), min_size=1, max_size=1, open=True) as pool:
        found = gathered(PostgresTraces(pool, window=70), TENANT, person)
    files = contents(TENANT, found, person, key)
    content, facts = archive(person, NOON, said(TENANT, found, person, key), files, lambda name: name.encode())
    with ZipFile(io.BytesIO(content)) as opened:
        inside = {name: opened.read(name) for name in opened.namelist()}
    manifest = msgspec.json.decode(inside["manifest.json"])
    assert facts == sum(manifest["facts"].values())
    return found, {**inside, "manifest.json": manifest}, b"\n".join(inside.values())


@proves("privacy.export")
async def test_all_of_somebody_is_in_their_archive_and_nothing_of_another(database: Database) -> None:
    marks = {person: secrets.token_hex(8) for person in (ADA, BOB)}
    async with vault_on(database) as vault, writing(database, keys=vault) as do:
        for person, mark in marks.items():
            await tell(do, TENANT, person, tellings(person, mark))
    for person, other in ((ADA, BOB), (BOB, ADA)):
        _, inside, everything = await packed(database, person)
        for text in (marks[other], other):
            assert text.encode() not in everything
        told = {
            fact["fact"]: fact
            for name in inside
            if name.endswith(".json") and "/facts" in name
            for fact in msgspec.json.decode(inside[name])
        }
        for word in words():
            of = personal()[word.context]
            if deciders()[word.type].name in {*of.keyed, *of.owned} or word.personal:
                assert word.name in told, f"{word.name} is not in the archive"
            for field in word.personal if word.name in told else ():
                assert marks[person] in told[word.name]["data"][field], f"{word.name}.{field}"
        assert set(inside) >= {f"{context}/facts.{kind}" for context in personal() for kind in ("json", "csv")}
        assert told["identity.PersonRegistered"]["by"] == "you"
        assert b"sealed:" not in everything


async def test_csv_says_the_same_as_json_and_works_nothing_out() -> None:
    facts = [
        Said(NOON, "files.FileUploaded", "file:one", "you", {"name": "=1+1", "bytes": 3, "links": ["a"]}),
        Said(NOON, "files.FileRenamed", "file:one", "policy:x", {"name": "plain, with a comma", "more": None}),
    ]
    header, first, second = list(csv.reader(io.StringIO(facts_csv(facts).decode())))
    assert header == ["at", "fact", "stream", "by", "name", "bytes", "links", "more"]
    assert first[4:] == ["'=1+1", "3", '["a"]', ""]
    assert second[3:] == ["policy:x", "plain, with a comma", "", "", ""]


def test_what_is_sealed_is_opened_for_whose_it_is() -> None:
    key, kept = bytes(32), {"plain": b"as it is", "sealed": wrapped(bytes(32), b"a secret", "its place")}
    theirs = {"recording": [Content("one", "sealed", sealed_in="its place")], "files": [Content("two", "plain")]}

    def file(name: str) -> File | None:
        return File(kept[name], "application/octet-stream", "") if name in kept else None

    read = reader(key, theirs, file)
    assert (read("plain"), read("sealed"), read("gone")) == (b"as it is", b"a secret", None)


async def test_files_are_in_it_under_names_that_lead_nowhere_and_named_where_there_is_no_room() -> None:
    large, small = bytes(FILES_BYTES_MAX - 10), b"a small one"
    there = {"a": large, "b": small, "c": b"tiny"}
    files = {
        "files": [
            Content("../../a\\b:c", "a"),
            Content("b", "b"),
            Content("c", "c"),
            Content("gone", "gone"),
            Content("infected", "c", given=False),
            Content("larger", "never read", bytes=FILES_BYTES_MAX),
        ]
    }
    read: list[str] = []

    def reading(name: str) -> bytes | None:
        read.append(name)
        return there.get(name)

    content, _ = archive("ada", NOON, (), files, reading)
    assert "never read" not in read
    with ZipFile(io.BytesIO(content)) as opened:
        names = [name for name in opened.namelist() if "/files/" in name]
        manifest = msgspec.json.decode(opened.read("manifest.json"))
    assert names == ["files/files/_.._a_b_c", "files/files/c"]
    assert manifest["left_out"] == [
        {"name": "b", "bytes": len(small)},
        {"name": "larger", "bytes": FILES_BYTES_MAX},
    ]
    assert {one["path"] for one in manifest["files"]} == {
        *names,
        *(f"{context}/facts.{kind}" for context in personal() for kind in ("json", "csv")),
    }
