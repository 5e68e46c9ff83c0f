"""An installation with a backup folder, that loses everything Postgres had while it is written to."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from adapters.embedded.postgres import EmbeddedPostgres
from api.settings import Settings
from api.supervisor import DATABASE
from tests.faults.client import Client
from tests.faults.processes import eventually
from tests.ground.ups import ROOT, Up, environ, family
from tests.servers import Database


def annals(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a command of ours says and exits with."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "api.cli", *words],
        env=environ(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def restored(folder: Path, data: Path, *words: str, **settings: str) -> dict[str, Any]:
    """What `annals restore` says it did."""
    done = annals("restore", str(folder), "--data", str(data), "--json", *words, **settings)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def database_in(data: Path) -> Database:
    """The database of the installation that runs on this folder."""
    server = EmbeddedPostgres(data / "postgres")
    server.start()
    return Database(server, DATABASE)


def settings_of(data: Path) -> Settings:
    """The settings with the key that `annals up` has made for itself."""
    return Settings(vault_key=(data / "vault.key").read_text(encoding="utf-8"))


@dataclass
class Load:
    """A client whose installation may be destroyed, and where it finds another."""

    url: str
    token: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(lambda: self.url, self.token, in_flight=8, away_s=1)

    @property
    def acknowledged(self) -> int:
        return sum(intent.acknowledged for intent in self.client.intents)


@asynccontextmanager
async def load_on(up: Up) -> AsyncGenerator[Load]:
    """A client that sends while the body does harm."""
    load = Load(up.url, up.told["token"])
    sending = asyncio.create_task(load.client.run())
    try:
        await load.client.acknowledged(100)
        yield load
    finally:
        load.client.stop()
        await sending


def destroy(up: Up, data: Path) -> float:
    """Kill -9 all there is at once, take away all that Postgres had, and say when that was."""
    everyone = family(up.pids)
    for one in everyone:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    died = time.monotonic()
    up.process.wait(60)
    psutil.wait_procs(everyone, 20)
    shutil.rmtree(data / "postgres")
    return died


async def copied(folder: Path) -> None:
    """Wait until there is a copy that is complete."""

    async def there() -> bool:
        return await asyncio.to_thread(lambda: any(folder.glob("*/copies/*.json")))

    await eventually(there, 60)


async def drilled(folder: Path) -> None:
    """Wait until the copy was tried out."""

    async def there() -> bool:
        return await asyncio.to_thread(lambda: any(folder.glob("*/drill.json")))

    await eventually(there, 60)
