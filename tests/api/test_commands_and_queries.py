"""Commands are answered by receipts, questions by read models, and what was written can be read at once."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from api.app import routes
from api.http.routes import Route
from tests.api.serving import LESSONS, Client, Served
from tests.proves import proves


@proves("es.cqrs_split")
def test_a_command_answers_a_receipt_and_nothing_else(client: Client) -> None:
    enrolled = client.enroll()
    assert enrolled.status_code == 200
    receipt = enrolled.json()
    assert set(receipt) == {"id", "stream", "version", "position"}
    assert receipt["stream"] == "enrollment:art:ada"
    assert receipt["version"] == 1
    assert enrolled.headers["Annals-Position"] == str(receipt["position"])
    assert enrolled.headers["ETag"] == '"1"'


@proves("es.cqrs_split")
def test_what_was_written_is_read_when_its_position_is_asked_for(client: Client) -> None:
    for number in range(10):
        position = client.enroll(learner=f"learner-{number}").json()["position"]
        answer = client.get("/api/courses/art/roster", params={"min_position": position})
        assert answer.status_code == 200
        assert int(answer.headers["Annals-Position"]) >= position
        assert [row["learner"] for row in answer.json()["rows"]] == [f"learner-{one}" for one in range(number + 1)]


def test_a_learners_way_through_a_course(client: Client) -> None:
    client.enroll()
    done = [client.command(f"/api/enrollments/art/ada/lessons/{lesson}/complete") for lesson in LESSONS]
    assert {answer.status_code for answer in done} == {200}
    position = done[-1].json()["position"]
    mine = client.get("/api/learners/ada/courses", params={"min_position": position}).json()["rows"]
    assert [(row["course"], row["status"], row["done"]) for row in mine] == [("art", "graduated", list(LESSONS))]
    client.enroll(learner="ben")
    position = client.command("/api/enrollments/art/ben/withdraw", {"reason": "time"}).json()["position"]
    rows = client.get("/api/courses/art/roster", params={"min_position": position, "status": "withdrew"}).json()["rows"]
    assert [row["learner"] for row in rows] == ["ben"]


def test_pages_follow_each_other(client: Client) -> None:
    position = max(client.enroll(learner=f"learner-{number}").json()["position"] for number in range(7))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        asked = {"limit": "3", "min_position": str(position), **cursor}
        page = client.get("/api/courses/art/roster", params=asked).json()
        seen += [row["learner"] for row in page["rows"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert seen == [f"learner-{number}" for number in range(7)]


def test_the_same_key_is_answered_the_same_and_done_once(api: Served, client: Client) -> None:
    first = client.enroll(key="once")
    head = api.head()
    again = client.enroll(key="once")
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.enroll(learner="ben", key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    refused = [client.command("/api/enrollments/art/ada/lessons/none/complete", key="no") for _ in range(2)]
    assert [one.json()["code"] for one in refused] == ["enrollment.unknown_lesson"] * 2
    assert [one.headers.get("Idempotency-Replayed") for one in refused] == [None, "true"]
    assert api.head() == head


def test_an_edit_of_what_has_moved_on_is_refused(client: Client) -> None:
    seen = client.enroll().headers["ETag"]
    one, two = (f"/api/enrollments/art/ada/lessons/{lesson}/complete" for lesson in LESSONS)
    assert client.command(one, If_Match=seen).status_code == 200
    late = client.command(two, If_Match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "stream.version_moved")


def test_an_answer_the_client_has_is_not_sent_again(client: Client) -> None:
    position = client.enroll().json()["position"]
    first = client.get("/api/courses/art/roster", params={"min_position": position})
    mark = first.headers["ETag"]
    again = client.get(
        "/api/courses/art/roster", params={"min_position": position}, headers={"If-None-Match": f'"x", {mark}'}
    )
    if again.status_code != 304:  # Others' facts have moved the position that is shown.
        assert again.json()["position"] > first.json()["position"]
        return
    assert again.content == b""


def test_another_tenants_ids_are_as_those_that_are_not_there(api: Served, client: Client) -> None:
    position = client.enroll().json()["position"]
    with Client(api, uuid4()) as other:
        theirs, nobodys = (
            other.get(f"/api/courses/{course}/roster", params={"min_position": position}).json()
            for course in ("art", "no-such-course")
        )
        assert theirs["rows"] == nobodys["rows"] == []
        assert other.get("/api/learners/ada/courses").json()["rows"] == []
        assert other.get("/api/facts", params={"stream": "enrollment:art:ada"}).json()["facts"] == []
        withdrawn = other.command("/api/enrollments/art/ada/withdraw", {"reason": "not mine"})
        assert withdrawn.json()["version"] == 0
    rows = client.get("/api/courses/art/roster").json()["rows"]
    assert [row["status"] for row in rows] == ["learning"]


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        ("*", True),
        ("enrollments.*", True),
        ("enrollments.enroll", True),
        ("enrollments.read", False),
        ("enrollment.*", False),
        ("billing.*", False),
    ],
)
def test_a_permission_is_needed(api: Served, permission: str, may: bool) -> None:  # noqa: FBT001
    head = api.head()
    with Client(api, uuid4(), permission) as one:
        answer = one.enroll()
    if may:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "permission.missing")
        assert api.head() == head


def test_origin_and_correlation_are_kept_with_the_command(api: Served, client: Client) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = client.post(
        "/api/enrollments",
        json={"course": "art", "learner": "ada", "lessons": ["one"]},
        headers={
            "Idempotency-Key": "k",
            "X-Request-Id": "from-the-browser-1",
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
            "User-Agent": "a test",
        },
    )
    assert answer.headers["X-Request-Id"] == "from-the-browser-1"
    with psycopg.connect(api.database.url) as connection:
        found = connection.execute(
            "select correlation, origin, by, route from ledger.commands where tenant = %s", (client.tenant,)
        ).fetchall()
    ((correlation, origin, by, route),) = found
    assert correlation.hex == trace
    assert origin == {"address": "127.0.0.1", "agent": "a test", "request": "from-the-browser-1"}
    assert (by, route) == ("ada", "POST /api/enrollments")
    fact = client.get("/api/facts").json()["facts"][0]
    assert fact["correlation"].replace("-", "") == trace


@proves("sec.rate_limit")
def test_every_route_says_who_may_and_how_often_and_what_it_refuses() -> None:
    everything: tuple[Route, ...] = routes()
    assert len({route.template for route in everything}) == len(everything)
    assert len({route.name for route in everything}) == len(everything)
    for route in everything:
        assert route.rate, route.template
        assert route.refuses, route.template
        assert route.summary, route.template
        assert route.requires or route.section in {"Entrances", "Service"}, route.template
