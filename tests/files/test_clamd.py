"""The port `Scanner`: a daemon that speaks as ClamAV's does, and those that fail to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.clamd import ClamdScanner, Nothing, Unable, scanner
from application.ports import Unscanned

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM_MAX = 300_000


def _exactly(connection: socket.socket, count: int) -> bytes:
    said = b""
    while len(said) < count:
        more = connection.recv(count - len(said))
        if not more:
            raise ConnectionError
        said += more
    return said


def as_clamd(connection: socket.socket) -> None:
    """INSTREAM, as the manual of clamd has it."""
    assert _exactly(connection, 10) == b"zINSTREAM\0"
    content = b""
    while length := struct.unpack(">I", _exactly(connection, 4))[0]:
        content += _exactly(connection, length)
        if len(content) > STREAM_MAX:
            connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
    found = EICAR in content
    connection.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


def silent(connection: socket.socket) -> None:
    """It listens, and hangs up."""
    connection.recv(10)


def halting(connection: socket.socket) -> None:
    """Its answer breaks off where it could be taken for another."""
    connection.recv(1 << 20)
    connection.sendall(b"stream: OK")


@contextmanager
def listening(behave: Callable[[socket.socket], None], path: Path | None = None) -> Generator[str]:
    """A daemon that behaves so; where it is."""
    server = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
    server.bind(("127.0.0.1", 0) if path is None else str(path))
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                behave(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"clamd://127.0.0.1:{server.getsockname()[1]}" if path is None else f"clamd://{path}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.mark.parametrize("by_path", [False, True], ids=["port", "socket"])
def test_it_tells_what_does_harm_from_what_does_not(tmp_path: Path, *, by_path: bool) -> None:
    with listening(as_clamd, tmp_path / "clamd" if by_path else None) as where:
        one = scanner(where)
        assert one.scan([b"harmless"]) is None
        assert one.scan([]) is None
        assert one.scan([bytes(100_000), bytes(100_000)]) is None
        assert one.scan([bytes(70_000) + EICAR[:20], EICAR[20:]]) == "Eicar-Test-Signature"


def test_what_is_too_large_for_it_is_not_said_to_be_clean() -> None:
    with listening(as_clamd) as where, pytest.raises(Unscanned):
        scanner(where).scan([bytes(STREAM_MAX * 20)])


@pytest.mark.parametrize("behave", [silent, halting])
def test_half_an_answer_is_none(behave: Callable[[socket.socket], None]) -> None:
    with listening(behave) as where, pytest.raises(Unscanned):
        scanner(where).scan([b"harmless"])


def test_who_is_away_says_nothing(unused_port: int, tmp_path: Path) -> None:
    for where in (f"clamd://127.0.0.1:{unused_port}", f"clamd://{tmp_path}/nobody"):
        with pytest.raises(Unscanned, match="does not answer"):
            scanner(where).scan([b"harmless"])


def test_without_a_scanner_no_file_is_given_to_anybody() -> None:
    assert isinstance(scanner(""), Unable)
    with pytest.raises(Unscanned, match="no scanner"):
        scanner("").scan([b"harmless"])


def test_nothing_is_scanned_only_where_one_says_so() -> None:
    assert isinstance(scanner("nothing"), Nothing)
    assert scanner("nothing").scan([EICAR]) is None
    assert isinstance(scanner("clamd://scanner.example"), ClamdScanner)
    for said in ("clamd://", "http://scanner.example", "none"):
        with pytest.raises(ValueError, match="a scanner is"):
            scanner(said)
