"""The live feed over a WebSocket: the same request, the same refusals, each event a message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.api.serving import LESSONS, Client, Served, token


def opened(served: Served, path: str, bearer: str | None, *, browser: bool = False) -> ClientConnection:
    url = served.url.replace("http://", "ws://") + path
    if bearer is not None and browser:
        return connect(url, subprotocols=["annals", f"bearer.{bearer}"])  # type: ignore[list-item]
    return connect(url, additional_headers={} if bearer is None else {"Authorization": f"Bearer {bearer}"})


def closed(socket: ClientConnection) -> tuple[int, str]:
    """How it was closed, when nothing was said before."""
    with socket, pytest.raises(ConnectionClosed) as ended:
        socket.recv(timeout=10)
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, ended.value.rcvd.reason


@pytest.mark.parametrize("browser", [False, True])
def test_facts_come_as_messages(api: Served, client: Client, *, browser: bool) -> None:
    position = client.enroll().json()["position"]
    with opened(api, f"/api/facts/live?after={position}", token(client.tenant), browser=browser) as socket:
        assert socket.subprotocol == ("annals" if browser else None)
        receipt = client.command(f"/api/enrollments/art/ada/lessons/{LESSONS[0]}/complete").json()
        message: dict[str, Any] = json.loads(socket.recv(timeout=10))
        assert message["id"] == str(receipt["position"])
        assert message["event"] == "enrollments.LessonCompleted"
        assert message["data"]["data"] == {"lesson": LESSONS[0]}


def test_what_is_refused_is_said_when_it_closes(api: Served, client: Client) -> None:
    assert closed(opened(api, "/api/facts/live", None)) == (4401, "token.missing")
    assert closed(opened(api, "/api/facts/live", "no.token.at-all", browser=True)) == (4401, "token.refused")
    without = token(client.tenant, "enrollments.enroll")
    assert closed(opened(api, "/api/facts/live", without)) == (4403, "permission.missing")
    assert closed(opened(api, "/api/facts/live?after=never", token(client.tenant))) == (4400, "request.invalid")
    assert closed(opened(api, "/api/nothing/here", token(client.tenant))) == (4404, "route.not_found")


def test_what_does_not_answer_with_events_is_not_listened_to(api: Served, client: Client) -> None:
    assert closed(opened(api, "/api/facts", token(client.tenant))) == (4406, "socket.not_events")
