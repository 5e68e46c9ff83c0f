"""Logs hold what happened, nothing secret, and never more than they may."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from api.logs import FILE_BYTES_MAX, FILES_KEPT, configure
from api.settings import Settings
from tests.api.serving import Client, serving, token
from tests.proves import proves
from tests.servers import Database, folder


@pytest.fixture
def place() -> Generator[Path]:
    """A folder for logs. Whatever was set up for them is taken down in the end."""
    with folder() as path:
        yield path
        root = logging.getLogger()
        for handler in list(root.handlers):
            if isinstance(handler, logging.FileHandler):
                root.removeHandler(handler)
                handler.close()
        structlog.reset_defaults()


def until_logged(path: Path, route: str) -> list[dict[str, Any]]:
    """The lines about a route. An answer may be there before its line is."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = [one for one in lines(path) if one.get("route") == route] if path.exists() else []
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(route)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@proves("obs.logs")
def test_sixty_megabytes_become_five_backups_and_no_more(place: Path) -> None:
    configure(Settings(log_folder=place), "api")
    logging.getLogger().handlers[0].setLevel(logging.CRITICAL)
    log = structlog.get_logger()
    for _ in range(6_600):
        log.info("much", text="x" * 10_000)
    files = sorted(place.glob("api.log*"))
    assert [file.name for file in files] == ["api.log", *(f"api.log.{number}" for number in range(1, FILES_KEPT + 1))]
    assert all(file.stat().st_size <= FILE_BYTES_MAX for file in files)
    assert sum(file.stat().st_size for file in files) > 50_000_000
    assert not (place / "api.error.log").exists()


@proves("obs.logs")
def test_errors_alone_are_in_the_log_of_errors(place: Path) -> None:
    configure(Settings(log_folder=place), "api", lambda: {"request": "r-1"})
    log = structlog.get_logger()
    log.info("fine")
    log.warning("less fine")
    log.error("bad")
    log.error("worse", exc_info=ValueError("broken"))
    logging.getLogger("elsewhere").error("from a library")
    everything, errors = lines(place / "api.log"), lines(place / "api.error.log")
    assert [line["event"] for line in errors] == ["bad", "worse", "from a library"]
    assert [line["event"] for line in everything] == ["fine", "less fine", "bad", "worse", "from a library"]
    assert all(line["request"] == "r-1" and line["process"] == "api" and line["timestamp"] for line in everything)
    assert errors[1]["exception"][0]["exc_type"] == "ValueError"


@proves("obs.logs")
def test_secrets_and_personal_data_are_taken_out(place: Path) -> None:
    configure(Settings(log_folder=place), "api")
    given = token(uuid4())
    log = structlog.get_logger()
    log.error(
        "refused at postgresql://ada:hunter2@db/annals",
        said=given,
        authorization="Basic YWRhOmFkYQ==",
        headers={"Cookie": "session=abc123", "accept": "*/*"},
        email="ada@example.org",
        text="write to grace.hopper@example.org, Bearer abcdef, password=hunter2",
        many=[given, {"api_key": "sk-live-1"}],
    )
    log.error("raised", exc_info=ValueError(given))
    written = (place / "api.log").read_text() + (place / "api.error.log").read_text()
    for secret in (given, "hunter2", "YWRhOmFkYQ", "abc123", "example.org", "abcdef", "sk-live-1"):
        assert secret not in written
    assert "*/*" in written


@proves("obs.logs")
def test_what_a_function_worked_with_is_not_logged_when_it_fails(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(Settings(log_folder=place, log_format="pretty"), "api")

    def divide(ada_was_born_in: int) -> float:
        return ada_was_born_in / 0

    try:
        divide(1800 + 15)
    except ZeroDivisionError:
        structlog.get_logger().exception("failed")
    for written in ((place / "api.log").read_text(), capsys.readouterr().err):
        assert "division by zero" in written
        assert "divide" in written
        assert "1815" not in written


@proves("obs.logs")
def test_a_slow_request_is_logged_with_its_time_and_ids(database: Database) -> None:
    with folder() as place, serving(database, SLOW_REQUEST_MS="1", LOG_FOLDER=str(place)) as (served,):
        with Client(served, uuid4()) as client:
            answer = client.enroll()
        (line,) = until_logged(place / "api.log", "/api/enrollments")
        assert line["event"] == "http.slow"
        assert line["took_ms"] >= 1
        assert (line["method"], line["status"], line["by"]) == ("POST", 200, "ada")
        assert line["request"] == answer.headers["X-Request-Id"]
        assert line["correlation"]
        assert not (place / "api.error.log").exists()


@proves("obs.logs")
def test_every_request_is_logged_when_wanted(database: Database) -> None:
    with folder() as place, serving(database, ACCESS_LOG="true", LOG_FOLDER=str(place)) as (served,):
        httpx.get(f"{served.url}/health")
        assert httpx.get(f"{served.url}/api/facts?token=hidden-in-the-query").status_code == 401
        (line,) = until_logged(place / "api.log", "/health")
        assert line["status"] == 200
        assert "hidden-in-the-query" not in (place / "api.log").read_text()


@proves("obs.logs")
def test_nobody_keeps_us_busy_with_what_they_have_logged(place: Path) -> None:
    configure(Settings(log_folder=place), "api")
    log = structlog.get_logger()
    began = time.perf_counter()
    for text in ("a" * 1_000_000, "a@" * 500_000, "://a:" * 200_000, "eyJ." * 250_000, "bearer " * 150_000):
        log.error("long", text=text)
    assert time.perf_counter() - began < 5
    assert (place / "api.log").stat().st_size < 300_000
