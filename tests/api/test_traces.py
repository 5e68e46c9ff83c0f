"""What is left of somebody in the ledger, on NATS, in logs and in metrics: who did what, but not who they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from nats.js.api import StreamInfo

from adapters.embedded.nats import EmbeddedNats
from adapters.nats import connected
from tests.api.serving import Client, Served, serving, until_answered
from tests.api.visiting import RATES, Visitor
from tests.proves import proves
from tests.servers import PostgresForTests

WAIT_S_MAX = 30.0

ADDRESS = "canary.of.ada@aviary.example"
USERNAME = "Canaryname"
NAME = "Canary Lovelace"
PASSWORD = "a goldfinch sings at the harbour"  # noqa: S105 — of nobody
ANOTHER = "two goldfinches hum at the station"
TYPED = "canary-typed-in-vain"
WORDS = ("canar", "aviary", "lovelace", "goldfinch")


def live(served: Served) -> list[str]:
    """A journey with everything in it that leaves traces. The tokens that were given."""
    with Visitor(served) as ada:
        body = {"address": ADDRESS, "name": NAME, "username": USERNAME, "password": PASSWORD}
        assert ada.enter("/api/register", body, key="once").status_code == 200
        for name, password in ((TYPED, PASSWORD), (ADDRESS, ANOTHER), (ADDRESS.upper(), PASSWORD)):
            ada.log_in(name, password)
        tokens = [ada.refresh_token, ada.headers["Authorization"].removeprefix("Bearer ")]
        assert ada.refresh().status_code == 200
        tokens += [ada.refresh_token, ada.headers["Authorization"].removeprefix("Bearer ")]
        for number in range(6):
            ada.log_in(TYPED, f"goldfinch {number}")
        assert ada.enter("/api/password/forgot", {"name": USERNAME}).status_code == 202
        changed = ada.enter("/api/password/change", {"current": PASSWORD, "password": ANOTHER})
        assert changed.status_code == 200
        assert ada.enter("/api/register", body).status_code == 409
        assert ada.enter("/api/login", {"name": ADDRESS, "canary": 1}).status_code == 400
        assert ada.get("/api/me/sessions", params={"canary": ADDRESS}).status_code == 400
        position = changed.json()["position"]
        assert ada.get("/api/me/sessions", params={"min_position": str(position)}).status_code == 200
        return tokens


def kept(served: Served) -> Iterator[tuple[str, str]]:
    """All that is kept of it in Postgres for ever, and in the vault."""
    with psycopg.connect(served.database.url) as connection:
        for table in (
            "ledger.facts",
            "ledger.commands",
            "ledger.snapshots",
            "vault.secrets",
            "vault.keys",
            "jobs.queue",
        ):
            for (row,) in connection.execute(f"select t::text from {table} t".encode()):  # noqa: S608 — our own
                yield table, row


def written(folder: Path) -> Iterator[tuple[str, str]]:
    """What processes have logged."""
    for path in folder.glob("*.log"):
        yield path.name, path.read_text(errors="replace")


async def told(url: str, count: int) -> list[tuple[str, str]]:
    """The messages that NATS has, once there are so many."""
    client = await connected(url, "a test")
    try:
        stream = client.jetstream()
        end = time.monotonic() + WAIT_S_MAX
        info: StreamInfo | None = None
        while info is None or info.state.messages < count:
            assert time.monotonic() < end, "the relay is behind"
            info = await stream.stream_info("ANNALS_0")
        found = [await stream.get_msg("ANNALS_0", number) for number in range(1, info.state.messages + 1)]
        return [(str(one.subject), (one.data or b"").decode()) for one in found]
    finally:
        await client.close()


@proves("auth.register", "auth.login", "auth.password_reset", "auth.email_verification")
async def test_nothing_tells_who_somebody_is_or_how_they_come_in(
    postgres: PostgresForTests, fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    url = fresh_nats().url
    quiet: dict[str, Any] = {**RATES, "LOG_LEVEL": "debug", "ACCESS_LOG": "true", "SLOW_REQUEST_MS": "1"}
    with (
        postgres.database() as database,
        serving(database, engine=True, worker=True, **quiet, NATS_URL=url) as (served, *_),
    ):
        tokens = live(served)
        metrics = until_answered(f"{served.url}/metrics").text
        messages = await told(url, served.head())
        with Client(served, served_tenant(served), subject="auditor") as auditor:
            shown = auditor.get("/api/facts", params={"limit": 200}).text
        traces = [("metrics", metrics), ("facts", shown), *messages, *kept(served), *written(served.output.parent)]
        assert {name for name, _ in traces} >= {"ledger.facts", "ledger.commands", "vault.secrets", "api-0.log"}
        subjects = [("subject", subject) for subject, _ in messages]
    for where, text in (*traces, *subjects):
        for word in (*WORDS, *tokens):
            assert word.lower() not in text.lower(), f"{word} in {where}: {text[:500]}"
    hashes = [(where, text) for where, text in traces if "argon2id" in text]
    assert not hashes


def served_tenant(served: Served) -> Any:
    with psycopg.connect(served.database.url) as connection:
        found = connection.execute("select tenant from ledger.facts limit 1").fetchone()
    assert found is not None
    return found[0]
