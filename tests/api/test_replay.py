"""All of it, as one answer: chosen as asked, in either form, gone on with by position, opened for who may alone."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.arrow import MEDIA_TYPE, arrow
from bench.facts import TENANT
from tests.api.serving import Client, Served, serving, token
from tests.api.visiting import RATES, Visitor, refused
from tests.api.waiting import within
from tests.replay.told import tell
from tests.servers import Database


def replayed(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/replay", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_facts_are_chosen_and_gone_on_with_by_position(client: Client) -> None:
    for number in range(30):
        client.enroll(learner=f"learner-{number}")
    client.command("/api/enrollments/art/learner-3/lessons/one/complete")
    everything = replayed(client)
    assert [(fact["stream"], fact["version"]) for fact in everything] == [
        *((f"enrollment:art:learner-{number}", 1) for number in range(30)),
        ("enrollment:art:learner-3", 2),
    ]
    assert {fact["tenant"] for fact in everything} == {str(client.tenant)}
    tenth = everything[9]["position"]
    assert replayed(client, after=tenth) == everything[10:]
    assert replayed(client, to=tenth) == everything[:10]
    assert replayed(client, stream="enrollment:art:learner-3") == [everything[3], everything[30]]
    assert replayed(client, type="enrollments.LessonCompleted") == everything[30:]
    assert replayed(client, context="enrollments,catalog") == everything
    assert replayed(client, context="catalog") == []
    assert replayed(client, since=everything[5]["at"], until=everything[7]["at"]) == everything[5:7]
    refused(client.get("/api/replay", params={"type": "enrollments.Nothing"}), 400, "request.invalid")
    head = client.get("/api/facts").json()["head"]
    assert client.get("/api/replay").headers["annals-position"] == str(head)


def test_arrow_says_the_same(client: Client) -> None:
    for number in range(5):
        client.enroll(learner=f"learner-{number}")
    answer = client.get("/api/replay/arrow")
    assert answer.headers["content-type"] == MEDIA_TYPE
    with arrow().ipc.open_stream(answer.content) as reader:
        rows = reader.read_all().to_pylist()
    told = replayed(client)
    assert [(row["position"], row["id"], json.loads(row["data"])) for row in rows] == [
        (fact["position"], fact["id"], fact["data"]) for fact in told
    ]


def test_a_school_replays_its_own_and_only_what_one_may_read(api: Served, client: Client) -> None:
    client.enroll()
    with Client(api, uuid4()) as other:
        other.enroll(learner="somebody-else")
        assert [fact["data"]["learner"] for fact in replayed(other)] == ["somebody-else"]
        assert replayed(other, stream="enrollment:art:ada") == []
    with Client(api, client.tenant, "facts.read", "catalog.read") as blind:
        assert replayed(blind) == []
        assert replayed(blind, stream="enrollment:art:ada") == []
    with Client(api, client.tenant, "enrollments.read") as nobody:
        refused(nobody.get("/api/replay"), 403, "permission.missing")


def test_what_is_sealed_is_opened_for_who_may(api: Served, client: Client) -> None:
    with Visitor(api, client.tenant) as visitor:
        assert visitor.register().status_code == 200
    sealed = json.dumps(replayed(client, context="identity"))
    assert "sealed:" in sealed
    assert "Ada Lovelace" not in sealed
    opened = replayed(client, context="identity", open="true")
    assert "Ada Lovelace" in json.dumps(opened)
    assert "sealed:" not in json.dumps(opened)
    with Client(api, client.tenant, "facts.read", "identity.read") as analyst:
        refused(analyst.get("/api/replay", params={"open": "true"}), 403, "permission.missing")


def test_one_that_goes_on_longer_than_its_token_breaks_off_and_is_gone_on_with(database: Database) -> None:
    tell(database, 60_000)
    with serving(database, **RATES) as (served,):
        url, read = f"{served.url}/api/replay", bytearray()
        headers = {"Authorization": f"Bearer {token(TENANT, lifetime_s=3)}"}

        def read_slowly() -> None:
            with httpx.stream("GET", url, headers=headers, timeout=30) as answer:
                for part in answer.iter_bytes():
                    if not read:
                        within(10, lambda: httpx.get(url, headers=headers, params={"to": 0}).status_code == 401)
                    read.extend(part)

        with pytest.raises(httpx.RemoteProtocolError):
            read_slowly()
        whole = read[: read.rindex(b"\n") + 1]
        last = json.loads(whole.splitlines()[-1])["position"]
        assert 0 < last < 60_000
        with Client(served, TENANT) as client:
            rest = client.get("/api/replay", params={"after": last}).content
        assert [json.loads(line)["position"] for line in (whole + rest).splitlines()] == list(range(1, 60_001))
