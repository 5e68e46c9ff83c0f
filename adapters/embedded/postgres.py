"""Postgres from its wheel, for one machine: on a socket that only its user can reach, never on the network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from adapters.embedded import system_user
from adapters.embedded.process import LOOK_AGAIN_S, START_S_MAX, ServerFailed, await_ready, is_running, launch, stop
from adapters.wheels import postgres_program

SOCKET_PATH_MAX = 103
"""The longest path of a socket that every system takes."""
SOCKET_NAME = ".s.PGSQL.5432"
SHORT = "annals-socket-"
WAL_SEGMENT_MB = 1
"""All who commit wait while a segment of the log is made, so it is small: 4 ms, not the 70 of one of 16 MB."""
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}
"""For a database that survives a kill, but not a power cut: a test's."""


class EmbeddedPostgres:
    """One Postgres on one folder. Whoever finds it running, for instance after a kill of its parent, takes it over."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, start_s_max: float = START_S_MAX
    ) -> None:
        self._folder = folder.absolute()
        self._start_s_max = start_s_max
        self._data = self._folder / "data"
        self._log = self._folder / "postgres.log"
        self._settings = dict(settings or {})
        self._socket: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How its superuser reaches it, once it was started."""
        return self.database_url("postgres")

    def database_url(self, database: str) -> str:
        """How its superuser reaches one of its databases."""
        return f"postgresql://postgres:@/{database}?host={quote(str(self._socket), safe='/')}"

    @property
    def pid(self) -> int | None:
        """Its process, if it runs."""
        lines = self._pid_file()
        if not lines or not lines[0].isdigit():
            return None
        data = os.path.realpath(self._data)
        return int(lines[0]) if is_running(int(lines[0]), "postgres", lambda found: found.cwd() == data) else None

    def start(self) -> None:
        """Start it, on a new folder after making it; where it runs already, take it over."""
        if self.pid is not None:
            self._take_over()
            return
        if self._child is not None:
            self._child.wait()  # It was killed, and would be taken for alive.
        self._make()
        system_user.give(self._folder)
        self._forget(self._pid_file())
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # Of a killed run: its id may be somebody else's now.
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_folder()),
            "unix_socket_permissions": "0700",
            "log_timezone": "UTC",
            "max_connections": "600",  # An engine holds one for each follower of each log, and two may run.
            **self._settings,
        }
        command = [*self._as_user("postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + self._start_s_max
        while True:
            before = self._log.stat().st_size if self._log.exists() else 0
            self._child = launch(command, self._log, self._folder)
            try:
                await_ready("Postgres", self._child, self._log, self._is_ready, self._start_s_max)
            except ServerFailed:
                # The last children of a killed server may still be leaving its shared memory.
                with self._log.open("rb") as log:
                    log.seek(before)
                    leaving = b"shared memory block" in log.read()
                if not leaving or time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_AGAIN_S * 5)
            else:
                return

    def stop(self) -> None:
        """Stop it as it likes to be stopped: sessions are ended, everything is on disk."""
        self._end(signal.SIGINT, signal.SIGQUIT)

    def kill(self) -> None:
        """Kill -9, and wait until it has gone. For tests of what survives it."""
        self._end()

    def _end(self, *signals: signal.Signals) -> None:
        lines, pid = self._pid_file(), self.pid
        if pid is not None:
            stop(pid, self._child, *signals)
        elif self._child is not None:
            self._child.wait()
        self._child = None
        if signals:
            self._forget(lines)

    def _make(self) -> None:
        """A new database cluster, whole or not at all: it gets its name when it is complete."""
        if self._data.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        system_user.give(self._folder)
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        done = subprocess.run(  # noqa: S603
            [
                *self._as_user("initdb"),
                *(
                    "-D",
                    str(unfinished),
                    "--username=postgres",
                    "--auth=trust",
                    "--data-checksums",
                    "--no-instructions",
                    f"--wal-segsize={WAL_SEGMENT_MB}",
                ),
                *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                *(("--no-sync",) if self._settings.get("fsync") == "off" else ()),
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServerFailed(f"Postgres could not make {self._data}:\n{done.stderr.strip()}")
        unfinished.rename(self._data)

    def _as_user(self, name: str) -> tuple[str, ...]:
        path = postgres_program(name)
        return (*system_user.lowered(self._data, Path(path)), path)

    def _socket_folder(self) -> Path:
        """Beside the data, or, where that path is too long for a socket, in a temporary folder; always the same one."""
        folder = self._socket or self._folder / "socket"
        if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_MAX or "," in str(folder):
            folder = Path(tempfile.mkdtemp(prefix=SHORT, dir="/tmp"))
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        system_user.give(folder)
        self._socket = folder
        return folder

    def _forget(self, lines: list[str]) -> None:
        """Remove the temporary folder that the socket of an ended server lay in."""
        if len(lines) > 4 and Path(lines[4]).name.startswith(SHORT):  # noqa: PLR2004 — the fifth line
            shutil.rmtree(lines[4], ignore_errors=True)

    def _pid_file(self) -> list[str]:
        """What a running server says of itself: id, folder, start, port, socket folder, address, memory, status."""
        try:
            return (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _is_ready(self) -> bool:
        lines = self._pid_file()
        return len(lines) > 7 and lines[7].strip() == "ready" and self.pid is not None  # noqa: PLR2004 — the eighth line

    def _take_over(self) -> None:
        deadline = time.monotonic() + START_S_MAX
        while not self._is_ready():
            if time.monotonic() > deadline or self.pid is None:
                raise ServerFailed(f"the Postgres that was found on {self._data} does not get ready")
            time.sleep(LOOK_AGAIN_S)
        self._socket = Path(self._pid_file()[4])
