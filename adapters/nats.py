"""NATS: the doorbell, and JetStream, where the facts of every log are told to the world outside."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self, cast

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import RePublish, RetentionPolicy, StorageType, StreamConfig, SubjectTransform
from nats.js.errors import NotFoundError

from application.ledger import Unavailable
from application.ports import Heard

log = structlog.get_logger()

DOORBELL = "doorbell.ledger"
RECONNECT_S = 0.25
ANSWER_S_MAX = 5.0


async def connect(url: str, name: str) -> Client:
    """A connection that comes back by itself. It is made also while NATS is away."""

    async def on_error(error: Exception) -> None:
        log.debug("nats.error", error=repr(error))

    async def on_lost() -> None:
        log.warning("nats.disconnected", name=name)

    async def on_back() -> None:
        log.info("nats.connected", name=name)

    client = Client()
    await client.connect(
        url,
        name=name,
        error_cb=on_error,
        disconnected_cb=on_lost,
        reconnected_cb=on_back,
        connect_timeout=2,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=cast("int", RECONNECT_S),  # slept as it is, whatever its annotation says
        no_echo=True,
        pending_size=0,  # What cannot be sent now is not kept to be sent later: whoever sends it tries again.
    )
    return client


class NatsDoorbell:
    """Rings on a subject. A ring while NATS is away is lost, and not missed."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._client: Client | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._listeners: list[Heard] = []

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect(), name="doorbell")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def ring(self, log: int, position: int) -> None:
        for heard in self._listeners:  # NATS does not tell us what we ring ourselves.
            heard(log, position)
        client = self._client
        if client is not None and client.is_connected:
            task = asyncio.ensure_future(client.publish(DOORBELL, b"%d %d" % (log, position)))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    @asynccontextmanager
    async def listen(self, heard: Heard) -> AsyncGenerator[None]:
        self._listeners.append(heard)
        try:
            yield
        finally:
            self._listeners.remove(heard)

    async def _connect(self) -> None:
        client = await connected(self._url, self._name)

        async def rung(message: Msg) -> None:
            number, position = message.data.split()
            for heard in self._listeners:
                heard(int(number), int(position))

        await client.subscribe(DOORBELL, cb=rung)
        self._client = client


async def connected(url: str, name: str) -> Client:
    """Connect, however long NATS is away."""
    while True:
        try:
            return await connect(url, name)
        except (NatsError, OSError) as error:
            log.debug("nats.away", error=repr(error))
            await asyncio.sleep(RECONNECT_S)


class Message(NamedTuple):
    """A fact to be told: the sequence it must get, and what is told."""

    sequence: int
    id: str
    subject: str
    headers: Mapping[str, str]
    body: bytes


class OutOfStep(Unavailable):
    """JetStream holds something else than was thought: another relay, or a store that was wiped."""


class Diverged(Exception):  # noqa: N818 — it reads as what happened
    """JetStream tells facts that the ledger does not hold. A person has to decide; nothing is told meanwhile."""


class JetStreamLog:
    """The JetStream stream that tells one log: a fact's sequence there is its position here."""

    def __init__(self, client: Client, number: int) -> None:
        self._client = client
        self._js = client.jetstream(timeout=ANSWER_S_MAX)
        self.name = f"ANNALS_{number}"
        self._ingest = f"ledger.{number}"
        self._replies = f"{client.new_inbox()}"
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._tokens = itertools.count()
        self._subscribed = False

    async def end(self) -> int:
        """The sequence of the last fact that is told. Makes the stream if there is none."""
        try:
            info = await self._js.stream_info(self.name)
        except NotFoundError:
            info = await self._js.add_stream(self._config())
        return info.state.last_seq

    async def id_at(self, sequence: int) -> str | None:
        """Which fact is told at a sequence; None if it is gone."""
        try:
            message = await self._js.get_msg(self.name, sequence)
        except NotFoundError:
            return None
        headers = cast("dict[str, str]", message.headers or {})  # pyright: ignore[reportUnknownMemberType]
        return headers.get("Nats-Msg-Id")

    async def publish(self, messages: Sequence[Message]) -> None:
        """Tell these facts in order, each only if the one before it was told last. Sent at once, then all awaited."""
        if not self._client.is_connected:
            raise Unavailable("NATS is away")
        if not self._subscribed:
            await self._client.subscribe(f"{self._replies}.*", cb=self._answered)
            self._subscribed = True
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[int]] = []
        tokens: list[str] = []
        try:
            for message in messages:
                token = f"{self._replies}.{next(self._tokens)}"
                self._waiting[token] = answer = loop.create_future()
                tokens.append(token)
                answers.append(answer)
                await self._client.publish(
                    f"{self._ingest}.{message.subject.partition('.')[2]}",
                    message.body,
                    reply=token,
                    headers={
                        **message.headers,
                        "Nats-Msg-Id": message.id,
                        "Nats-Expected-Stream": self.name,
                        "Nats-Expected-Last-Sequence": str(message.sequence - 1),
                    },
                )
            async with asyncio.timeout(ANSWER_S_MAX):
                sequences = await asyncio.gather(*answers)
        except NatsError as error:
            raise Unavailable(f"NATS: {error!r}") from error
        finally:
            for token in tokens:
                self._waiting.pop(token, None)
            for answer in answers:
                answer.cancel()
        if sequences != [message.sequence for message in messages]:
            raise OutOfStep(f"{self.name} gave {sequences[:3]}… for {messages[0].sequence}…")

    async def _answered(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject)
        if answer is None or answer.done():
            return
        if (message.headers or {}).get("Status") == "503":
            answer.set_exception(OutOfStep(f"{self.name} is gone"))
            return
        said: dict[str, Any] = msgspec.json.decode(message.data)
        if "error" in said:
            answer.set_exception(OutOfStep(f"{self.name}: {said['error'].get('description')}"))
        else:
            answer.set_result(int(said["seq"]))

    def _config(self) -> StreamConfig:
        """Stored, and told live to whoever listens, under `annals.>`; taken in under a subject of the log's own."""
        return StreamConfig(
            name=self.name,
            description="The facts of one log of the ledger, in its order: sequence is position.",
            subjects=[f"{self._ingest}.>"],
            subject_transform=SubjectTransform(src=f"{self._ingest}.>", dest="annals.>"),
            republish=RePublish(src="annals.>", dest="annals.>"),
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            deny_delete=True,
            allow_direct=True,
        )
