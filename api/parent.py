"""A child of `annals up` ends when its parent does, however that ended: their pipe closes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any, cast

MARK = "ANNALS_ENDS_WITH_STDIN"
OURS = "ours"
"""Said to who makes a database ready whose server `annals up` has started itself."""
GRACE_S = 15.0


def end_with_parent() -> None:
    """Where `annals up` started this process: end it, gracefully, when standard input closes."""
    if os.environ.get(MARK):
        _watch(_read_to_the_end)


def end_with_server() -> None:
    """In a process that a server started to serve: end it when that server has gone, killed perhaps."""
    server = parent_process()
    if server is not None:
        sentinel = cast("Any", server).sentinel
        _watch(lambda: wait([sentinel]))


def _read_to_the_end() -> None:
    # Not through `sys.stdin`, whose lock a fork would inherit locked.
    while os.read(0, 1):
        pass


def _watch(until: Callable[[], object]) -> None:
    threading.Thread(target=_end_after, args=(until,), name="parent", daemon=True).start()


def _end_after(until: Callable[[], object]) -> None:
    until()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE_S)
    os._exit(1)
