"""`annals token`: what it prints is let in, what it is not given it asks for, what it revokes is refused."""

from __future__ import annotations

import time
from uuid import uuid4

import httpx
import psycopg
import pytest

from adapters.tokens import BadToken, Tokens
from api.cli import main
from api.settings_agree import DEVELOPMENT_KEY
from tests.api.serving import Served

TENANT = str(uuid4())


def issued(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["token", *arguments]) == 0
    return capsys.readouterr().out.strip()


def test_what_it_prints_is_let_in(
    api: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNALS_TOKEN_KEY", DEVELOPMENT_KEY)
    monkeypatch.setenv("DATABASE_URL", api.database.url)
    given = issued(
        capsys, "--tenant", TENANT, "--as", "ada", "--can", "facts.read", "--can", "enrollments.*", "--for", "30m"
    )
    headers = {"Authorization": f"Bearer {given}"}
    principal = Tokens(DEVELOPMENT_KEY).bearer(headers["Authorization"].encode())
    assert (str(principal.tenant), principal.name) == (TENANT, "ada")
    assert principal.can == frozenset({"facts.read", "enrollments.*"})
    assert principal.expires_at == pytest.approx(time.time() + 1800, abs=60)
    assert httpx.get(f"{api.url}/api/facts", headers=headers).status_code == 200
    assert main(["token", "--revoke", str(principal.token)]) == 0
    deadline = time.monotonic() + 5
    while httpx.get(f"{api.url}/api/facts", headers=headers).status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@proves("auth.logout_revoke")
def test_what_was_revoked_is_forgotten_once_it_has_expired(api: Served) -> None:
    with psycopg.connect(api.database.url, autocommit=True) as connection:
        connection.execute(
            "insert into vault.revoked_tokens (id, expires_at, by) values (%s, now() - interval '1 s', 'a test')",
            (uuid4(),),
        )
        deadline = time.monotonic() + 10
        while connection.execute("select from vault.revoked_tokens where by = 'a test'").fetchone() is not None:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--tenant", TENANT, "--as", "ada"],
        ["--tenant", TENANT, "--can", "*"],
        ["--as", "ada", "--can", "*"],
        ["--tenant", TENANT, "--as", "ada", "--can", "*", "--for", "soon"],
        ["--tenant", TENANT, "--as", "ada", "--can", "*", "--for", "0m"],
        ["--tenant", TENANT, "--as", "ada", "--can", "*", "--for", "900d"],
    ],
)
def test_it_says_what_it_needs(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(["token", *arguments]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "--tenant" in said.err


def test_it_does_not_issue_for_a_tenant_that_is_none() -> None:
    with pytest.raises(SystemExit):
        main(["token", "--tenant", "acme", "--as", "ada", "--can", "*"])


def test_a_token_of_another_installation_is_not_believed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNALS_TOKEN_KEY", "A" * 43)
    given = issued(capsys, "--tenant", TENANT, "--as", "ada", "--can", "*")
    with pytest.raises(BadToken):
        Tokens(DEVELOPMENT_KEY).bearer(f"Bearer {given}".encode())
