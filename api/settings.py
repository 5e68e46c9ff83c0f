"""Every setting there is: its name, its meaning, its default. Read from the environment, and from `.env` beside it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from api.setting import setting
from api.settings_agree import (
    DEVELOPMENT_KEY,
    DEVELOPMENT_VAULT_KEY,
    KEY_BYTES,
    BadSetting,
    check,
    check_production,
    url_is_one,
)
from api.settings_backups import BackupSettings
from api.settings_gateways import check_gateways, check_gateways_in_production

if TYPE_CHECKING:
    from adapters.postgres.connect import Role


class Settings(BackupSettings, kw_only=True):
    """How this run is set up. Each process reads it once, at its start."""

    env: Annotated[
        Literal["development", "production"],
        setting("ANNALS_ENV", "production refuses to start without a database and a secret of its own"),
    ] = "development"
    host: Annotated[str, setting("ANNALS_HOST", "the address that is listened on")] = "127.0.0.1"
    port: Annotated[int, setting("ANNALS_PORT", "the port that is listened on; 0 takes a free one", ge=0, le=65535)] = (
        8000
    )
    hosts: Annotated[
        Literal["any", "mapped"],
        setting("ANNALS_HOSTS", "mapped answers 404 under a hostname that no tenant has; any goes by the token alone"),
    ] = "any"
    data: Annotated[Path, setting("ANNALS_DATA", "the folder in which `annals up` keeps everything")] = Path("data")
    logs: Annotated[
        int,
        setting("ANNALS_LOGS", "how many logs the ledger is split into; chosen once, when it is made", ge=1, le=1024),
    ] = 1
    token_key: Annotated[
        str,
        setting("ANNALS_TOKEN_KEY", "the Ed25519 private key of tokens: 32 bytes in base64url, or a JWK; secret"),
    ] = DEVELOPMENT_KEY
    vault_key: Annotated[
        str,
        setting("ANNALS_VAULT_KEY", "the key of personal data and secrets: 32 bytes in base64url; lost, so are they"),
    ] = DEVELOPMENT_VAULT_KEY
    vault_key_before: Annotated[
        tuple[str, ...],
        setting("ANNALS_VAULT_KEY_BEFORE", "all that ANNALS_VAULT_KEY was before, newest first, with commas between"),
    ] = ()
    vault_remember_s: Annotated[
        float,
        setting("ANNALS_VAULT_REMEMBER_S", "for how long a process remembers a key of somebody; erasures wait for it"),
    ] = 30.0

    token_key_before: Annotated[
        str,
        setting("ANNALS_TOKEN_KEY_BEFORE", "what ANNALS_TOKEN_KEY was before: its tokens are still believed; secret"),
    ] = ""
    proof_name: Annotated[
        str,
        setting("PROOF_NAME", "what checkpoints call this installation, for ever", pattern=r"^[a-z0-9][a-z0-9./-]*$"),
    ] = "annals"
    proof_key: Annotated[
        tuple[str, ...],
        setting(
            "PROOF_KEY", "the Ed25519 private keys of checkpoints, newest first; empty, it follows from the vault's"
        ),
    ] = ()

    database_url: Annotated[str, setting("DATABASE_URL", "Postgres 18; when empty, `annals up` starts its own")] = ""
    owner_database_url: Annotated[
        str, setting("OWNER_DATABASE_URL", "as DATABASE_URL, for the login that migrates")
    ] = ""
    app_database_url: Annotated[str, setting("APP_DATABASE_URL", "as DATABASE_URL, for a member of annals_app")] = ""
    projector_database_url: Annotated[
        str, setting("PROJECTOR_DATABASE_URL", "as DATABASE_URL, for a member of annals_projector")
    ] = ""
    auditor_database_url: Annotated[
        str, setting("AUDITOR_DATABASE_URL", "as DATABASE_URL, for a member of annals_auditor")
    ] = ""
    witness_database_url: Annotated[
        str, setting("WITNESS_DATABASE_URL", "as DATABASE_URL, for a member of annals_witness")
    ] = ""
    nats_url: Annotated[str, setting("NATS_URL", "NATS with JetStream; when empty, `annals up` starts its own")] = ""
    broker_url: Annotated[
        str, setting("BROKER_URL", "the broker of jobs: amqp:// or redis://; when empty, Postgres is the broker")
    ] = ""

    api_processes: Annotated[
        int, setting("API_PROCESSES", "how many processes of one `annals api` serve HTTP", ge=1, le=64)
    ] = 1
    worker_threads: Annotated[
        int, setting("WORKER_THREADS", "how many jobs one `annals worker` does at once", ge=1, le=256)
    ] = 4
    outbox_folder: Annotated[Path, setting("OUTBOX_FOLDER", "where letters are put while no mail server is set up")] = (
        Path("data/outbox")
    )
    files_folder: Annotated[Path, setting("FILES_FOLDER", "where files are kept while FILES_URL names no bucket")] = (
        Path("data/files")
    )
    files_url: Annotated[
        str,
        setting(
            "FILES_URL",
            "the bucket that files are kept in: s3://bucket/prefix?region=…&endpoint=…, with AWS_ACCESS_KEY_ID set",
        ),
    ] = ""
    lake: Annotated[
        str,
        setting(
            "LAKE", "where `annals lake sync` keeps facts as Parquet: a folder, or a bucket as FILES_URL names one"
        ),
    ] = "data/lake"
    file_bytes_max: Annotated[int, setting("FILE_BYTES_MAX", "a larger file is not kept", ge=1024, le=1 << 40)] = (
        50 << 20
    )
    scanner: Annotated[
        str,
        setting(
            "SCANNER",
            "who looks into files: clamd://host:3310 or clamd:///run/clamav/clamd.ctl; `nothing` gives them to people "
            "as they came; when empty, nobody is given any",
        ),
    ] = ""
    signing_file: Annotated[
        Path | None,
        setting(
            "SIGNING_FILE", "the key and the certificate that papers are signed with (PKCS #12); our own when empty"
        ),
    ] = None
    signing_password: Annotated[str, setting("SIGNING_PASSWORD", "the password of SIGNING_FILE; secret")] = ""
    mail_host: Annotated[
        str, setting("MAIL_HOST", "the mail server that letters are given to; when empty, they go to OUTBOX_FOLDER")
    ] = ""
    mail_port: Annotated[
        int, setting("MAIL_PORT", "its port; 0 is the usual one: 587 for starttls, 465 for tls, 25", ge=0, le=65535)
    ] = 0
    mail_tls: Annotated[
        Literal["none", "starttls", "tls"], setting("MAIL_TLS", "how the way to the mail server is encrypted")
    ] = "starttls"
    mail_user: Annotated[str, setting("MAIL_USER", "who logs in to the mail server; nobody when empty")] = ""
    mail_password: Annotated[str, setting("MAIL_PASSWORD", "the password of MAIL_USER; secret")] = ""
    mail_from: Annotated[
        str, setting("MAIL_FROM", "who letters come from: an address, or `Annals <no-reply@school.example>`")
    ] = ""

    public_url: Annotated[
        str,
        setting("ANNALS_PUBLIC_URL", "where people's pages are, for links in letters; a tenant's hostname goes before"),
    ] = "http://127.0.0.1:8000"
    max_body_bytes: Annotated[
        int, setting("MAX_BODY_BYTES", "a larger request body is refused", ge=1024, le=1 << 30)
    ] = 1 << 20
    rate_limit_enabled: Annotated[bool, setting("RATE_LIMIT_ENABLED", "whether callers are held to their rate")] = True
    rate_limit_command: Annotated[
        int, setting("RATE_LIMIT_COMMAND", "how many commands a caller may send a minute", ge=1, le=10**12)
    ] = 6_000
    rate_limit_query: Annotated[
        int, setting("RATE_LIMIT_QUERY", "how many questions a caller may ask a minute", ge=1, le=10**12)
    ] = 12_000
    rate_limit_analytics: Annotated[
        int, setting("RATE_LIMIT_ANALYTICS", "how many reports a caller may ask for a minute", ge=1, le=10**12)
    ] = 60
    rate_limit_generation: Annotated[
        int, setting("RATE_LIMIT_GENERATION", "how much a caller may have generated a minute", ge=1, le=10**12)
    ] = 10
    rate_limit_feed: Annotated[
        int, setting("RATE_LIMIT_FEED", "how many live feeds a caller may open a minute", ge=1, le=10**12)
    ] = 60
    rate_limit_public: Annotated[
        int, setting("RATE_LIMIT_PUBLIC", "how often an address may call a minute without a token", ge=1, le=10**12)
    ] = 300
    rate_limit_entrance: Annotated[
        int, setting("RATE_LIMIT_ENTRANCE", "how often an address may try to come in a minute", ge=1, le=10**12)
    ] = 120
    cors_origins: Annotated[
        tuple[str, ...], setting("CORS_ORIGINS", "whose pages may call us: origins, with commas between")
    ] = ()
    passkey_domain: Annotated[
        str,
        setting("PASSKEY_DOMAIN", "the domain that passkeys are kept for; when empty, the hostname that is called"),
    ] = ""
    passkey_origins: Annotated[
        tuple[str, ...],
        setting("PASSKEY_ORIGINS", "whose pages may use the passkeys of PASSKEY_DOMAIN besides: origins, with commas"),
    ] = ()
    provider_hosts: Annotated[
        tuple[str, ...],
        setting(
            "PROVIDER_HOSTS",
            "identity providers that are reached at private addresses and without TLS: hosts, with commas between",
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], setting("TRUSTED_PROXIES", "whose X-Forwarded-For is believed: networks, with commas between")
    ] = ()

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], setting("LOG_LEVEL", "what is not worth less than this is logged")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "pretty"], setting("LOG_FORMAT", "auto is pretty on a terminal and JSON elsewhere")
    ] = "auto"
    log_folder: Annotated[
        Path | None, setting("LOG_FOLDER", "where logs are also written to files, which rotate; nowhere when empty")
    ] = None
    access_log: Annotated[
        bool, setting("ACCESS_LOG", "whether every request is logged, not only slow ones and failures")
    ] = False
    slow_request_ms: Annotated[
        int, setting("SLOW_REQUEST_MS", "a request that takes longer is logged", ge=1, le=3_600_000)
    ] = 1_000
    engine_metrics_port: Annotated[
        int, setting("ENGINE_METRICS_PORT", "where `annals engine` shows its /metrics; nowhere when 0", ge=0, le=65535)
    ] = 0
    worker_metrics_port: Annotated[
        int, setting("WORKER_METRICS_PORT", "where `annals worker` shows its /metrics; nowhere when 0", ge=0, le=65535)
    ] = 0
    otel_endpoint: Annotated[
        str, setting("OTEL_EXPORTER_OTLP_ENDPOINT", "where traces are sent (OTLP over HTTP); nowhere when empty")
    ] = ""

    def url_of(self, role: Role) -> str:
        """Where a role finds Postgres: its own URL, or the one for all. Only `annals up` can start without one."""
        url: str = getattr(self, f"{role}_database_url") or self.database_url
        if not url:
            raise BadSetting("DATABASE_URL is not set; `annals up` starts a Postgres of its own")
        return url

    def dsn(self, role: Role) -> str:
        """How a process connects as a role."""
        from adapters.postgres.connect import dsn  # noqa: PLC0415 — `annals up` itself connects to nothing

        return dsn(self.url_of(role), role)


NAMES_OF_OURS = {"ANNALS_ENDS_WITH_STDIN"}
"""Set by `annals up` for its children: no setting, but no mistake either."""


def names() -> dict[str, tuple[str, msgspec.Meta]]:
    """The settings by their names in the environment: the field, and what is said about it."""
    hints = get_type_hints(Settings, include_extras=True)
    found: dict[str, tuple[str, msgspec.Meta]] = {}
    last = BackupSettings.__struct_fields__
    for field in (*(one for one in Settings.__struct_fields__ if one not in last), *last):
        meta: msgspec.Meta = hints[field].__metadata__[0]
        found[str((meta.extra or {})["name"])] = (field, meta)
    return found


def load(folder: Path | None = None) -> Settings:
    """The settings of this process."""
    return read(environment(folder))


def environment(folder: Path | None = None) -> dict[str, str]:
    """What is set: the environment, and `.env` of the folder for what it leaves open."""
    file = (folder or Path()) / ".env"
    written = dict(_lines(file.read_text(encoding="utf-8"))) if file.is_file() else {}
    return {**written, **os.environ}


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from their names and texts, or `BadSetting` that names the one which is wrong."""
    given = {field: environ[name] for name, (field, _) in names().items() if environ.get(name, "") != ""}
    if "token_key" not in given and environ.get("SECRET_KEY"):
        given["token_key"] = _encoded(hashlib.sha256(environ["SECRET_KEY"].encode()).digest())
    hints = get_type_hints(Settings, include_extras=True)
    values = {field: _value(field, text, hints[field]) for field, text in given.items()}
    settings = Settings(**values)
    for name, (field, _) in names().items():
        url_is_one(name, str(getattr(settings, field)))
    check(settings)
    check_gateways(settings)
    if settings.env == "production":
        check_production(settings, environ)
        check_gateways_in_production(settings)
    return settings


def remarks(environ: Mapping[str, str]) -> Iterator[str]:
    """What is set and has no effect, or not the one it had before."""
    redis = environ.get("REDIS_URL")
    if redis and redis != environ.get("BROKER_URL"):
        yield "REDIS_URL is ignored: nothing is cached in Redis. To use it as the broker of jobs, set BROKER_URL."
    if environ.get("CACHE_ENABLED"):
        yield "CACHE_ENABLED is ignored: answers come from read models, which are never stale for long."
    if environ.get("SECRET_KEY"):
        used = "is ignored: ANNALS_TOKEN_KEY is set" if environ.get("ANNALS_TOKEN_KEY") else "makes ANNALS_TOKEN_KEY"
        yield f"SECRET_KEY {used}."
    for name in ("MAIL_FROM", "MAIL_USER"):
        if environ.get(name) and not environ.get("MAIL_HOST"):
            yield f"{name} is ignored: MAIL_HOST is not set, and letters go to OUTBOX_FOLDER."
    for name in sorted(environ):
        if name.startswith("ANNALS_") and name not in names() and name not in NAMES_OF_OURS:
            yield f"{name} is not a setting."


def example() -> str:
    """The text of `.env.example`."""
    lines = ["# Every setting, with its default. Copy to .env, or set in the environment, which wins."]
    defaults = Settings()
    for name, (field, meta) in names().items():
        default = getattr(defaults, field)
        secret = field in {"token_key", "vault_key"}
        lines += ["", f"# {meta.description}", f"{name}={'' if secret else _text(default)}"]
    return "\n".join(lines) + "\n"


def _value(field: str, text: str, hint: Any) -> Any:
    name = next(name for name, (named, _) in names().items() if named == field)
    if field in {"token_key", "token_key_before"}:
        return _token_key(name, text)
    if field == "vault_key":
        return _vault_key(name, text)
    if field in {"vault_key_before", "proof_key"}:
        return tuple(_vault_key(name, one) for one in text.split(",") if one.strip())
    kind = get_args(hint)[0]
    if kind in {Path, Path | None}:
        return Path(text)
    raw: Any = [part.strip() for part in text.split(",") if part.strip()] if kind == tuple[str, ...] else text.strip()
    if kind is bool:
        raw = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(raw.lower(), raw)
    try:
        return msgspec.convert(raw, hint, strict=False)
    except msgspec.ValidationError as error:
        raise BadSetting(f"{name}={text!r} cannot be: {str(error)[0].lower()}{str(error)[1:]}") from None


def _token_key(name: str, text: str) -> str:
    """The seed of the key, in base64url, however it was written. The text itself is a secret and is not repeated."""
    try:
        seed = str(json.loads(text)["d"]) if text.lstrip().startswith("{") else text.strip()
        raw = urlsafe_b64decode(seed + "=" * (-len(seed) % 4))
    except (KeyError, ValueError):
        raise BadSetting(f"{name} is neither base64url nor a JWK with its private part `d`") from None
    if len(raw) != KEY_BYTES:
        raise BadSetting(f"{name} has {len(raw)} bytes; an Ed25519 key has {KEY_BYTES}")
    return _encoded(raw)


def _vault_key(name: str, text: str) -> str:
    try:
        raw = urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except ValueError:
        raise BadSetting(f"{name} is not base64url") from None
    if len(raw) != KEY_BYTES:
        raise BadSetting(f"{name} has {len(raw)} bytes; a key of the vault has {KEY_BYTES}")
    return _encoded(raw)


def new_token_key() -> str:
    """A new private key for tokens."""
    return _encoded(os.urandom(KEY_BYTES))


def new_vault_key() -> str:
    """A new key for the vault."""
    return _encoded(os.urandom(KEY_BYTES))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = re.match(r"""\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*(?:\s#.*)?$""", line)
        if found:
            name, *quoted = found.groups()
            yield name, next((value for value in quoted if value is not None), "")


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            return str(value)
