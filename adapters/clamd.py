"""The port `Scanner`: ClamAV's daemon, asked over its own socket."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from urllib.parse import urlsplit

from application.ports import Scanner, Unscanned

PORT = 3310
ANSWER_S_MAX = 120.0
PART_BYTES = 64 * 1024
ANSWER_BYTES_MAX = 4096
CLEAN = "stream: OK"
FOUND = re.compile(r"stream: (.+) FOUND")


class ClamdScanner:
    """A daemon on a machine and a port, or behind a socket of this machine."""

    def __init__(self, where: tuple[str, int] | str, answer_s_max: float = ANSWER_S_MAX) -> None:
        self._where = where
        self._answer_s_max = answer_s_max

    def scan(self, parts: Iterable[bytes]) -> str | None:
        try:
            with self._connected() as connection:
                said = _asked(connection, parts)
        except OSError as error:
            raise Unscanned(f"clamd does not answer: {type(error).__name__}") from error
        if said == CLEAN:
            return None
        found = FOUND.fullmatch(said)
        if found is None:
            raise Unscanned(f"clamd cannot tell: {said or 'it hung up'}")
        return found[1]

    @contextmanager
    def _connected(self) -> Generator[socket.socket]:
        if isinstance(self._where, tuple):
            with socket.create_connection(self._where, self._answer_s_max) as connection:
                yield connection
            return
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(self._answer_s_max)
            connection.connect(self._where)
            yield connection


class Unable:
    """Where nobody scans: it can tell of no file, so none is given to anybody."""

    def scan(self, parts: Iterable[bytes]) -> str | None:
        del parts
        raise Unscanned("no scanner is set up")


class Nothing:
    """Looks for nothing and finds nothing: for whoever says in so many words that this is what they want."""

    def scan(self, parts: Iterable[bytes]) -> str | None:
        del parts
        return None


def scanner(said: str) -> Scanner:
    """The scanner that is meant by `clamd://host:port`, by `clamd:///path/of/a/socket`, or by `nothing`."""
    if not said:
        return Unable()
    if said == "nothing":
        return Nothing()
    where = urlsplit(said)
    if where.scheme != "clamd" or not (where.hostname or where.path):
        raise ValueError("a scanner is clamd://host:port, clamd:///path, or nothing")
    return ClamdScanner((where.hostname, where.port or PORT) if where.hostname else where.path)


def _asked(connection: socket.socket, content: Iterable[bytes]) -> str:
    """What it says of a file that is sent in parts, each after its length; one without a length is the end."""
    connection.sendall(b"zINSTREAM\0")
    try:
        for whole in content:
            for at in range(0, len(whole), PART_BYTES):
                part = whole[at : at + PART_BYTES]
                connection.sendall(struct.pack(">I", len(part)) + part)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It hangs up on what is larger than it takes, and has said so before.
        return _heard(connection)
    return _heard(connection)


def _heard(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < ANSWER_BYTES_MAX:
        more = connection.recv(ANSWER_BYTES_MAX)
        if not more:
            break
        said += more
    # An answer without its end may be half of one.
    return said[:-1].decode("utf-8", "replace") if said.endswith(b"\0") else ""
