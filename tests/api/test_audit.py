"""The trail over HTTP: who did what, when, from where, to which record, with what outcome, under which correlation."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.app import routes
from application.ledger import PLATFORM
from application.permissions import AUDITOR, permissions
from tests.api.people import Person, appoint, done
from tests.api.serving import Client, Served, serving
from tests.api.test_second_factor import Guarded
from tests.api.test_tenants import provision, some_hostname
from tests.api.visiting import RATES, refused
from tests.api.waiting import within
from tests.proves import proves
from tests.servers import PostgresForTests

Entry = dict[str, Any]

CORRELATION = UUID("4bf92f3577b34da6a3ce929d0e0e4736")
TRACE = f"00-{CORRELATION.hex}-00f067aa0ba902b7-01"
ADDRESS = "203.0.113.7"
A_MINUTE = 12


@pytest.fixture(scope="module")
def guarded(postgres: PostgresForTests) -> Generator[Served]:
    """An API behind a proxy that we trust, which may be asked a dozen times a minute."""
    rates: dict[str, Any] = {**RATES, "RATE_LIMIT_COMMAND": str(A_MINUTE), "TRUSTED_PROXIES": "127.0.0.0/8"}
    with postgres.database() as database, serving(database, engine=True, **rates) as (served,):
        yield served


People = Callable[[Served], tuple[Person, Person, Person]]


@pytest.fixture
def people() -> Generator[People]:
    """Makes three people of a new tenant."""
    with ExitStack() as stack:

        def made(served: Served) -> tuple[Person, Person, Person]:
            tenant = uuid4()
            one, two, three = (stack.enter_context(Person(served, tenant)) for _ in range(3))
            return one, two, three

        yield made


def found(auditor: httpx.Client, count: int, path: str = "/api/audit/trail", **wanted: Any) -> list[Entry]:
    """What is found in the trail, as soon as it is so much."""
    rows: list[Entry] = []

    def all_of_them() -> bool:
        answer = auditor.get(path, params=wanted)
        assert answer.status_code == 200, answer.text
        rows[:] = answer.json()["rows"]
        return len(rows) >= count

    within(20, all_of_them)
    return rows


def told(entries: Sequence[Entry], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(entry[name] for name in names) for entry in entries]


@proves("audit.trail")
def test_every_command_has_an_entry_also_what_never_came_to_be_one(guarded: Served, people: People) -> None:
    staff, student, auditor = people(guarded)
    appoint(guarded, staff, "tenant_admin")
    appoint(guarded, auditor, "auditor")
    said = {"X-Forwarded-For": f"10.1.1.1, {ADDRESS}", "User-Agent": "a browser", "traceparent": TRACE}
    body = {"course": "art", "learner": "ada", "lessons": ["one"]}
    staff.headers.update(said)
    student.headers.update(said)

    position = done(staff.command("/api/enrollments", body))
    refused(staff.command("/api/enrollments/art/ada/lessons/two/complete"), 409, "enrollment.unknown_lesson")
    refused(staff.command("/api/enrollments", {"course": "art"}), 400, "request.invalid")
    refused(student.command("/api/enrollments", body), 403, "permission.missing")
    key = "the same"
    for _ in range(2):
        staff.post("/api/enrollments/art/ada/withdraw", json={"reason": "moved"}, headers={"Idempotency-Key": key})
    spent: list[int] = []
    while spent.count(429) < 3:  # A minute may begin meanwhile.
        spent.append(student.command("/api/enrollments", body).status_code)
        assert len(spent) < 4 * A_MINUTE

    of_staff = found(auditor, 4, by=staff.id, correlation=str(CORRELATION))
    assert told(of_staff, "kind", "action", "outcome", "code", "record", "facts") == [
        ("command", "enrollments.Withdraw", "accepted", None, "enrollment:art:ada", ["enrollments.LearnerWithdrew"]),
        ("refusal", "enroll", "refused", "request.invalid", "/api/enrollments", []),
        ("command", "enrollments.CompleteLesson", "refused", "enrollment.unknown_lesson", "enrollment:art:ada", []),
        ("command", "enrollments.Enroll", "accepted", None, "enrollment:art:ada", ["enrollments.LearnerEnrolled"]),
    ]
    first = of_staff[-1]
    assert first["position"] == position
    assert first["route"] == "POST /api/enrollments"
    assert (first["origin"]["address"], first["origin"]["agent"]) == (ADDRESS, "a browser")
    assert {entry["correlation"] for entry in of_staff} == {str(CORRELATION)}

    def of_student() -> dict[str, int]:
        rows = auditor.get("/api/audit/trail", params={"by": student.id}).json()["rows"]
        return {code: sum(row["times"] for row in rows if row["code"] == code) for code in {r["code"] for r in rows}}

    limited = spent.count(429)
    within(20, lambda: of_student() == {"permission.missing": len(spent) + 1 - limited, "rate.exceeded": limited})
    assert all(entry["origin"]["address"] == ADDRESS for entry in found(auditor, 1, by=student.id))


@proves("audit.trail")
def test_whose_token_is_not_believed_is_told_of_where_the_school_is_known(api: Served) -> None:
    hostname = some_hostname()
    with Client(api, PLATFORM, subject="root") as platform:
        tenant = provision(platform, hostname)
    with Client(api, tenant) as auditor, Client(api, uuid4()) as stranger:
        within(20, lambda: auditor.get("/api/audit/trail", headers={"Host": hostname}).status_code == 200)
        forged = {"Host": hostname, "Authorization": "Bearer forged"}
        refused(stranger.post("/api/enrollments", json={}, headers=forged), 401, "token.refused")
        codes = told(found(auditor, 1, code="token.refused", outcome="refused"), "by", "action", "severity")
        assert codes == [("visitor", "enroll", "warning")]


@proves("audit.trail")
def test_an_auditor_changes_nothing_and_is_seen_to_read(api: Served, people: People) -> None:
    auditor, staff, student = people(api)
    appoint(api, auditor, "auditor")
    appoint(api, staff, "staff")
    appoint(api, student, "student")
    commands = {route.requires for route in routes() if route.section == "Commands"}
    mine = {name for name, one in permissions().items() if one.of(AUDITOR)}
    assert not commands & mine, "an auditor may change something"

    assert auditor.get("/api/enrollments/courses/art").status_code in {200, 404}
    for reader in (auditor, staff):
        assert reader.get("/api/people", params={"named": "ada"}).status_code == 200
        reader.get("/api/courses", params={"limit": 1})
    assert student.get(f"/api/people/{student.id}/files").status_code == 200
    refused(student.get("/api/people"), 403, "permission.missing")

    reads = found(auditor, 1, by=auditor.id, kind="read")
    assert "/api/people" in {entry["record"] for entry in reads}
    assert "read" in {entry["kind"] for entry in found(auditor, 2, record="/api/audit/trail", by=auditor.id)}
    assert told(found(auditor, 1, by=staff.id), "kind", "action", "record") == [("read", "people", "/api/people")]
    assert told(found(auditor, 1, by=student.id), "kind", "code") == [("refusal", "permission.missing")]


@proves("audit.trail")
def test_it_is_searched_by_pages_and_taken_away_as_lines_or_as_a_table(client: Client) -> None:
    last = 0
    for number in range(7):
        last = client.enroll(learner=f"learner{number}").json()["position"]
    within(20, lambda: client.get("/api/audit/trail", params={"min_position": last}).status_code == 200)
    shown = client.get("/api/audit/trail", params={"min_position": last, "action": "enrollments.Enroll", "limit": 200})
    every = shown.json()["rows"]
    assert [entry["record"] for entry in every] == [f"enrollment:art:learner{n}" for n in reversed(range(7))]

    for wanted in (
        {"action": "enrollments.Enroll"},
        {"by": "ada", "kind": "command"},
        {"outcome": "accepted", "kind": "command"},
        {"since": every[-1]["at"], "kind": "command"},
    ):
        paged: list[int] = []
        cursor: str | None = None
        while True:
            given = {"limit": 3, **wanted, **({} if cursor is None else {"cursor": cursor})}
            page = client.get("/api/audit/trail", params=given).json()
            paged += [entry["number"] for entry in page["rows"]]
            cursor = page["cursor"]
            if cursor is None:
                break
        assert paged == [entry["number"] for entry in every], wanted
    one = every[3]
    for name in ("record", "correlation"):
        assert client.get("/api/audit/trail", params={name: one[name]}).json()["rows"] == [one]
    until = client.get("/api/audit/trail", params={"until": every[3]["at"], "action": "enrollments.Enroll"})
    assert until.json()["rows"] == every[4:]
    refused(client.get("/api/audit/trail", params={"cursor": "x"}), 400, "cursor.malformed")

    wanted = {"action": "enrollments.Enroll"}
    lines = client.get("/api/audit/trail", params=wanted, headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in lines.text.splitlines()] == every
    table = client.get("/api/audit/trail", params=wanted, headers={"Accept": "text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [(row["number"], row["record"], json.loads(row["origin"])) for row in rows] == [
        (str(entry["number"]), entry["record"], entry["origin"]) for entry in every
    ]


@proves("audit.security_events")
def test_each_kind_is_in_the_security_feed_with_its_severity(api: Served) -> None:
    with Guarded(api) as ada, Client(api, ada.tenant, subject="operator") as auditor:
        ada.register()
        ada.log_in(password="not it")  # noqa: S106 — it is not
        ada.log_in()
        ada.turn_on()
        assert ada.enter("/api/security/api-keys", {"name": "robot", "scopes": ["access.self"]}).status_code == 200
        done(auditor.command(f"/api/people/{ada.person}/roles/grant", {"role": "student"}))
        done(auditor.command(f"/api/people/{ada.person}/lock", {"reason": "lost a phone"}))
        assert auditor.get("/api/audit/trail", headers={"Accept": "text/csv"}).status_code == 200
        done(auditor.command(f"/api/people/{ada.person}/remove", {"reason": "asked for it"}))
        with Person(api, ada.tenant) as nobody:
            refused(nobody.get("/api/audit/security"), 403, "permission.missing")

        def feed(**wanted: Any) -> set[tuple[str, str]]:
            answer = auditor.get("/api/audit/security", params={"limit": 200, **wanted})
            assert answer.status_code == 200, answer.text
            rows = answer.json()["rows"]
            return {(row["event"], row["severity"]) for row in rows}

        wanted = {
            ("login", "info"),
            ("login", "warning"),
            ("two_factor", "info"),
            ("key", "warning"),
            ("role", "warning"),
            ("lockout", "critical"),
            ("export", "info"),
            ("deletion", "warning"),
            ("refusal", "warning"),
        }
        within(20, lambda: feed() >= wanted)
        assert {severity for _, severity in feed(at_least="warning")} == {"warning", "critical"}
        assert feed(at_least="critical") == {("lockout", "critical")}
        assert {event for event, _ in feed(event="role")} == {"role"}
        failed = auditor.get("/api/audit/security", params={"event": "login", "at_least": "warning"}).json()["rows"]
        assert {fact for row in failed for fact in row["facts"]} == {"identity.LoginFailed"}
        assert failed[0]["origin"]["address"] == "127.0.0.1"
        assert re.fullmatch("entry:.*", failed[0]["record"])
