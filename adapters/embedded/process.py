"""A server as a process: started apart from its parent, found again by its id and its data, stopped gracefully."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from adapters.failing import Failed

LOOK_AGAIN_S = 0.02
START_S_MAX = 30.0
STOP_S_MAX = 20.0


class ServerFailed(Failed):
    """A server that did not start, with the last that it said."""


def launch(command: Sequence[str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own: a Ctrl-C at the terminal is ours to pass on, in the right order."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd, start_new_session=True
        )


def await_ready(
    name: str,
    process: subprocess.Popen[bytes],
    log: Path,
    ready: Callable[[], bool],
    seconds: float = START_S_MAX,
) -> None:
    """Until the server is ready. One that ends instead, or takes too long, is an error that shows its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise ServerFailed(f"{name} ended with {process.returncode} while starting:\n{_tail(log)}")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(f"{name} was not ready within {seconds:.0f} s:\n{_tail(log)}")
        time.sleep(LOOK_AGAIN_S)


def stop(pid: int, child: subprocess.Popen[bytes] | None, *signals: signal.Signals) -> None:
    """End a server by its id, with one signal after the other until it has gone."""
    for number in (*signals, signal.SIGKILL):
        try:
            process = psutil.Process(pid)
            process.send_signal(number)
            if child is not None and child.pid == pid:
                child.wait(STOP_S_MAX)
            else:
                process.wait(STOP_S_MAX)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            continue
        except psutil.NoSuchProcess:
            pass
        break
    if child is not None:
        child.wait()


def is_running(pid: int, program: str, is_it: Callable[[psutil.Process], bool]) -> bool:
    """Whether this id is that very server: ids are used again, and a file that names one may be old."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.name() == program and is_it(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
