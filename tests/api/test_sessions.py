"""Sessions: refreshed, listed, and ended, at once and everywhere."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.sync.client import connect

from tests.api.serving import Client, Served, serving
from tests.api.visiting import ANOTHER, PASSWORD, RATES, Visitor, refused
from tests.api.waiting import within
from tests.proves import proves
from tests.servers import PostgresForTests

AT_ONCE_S = 1.0


@pytest.fixture(scope="module")
def two(postgres: PostgresForTests) -> Generator[list[Served]]:
    """Two API processes and an engine on one database."""
    with postgres.database() as database, serving(database, engine=True, count=2, **RATES) as served:
        yield served


@pytest.fixture
def ada(two: list[Served]) -> Generator[Visitor]:
    """Somebody new who has logged in."""
    with Visitor(two[0]) as visitor:
        assert visitor.register().status_code == 200
        assert visitor.log_in().status_code == 200
        yield visitor


def elsewhere(two: list[Served], visitor: Visitor) -> Visitor:
    """The same device, at the other process."""
    other = Visitor(two[1], visitor.tenant)
    other.headers["Authorization"] = visitor.headers["Authorization"]
    other.refresh_token = visitor.refresh_token
    return other


def facts(served: Served, visitor: Visitor, type_: str) -> list[dict[str, object]]:
    """The facts of a type in somebody's tenant, as an auditor reads them."""
    with Client(served, visitor.tenant, subject="auditor") as auditor:
        found: list[dict[str, object]] = auditor.get("/api/facts", params={"type": type_, "limit": 200}).json()["facts"]
        return found


def is_out(visitor: Visitor) -> bool:
    answer = visitor.get("/api/me/sessions")
    return answer.status_code == 401 and answer.json()["code"] == "token.refused"


@proves("auth.refresh_validate")
def test_a_refresh_token_gives_a_new_pair_once(two: list[Served], ada: Visitor) -> None:
    first, access = ada.refresh_token, ada.headers["Authorization"]
    assert ada.refresh().status_code == 200
    assert ada.refresh_token != first
    assert ada.headers["Authorization"] != access
    assert ada.get("/api/me/sessions").status_code == 200
    assert ada.refresh().status_code == 200
    with elsewhere(two, ada) as thief:
        refused(thief.refresh(first), 401, "refresh.refused")
    refused(ada.refresh(), 401, "refresh.refused")
    within(AT_ONCE_S, lambda: is_out(ada))
    (replayed,) = facts(two[0], ada, "identity.RefreshReplayed")
    assert replayed["data"]["session"] == ada.session  # type: ignore[index]
    (ended,) = facts(two[0], ada, "identity.SessionEnded")
    assert ended["data"]["reason"] == "replayed"  # type: ignore[index]


@proves("auth.refresh_validate")
def test_who_was_not_answered_asks_again_under_the_same_key(ada: Visitor) -> None:
    token = ada.refresh_token
    first = ada.refresh(token, key="once").json()
    again = ada.refresh(token, key="once").json()
    assert again["refresh"] == first["refresh"]
    assert ada.refresh().status_code == 200


@proves("auth.refresh_validate")
def test_of_fifty_at_once_one_is_given_a_pair_at_most_and_the_session_ends(two: list[Served], ada: Visitor) -> None:
    token = ada.refresh_token

    def use(number: int) -> httpx.Response:
        return httpx.post(
            f"{two[number % 2].url}/api/refresh",
            json={"refresh": token},
            headers={"Annals-Tenant": str(ada.tenant)},
            timeout=30,
        )

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(use, range(50)))
    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(given) <= 1
    assert {answer.status_code for answer in answers} <= {200, 401}
    assert len(facts(two[0], ada, "identity.RefreshRotated")) == 1
    assert len(facts(two[0], ada, "identity.RefreshReplayed")) == 1
    for known in (token, *(pair["refresh"] for pair in given)):
        refused(ada.refresh(known), 401, "refresh.refused")
    within(AT_ONCE_S, lambda: is_out(ada))


@pytest.mark.parametrize("token", ["", "x", "x.y", "WyJhIl0.AAAA", "é.é", ".", "a" * 900])
@proves("auth.refresh_validate")
def test_what_is_no_refresh_token_is_refused(ada: Visitor, token: str) -> None:
    answer = ada.enter("/api/refresh", {"refresh": token})
    refused(answer, 401 if token else 400, "refresh.refused" if token else "request.invalid")


@proves("auth.refresh_validate")
def test_a_refresh_token_is_of_one_tenant_and_no_access_token(two: list[Served], ada: Visitor) -> None:
    with Visitor(two[0]) as other:
        refused(other.refresh(ada.refresh_token), 401, "refresh.refused")
    access = ada.headers["Authorization"].removeprefix("Bearer ")
    refused(ada.refresh(access), 401, "refresh.refused")
    head = {"Authorization": f"Bearer {ada.refresh_token}"}
    refused(ada.get("/api/me/sessions", headers=head), 401, "token.refused")


@proves("auth.logout_revoke")
def test_who_logs_out_is_out_on_every_process_at_once(two: list[Served], ada: Visitor) -> None:
    with elsewhere(two, ada) as same, Visitor(two[1], ada.tenant, agent="another device") as other:
        assert other.log_in().status_code == 200
        assert same.get("/api/me/sessions").status_code == 200
        assert ada.enter("/api/logout").status_code == 200
        refused(ada.get("/api/me/sessions"), 401, "token.refused")
        within(AT_ONCE_S, lambda: is_out(same))
        refused(same.refresh(), 401, "refresh.refused")
        assert other.get("/api/me/sessions").status_code == 200


@proves("auth.logout_revoke")
def test_who_logs_out_everywhere_is_out_everywhere(two: list[Served], ada: Visitor) -> None:
    with Visitor(two[1], ada.tenant, agent="another device") as other:
        assert other.log_in().status_code == 200
        assert other.enter("/api/logout-everywhere").status_code == 200
        for device in (ada, other):
            within(AT_ONCE_S, lambda device=device: is_out(device))  # type: ignore[misc]
            refused(device.refresh(), 401, "refresh.refused")
        assert ada.log_in().status_code == 200
        assert ada.get("/api/me/sessions").status_code == 200


@proves("auth.logout_revoke")
def test_what_one_listens_to_ends_when_one_logs_out(two: list[Served], ada: Visitor) -> None:
    with Client(two[0], ada.tenant, subject="operator") as operator:
        granted = operator.command(f"/api/people/{ada.person}/roles/grant", {"role": "auditor", "scope": None})
        assert granted.status_code == 200, granted.text
    url = f"{two[1].url}/api/facts/live?after=0".replace("http:", "ws:")
    with (
        elsewhere(two, ada) as same,
        same.stream("GET", "/api/facts/live", params={"after": "0"}) as feed,
        connect(url, additional_headers={"Authorization": same.headers["Authorization"]}) as socket,
    ):
        lines = feed.iter_lines()
        assert next(lines).startswith("retry")
        assert ada.enter("/api/logout").status_code == 200
        end = time.monotonic() + 5
        for _ in lines:
            assert time.monotonic() < end
        for _ in socket:  # Until it is closed.
            assert time.monotonic() < end


@proves("auth.session_mgmt")
def test_one_sees_where_one_is_logged_in_and_ends_one_of_them(two: list[Served], ada: Visitor) -> None:
    with Visitor(two[1], ada.tenant, agent="a phone") as phone:
        assert phone.log_in().status_code == 200
        position = facts(two[0], ada, "identity.SessionOpened")[-1]["position"]
        seen = ada.get("/api/me/sessions", params={"min_position": str(position)}).json()["rows"]
        assert {row["agent"]: row["address"] for row in seen} == {"a test": "127.0.0.1", "a phone": "127.0.0.1"}
        assert {row["session"] for row in seen} == {ada.session, phone.session}
        ended = ada.command(f"/api/me/sessions/{phone.session}/end")
        assert ended.status_code == 200
        within(AT_ONCE_S, lambda: is_out(phone))
        rows = ada.get("/api/me/sessions", params={"min_position": str(ended.json()["position"])}).json()["rows"]
        assert [row["session"] for row in rows] == [ada.session]


@proves("auth.session_mgmt")
def test_anothers_session_is_as_one_that_is_not_there(two: list[Served], ada: Visitor) -> None:
    with Visitor(two[0], ada.tenant) as ben:
        assert ben.register("ben@school.example").status_code == 200
        assert ben.log_in("ben@school.example").status_code == 200
        answers = [
            ben.post(
                f"/api/me/sessions/{session}/end", headers={"Idempotency-Key": session, "X-Request-Id": "the-same"}
            )
            for session in (ada.session, "0198c0de-da7a-7000-8000-00000000c0de")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert answers[0].content == answers[1].content
        refused(ben.get(f"/api/people/{ada.person}/sessions"), 403, "permission.missing")
        refused(ben.command(f"/api/people/{ada.person}/sessions/end"), 403, "permission.missing")
    assert ada.get("/api/me/sessions").status_code == 200


@proves("auth.session_mgmt")
def test_staff_end_the_sessions_of_others_and_it_is_kept_who_did(two: list[Served], ada: Visitor) -> None:
    with Client(two[1], ada.tenant, "identity.sessions", "identity.read", subject="warden") as warden:
        shown = warden.get(f"/api/people/{ada.person}/sessions", params={"min_position": two[1].head()}).json()["rows"]
        assert [row["session"] for row in shown] == [ada.session]
        assert warden.command(f"/api/people/{ada.person}/sessions/{ada.session}/end").status_code == 200
        within(AT_ONCE_S, lambda: is_out(ada))
        assert ada.log_in().status_code == 200
        assert warden.command(f"/api/people/{ada.person}/sessions/end").status_code == 200
        within(AT_ONCE_S, lambda: is_out(ada))
        refused(warden.command("/api/me/sessions/any/end"), 403, "permission.missing")
    ended = facts(two[0], ada, "identity.SessionEnded")
    assert [(fact["by"], fact["data"]["reason"]) for fact in ended] == [("warden", "ended_by_staff")] * 2  # type: ignore[index]


@proves("auth.password_reset", "auth.logout_revoke")
def test_who_changes_the_password_stays_in_and_everyone_else_is_out(two: list[Served], ada: Visitor) -> None:
    with Visitor(two[1], ada.tenant, agent="another device") as other:
        assert other.log_in().status_code == 200
        refused(ada.enter("/api/password/change", {"current": "wrong", "password": ANOTHER}), 403, "password.wrong")
        changed = ada.enter("/api/password/change", {"current": PASSWORD, "password": ANOTHER})
        assert changed.status_code == 200, changed.text
        within(AT_ONCE_S, lambda: is_out(other))
        assert ada.get("/api/me/sessions").status_code == 200
        refused(other.log_in(), 401, "login.refused")
        assert other.log_in(password=ANOTHER).status_code == 200
