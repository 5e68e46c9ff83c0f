"""`annals up`: everything on one machine, as processes that are started, watched and stopped together."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import msgspec
import psutil

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.process import ServerFailed
from adapters.failing import Failed
from api.parent import MARK, OURS
from api.settings import Settings, new_token_key, new_vault_key
from api.settings_agree import DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY
from domain.kernel import Value

CHILDREN = ("api", "engine", "worker")
RECEIVES = "backup"
"""Runs besides where there is a folder for backups. While it does not, commits wait."""
DATABASE = "annals"

READY_S_MAX = 60.0
STOP_S_MAX = 15.0
WATCH_S = 0.25
BACKOFF_S = 0.2
BACKOFF_S_MAX = 5.0
STEADY_S = 30.0
"""A child that lived this long and then ended is started again at once."""
ENDED_EARLY_MAX = 5
"""A child that ends this often before all is ready will not do better the next time."""

Say = Callable[[str], None]


class AlreadyUp(Exception):  # noqa: N818 — it reads as what it says
    """Another `annals up` runs on this data."""


class Run(Value):
    """What runs on a data folder, written there: the next start finds by it what a killed one has left."""

    url: str
    processes: dict[str, tuple[int, float]]


class Supervisor:
    """All processes of one data folder, and what they have in common."""

    def __init__(self, settings: Settings, say: Say, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.data = settings.data.absolute()
        self.token_key = settings.token_key
        self.vault_key = settings.vault_key
        self.port = settings.port
        self._say = say
        self._environ = dict(environ)
        self._names = (*CHILDREN, *((RECEIVES,) if settings.backup_folder else ()))
        self._postgres = None if settings.database_url else EmbeddedPostgres(self.data / "postgres")
        self._nats = None if settings.nats_url else EmbeddedNats(self.data / "nats")
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._ended_early = 0
        self._ready = False
        self._stop = asyncio.Event()
        self._failure: Exception | None = None

    @property
    def url(self) -> str:
        host = self.settings.host
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{shown}:{self.port}"

    @property
    def outbox(self) -> Path:
        """Where letters are kept while there is no mail server."""
        return Path(self._environ.get("OUTBOX_FOLDER") or self.data / "outbox")

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        found = {
            "up": os.getpid(),
            "postgres": self._postgres.pid if self._postgres else None,
            "nats": self._nats.pid if self._nats else None,
            **{name: child.pid for name, child in self._children.items() if child.returncode is None},
        }
        return {name: pid for name, pid in found.items() if pid is not None}

    def stop(self) -> None:
        """Ask for the end."""
        self._stop.set()

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Start everything, say when it is ready, and keep it running until asked to stop."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        async with AsyncExitStack() as stack:
            stack.callback(os.close, self._lock())
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
            await asyncio.to_thread(self._end_leftovers)
            self._take_port()
            stack.callback((self.data / "run.json").unlink, missing_ok=True)
            stack.push_async_callback(self._stop_servers)
            await self._start_servers()
            stack.push_async_callback(self._stop_children)
            await self._until_stopped(when_ready)
        if self._failure is not None:
            raise self._failure

    async def _until_stopped(self, when_ready: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._keep(name)) for name in self._names]
            running.append(tasks.create_task(self._watch_servers()))
            running.append(tasks.create_task(self._get_ready(when_ready)))
            await self._stop.wait()
            for task in running:
                task.cancel()

    # --- before ---------------------------------------------------------------------------------------

    def _lock(self) -> int:
        """Only one at a time on this data. The lock goes with the process, however that ends."""
        lock = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            run = self._left()
            where = f" at {run.url}, process {run.processes['up'][0]}" if run and "up" in run.processes else ""
            raise AlreadyUp(f"already up on {self.data}{where}") from None
        return lock

    def _left(self) -> Run | None:
        """What a run on this data has written down."""
        try:
            return msgspec.json.decode((self.data / "run.json").read_bytes(), type=Run)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _note(self) -> None:
        """Write down what runs."""
        processes: dict[str, tuple[int, float]] = {}
        for name, pid in self.pids.items():
            with suppress(psutil.NoSuchProcess):
                processes[name] = (pid, psutil.Process(pid).create_time())
        new = self.data / "run.json.new"
        new.write_bytes(msgspec.json.encode(Run(self.url, processes)))
        new.rename(self.data / "run.json")

    def _end_leftovers(self) -> None:
        """End what a killed run has left, by its id and the time it was started. Servers are taken over instead."""
        left = self._left()
        found: list[psutil.Process] = []
        for name, (pid, started) in (left.processes if left else {}).items():
            if name in {*CHILDREN, RECEIVES}:
                with suppress(psutil.NoSuchProcess):
                    process = psutil.Process(pid)
                    if process.create_time() == started:
                        found += [process, *process.children(recursive=True)]
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(found, STOP_S_MAX)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _take_port(self) -> None:
        """Say now, and clearly, when the port is somebody else's."""
        family = socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.settings.host, self.settings.port))
            except OSError as error:
                raise ServerFailed(
                    f"cannot listen on {self.settings.host}:{self.settings.port}: {error.strerror}; "
                    "choose another port with --port or ANNALS_PORT"
                ) from None
            self.port = int(probe.getsockname()[1])

    # --- the servers ----------------------------------------------------------------------------------

    async def _start_servers(self) -> None:
        if self._postgres or self._nats:
            names = [name for name, server in (("Postgres", self._postgres), ("NATS", self._nats)) if server]
            self._say(f"starting {' and '.join(names)} in {self.data}")
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in (self._postgres, self._nats) if server))
        self._say("migrating the database")
        await self._prepare()
        if self.token_key == DEVELOPMENT_KEY:
            self.token_key = self._own_key("token.key", new_token_key)
        if self.vault_key == DEVELOPMENT_VAULT_KEY:
            self.vault_key = self._own_key("vault.key", new_vault_key)

    async def _prepare(self) -> None:
        """Make the database ready, in a process of its own."""
        child = await self._run("preparing", "api.preparing", *((OURS,) if self._postgres else ()))
        if await child.wait() != 0:
            raise Failed(self._last("preparing"))

    async def _stop_servers(self) -> None:
        for server in (self._nats, self._postgres):
            if server:
                await asyncio.to_thread(server.stop)

    async def _watch_servers(self) -> None:
        """Start an embedded server again that was killed."""
        while True:
            await asyncio.sleep(WATCH_S)
            for name, server in (("Postgres", self._postgres), ("NATS", self._nats)):
                if server and server.pid is None:
                    self._say(f"{name} has ended; starting it again")
                    try:
                        await asyncio.to_thread(server.start)
                    except ServerFailed as failed:
                        self._say(str(failed))
                    self._note()

    def _database_url(self) -> str:
        return self._postgres.database_url(DATABASE) if self._postgres else self.settings.database_url

    def _own_key(self, name: str, make: Callable[[], str]) -> str:
        """A key made once for this data, so that what it has signed or sealed outlives a restart."""
        file = self.data / name
        if not file.exists():
            new = file.with_suffix(".new")
            new.unlink(missing_ok=True)
            new.touch(mode=0o600)
            new.write_text(make(), encoding="utf-8")
            new.rename(file)
        return file.read_text(encoding="utf-8")

    # --- the children ---------------------------------------------------------------------------------

    async def _keep(self, name: str) -> None:
        """Keep one child running."""
        pause = BACKOFF_S
        while True:
            started = time.monotonic()
            child = await self._start_child(name)
            code = await child.wait()
            if not self._ready:
                self._ended_early += 1
                if self._ended_early >= ENDED_EARLY_MAX:
                    self._fail(
                        ServerFailed(f"annals {name} ends again and again, now with {code}:\n{self._last(name)}")
                    )
                    return
            if time.monotonic() - started > STEADY_S:
                pause = BACKOFF_S
            self._say(f"{name} has ended with {code}; starting it again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACKOFF_S_MAX)

    async def _start_child(self, name: str) -> asyncio.subprocess.Process:
        child = await self._run(name, "api.cli", name, *(("--receive",) if name == RECEIVES else ()))
        self._children[name] = child
        self._note()
        return child

    async def _run(self, name: str, module: str, *arguments: str) -> asyncio.subprocess.Process:
        log = self._output(name)
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            # Its standard input is a pipe that we never write to: it closes when we are gone.
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *arguments),
                env=self._child_environ(),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _child_environ(self) -> dict[str, str]:
        given = {name: value for name, value in self._environ.items() if value}
        return {
            "LOG_FOLDER": str(self.data / "logs"),
            "OUTBOX_FOLDER": str(self.outbox),
            "FILES_FOLDER": str(self.data / "files"),
            "ANNALS_PUBLIC_URL": self.url,
            "SANDBOX_FILE": str(self.data / "sandbox.db"),
            "SANDBOX_NOTICES_URL": f"{self.url}/api/gateways/sandbox/notices",
            **given,
            MARK: "1",
            "ANNALS_DATA": str(self.data),
            "ANNALS_PORT": str(self.port),
            "ANNALS_TOKEN_KEY": self.token_key,
            "ANNALS_VAULT_KEY": self.vault_key,
            "DATABASE_URL": self._database_url(),
            "BACKUP_FOLDER": str(self.settings.backup_folder.absolute()) if self.settings.backup_folder else "",
            "NATS_URL": self._nats.url if self._nats else self.settings.nats_url,
        }

    def _output(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.out"

    def _last(self, name: str) -> str:
        return "\n".join(self._output(name).read_text(encoding="utf-8", errors="replace").splitlines()[-15:])

    async def _stop_children(self) -> None:
        """The one that receives last: what the others still commit waits for it."""
        await self._stop_some({name: child for name, child in self._children.items() if name != RECEIVES})
        await self._stop_some(self._children)

    async def _stop_some(self, some: Mapping[str, asyncio.subprocess.Process]) -> None:
        running = {name: child for name, child in some.items() if child.returncode is None}
        for child in running.values():
            child.terminate()

        async def ended(name: str, child: asyncio.subprocess.Process) -> None:
            try:
                async with asyncio.timeout(STOP_S_MAX):
                    await child.wait()
            except TimeoutError:
                self._say(f"{name} does not stop; killing it")
                child.kill()
                await child.wait()

        await asyncio.gather(*(ended(name, child) for name, child in running.items()))

    # --- ready ----------------------------------------------------------------------------------------

    async def _get_ready(self, when_ready: Callable[[], None]) -> None:
        self._say("starting " + ", ".join(self._names))
        deadline = time.monotonic() + READY_S_MAX
        while not await asyncio.to_thread(self._answers):
            if time.monotonic() > deadline:
                self._fail(ServerFailed(f"not ready within {READY_S_MAX:.0f} s; see {self.data / 'logs'}"))
                return
            await asyncio.sleep(0.05)
        self._ready = True
        try:
            await asyncio.to_thread(when_ready)
        except (OSError, ServerFailed) as error:
            self._fail(error)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:  # noqa: S310 — our own URL
                return bool(answer.status == 200)  # noqa: PLR2004 — OK
        except (urllib.error.URLError, OSError):
            return False

    def _fail(self, failure: Exception) -> None:
        self._failure = failure
        self.stop()
