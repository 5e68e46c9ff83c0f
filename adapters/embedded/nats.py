"""The NATS server from its wheel, with JetStream, for one machine: on a free port that needs a token."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from pathlib import Path
from shutil import rmtree

from adapters.embedded.process import await_ready, is_running, launch, stop
from adapters.wheels import program


class EmbeddedNats:
    """One NATS server on one folder. Started again, it keeps its port, so that its clients find it again.

    `sync` is when JetStream writes to the disk: "always" before it acknowledges, or an interval such as "2m".
    """

    def __init__(self, folder: Path, sync: str = "always") -> None:
        self._folder = folder.absolute()
        self._log = self._folder / "nats.log"
        self._pid_file = self._folder / "nats.pid"
        self._config = self._folder / "nats.conf"
        self._sync = sync
        self._port = -1
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How clients reach it, with the token that it wants."""
        return f"nats://{self._token()}@127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Its process, if it runs."""
        try:
            pid = int(self._pid_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_running(pid, "nats-server", lambda found: str(self._config) in found.cmdline()) else None

    def start(self) -> None:
        """Start it; where it runs already, take it over."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pid = self.pid
        if pid is not None:
            self._port = self._port_of(pid) or -1
            return
        if self._child is not None:
            self._child.wait()
        for old in self._folder.glob("nats-server_*.ports"):
            old.unlink()
        self._pid_file.unlink(missing_ok=True)
        self._configure()
        self._child = child = launch([program("nats-server"), "-c", str(self._config)], self._log, self._folder)
        await_ready("NATS", child, self._log, lambda: self._port_of(child.pid) is not None)
        self._port = self._port_of(child.pid) or -1

    def stop(self) -> None:
        """Stop it: what it acknowledged is on disk."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill -9, and wait until it has gone. For tests of what survives it."""
        self._end()

    def wipe(self) -> None:
        """Throw away all that JetStream keeps. For tests of how it is filled again."""
        rmtree(self._folder / "jetstream", ignore_errors=True)

    def _end(self, *signals: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            stop(pid, self._child, *signals)
        elif self._child is not None:
            self._child.wait()
        self._child = None

    def _configure(self) -> None:
        self._config.touch(mode=0o600)
        self._config.write_text(
            "# Written anew at every start.\n"
            f'listen: "127.0.0.1:{self._port}"\n'
            f"pid_file: {_quoted(self._pid_file)}\n"
            f"ports_file_dir: {_quoted(self._folder)}\n"
            f"authorization {{ token: {_quoted(self._token())} }}\n"
            # Unquoted, 2m would be read as two million seconds.
            f"jetstream {{ store_dir: {_quoted(self._folder)}, sync_interval: {_quoted(self._sync)} }}\n",
            encoding="utf-8",
        )

    def _token(self) -> str:
        file = self._folder / "nats.token"
        if not file.exists():
            new = file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(secrets.token_urlsafe(24), encoding="utf-8")
            new.rename(file)
        return file.read_text(encoding="utf-8")

    def _port_of(self, pid: int) -> int | None:
        try:
            told = (self._folder / f"nats-server_{pid}.ports").read_text(encoding="utf-8")
            return int(json.loads(told)["nats"][0].rpartition(":")[2])
        except (FileNotFoundError, ValueError):
            return None


def _quoted(value: os.PathLike[str] | str) -> str:
    return json.dumps(str(value))
