"""`annals up` as a person starts it: a process, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from api.settings import names

ROOT = Path(__file__).parents[2]


def environ(**given: str) -> dict[str, str]:
    """This environment without any setting but those given."""
    return {name: value for name, value in os.environ.items() if name not in names()} | given


@dataclass
class Up:
    """One run of `annals up --json`."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.told["url"])

    @property
    def pids(self) -> dict[str, int]:
        """The processes that it says run now."""
        run = msgspec.json.decode((Path(self.told["data"]) / "run.json").read_bytes())
        return {name: pid for name, (pid, _) in run["processes"].items()}

    def ask(self, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Any:
        """What is answered to a query, or to a command."""
        headers = {"Authorization": f"Bearer {self.told['token']}", "Content-Type": "application/json"}
        if body is not None:
            headers["Idempotency-Key"] = key
        data = None if body is None else msgspec.json.encode(body)
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.loads(answer.read())

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait."""
        self.process.send_signal(number)
        return self.process.wait(60)


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "api.cli", "up", "--port", "0", "--data", str(data), *arguments]


@contextmanager
def up(data: Path, *arguments: str, **settings: str) -> Generator[Up]:
    """Start it and wait until it says where it is. It is stopped in the end, if it still runs."""
    with subprocess.Popen(  # noqa: S603
        command(data, "--json", *arguments),
        env=environ(**settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield Up(process, json.loads(line))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def family(pids: Mapping[str, int]) -> list[psutil.Process]:
    """These processes and all that they have started."""
    found: dict[int, psutil.Process] = {}
    for pid in pids.values():
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            found[process.pid] = process
    return list(found.values())


def gone(processes: list[psutil.Process], within_s: float = 20) -> bool:
    """Whether all of these have ended by then."""
    return not psutil.wait_procs(processes, within_s)[1]
