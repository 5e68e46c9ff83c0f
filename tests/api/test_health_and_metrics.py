"""What is missing is named within seconds; what is counted is counted once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from tests.api.serving import Client, Served, free_port, serving, until_answered
from tests.api.waiting import within
from tests.proves import proves
from tests.servers import Database


@proves("obs.health", "res.errors")
def test_a_part_that_is_away_is_named_and_comes_back(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database], fresh_nats: Callable[[], EmbeddedNats]
) -> None:
    postgres, database = postgres_of_its_own
    nats = fresh_nats()
    with serving(database, engine=True, NATS_URL=nats.url) as (served,), Client(served, uuid4()) as client:
        ready = f"{served.url}/health/ready"
        parts = until_answered(ready).json()["parts"]
        assert {name: part["state"] for name, part in parts.items()} == dict.fromkeys(
            ("postgres", "projections", "nats", "sandbox"), "up"
        )
        client.enroll()

        nats.stop()
        told = until_answered(ready, 503, 5).json()
        assert told["ready"] is False
        assert (told["parts"]["nats"], told["parts"]["postgres"]) == ({"state": "down"}, {"state": "up"})
        assert httpx.get(ready, params={"needs": "postgres"}).status_code == 200
        assert client.enroll(learner="ben").status_code == 200
        nats.start()
        until_answered(ready, 200, 15)

        postgres.stop()
        told = until_answered(ready, 503, 5).json()
        assert told["parts"]["postgres"] == {"state": "down"}
        assert told["parts"]["nats"] == {"state": "up"}
        for secret in ("annals_app", "password", "/tmp", postgres.url):  # noqa: S108
            assert secret not in str(told)
        alive = httpx.get(f"{served.url}/health", timeout=2)
        assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
        answer = client.get("/api/courses/art/roster")
        assert (answer.status_code, answer.json()["code"]) == (503, "service.unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert "postgres" not in answer.text

        postgres.start()
        until_answered(ready, 200, 30)
        assert client.enroll(learner="cy").status_code == 200


until = partial(within, 20)


def counted(served: Served) -> dict[str, float]:
    """Every series that is scraped, by its name and labels."""
    text = httpx.get(f"{served.url}/metrics").text
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@proves("obs.metrics")
def test_acting_once_counts_once(database: Database) -> None:
    with serving(database) as (served,), Client(served, uuid4()) as client:
        client.enroll()
        before = counted(served)
        client.enroll(learner="ben", key="k")
        client.enroll(learner="ben", key="k")
        client.enroll(lessons=[], learner="cy")
        client.get("/api/facts")
        client.get("/api/nothing")
        after = counted(served)
        more = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}

        def of(name: str, **labels: str) -> float:
            return more.get(f"{name}{sorted(labels.items())}", 0)

        assert of("annals_commands_total", command="enroll", outcome="accepted") == 1
        assert of("annals_commands_total", command="enroll", outcome="repeated") == 1
        assert of("annals_commands_total", command="enroll", outcome="refused") == 1
        requests = "annals_http_requests_total"
        assert of(requests, method="POST", route="/api/enrollments", status="200") == 2
        assert of(requests, method="POST", route="/api/enrollments", status="409") == 1
        assert of(requests, method="GET", route="/api/facts", status="200") == 1
        assert of(requests, method="GET", route="unknown", status="404") == 1
        assert of("annals_http_request_seconds_count", method="POST", route="/api/enrollments") == 3


@proves("es.projections", "obs.metrics")
def test_a_parked_fact_raises_what_an_alert_watches(database: Database) -> None:
    with serving(database, engine=True) as (served,), Client(served, uuid4()) as client:
        client.enroll()
        until_answered(f"{served.url}/health/ready")
        watched = "annals_parked_facts[('follower', 'enrollments.roster'), ('log', '0')]"
        assert counted(served)[watched] == 0
        with psycopg.connect(database.url) as connection:
            connection.execute(
                "insert into followers.parked (follower, log, position, tenant, stream, type, held, error) "
                "select 'enrollments.roster', log, position, tenant, stream, type, false, 'poison' from ledger.facts"
            )
        until(lambda: counted(served)[watched] == 1)


@proves("res.deadlock")
def test_a_deadlock_is_counted_and_the_command_succeeds(database: Database) -> None:
    """Another session takes the same locks in the other order, and is more patient."""
    with (
        serving(database) as (served,),
        Client(served, uuid4()) as client,
        psycopg.connect(database.url, autocommit=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        client.enroll()
        other.execute("set deadlock_timeout = '30s'")
        with other.transaction():
            other.execute("lock table ledger.commands_0 in share row exclusive mode")
            ours = pool.submit(client.enroll, learner="ben")
            until(lambda: _waiting(other, "append_batch") == 1)
            other.execute("update ledger.log_head set position = position")
        assert ours.result().json()["position"] == 2
        assert counted(served)["annals_ledger_retries_total[('why', '40P01')]"] == 1


@proves("perf.db")
def test_a_pool_that_is_used_up_is_said_and_nobody_hangs(database: Database) -> None:
    with (
        serving(database) as (served,),
        Client(served, uuid4()) as client,
        psycopg.connect(database.url, autocommit=True) as other,
        ThreadPoolExecutor(40) as pool,
    ):
        client.enroll()
        began = time.monotonic()
        with other.transaction():
            other.execute("lock table ledger.facts")
            answers = list(pool.map(client.get, ["/api/facts"] * 40))
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "service.unavailable")}
        assert time.monotonic() - began < 10
        assert client.get("/api/facts").status_code == 200


def _waiting(connection: psycopg.Connection[Any], what: str) -> int:
    """How many sessions of this database wait for a lock with a statement that says this."""
    found = connection.execute(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like %s "
        "and datname = current_database()",
        [f"%{what}%"],
    ).fetchone()
    return int(found[0]) if found else 0


@proves("obs.metrics")
def test_labels_are_few_however_many_paths_are_asked(database: Database) -> None:
    with serving(database) as (served,), Client(served, uuid4()) as client:

        def ask(number: int) -> None:
            client.get(f"/api/courses/course-{number}/roster?limit=1")
            client.get(f"/nowhere/{number}")
            client.request(f"VERB{number}", "/api/facts")

        ask(0)
        counted(served)
        before = set(counted(served))
        for number in range(1, 40):
            ask(number)
        assert set(counted(served)) == before


@proves("obs.metrics")
def test_engine_and_worker_count_as_well(database: Database) -> None:
    engine, worker = free_port(), free_port()
    with (
        serving(
            database, engine=True, worker=True, ENGINE_METRICS_PORT=str(engine), WORKER_METRICS_PORT=str(worker)
        ) as (served,),
        Client(served, uuid4()) as client,
    ):
        client.enroll()

        def shows(port: int, line: str) -> None:
            until(lambda: line in until_answered(f"http://127.0.0.1:{port}/metrics").text)

        shows(engine, 'annals_followed_facts_total{follower="enrollments.roster"} 1.0')
        shows(engine, 'annals_followed_facts_total{follower="policies.enrollments"} 1.0')
        shows(worker, 'annals_jobs_total{job="enrollments.send_welcome",outcome="done"} 1.0')
