"""`annals up --demo` on an empty folder: how soon it answers, and what it holds in memory when nobody asks."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import msgspec
import psutil

from bench.ground import Ground, answering, process, python
from bench.result import Result, held, median

STARTS = 3
IDLE_S = 10
"""How long it is left alone before it is weighed."""


class Told(msgspec.Struct):
    """What `annals up --json` says when it is ready."""

    url: str
    pids: dict[str, int]


async def measure(ground: Ground) -> AsyncIterator[Result]:
    took: list[float] = []
    weights: list[float] = []
    for number in range(STARTS):
        seconds, megabytes = await _one(ground, number)
        took.append(seconds)
        weights.append(megabytes)
    name = "cold start of `annals up --demo` on an empty folder, to the first 200"
    yield held(name, median(took), "s", bar=10, at="most")
    name = "resident memory of an idle `annals up --demo`, all processes but Postgres"
    yield held(name, median(weights), "MB", bar=400, at="most")


async def _one(ground: Ground, number: int) -> tuple[float, float]:
    """Start one: the seconds until it answers, and its megabytes."""
    data, said = ground.folder / f"up-{number}", ground.folder / f"up-{number}.json"
    begun = time.monotonic()
    command = python("-m", "api.cli", "up", "--demo", "--json", "--port", "0", "--data", str(data))
    with process(command, {}, said, errors=ground.folder / "up.log") as up:
        while not said.read_bytes().endswith(b"\n"):
            if up.poll() is not None:
                sys.exit((ground.folder / "up.log").read_text())
            await asyncio.sleep(0.01)
        told = msgspec.json.decode(said.read_bytes(), type=Told)
        await answering(f"{told.url}/health/ready")
        seconds = time.monotonic() - begun
        await asyncio.sleep(IDLE_S)
        return seconds, _resident_mb({"up": up.pid, **told.pids})


def _resident_mb(pids: dict[str, int]) -> float:
    """What these processes and all they started hold. A page that two of them share is counted once."""
    postgres = psutil.Process(pids["postgres"])
    aside = {postgres.pid, *(child.pid for child in postgres.children(recursive=True))}
    family = {
        one.pid: one
        for pid in pids.values()
        for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))
    }
    return sum(one.memory_full_info().pss for pid, one in family.items() if pid not in aside) / 1e6
