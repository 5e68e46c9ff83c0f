"""What a request makes is gone when it is answered: nothing is left for the collector of garbage to find."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from litestar.types import Message, Receive, Scope, Send

from adapters.postgres.trail.noting import Noter
from api.clock import SystemClock
from api.http.call import Call, call_of
from api.http.front import Front
from api.http.metrics import Requests
from api.http.noting import Noting
from api.http.reply import Reply
from api.settings import Settings


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    assert call_of(scope).method == "GET"
    await Reply(200, b"{}")(scope, receive, send)


async def fails(*_: object) -> None:
    raise RuntimeError("nobody foresaw it")


async def _nowhere() -> Any:
    raise AssertionError("nothing of this is noted")


@pytest.mark.parametrize("app", [answers, fails])
async def test_no_call_outlives_its_answer(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody reads a body")

    front = Front(app, Settings(), Requests(), None, Noting(Noter(_nowhere), SystemClock()))
    gc.collect()
    gc.disable()
    try:
        scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("127.0.0.1", 1)}
        await front(scope, receive, send)
        del scope
        for record in caplog.records:  # Pytest keeps them, and with them the frames that the failure came through.
            record.exc_info, record.msg = None, ""
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Call)]
    finally:
        gc.enable()
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
