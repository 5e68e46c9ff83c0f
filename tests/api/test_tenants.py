"""Schools on the platform: provisioned, reached under their hostnames, suspended; each sees its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from application.ledger import PLATFORM
from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES
from tests.api.waiting import answered
from tests.proves import proves

SOON_S = 1.0
"""After a change was answered, every process goes by it within this time."""


@pytest.fixture
def platform(api: Served) -> Generator[Client]:
    """One of those who run the platform."""
    with Client(api, PLATFORM, subject="root") as one:
        yield one


@pytest.fixture(scope="module")
def mapped(api: Served) -> Generator[list[Served]]:
    """Two more processes on the same database, which answer under known hostnames only."""
    given = {"ANNALS_HOSTS": "mapped", **RATES}
    with serving(api.database, engine=False, worker=False, count=2, **given) as served:
        yield served


def provision(platform: Client, *hostnames: str, name: str = "Acme") -> UUID:
    answer = platform.command("/api/tenants", {"name": name, "hostnames": hostnames})
    assert answer.status_code == 200, answer.text
    return UUID(answer.json()["stream"].removeprefix("tenant:"))


def some_hostname() -> str:
    return f"s{uuid4().hex}.example"


@contextmanager
def at(served: Served, hostname: str, tenant: UUID, *permissions: str) -> Generator[Client]:
    """A client of a tenant that calls under a hostname."""
    with Client(served, tenant, *permissions) as client:
        client.headers["Host"] = hostname
        yield client


def soon(ask: Callable[[], httpx.Response], status: int) -> httpx.Response:
    """Ask until it is answered so, which must not take long."""
    return answered(SOON_S, ask, lambda answer: answer.status_code == status)


@proves("tenant.provision")
def test_a_school_is_provisioned_renamed_listed_and_shown(platform: Client) -> None:
    hostname = some_hostname()
    tenant = provision(platform, hostname.upper())
    renamed = platform.command(f"/api/tenants/{tenant}/rename", {"name": "Acme College"})
    assert renamed.json()["stream"] == f"tenant:{tenant}"
    position = renamed.json()["position"]
    shown = platform.get(f"/api/tenants/{tenant}", params={"min_position": position}).json()
    assert shown["tenant"].pop("provisioned_at")
    assert shown["tenant"] == {
        "id": str(tenant),
        "name": "Acme College",
        "status": "active",
        "reason": None,
        "hostnames": [hostname],
    }
    rows = platform.get("/api/tenants", params={"status": "active", "limit": 200}).json()["rows"]
    assert str(tenant) in {row["id"] for row in rows}
    facts = platform.get("/api/facts", params={"stream": f"tenant:{tenant}"}).json()["facts"]
    assert [fact["type"] for fact in facts] == [
        "tenancy.TenantProvisioned",
        "tenancy.HostnameMapped",
        "tenancy.TenantRenamed",
    ]
    assert {fact["by"] for fact in facts} == {"root"}


@proves("tenant.provision")
def test_a_second_school_does_not_get_the_hostname_nor_anything_else(platform: Client) -> None:
    hostname = some_hostname()
    provision(platform, hostname)
    other = uuid4()
    body = {"name": "Other", "hostnames": [some_hostname(), hostname], "id": str(other)}
    refused = platform.command("/api/tenants", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "hostname.taken")
    absent = platform.get(f"/api/tenants/{other}")
    assert (absent.status_code, absent.json()["code"]) == (404, "tenant.not_found")
    assert platform.get("/api/facts", params={"stream": f"tenant:{other}"}).json()["facts"] == []


@proves("tenant.provision")
def test_of_fifty_that_race_for_a_hostname_over_three_processes_one_gets_it(
    api: Served, platform: Client, mapped: list[Served]
) -> None:
    door = some_hostname()
    platform.command("/api/tenants", {"name": "Platform", "id": str(PLATFORM)})
    platform.command(f"/api/tenants/{PLATFORM}/hostnames/{door}/map")
    hostname = some_hostname()

    def race(served: Served) -> tuple[int, str | None]:
        with at(served, door, PLATFORM) as one:
            answer = one.command("/api/tenants", {"name": "Racer", "hostnames": [hostname]})
            return answer.status_code, answer.json().get("code")

    with at(mapped[0], door, PLATFORM) as one, at(mapped[1], door, PLATFORM) as two:
        for client in (one, two):
            soon(lambda client=client: client.get("/api/tenants"), 200)  # type: ignore[misc]
    with ThreadPoolExecutor(25) as racers:
        servers = cycle([api, *mapped])
        answers = list(racers.map(race, (next(servers) for _ in range(50))))
    assert sorted(answers, key=str) == [(200, None), *[(409, "hostname.taken")] * 49]
    with psycopg.connect(api.database.url) as connection:
        claims = connection.execute(
            "select count(*) from ledger.facts where stream = %s", (f"hostname:{hostname}",)
        ).fetchone()
        schools = connection.execute(
            "select count(distinct stream) from ledger.facts where type = 'tenancy.HostnameMapped' "
            "and data ->> 'hostname' = %s",
            (hostname,),
        ).fetchone()
    assert claims == schools == (1,)


@proves("tenant.provision")
def test_of_a_suspended_school_only_auditors_read(api: Served, platform: Client) -> None:
    tenant = provision(platform)
    with Client(api, tenant) as client, Client(api, tenant, "facts.read", "enrollments.read") as auditor:
        assert client.enroll().status_code == 200
        platform.command(f"/api/tenants/{tenant}/suspend", {"reason": "not paid"})
        refused = soon(client.enroll, 403)
        assert refused.json()["code"] == "tenant.suspended"
        head = api.head()
        assert client.enroll(learner="ben").status_code == 403
        assert client.get("/api/courses/art/roster").json()["code"] == "tenant.suspended"
        assert api.head() == head
        assert [fact["type"] for fact in auditor.get("/api/facts").json()["facts"]][:1] == [
            "enrollments.LearnerEnrolled"
        ]
        platform.command(f"/api/tenants/{tenant}/reactivate")
        soon(lambda: client.enroll(learner="ben"), 200)


def test_the_platform_cannot_lock_itself_out(platform: Client) -> None:
    platform.command("/api/tenants", {"name": "Platform", "id": str(PLATFORM)})
    platform.command(f"/api/tenants/{PLATFORM}/suspend", {"reason": "a mistake"})
    assert platform.command(f"/api/tenants/{PLATFORM}/reactivate").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"name": "Mine"}),
        ("/{tenant}/rename", {"name": "Mine"}),
        ("/{tenant}/suspend", {"reason": "envy"}),
        ("/{tenant}/reactivate", {}),
        ("/{tenant}/hostnames/a.example/map", {}),
        ("/{tenant}/hostnames/a.example/unmap", {}),
        ("/{tenant}/hostnames/a.example/hand-over", {"to": str(uuid4())}),
    ],
)
@proves("tenant.isolation")
def test_only_those_who_run_the_platform_manage_schools(api: Served, client: Client, path: str, body: object) -> None:
    head = api.head()
    answer = client.command("/api/tenants" + path.format(tenant=client.tenant), body)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission.missing")
    for asked in ("/api/tenants", f"/api/tenants/{client.tenant}"):
        assert client.get(asked).json()["code"] == "permission.missing"
    assert api.head() == head


@proves("tenant.resolve_host")
def test_two_hostnames_on_one_server_show_two_schools(api: Served, platform: Client, mapped: list[Served]) -> None:
    hostnames = (some_hostname(), some_hostname())
    schools = [provision(platform, hostname) for hostname in hostnames]
    for served in (api, *mapped):
        for hostname, school in zip(hostnames, schools, strict=True):
            with at(served, f"{hostname.title()}.:8443", school) as client:
                position = soon(lambda client=client, one=hostname: client.enroll(learner=one[:9]), 200).json()[  # type: ignore[misc]
                    "position"
                ]
                rows = client.get("/api/courses/art/roster", params={"min_position": position}).json()["rows"]
                assert [row["learner"] for row in rows] == [hostname[:9]]
        with at(served, hostnames[0], schools[1]) as astray:
            for answer in (astray.enroll(), astray.get("/api/courses/art/roster"), astray.get("/api/facts")):
                assert (answer.status_code, answer.json()["code"]) == (403, "token.other_tenant")


@proves("tenant.resolve_host")
def test_a_hostname_that_nobody_has_is_unknown_where_hostnames_are_mapped(
    api: Served, client: Client, mapped: list[Served]
) -> None:
    for hostname in (some_hostname(), "127.0.0.1:80", "[::1]:80", "", "x" * 300):
        for permissions in (("*",), ("nothing",)):
            with at(mapped[0], hostname, client.tenant, *permissions) as one:
                one.headers["Host"] = hostname.encode("latin-1").decode("latin-1")
                answer = one.get("/api/facts")
                assert (answer.status_code, answer.json()["code"]) == (404, "host.unknown")
    nobody = httpx.get(f"{mapped[0].url}/api/facts", headers={"Host": some_hostname()})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "host.unknown")
    assert httpx.get(f"{mapped[0].url}/health", headers={"Host": some_hostname()}).status_code == 200
    with at(api, some_hostname(), client.tenant) as one:
        assert one.get("/api/facts").status_code == 200


@proves("tenant.resolve_host")
def test_a_remapped_hostname_leads_elsewhere_at_once_in_every_process(platform: Client, mapped: list[Served]) -> None:
    hostname = some_hostname()
    before, after = provision(platform, hostname), provision(platform)
    with (
        at(mapped[0], hostname, before) as old_one,
        at(mapped[1], hostname, before) as old_two,
        at(mapped[0], hostname, after) as new_one,
        at(mapped[1], hostname, after) as new_two,
    ):
        for client in (old_one, old_two):
            soon(lambda client=client: client.get("/api/facts"), 200)  # type: ignore[misc]
        handed = platform.command(f"/api/tenants/{before}/hostnames/{hostname}/hand-over", {"to": str(after)})
        assert handed.status_code == 200
        for client in (new_one, new_two):
            soon(lambda client=client: client.get("/api/facts"), 200)  # type: ignore[misc]
        for client in (old_one, old_two):
            assert client.get("/api/facts").json()["code"] == "token.other_tenant"
        again = platform.command(f"/api/tenants/{before}/hostnames/{hostname}/hand-over", {"to": str(before)})
        assert (again.status_code, again.json()["code"]) == (409, "hostname.not_theirs")
        assert platform.command(f"/api/tenants/{after}/hostnames/{hostname}/unmap").status_code == 200
        for client in (new_one, new_two):
            soon(lambda client=client: client.get("/api/facts"), 404)  # type: ignore[misc]
        assert platform.command(f"/api/tenants/{before}/hostnames/{hostname}/map").status_code == 200
        for client in (old_one, old_two):
            soon(lambda client=client: client.get("/api/facts"), 200)  # type: ignore[misc]


@pytest.mark.parametrize("hostname", ["127.0.0.1", "a..b", "a_b.example", "-a.example", "a b"])
def test_what_is_no_hostname_cannot_be_mapped(platform: Client, hostname: str) -> None:
    answer = platform.command("/api/tenants", {"name": "Acme", "hostnames": [hostname]})
    assert (answer.status_code, answer.json()["code"]) == (400, "hostname.malformed")


@pytest.mark.parametrize("path", ["rename", "suspend", "reactivate", "hostnames/a.example/map"])
def test_a_school_that_is_not_there_is_not_found(platform: Client, path: str) -> None:
    bodies = {"rename": {"name": "x"}, "suspend": {"reason": "x"}}
    answer = platform.command(f"/api/tenants/{uuid4()}/{path}", bodies.get(path))
    assert (answer.status_code, answer.json()["code"]) == (404, "tenant.not_found")
