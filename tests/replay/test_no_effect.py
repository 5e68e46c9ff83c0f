"""A replay reads. Whatever is replayed, rebuilt or asked: nobody outside hears of it, and no fact is written."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.followers.projector import Projector
from adapters.postgres.vault import PostgresVault
from api.cli import main
from api.settings_agree import DEVELOPMENT_KEY
from application.mail import Mailer
from application.ports import Keys, Texts
from projections.enrollments import roster
from projections.model import models
from tests.followers.running import TENANT, caught_up, following, make_models, rows
from tests.proves import proves
from tests.replay.armed import Taken, armed, ports
from tests.replay.living import show, tell_everything
from tests.replay.told import annals, command, environment, tell
from tests.servers import Database

OURS = frozenset({"followers.checkpoints", "followers.models", "followers.interventions"})
"""Where a rebuild says how far it came, and who wanted it."""
OF_OURS = ("--tenant", str(TENANT))
STREAM = "enrollment:part0:018f0000-0000-7000-8000-00000000050e"


def everything(database: Database) -> dict[str, str]:
    """Each table there is, and a sum over its rows that does not depend on their order."""
    with psycopg.connect(database.url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        found: dict[str, str] = {}
        for schema, table in tables:
            query = (
                f"""select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from "{schema}"."{table}" t"""  # noqa: S608
            )
            ((sum_,),) = connection.execute(query.encode()).fetchall()
            found[f"{schema}.{table}"] = sum_
    return {table: sum_ for table, sum_ in found.items() if table not in OURS}


def test_every_port_is_armed_and_fails(tmp_path: Path) -> None:
    assert all(ports().values()), [port.__name__ for port, classes in ports().items() if not classes]
    assert {Mailer, Texts, Keys} <= set(ports())
    with armed() as taken:
        for port, classes in ports().items():
            for class_ in () if port is Keys else classes:
                method = next(name for name in dir(port) if not name.startswith("_"))
                with pytest.raises(Taken):
                    getattr(class_, method)()
        before = len(taken)
        subprocess.run(["true"], check=True)  # noqa: S607 — whatever is found under this name
        (tmp_path / "written").write_text("", encoding="utf-8")
        (tmp_path / "written").unlink()
    assert [one.partition(" ")[0] for one in taken[before:]] == ["subprocess.Popen", "open", "os.remove"]


async def test_a_key_that_is_missing_is_not_made(database: Database) -> None:
    del database
    with armed() as taken, pytest.raises(Taken):
        await PostgresVault.keys(None, TENANT, ["ada"], make=True)  # type: ignore[arg-type]
    assert taken == ["Keys: a new key"]


@proves("audit.replay")
def test_nothing_that_is_replayed_is_heard_outside(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(tell_everything(database))
    asyncio.run(show(database))
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("ANNALS_TOKEN_KEY", DEVELOPMENT_KEY)
    monkeypatch.setenv("ANNALS_VAULT_KEY", DEVELOPMENT_KEY)
    monkeypatch.chdir(tmp_path)
    before = everything(database)

    def run(*arguments: str) -> str:
        capsys.readouterr()
        assert main(arguments) == 0, capsys.readouterr()
        return capsys.readouterr().out

    replayed = tmp_path / "facts.ndjson"
    with armed(str(replayed)) as taken:
        run("replay", "--output", str(replayed), "--open")
        run("as-of", STREAM, *OF_OURS, "--at", "2027-01-01")
        for model in ("enrollments.roster", "identity.directory", "payments.journal"):
            run("as-of", model, *OF_OURS, "--at", "200")
        assert run("what-if", "required-lessons=one", "--streams", "enrollment:*", *OF_OURS)
        assert run("compare", "enrollments.roster", *OF_OURS, "--before", "3")
        assert run("compare", STREAM, *OF_OURS, "--before", "1")
        run("facts", "--limit", "3")
        told = run("projections", "rebuild")
        assert told.count("rebuilt, and shown") == len(models())
        assert "DIFFERENT" not in run("projections", "verify")
    assert taken == []
    # The ledger, its commands, jobs, timers, secrets: nothing is another. And the read models are the same to the byte.
    assert everything(database) == before


@proves("audit.replay")
def test_a_replay_that_is_killed_goes_on(database: Database, tmp_path: Path) -> None:
    tell(database, 60_000)
    file = tmp_path / "facts.ndjson"
    for kill in range(1, 4):
        with subprocess.Popen(  # noqa: S603
            command("replay", "--output", str(file), "--resume"), env=environment(database), stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and (not file.exists() or file.stat().st_size < kill * 5_000_000):
                time.sleep(0.002)
            process.kill()
    assert file.stat().st_size > 0
    annals(database, "replay", "--output", str(file), "--resume")
    assert file.read_bytes() == annals(database, "replay").stdout


@proves("audit.replay")
def test_a_model_whose_replay_was_killed_is_built_again_the_same_to_the_byte(database: Database) -> None:
    tell(database, 5_000)
    asyncio.run(make_models(database))
    again = command("projections", "rebuild", "enrollments.roster")
    asyncio.run(_shown(database))
    before = everything(database)["enrollments_roster.roster"]
    for _ in range(2):
        with subprocess.Popen(again, env=environment(database), stdout=subprocess.PIPE) as process:  # noqa: S603
            while process.poll() is None and not asyncio.run(rows(database, HALFWAY)):
                time.sleep(0.002)
            process.kill()
        assert everything(database)["enrollments_roster.roster"] == before
    annals(database, "projections", "rebuild", "enrollments.roster")
    assert everything(database)["enrollments_roster.roster"] == before
    assert b"DIFFERENT" not in annals(database, "projections", "verify", "enrollments.roster").stdout


HALFWAY = "select from followers.checkpoints where follower = 'enrollments.roster__next' and position > 0"


async def _shown(database: Database) -> None:
    async with following(database, Projector(roster.MODEL)):
        await caught_up(database, roster.MODEL.name)
