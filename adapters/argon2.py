"""argon2id: how passwords are kept. bcrypt hashes from elsewhere are read, and are to be replaced.

Hashing takes a core for tens of milliseconds and is meant to. It runs in threads of its own, few and with a lower
priority, and so many may wait: whoever comes in while people log in is not starved by it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from application.ports import Checked

Result = TypeVar("Result")

THREADS = 2
WAITING_MAX = 100
"""At thirty milliseconds each, the last of them waits for less than two seconds."""
PRIORITY = 5
"""After others, but not last: a thread that got no time at all while it held the interpreter would stop everyone."""
BCRYPT_BYTES = 72
"""What bcrypt reads of a password. It never took more into account."""
BCRYPT = (b"$2a$", b"$2b$", b"$2y$")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
"""As OWASP advises it for servers: 19 MiB, twice."""
NOBODYS = b"$argon2id$v=19$m=19456,t=2,p=1$1SPcuVWRQi8xOUMfbBbnSg$zDOHPjmYKOyXD7HiXQTT2AQVJSJEuQK8mFBlxN4xEfo"
"""What is tried where there is nobody: it takes the same time."""

WRONG = Checked(right=False, outdated=False)


class Busy(Exception):  # noqa: N818 — named as the client sees it
    """More passwords are waiting to be tried than can be tried soon."""


class Argon2:
    """Hashes and tries passwords, off the event loop."""

    def __init__(self, threads: int = THREADS, waiting_max: int = WAITING_MAX) -> None:
        self._threads = ThreadPoolExecutor(threads, "argon2", _after_others)
        self._under_way = 0
        self._under_way_max = threads + waiting_max

    async def hash(self, password: str) -> bytes:
        return await self._run(_hashed, password)

    async def check(self, password: str, kept: bytes | None) -> Checked:
        return await self._run(_checked, password, kept)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, function: Callable[..., Result], *values: object) -> Result:
        if self._under_way >= self._under_way_max:
            raise Busy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *values)
        finally:
            self._under_way -= 1


def _after_others() -> None:
    """Let whoever waits for the processor have it first. On Linux a thread has a priority of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PRIORITY)


def _hashed(password: str) -> bytes:
    return _HASHER.hash(_read(password)).encode()


def _checked(password: str, kept: bytes | None) -> Checked:
    if kept is None:
        _is_right(NOBODYS, _read(password))
        return WRONG
    if kept.startswith(BCRYPT):
        return Checked(bcrypt.checkpw(password.encode("utf-8", "replace")[:BCRYPT_BYTES], kept), outdated=True)
    if not _is_right(kept, _read(password)):
        return WRONG
    return Checked(right=True, outdated=_HASHER.check_needs_rehash(kept.decode()))


def _is_right(kept: bytes, password: bytes) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _read(password: str) -> bytes:
    """The same password however a keyboard put it together."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
