"""Settings: complete, in step with `.env.example`, and strict about what they are given."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from api.settings import Settings, environment, example, names, new_token_key, new_vault_key, read, remarks
from api.settings_agree import DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY, BadSetting
from tests.proves import proves

ROOT = Path(__file__).parents[2]
KEY = new_token_key()
VAULT_KEY = new_vault_key()
PRODUCTION = {
    "ANNALS_ENV": "production",
    "DATABASE_URL": "postgresql://db/annals",
    "ANNALS_TOKEN_KEY": KEY,
    "ANNALS_VAULT_KEY": VAULT_KEY,
}


@proves("cfg.env")
def test_the_example_names_every_setting_with_its_default_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == example(), "write it anew: annals settings > .env.example"
    written = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert written.keys() == names().keys()
    assert read(written) == Settings()


@proves("cfg.env")
def test_no_other_code_reads_the_environment() -> None:
    read_in = {
        str(file.relative_to(ROOT))
        for folder in ("domain", "application", "projections", "adapters", "api")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv|getenv\(", file.read_text(encoding="utf-8"))
    }
    assert read_in <= {
        "api/settings.py",
        "api/http/metrics.py",  # whether prometheus_client counts for several processes
        "api/parent.py",  # whether `annals up` started this process
        "adapters/postgres/migrate.py",  # what dbmate inherits
    }


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("ANNALS_PORT", "eighty", "ANNALS_PORT='eighty'"),
        ("ANNALS_PORT", "70000", "<= 65535"),
        ("ANNALS_ENV", "staging", "ANNALS_ENV='staging'"),
        ("ANNALS_LOGS", "0", ">= 1"),
        ("RATE_LIMIT_ENABLED", "perhaps", "RATE_LIMIT_ENABLED='perhaps'"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='loud'"),
        ("MAX_BODY_BYTES", "-1", "MAX_BODY_BYTES='-1'"),
        ("DATABASE_URL", "mysql://me:secret@db/annals", "postgresql://"),
        ("DATABASE_URL", "postgresql://me:secret@[db/annals", "DATABASE_URL is no URL"),
        ("NATS_URL", "localhost:4222", "nats://"),
        ("BROKER_URL", "kafka://k", "BROKER_URL"),
        ("MAIL_PORT", "smtp", "MAIL_PORT='smtp'"),
        ("MAIL_TLS", "ssl", "MAIL_TLS='ssl'"),
        ("MAIL_FROM", "no secret address", "MAIL_FROM cannot be"),
        ("MAIL_HOST", "mail.school.example", "MAIL_FROM must be set"),
        ("MAIL_USER", "annals", "MAIL_USER and MAIL_PASSWORD go together"),
        ("MAIL_PASSWORD", "secret", "MAIL_USER and MAIL_PASSWORD go together"),
        ("ANNALS_TOKEN_KEY", "too_short_", "ANNALS_TOKEN_KEY has 7 bytes"),
        ("ANNALS_TOKEN_KEY", '{"kty": "OKP"}', "ANNALS_TOKEN_KEY is neither"),
        ("ANNALS_VAULT_KEY", "secretkey", "ANNALS_VAULT_KEY is not base64url"),
        ("ANNALS_VAULT_KEY", "too_short_", "ANNALS_VAULT_KEY has 7 bytes"),
        ("ANNALS_VAULT_KEY_BEFORE", f"{'A' * 43},too_short_", "ANNALS_VAULT_KEY_BEFORE has 7 bytes"),
    ],
)
@proves("cfg.env")
def test_a_bad_value_is_named_and_no_secret_is_repeated(name: str, text: str, complaint: str) -> None:
    with pytest.raises(BadSetting) as wrong:
        read({name: text})
    assert complaint in str(wrong.value)
    assert "secret" not in str(wrong.value)


@proves("cfg.env")
def test_a_bad_value_stops_the_start_with_clear_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "up"],
        env={**os.environ, "ANNALS_PORT": "eighty"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("annals: ANNALS_PORT='eighty' cannot be: ")
    assert "Traceback" not in done.stderr


def test_texts_become_what_they_mean() -> None:
    settings = read(
        {
            "ANNALS_PORT": " 9000 ",
            "RATE_LIMIT_ENABLED": "off",
            "CORS_ORIGINS": "https://a.example, https://b.example",
            "LOG_FOLDER": "/var/log/annals",
            "ANNALS_HOST": "",
        }
    )
    assert settings.port == 9000
    assert settings.rate_limit_enabled is False
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.log_folder == Path("/var/log/annals")
    assert settings.host == "127.0.0.1"


@proves("cfg.env", "auth.secret_key_stable")
@pytest.mark.parametrize(
    "without",
    [
        {"ANNALS_TOKEN_KEY": ""},
        {"ANNALS_TOKEN_KEY": DEVELOPMENT_KEY},
        {"ANNALS_TOKEN_KEY_BEFORE": DEVELOPMENT_KEY},
        {"ANNALS_TOKEN_KEY": "", "SECRET_KEY": "change-me"},
        {"ANNALS_VAULT_KEY": ""},
        {"ANNALS_VAULT_KEY": DEVELOPMENT_VAULT_KEY},
        {"ANNALS_VAULT_KEY_BEFORE": DEVELOPMENT_VAULT_KEY},
        {"DATABASE_URL": ""},
    ],
)
def test_production_refuses_a_missing_or_a_known_secret(without: dict[str, str]) -> None:
    assert read(PRODUCTION).token_key == KEY
    with pytest.raises(BadSetting, match="production"):
        read({**PRODUCTION, **without})


MAIL = {"MAIL_HOST": "mail.school.example", "MAIL_FROM": "Annals <no-reply@school.example>"}
LOGIN = {"MAIL_USER": "annals", "MAIL_PASSWORD": "a long one"}


@proves("cfg.env")
@pytest.mark.parametrize(
    "half",
    [
        {"MAIL_HOST": "mail.school.example"},
        {"MAIL_FROM": "no-reply@school.example"},
        LOGIN,
        {**MAIL, "MAIL_USER": "annals"},
        {**MAIL, "MAIL_PASSWORD": "a long one"},
        {**MAIL, **LOGIN, "MAIL_TLS": "none"},
    ],
)
def test_production_refuses_half_a_mail_server(half: dict[str, str]) -> None:
    for whole in ({}, MAIL, {**MAIL, **LOGIN}, {**MAIL, "MAIL_TLS": "none"}):
        assert read({**PRODUCTION, **whole}).mail_host == whole.get("MAIL_HOST", "")
    with pytest.raises(BadSetting, match="MAIL_") as wrong:
        read({**PRODUCTION, **half})
    assert "a long one" not in str(wrong.value)


def test_a_mail_server_without_a_host_is_said_to_do_nothing() -> None:
    assert read({**LOGIN, "MAIL_FROM": "no-reply@school.example"}).mail_host == ""
    told = list(remarks({**LOGIN, "MAIL_FROM": "no-reply@school.example"}))
    assert [remark.split()[0] for remark in told] == ["MAIL_FROM", "MAIL_USER"]
    assert list(remarks({**MAIL, **LOGIN})) == []


@proves("cfg.env")
def test_old_names_are_understood_or_said_to_do_nothing() -> None:
    old = {"REDIS_URL": "redis://r", "CACHE_ENABLED": "true", "SECRET_KEY": "a long sentence that was a secret before"}
    assert read(old).token_key == read(old).token_key != DEVELOPMENT_KEY
    assert [remark.split()[0] for remark in remarks(old)] == ["REDIS_URL", "CACHE_ENABLED", "SECRET_KEY"]
    assert list(remarks({"REDIS_URL": "redis://r", "BROKER_URL": "redis://r"})) == []
    assert list(remarks({"ANNALS_PROT": "1", "ANNALS_PORT": "1"})) == ["ANNALS_PROT is not a setting."]


def test_the_keys_before_are_given_newest_first() -> None:
    older, oldest = new_vault_key(), new_vault_key()
    settings = read({"ANNALS_VAULT_KEY": f" {VAULT_KEY}= ", "ANNALS_VAULT_KEY_BEFORE": f"{older}, {oldest}="})
    assert (settings.vault_key, *settings.vault_key_before) == (VAULT_KEY, older, oldest)
    assert Settings().vault_key == DEVELOPMENT_VAULT_KEY


def test_a_key_may_be_written_as_a_jwk() -> None:
    jwk = msgspec.json.encode({"kty": "OKP", "crv": "Ed25519", "d": KEY, "x": "…"}).decode()
    assert read({"ANNALS_TOKEN_KEY": jwk}).token_key == KEY
    assert json.loads(jwk)["d"] == KEY


def test_a_file_fills_in_what_the_environment_leaves_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "# ours\nexport ANNALS_HOST='::1'  # everywhere\nANNALS_LOGS = 4 # four\n"
        'LOG_LEVEL="debug"\nANNALS_PORT=1\nodd line\n'
    )
    monkeypatch.setenv("ANNALS_PORT", "2")
    settings = read({name: value for name, value in environment(tmp_path).items() if name in names()})
    assert (settings.host, settings.logs, settings.log_level, settings.port) == ("::1", 4, "debug", 2)


def test_every_role_may_have_its_own_login() -> None:
    settings = read({"DATABASE_URL": "postgresql://all@db/annals", "APP_DATABASE_URL": "postgresql://app@db/annals"})
    assert "user=app" in settings.dsn("app")
    assert "role=annals_app" in settings.dsn("app")
    assert "user=all" in settings.dsn("auditor")
    with pytest.raises(BadSetting, match="DATABASE_URL is not set"):
        Settings().dsn("app")
