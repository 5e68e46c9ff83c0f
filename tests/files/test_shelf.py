"""Which files does somebody have, and may they be given to anybody?"""

from __future__ import annotations

from domain.files.file import FILE, Command, Delete, Link, Rename, StartScan, TellClean, TellInfected, Unlink, Upload
from domain.kernel import FileId, PersonId
from projections.files import shelf
from projections.files.shelf import file_of, files_of
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.servers import Database

ADA, BEN = PersonId("ada"), PersonId("ben")
TEXT = "text/plain"


def uploaded(owner: PersonId, name: str, type_: str = TEXT) -> Command:
    return Upload(owner, name, type_, 3, "a" * 64, f"files/{name}")


async def test_it_tells_of_each_file_what_became_of_it(database: Database) -> None:
    async with living(database, shelf.MODEL) as (do, ask, _):
        become: dict[str, tuple[Command, ...]] = {
            "quarantined": (),
            "scanning": (StartScan(),),
            "clean": (StartScan(), TellClean(), Link("item:art:one", ADA), Rename(ADA, "new name")),
            "infected": (StartScan(), TellInfected("Eicar")),
            "deleted": (StartScan(), TellClean(), Delete(ADA)),
        }
        position = 0
        for name, commands in become.items():
            for command in (uploaded(ADA, name), *commands):
                position = (await do(FILE.at(name), command, caller())).position
        found = {name: (await file_of(ask, TENANT, FileId(name), min_position=position))[0] for name in become}
        assert {name: row.status for name, row in found.items() if row} == {
            name: name for name in become if name != "deleted"
        }
        clean, infected = found["clean"], found["infected"]
        assert clean is not None
        assert infected is not None
        assert (clean.name, clean.links, clean.kept) == ("new name", ("item:art:one",), "files/clean")
        assert infected.found == "Eicar"
        assert (await file_of(ask, OTHER, FileId("clean")))[0] is None
        receipt = await do(FILE.at("clean"), Unlink("item:art:one"), caller())
        left, _ = await file_of(ask, TENANT, FileId("clean"), min_position=receipt.position)
        assert left is not None
        assert left.links == ()


async def test_files_of_somebody_come_newest_first_and_are_looked_for(database: Database) -> None:
    async with living(database, shelf.MODEL) as (do, ask, _):
        names = [f"Notes {number}" for number in range(4)]
        for number, name in enumerate(names):
            await do(FILE.at(f"file-{number}"), uploaded(ADA, name), caller())
        await do(FILE.at("picture"), uploaded(ADA, "chart", "image/png"), caller())
        receipt = await do(FILE.at("bens"), uploaded(BEN, "Notes of Ben"), caller())
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            page = await files_of(ask, TENANT, ADA, cursor=cursor, limit=2, min_position=receipt.position)
            seen += [row.name for row in page.rows]
            cursor = page.cursor
        assert cursor is None
        assert seen == ["chart", *reversed(names)]
        for looked, names_found in (
            (await files_of(ask, TENANT, ADA, type_="image/png"), ["chart"]),
            (await files_of(ask, TENANT, ADA, name="NOTES 2"), ["Notes 2"]),
            (await files_of(ask, TENANT, ADA, status="clean"), []),
            (await files_of(ask, TENANT, BEN, status="quarantined"), ["Notes of Ben"]),
            (await files_of(ask, OTHER, ADA), []),
        ):
            assert [row.name for row in looked.rows] == names_found
