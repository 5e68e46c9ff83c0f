"""A million facts read again by analysts: how many a second, by how much of one core, and in how much memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from bench.filling import fill
from bench.ground import Ground
from bench.result import Result, held

FACTS = 1_000_000
"""A tenth of the ten million that an export is to hold: what is in memory does not grow with it, as `HALF` shows."""
HALF = FACTS // 2


class Run(NamedTuple):
    """What a command took."""

    seconds: float
    of_a_core: float
    megabytes: float


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("replayed")
    await asyncio.to_thread(fill, url, FACTS)
    for form in ("arrow", "ndjson"):
        out = ground.folder / f"facts.{form}"
        ran = await asyncio.to_thread(_run, url, "replay", "--format", form, "--output", str(out))
        idle = await asyncio.to_thread(_run, url, "replay", "--format", form, "--to", "1", "--output", str(out))
        rate = FACTS / (ran.of_a_core - idle.of_a_core)
        yield held(f"annals replay as {form}: facts a second of its own time", rate, "facts/s", bar=200_000)
        yield held(f"annals replay as {form}: {FACTS:,} facts in memory", ran.megabytes, "MB", bar=300, at="most")
    half = await asyncio.to_thread(_run, url, "replay", "--to", str(HALF), "--output", str(ground.folder / "half"))
    yield held(
        "annals replay: memory of twice as many facts",
        ran.megabytes,
        "MB",
        bar=1.1,
        against="half of them",
        peer=half.megabytes,
        at="most",
    )
    synced = await asyncio.to_thread(_run, url, "lake", "sync", "--to", str(ground.folder / "lake"))
    yield held(f"annals lake sync: {FACTS:,} facts in memory", synced.megabytes, "MB", bar=300, at="most")
    yield held("annals lake sync: facts kept as Parquet", FACTS / synced.seconds, "facts/s", bar=20_000)
    ground.drop("replayed")


def _run(url: str, *arguments: str) -> Run:
    begun = time.perf_counter()
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parent.parent)}
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "api.cli", *arguments], env=environment, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, arguments
    return Run(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
