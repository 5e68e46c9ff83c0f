"""compose.yaml says what we run, and what it says works, also without Docker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from adapters.embedded.nats import EmbeddedNats
from adapters.postgres.migrate import ensure_database, migrate
from adapters.wheels import postgres_program
from api.settings import names, new_token_key, new_vault_key
from api.supervisor import CHILDREN
from tests.ground.ups import ROOT, environ
from tests.servers import folder, running_postgres

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
RUNNING = (*CHILDREN, "backup")
OURS = (*RUNNING, "migrate")


def test_every_process_is_a_service_with_a_healthcheck() -> None:
    assert SERVICES.keys() == {"postgres", "nats", *OURS}
    for name, service in SERVICES.items():
        assert name == "migrate" or service["healthcheck"]["test"][0] == "CMD", name
        if name in OURS:
            assert service["command"] == [name] if name != "backup" else [name, "--receive"]


def test_every_variable_is_a_setting_and_no_secret_has_a_default() -> None:
    for name in OURS:
        assert SERVICES[name]["environment"].keys() <= names().keys()
        assert SERVICES[name]["environment"]["ANNALS_ENV"] == "production"
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for variable in ("ANNALS_TOKEN_KEY", "ANNALS_VAULT_KEY", "ANNALS_PASSWORD", "POSTGRES_PASSWORD", "NATS_TOKEN"):
        assert set(re.findall(rf"\$\{{({variable}\b[^}}]*)\}}", text)) == {f"{variable}:?"}


def test_the_image_holds_every_part_of_the_house() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    assert copied == {"domain", "application", "projections", "adapters", "api"}


def test_nats_is_set_to_write_before_it_acknowledges_and_takes_our_configuration(tmp_path: Path) -> None:
    config = (ROOT / "deploy" / "nats.conf").read_text(encoding="utf-8")
    assert 'sync_interval: "always"' in config
    (tmp_path / "nats.conf").write_text(config.replace("/data", str(tmp_path)))
    server = Path(sys.executable).parent / "nats-server"
    subprocess.run(  # noqa: S603
        [server, "-t", "-c", tmp_path / "nats.conf"], env={"NATS_TOKEN": "a-token"}, check=True, capture_output=True
    )


def _logins(url: str) -> None:
    """Run the script that makes the logins, as the image of Postgres does."""
    host = url.rpartition("host=")[2]
    subprocess.run(  # noqa: S603
        [ROOT / "deploy" / "postgres" / "logins.sh"],
        env={
            "PATH": f"{Path(postgres_program('psql')).parent}:{os.environ['PATH']}",
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": "annals",
            "ANNALS_PASSWORD": "it's a password",
            "PGHOST": host,
        },
        check=True,
        capture_output=True,
    )


@pytest.mark.timeout(180)
def test_its_commands_serve_on_its_logins(fresh_nats: Callable[[], EmbeddedNats], unused_port: int) -> None:
    with running_postgres() as postgres, folder() as backups:
        ensure_database(postgres.server.database_url("annals"))
        _logins(postgres.server.url)
        key, vault_key = new_token_key(), new_vault_key()
        port, nats = unused_port, fresh_nats().url

        def settings(name: str) -> dict[str, str]:
            given = {
                variable: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))  # What nobody has set has its default.
                for variable, value in SERVICES[name]["environment"].items()
            }
            for variable in given.keys() & {"DATABASE_URL", "BACKUP_DATABASE_URL"}:
                login = given[variable].partition("//")[2].partition(":")[0]
                given[variable] = postgres.server.database_url("annals").replace("postgres:@", f"{login}:@")
            if "BACKUP_FOLDER" in given:
                given["BACKUP_FOLDER"] = str(backups)
            keys = {"ANNALS_TOKEN_KEY": key, "ANNALS_VAULT_KEY": vault_key, "ANNALS_VAULT_KEY_BEFORE": ""}
            return environ(**{**given, **keys, "NATS_URL": nats, "ANNALS_PORT": str(port)})

        def run(name: str) -> list[str]:
            return [sys.executable, "-m", "api.cli", *SERVICES[name]["command"]]

        def healthy(name: str) -> bool:
            check = SERVICES[name]["healthcheck"]["test"][1:]
            done = subprocess.run(  # noqa: S603
                [sys.executable, *check[1:]], env=settings(name), cwd=ROOT, capture_output=True, check=False
            )
            return done.returncode == 0

        subprocess.run(run("migrate"), env=settings("migrate"), cwd=ROOT, check=True)  # noqa: S603
        running = {name: subprocess.Popen(run(name), env=settings(name), cwd=ROOT) for name in RUNNING}  # noqa: S603
        try:
            deadline = time.monotonic() + 60
            waiting = set(RUNNING)
            while waiting:
                assert time.monotonic() < deadline, f"not healthy: {waiting}"
                assert all(process.poll() is None for process in running.values())
                waiting = {name for name in waiting if not healthy(name)}
        finally:
            for name in CHILDREN:
                running[name].terminate()
            codes = {name: running[name].wait(60) for name in CHILDREN}
            running["backup"].terminate()  # Last: without it commits wait.
            codes["backup"] = running["backup"].wait(60)
        assert codes == dict.fromkeys(RUNNING, 0)


def test_the_login_that_copies_is_let_in_from_elsewhere_and_is_no_superuser() -> None:
    with running_postgres() as postgres:
        ensure_database(postgres.server.database_url("annals"))
        _logins(postgres.server.url)
        rule = "select type, auth_method, error from pg_hba_file_rules where user_name = '{copies}'"
        login = "select rolsuper, rolreplication from pg_roles where rolname = 'copies'"
        with psycopg.connect(postgres.server.url, autocommit=True) as connection:
            assert connection.execute(rule.encode()).fetchall() == [("host", "scram-sha-256", None)]
            assert connection.execute(login.encode()).fetchall() == [(False, True)]


def test_the_login_that_serves_cannot_become_the_owner() -> None:
    with running_postgres() as postgres:
        ensure_database(postgres.server.database_url("annals"))
        _logins(postgres.server.url)
        url = postgres.server.database_url("annals")
        migrate(url.replace("postgres:@", "migrates:@"))
        with psycopg.connect(url.replace("postgres:@", "serves:@"), autocommit=True) as connection:
            connection.execute("set role annals_app")
            for role in ("annals_owner", "annals_projector", "postgres"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"set role {role}".encode())
