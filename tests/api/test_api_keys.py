"""API keys, as their owner and a program meet them."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES, Visitor, refused
from tests.api.waiting import within
from tests.proves import proves
from tests.servers import PostgresForTests

PATH = "/api/security/api-keys"
ROSTER = "/api/courses/art/roster"
HEARD_S_MAX = 1.0
TOLD_S_MAX = 20.0


class Owner(Visitor):
    """Somebody who has keys."""

    def issue(self, *scopes: str, **more: Any) -> dict[str, Any]:
        answer = self.enter(PATH, {"name": "timetable robot", "scopes": scopes or ("enrollments.read",), **more})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def keys(self, position: int = 0) -> list[dict[str, Any]]:
        answer = self.get(PATH, params={"min_position": position})
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        return rows

    def becomes(self, served: Served, role: str) -> None:
        """Be granted a role by an operator."""
        with Client(served, self.tenant) as operator:
            answer = operator.command(f"/api/people/{self.person}/roles/grant", {"role": role})
            assert answer.status_code == 200, answer.text


def program(served: Served, key: str) -> httpx.Client:
    return httpx.Client(base_url=served.url, timeout=20, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def ada(api: Served) -> Generator[Owner]:
    with Owner(api) as one:
        assert one.register().status_code == 200
        assert one.log_in().status_code == 200
        one.becomes(api, "staff")
        yield one


@proves("auth.api_key_create")
def test_a_key_is_shown_once_and_nothing_keeps_it(api: Served, ada: Owner) -> None:
    key = ada.issue()
    assert key["text"].startswith(key["prefix"])
    with program(api, key["text"]) as robot:
        assert robot.get(ROSTER).status_code == 200
    (row,) = ada.keys(key["position"])
    assert (row["prefix"], row["name"], row["scopes"]) == (key["prefix"], "timetable robot", ["enrollments.read"])
    secret = key["text"][-43:]
    assert secret not in ada.get(PATH).text
    with psycopg.connect(api.database.url) as connection:
        kept = connection.execute(
            "select string_agg(f::text, '') from ledger.facts f where tenant = %s", (ada.tenant,)
        ).fetchone()
        commands = connection.execute(
            "select string_agg(c::text, '') from ledger.commands c where tenant = %s", (ada.tenant,)
        ).fetchone()
        sealed = connection.execute(
            "select sealed from vault.secrets where tenant = %s and kind = 'api_key'", (ada.tenant,)
        ).fetchone()
    assert kept is not None
    assert commands is not None
    assert sealed is not None
    assert secret not in kept[0] + commands[0]
    assert "timetable robot" not in kept[0]
    assert secret.encode() not in bytes(sealed[0])
    assert secret not in api.output.read_text()


@proves("auth.api_key_create")
def test_outside_its_scopes_or_what_its_owner_may_a_key_is_refused(api: Served, ada: Owner) -> None:
    with program(api, ada.issue("enrollments.read", "access.define")["text"]) as robot:
        assert robot.get(ROSTER).status_code == 200
        body = {"course": "art", "learner": "ben", "lessons": ["one"]}
        headers = {"Idempotency-Key": "one"}
        refused(robot.post("/api/enrollments", json=body, headers=headers), 403, "permission.missing")
        role = {"name": "helper", "permissions": ["enrollments.read"]}
        refused(robot.post("/api/roles", json=role, headers=headers), 403, "permission.missing")
        refused(robot.get(PATH), 403, "permission.missing")
    with program(api, ada.issue("enrollments.*")["text"]) as robot:
        answer = robot.post("/api/enrollments", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
    refused(ada.enter(PATH, {"name": "x", "scopes": ["grades.invent"]}), 409, "api_key.scope_unknown")


@proves("auth.api_key_create")
def test_a_key_makes_nothing_that_is_more_than_itself(api: Served, ada: Owner) -> None:
    """Else a key that may manage keys would issue one without bounds, or a passkey that logs in."""
    key = ada.issue("keys.manage", "factors.manage")
    with program(api, key["text"]) as robot:
        assert robot.get(PATH).status_code == 200
        for path, body in (
            (PATH, {"name": "x", "scopes": ["*"]}),
            (f"{PATH}/{key['key']}/rotate", {"name": "x"}),
            ("/api/security/2fa/setup", {"account": "ada"}),
            ("/api/security/2fa/enable", {"code": "000000"}),
            ("/api/security/2fa/disable", {"password": "x", "code": "000000"}),
            ("/api/security/2fa/backup-codes", {"code": "000000"}),
            ("/api/security/passkeys/options", {"account": "ada"}),
        ):
            refused(robot.post(path, json=body), 403, "person.needed")


@proves("auth.api_key_create")
def test_a_command_says_with_which_key_it_came(api: Served, ada: Owner) -> None:
    key = ada.issue("enrollments.enroll")
    with program(api, key["text"]) as robot:
        body = {"course": "art", "learner": "ben", "lessons": ["one"]}
        answer = robot.post("/api/enrollments", json=body, headers={"Idempotency-Key": "one"})
    with psycopg.connect(api.database.url) as connection:
        found = connection.execute(
            "select by, origin ->> 'api_key' from ledger.commands where id = %s", (answer.json()["id"],)
        ).fetchone()
    assert found == (ada.person, key["key"])


@proves("auth.api_key_create")
def test_a_key_expires(api: Served, ada: Owner) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    refused(ada.enter(PATH, {"name": "x", "scopes": ["enrollments.read"], "expires_at": past}), 409, "api_key.expired")
    end = datetime.now(UTC) + timedelta(seconds=3)
    with program(api, ada.issue(expires_at=end.isoformat())["text"]) as robot:
        assert robot.get(ROSTER).status_code == 200
        within(6, lambda: robot.get(ROSTER).status_code == 401)
        assert datetime.now(UTC) >= end
        refused(robot.get(ROSTER), 401, "token.refused")


@proves("auth.api_key_manage")
def test_everyone_lists_their_own_keys_and_revokes_no_others(api: Served, ada: Owner) -> None:
    one, two = ada.issue(), ada.issue("enrollments.*")
    assert [row["prefix"] for row in ada.keys(two["position"])] == [two["prefix"], one["prefix"]]
    first = ada.get(PATH, params={"limit": 1}).json()
    second = ada.get(PATH, params={"limit": 1, "cursor": first["cursor"]}).json()
    assert [row["key"] for row in (*first["rows"], *second["rows"])] == [two["key"], one["key"]]
    with Owner(api, ada.tenant) as ben, Owner(api) as elsewhere:
        ben.register("ben@school.example")
        ben.log_in("ben@school.example")
        elsewhere.register()
        elsewhere.log_in()
        absent = ben.command(f"{PATH}/absent/revoke")
        for other in (ben, elsewhere):
            assert other.keys() == []
            answer = other.command(f"{PATH}/{one['key']}/revoke")
            refused(answer, 404, "api_key.not_found")
            assert without_request(answer) == without_request(absent)
            refused(other.enter(f"{PATH}/{one['key']}/rotate", {"name": "x"}), 404, "api_key.not_found")
            assert other.get(f"{PATH}/{one['key']}/usage").json()["rows"] == []
    with program(api, one["text"]) as robot:
        assert robot.get(ROSTER).status_code == 200


def without_request(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request"}


@proves("auth.api_key_manage")
def test_a_revoked_key_is_refused_on_the_next_request_on_every_replica(postgres: PostgresForTests) -> None:
    with (
        postgres.database() as database,
        serving(database, engine=True, worker=False, count=2, **RATES) as (one, other),
        Owner(one) as ada,
    ):
        ada.register()
        ada.log_in()
        ada.becomes(one, "staff")
        key = ada.issue()
        with program(one, key["text"]) as here, program(other, key["text"]) as there:
            for _ in range(3):
                assert here.get(ROSTER).status_code == there.get(ROSTER).status_code == 200
            receipt = ada.command(f"{PATH}/{key['key']}/revoke").json()
            refused(here.get(ROSTER), 401, "token.refused")
            within(HEARD_S_MAX, lambda: there.get(ROSTER).status_code == 401)
            refused(there.get(ROSTER), 401, "token.refused")
        (row,) = ada.keys(receipt["position"])
        assert row["revoked_at"] is not None


@proves("auth.api_key_manage")
def test_who_governs_keys_revokes_anybodys(api: Served, ada: Owner) -> None:
    key = ada.issue()
    refused(ada.command(f"/api/admin/api-keys/{key['key']}/revoke"), 403, "permission.missing")
    with Client(api, ada.tenant, "keys.govern") as admin, program(api, key["text"]) as robot:
        assert robot.get(ROSTER).status_code == 200
        assert admin.command(f"/api/admin/api-keys/{key['key']}/revoke").status_code == 200
        refused(robot.get(ROSTER), 401, "token.refused")


def test_a_key_ends_with_the_account_of_its_owner_and_with_their_roles(api: Served, ada: Owner) -> None:
    with program(api, ada.issue()["text"]) as robot, Client(api, ada.tenant) as operator:
        assert robot.get(ROSTER).status_code == 200
        answer = operator.command(f"/api/people/{ada.person}/roles/withdraw", {"role": "staff"})
        assert answer.status_code == 200, answer.text
        refused(robot.get(ROSTER), 403, "permission.missing")


@proves("auth.api_key_rotate")
def test_after_a_rotation_both_work_until_the_overlap_ends_then_only_the_new(api: Served, ada: Owner) -> None:
    old = ada.issue()
    with program(api, old["text"]) as before:
        assert before.get(ROSTER).status_code == 200
        answer = ada.enter(f"{PATH}/{old['key']}/rotate", {"name": "new robot", "overlap_s": 3})
        assert answer.status_code == 200, answer.text
        end = time.monotonic() + 3
        new = answer.json()
        with program(api, new["text"]) as after:
            assert before.get(ROSTER).status_code == after.get(ROSTER).status_code == 200
            within(6, lambda: before.get(ROSTER).status_code == 401)
            assert time.monotonic() >= end - 0.5
            refused(before.get(ROSTER), 401, "token.refused")
            assert after.get(ROSTER).status_code == 200
    rows = {row["key"]: row for row in ada.keys(new["position"])}
    assert rows[old["key"]]["followed_by"] == new["key"]
    assert rows[new["key"]]["instead_of"] == old["key"]
    assert rows[new["key"]]["scopes"] == rows[old["key"]]["scopes"]
    refused(ada.enter(f"{PATH}/{old['key']}/rotate", {"name": "again"}), 409, "api_key.ended")
    with psycopg.connect(api.database.url) as connection:
        lineage = connection.execute(
            "select stream, type, data ->> 'to', data ->> 'instead_of' from ledger.facts "
            "where tenant = %s and type like 'keys.ApiKey%%ed' and type <> 'keys.ApiKeyUsed' order by position",
            (ada.tenant,),
        ).fetchall()
    assert lineage == [
        (f"api-key:{old['key']}", "keys.ApiKeyIssued", None, None),
        (f"api-key:{old['key']}", "keys.ApiKeyRotated", new["key"], None),
        (f"api-key:{new['key']}", "keys.ApiKeyIssued", None, old["key"]),
    ]


def test_a_key_that_is_rotated_many_times_at_once_has_one_that_follows(ada: Owner) -> None:
    key = ada.issue()["key"]
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(ada.enter, f"{PATH}/{key}/rotate", {"name": "next"}) for _ in range(6)]
        answers = [one.result() for one in tries]
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


@proves("auth.api_key_usage")
def test_a_hundred_calls_show_as_a_hundred(api: Served, ada: Owner) -> None:
    key = ada.issue()
    usage = f"{PATH}/{key['key']}/usage"
    today = datetime.now(UTC).date().isoformat()
    with program(api, key["text"]) as robot:
        for number in range(100):
            assert robot.get(f"/api/courses/{number % 3}/roster").status_code == 200
        for _ in range(4):
            refused(robot.get(PATH), 403, "permission.missing")

    def told() -> bool:
        rows = ada.get(usage).json()["rows"]
        return sum(int(row["calls"]) for row in rows) >= 104

    within(TOLD_S_MAX, told)
    rows = {(row["day"], row["endpoint"]): (row["calls"], row["errors"]) for row in ada.get(usage).json()["rows"]}
    if len({day for day, _ in rows}) == 1:  # Not over midnight.
        today = next(iter(rows))[0]
        assert rows == {
            (today, "GET /api/courses/{course}/roster"): (100, 0),
            (today, "GET /api/security/api-keys"): (4, 4),
        }
    assert sum(calls for calls, _ in rows.values()) == 104
    within(TOLD_S_MAX, lambda: ada.keys()[0]["calls"] == 104)
    (row,) = ada.keys()
    assert (row["calls"], row["errors"]) == (104, 4)
    assert row["used_at"] is not None
    with Client(api, ada.tenant, "keys.govern") as admin:
        same = admin.get(f"/api/admin/api-keys/{key['key']}/usage").json()["rows"]
    assert same == ada.get(usage).json()["rows"]
    refused(ada.get(f"/api/admin/api-keys/{key['key']}/usage"), 403, "permission.missing")


@proves("auth.api_key_usage")
def test_a_process_that_is_stopped_tells_what_it_has_counted(postgres: PostgresForTests) -> None:
    with postgres.database() as database:
        with serving(database, engine=False, worker=False, count=1, **RATES) as (served,), Owner(served) as ada:
            ada.register()
            ada.log_in()
            ada.becomes(served, "staff")
            with program(served, ada.issue()["text"]) as robot:
                for _ in range(7):
                    robot.get(ROSTER)
        with psycopg.connect(database.url) as connection:
            found = connection.execute(
                "select sum((c ->> 'calls')::int)::int from ledger.facts, json_array_elements(data -> 'calls') c "
                "where type = 'keys.ApiKeyUsed'"
            ).fetchone()
    assert found == (7,)


@pytest.mark.parametrize("text", ["ak_", "ak_" + "A" * 34 + "_" + "A" * 43, "ak_é", "ak_" + "A" * 5_000])
def test_what_is_no_key_is_refused(api: Served, text: str) -> None:
    headers = {b"Authorization": f"Bearer {text}".encode()}
    answer = httpx.get(f"{api.url}{ROSTER}", headers=headers)
    refused(answer, 401, "token.refused")


def test_a_key_of_no_person_is_not_issued(api: Served, ada: Owner) -> None:
    with Client(api, ada.tenant) as operator:
        refused(operator.post(PATH, json={"name": "x", "scopes": ["enrollments.read"]}), 403, "person.needed")
        refused(operator.get(PATH), 403, "person.needed")
