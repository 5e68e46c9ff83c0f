"""A school asks every route for what is another's: it gets what it would get for what is not there at all."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from api.app import routes
from api.http.routes import Route
from tests.api.serving import Client, Served, token
from tests.proves import proves

OTHERWISE = {
    "flag": ("ads", "ads"),
    "name": ("theirs.example", "nobody.example"),
    "tenant": (str(UUID(int=7)), str(UUID(int=8))),
}
"""What cannot be any text, where a path or a body names it: as the other school has it, and as nobody has."""
THEIRS, NOBODYS = "theirs-7", "nobody-8"

ASKED = [route for route in routes() if route.section in {"Commands", "Queries"}]
every_route = pytest.mark.parametrize(
    "route",
    [route for route in ASKED if not route.path.startswith("/api/facts") and route.media_type != "text/event-stream"],
    ids=lambda route: route.template,
)
"""All but the facts themselves, which are read again and listened to below, and feeds, which do not end."""


@dataclass(frozen=True)
class Schools:
    """The servers, and a school that has something under every id."""

    api: Served
    has: UUID


@pytest.fixture(scope="module")
def schools(api: Served) -> Schools:
    """The one that has something was sent every command that there is."""
    found = Schools(api, uuid4())
    with Client(api, found.has, subject="owner-7") as owner:
        for route in ASKED:
            if route.section == "Commands":
                send(owner, route, 0)
        assert owner.get("/api/facts").json()["facts"]
    return found


def named(text: str, which: int) -> str:
    """An id for a name in a path."""
    return OTHERWISE.get(text, (THEIRS, NOBODYS))[which]


def send(client: Client, route: Route, which: int) -> httpx.Response:
    """Ask a route for what is theirs (0) or nobody's (1), by every id in its path and in its body."""
    path = re.sub(r"{(\w+)}", lambda found: named(found[1], which), route.path)
    if route.method == "GET":
        return client.get(path)
    return client.command(path, _renamed(route.body_example, which))


def _renamed(example: Any, which: int) -> Any:
    """An example body in which every text that looks like an id is one of theirs, or nobody's."""
    match example:
        case dict():
            return {name: _renamed(value, which) for name, value in example.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [_renamed(value, which) for value in example]  # pyright: ignore[reportUnknownVariableType]
        case str() if re.fullmatch(r"[0-9a-f-]{36}", example):
            return OTHERWISE["tenant"][which]
        case str() if re.fullmatch(r"[a-z]+(-[a-z]+)*", example):
            return (THEIRS, NOBODYS)[which]
        case _:
            return example


def told(answer: httpx.Response, which: int) -> tuple[int, str]:
    """What an answer tells, without what is new each time, and with the ids that were asked for left out."""
    text = answer.text
    for theirs, nobodys in ((THEIRS, NOBODYS), *OTHERWISE.values()):
        text = text.replace((theirs, nobodys)[which], "what-was-asked")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "an-id", text)
    text = re.sub(r'"(position|head)" ?: ?\d+', r'"\1":0', text)
    return answer.status_code, re.sub(r"\d{4}-\d\d-\d\dT[^\"]+", "a-time", text)


def facts_of(served: Served, tenant: UUID) -> list[tuple[Any, ...]]:
    with psycopg.connect(served.database.url) as connection:
        return connection.execute(
            "select stream, version, data::text from ledger.facts where tenant = %s order by position", (tenant,)
        ).fetchall()


@pytest.fixture
def askers(schools: Schools) -> Generator[tuple[Client, Client]]:
    """Two schools where nothing has happened: one asks for what is theirs, and one for what is nobody's."""
    with Client(schools.api, uuid4(), subject="eve") as theirs, Client(schools.api, uuid4(), subject="eve") as nobodys:
        yield theirs, nobodys


@every_route
@proves("tenant.isolation")
def test_what_is_anothers_is_answered_as_what_is_not_there(
    schools: Schools, askers: tuple[Client, Client], route: Route
) -> None:
    before = facts_of(schools.api, schools.has)
    theirs, nobodys = askers
    answer = send(theirs, route, 0)
    assert told(answer, 0) == told(send(nobodys, route, 1), 1)
    assert answer.status_code < 500
    assert "owner-7" not in answer.text
    assert facts_of(schools.api, schools.has) == before


@proves("tenant.isolation")
def test_no_stream_of_another_is_replayed(schools: Schools, askers: tuple[Client, Client]) -> None:
    theirs, _ = askers
    assert theirs.enroll().status_code == 200
    streams = {stream for stream, _, _ in facts_of(schools.api, schools.has)}
    assert streams
    for stream in sorted(streams):
        assert theirs.get("/api/facts", params={"stream": stream}).json()["facts"] == []
    everything = theirs.get("/api/facts", params={"limit": 200}).json()["facts"]
    assert "owner-7" not in json.dumps(everything)
    assert {fact["by"] for fact in everything} <= {"eve", *(fact["by"] for fact in everything if ":" in fact["by"])}


@proves("tenant.isolation")
def test_a_live_feed_tells_nothing_of_another(schools: Schools) -> None:
    mine = uuid4()
    headers = {"Authorization": f"Bearer {token(mine)}"}
    with (
        Client(schools.api, schools.has, subject="owner-7") as owner,
        Client(schools.api, mine) as client,
        httpx.stream("GET", f"{schools.api.url}/api/facts/live?after=0", headers=headers, timeout=20) as feed,
    ):
        for number in range(5):
            assert owner.enroll(learner=f"hidden-{number}").status_code == 200
        client.enroll(learner="seen")
        heard = ""
        for line in feed.iter_lines():
            heard += line
            if "seen" in line:
                break
        assert "hidden" not in heard
        assert "owner-7" not in heard
