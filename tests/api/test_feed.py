"""Facts as they happen: every one, once, in order, also over broken connections; and only those one may see."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.serving import LESSONS, Client, Served, token


@contextmanager
def listening(served: Served, client: Client, *permissions: str, **asked: Any) -> Generator[Iterator[dict[str, Any]]]:
    """The events of a live feed."""
    headers = {"Authorization": f"Bearer {token(client.tenant, *permissions)}"}
    last = asked.pop("last", None)
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    with httpx.stream("GET", f"{served.url}/api/facts/live", params=asked, headers=headers, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            event["id"] = int(value)
        elif name == "event":
            event["type"] = value
        elif name == "data":
            event["data"] = json.loads(value)
        elif not line and "data" in event:
            yield event
            event = {}


def test_facts_come_as_they_happen(api: Served, client: Client) -> None:
    client.enroll()
    with listening(api, client) as feed:
        receipt = client.command(f"/api/enrollments/art/ada/lessons/{LESSONS[0]}/complete").json()
        event = next(feed)
        assert (event["id"], event["type"]) == (receipt["position"], "enrollments.LessonCompleted")
        assert event["data"]["stream"] == "enrollment:art:ada"
        assert event["data"]["data"] == {"lesson": LESSONS[0]}


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(api: Served, client: Client) -> None:
    positions = [client.enroll(learner=f"learner-{number}").json()["position"] for number in range(250)]
    heard: list[int] = []
    last = 0
    while len(heard) < len(positions):
        with listening(api, client, last=last) as feed:
            for _ in range(min(70, len(positions) - len(heard))):
                last = next(feed)["id"]
                heard.append(last)
    assert heard == positions


def test_live_goes_on_where_the_replay_ended(api: Served, client: Client) -> None:
    for number in range(5):
        client.enroll(learner=f"learner-{number}")
    page = client.get("/api/facts", params={"limit": 3}).json()
    assert [fact["data"]["learner"] for fact in page["facts"]] == [f"learner-{number}" for number in range(3)]
    with listening(api, client, after=page["position"]) as feed:
        assert [next(feed)["data"]["data"]["learner"] for _ in range(2)] == ["learner-3", "learner-4"]


def test_only_the_own_tenants_facts_of_contexts_one_may_read(api: Served, client: Client) -> None:
    first = client.enroll().json()["position"]
    with Client(api, uuid4()) as other:
        other.enroll(learner="somebody-else")
        client.enroll(learner="ben")
        with listening(api, client, "facts.read", "enrollments.read", after=first - 1) as feed:
            assert [next(feed)["data"]["data"]["learner"] for _ in range(2)] == ["ada", "ben"]
        with Client(api, client.tenant, "facts.read", "billing.read") as blind:
            assert blind.get("/api/facts").json()["facts"] == []


@pytest.mark.parametrize(
    "asked",
    [{"type": "enrollments.LessonCompleted"}, {"type": "enrollments.LessonCompleted,enrollments.CourseCompleted"}],
)
def test_facts_are_chosen_by_type(api: Served, client: Client, asked: dict[str, str]) -> None:
    client.enroll()
    for lesson in LESSONS:
        client.command(f"/api/enrollments/art/ada/lessons/{lesson}/complete")
    wanted = asked["type"].split(",")
    facts = client.get("/api/facts", params=asked).json()["facts"]
    assert {fact["type"] for fact in facts} == set(wanted)
    with listening(api, client, after=0, **asked) as feed:
        assert [next(feed)["type"] for _ in facts] == [fact["type"] for fact in facts]


def test_a_stream_is_read_whole_page_by_page(client: Client) -> None:
    client.enroll(learner="ben")
    client.enroll()
    for lesson in LESSONS:
        client.command(f"/api/enrollments/art/ada/lessons/{lesson}/complete")
    after, versions = 0, list[int]()
    while True:
        page = client.get("/api/facts", params={"stream": "enrollment:art:ada", "limit": 2, "after": after}).json()
        versions += [fact["version"] for fact in page["facts"]]
        after = page["position"]
        if after == page["head"]:
            break
    assert versions == [1, 2, 3, 4]


def test_a_feed_ends_with_its_token(api: Served, client: Client) -> None:
    headers = {"Authorization": f"Bearer {token(client.tenant, lifetime_s=2)}"}
    with httpx.stream("GET", f"{api.url}/api/facts/live", headers=headers, timeout=30) as answer:
        for number in range(50):
            if client.enroll(learner=f"learner-{number}").status_code != 200:
                break
        lines = list(answer.iter_lines())
    assert lines
