"""The log of a server received while it is written, so that what was acknowledged is also here.

A commit waits until its log is on the disk of whoever `synchronous_standby_names` names. That name is set when the
receiver has caught up, and stays when it goes away: from then on commits wait for it to come back, rather than be
acknowledged where only the server has them.
"""

from __future__ import annotations

import secrets
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.embedded.process import LOOK_AGAIN_S, launch
from adapters.postgres.backups.lives import BackupFailed, Life, Server, lives
from adapters.postgres.backups.programs import command, reached_as, run

NAME = "annals_backup"
SLOT = "annals_"
"""What the name of a slot begins with. Slots are in no copy, so a restored server has none, and begins a new life."""
CATCHES_UP_S_MAX = 600.0
LEAVES_S_MAX = 30.0

_SLOTS = "select slot_name from pg_replication_slots where slot_type = 'physical' and starts_with(slot_name, %s)"
_ACTIVE = "select active_pid from pg_replication_slots where slot_name = %s and active"
_RECEIVED = """
select exists (
  select from pg_stat_replication where application_name = %s and state = 'streaming' and sync_state = 'sync'
)
"""
_CAUGHT_UP = """
select 1 from pg_stat_replication
where application_name = %s and state = 'streaming' and flush_lsn >= %s::pg_lsn
"""


def life_of(connection: psycopg.Connection[Any], url: str, folder: Path) -> Life:
    """The life that this server lives now, begun if it has none yet."""
    slots = [str(name) for (name,) in connection.execute(_SLOTS, (SLOT,)).fetchall()]
    known = {life.name: life for life in lives(folder)}
    for slot in slots:
        if slot.removeprefix(SLOT) in known:
            return known[slot.removeprefix(SLOT)]
    if slots:
        raise BackupFailed(
            f"the log of this server is kept for {slots[0]}, of which nothing is in {folder}; "
            "name the folder it goes to, or give that one up with `annals backup --release`"
        )
    found = connection.execute("select system_identifier::text from pg_control_system()").fetchone()
    began = f"{datetime.now(UTC):%Y%m%dt%H%M%S}_{secrets.token_hex(3)}"
    life = Life(folder.absolute() / began)
    life.begin(Server(found[0] if found else ""))
    run(
        "pg_receivewal",
        folder,
        *("--dbname", reached_as(url, NAME), "--slot", SLOT + life.name, "--create-slot", "--if-not-exists"),
    )
    return life


def is_received(url: str) -> bool:
    """Whether somebody receives the log now, and commits wait until they have it."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(_RECEIVED, (NAME,)).fetchone() == (True,)


def without_waiting(url: str) -> str:
    """This database for one whose commits wait for no receiver."""
    given = conninfo_to_dict(url)
    return make_conninfo(
        "", **{**given, "options": f"{given.get('options') or ''} -c synchronous_commit=local".strip()}
    )


def wait_for_nobody(url: str) -> None:
    """Have commits wait for no receiver: there is none."""
    with psycopg.connect(url, autocommit=True) as connection:
        _name(connection, "")


def release(connection: psycopg.Connection[Any]) -> None:
    """Have commits wait for nobody, and keep no log for anybody: what happens from now on is only where it happens."""
    _name(connection, "")
    for (slot,) in connection.execute(_SLOTS, (SLOT,)).fetchall():
        _end_others(connection, slot)
        connection.execute("select pg_drop_replication_slot(%s)", (slot,))


class Receiver:
    """pg_receivewal, as a process that writes into the folder of a life."""

    def __init__(self, url: str, life: Life) -> None:
        self._url = url
        self._life = life
        self._slot = SLOT + life.name
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def receives(self) -> bool:
        """Whether it is still at work."""
        return self._process is not None and self._process.poll() is None

    def start(self, connection: psycopg.Connection[Any]) -> None:
        """Receive, and have commits wait for us once we have all that there was."""
        _end_others(connection, self._slot)
        self._process = launch(
            command(
                "pg_receivewal",
                self._life.path,
                *("--dbname", reached_as(self._url, NAME), "--slot", self._slot, "--directory", str(self._life.log)),
                *("--synchronous", "--no-loop", "--no-password"),
            ),
            self._life.path / "receiver.log",
            self._life.path,
        )
        self._catch_up(connection)
        _name(connection, NAME)

    def stop(self) -> None:
        """Stop receiving. Commits wait until somebody receives again."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LEAVES_S_MAX)

    def kill(self) -> None:
        """Kill -9, and wait until it has gone. For tests of what survives it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _catch_up(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute("select pg_current_wal_flush_lsn()::text").fetchone()
        end = time.monotonic() + CATCHES_UP_S_MAX
        while connection.execute(_CAUGHT_UP, (NAME, found and found[0])).fetchone() is None:
            if not self.receives:
                raise BackupFailed(f"pg_receivewal does not receive: {self._last()}")
            if time.monotonic() > end:
                raise BackupFailed(f"pg_receivewal has not caught up within {CATCHES_UP_S_MAX:.0f} s")
            time.sleep(LOOK_AGAIN_S)

    def _last(self) -> str:
        said = (self._life.path / "receiver.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "; ".join(said[-3:])


def _name(connection: psycopg.Connection[Any], name: str) -> None:
    """Say whom commits wait for. It is a setting of the server, so it outlives all who are at work now."""
    shown = connection.execute("show synchronous_standby_names").fetchone()
    if shown is not None and shown[0] == name:
        return
    connection.execute(sql.SQL("alter system set synchronous_standby_names = {}").format(name))
    connection.execute("select pg_reload_conf()")


def _end_others(connection: psycopg.Connection[Any], slot: str) -> None:
    """End who still receives for one that was killed: it is shown the door by the server, and ends by itself."""
    end = time.monotonic() + LEAVES_S_MAX
    while (found := connection.execute(_ACTIVE, (slot,)).fetchone()) is not None:
        connection.execute("select pg_terminate_backend(%s)", (found[0],))
        if time.monotonic() > end:
            raise BackupFailed(f"backend {found[0]} does not let go of the slot {slot}")
        time.sleep(LOOK_AGAIN_S)
