"""The queue of jobs in Postgres: what is done is crossed off many at once, with the taking of what is next."""

from __future__ import annotations

from threading import Event
from typing import Any, cast

from dramatiq import MessageProxy
from dramatiq_postgres import PostgresBroker  # type: ignore[import-untyped]
from dramatiq_postgres.broker import PostgresConsumer  # type: ignore[import-untyped]
from dramatiq_postgres.utils import raise_connection_error  # type: ignore[import-untyped]

TAKEN_MAX = 32
"""Jobs that a process has taken and not yet done. It is not more, so that others are not idle beside it."""

_CROSS_OFF = """
delete from jobs.queue where message_id = any(%s::uuid[]) and queue_name = %s and state = 'consumed'
"""


class JobQueue(PostgresBroker):  # type: ignore[misc]
    """dramatiq's queue, which would otherwise spend a transaction on crossing off each job."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Taker:
        return Taker(broker=self, queue_name=queue_name, prefetch=max(prefetch, TAKEN_MAX), timeout=timeout)


class Taker(PostgresConsumer):  # type: ignore[misc]
    """Takes jobs for the threads of one process.

    A job that is done is crossed off a moment later, when others are taken. If the process is killed before that, the
    job is done again, as it is when the process is killed just before it would have crossed it off.
    """

    broker: Any
    queue_name: str
    prefetch: int
    timeout_s: float
    buffer: list[Any]
    in_processing: set[str]
    wakeup: Event

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._done: list[str] = []

    @raise_connection_error  # type: ignore[untyped-decorator]
    def __next__(self) -> MessageProxy | None:
        connection = cast("Any", self.get_consume_conn())
        self.broker.maybe_heartbeat(connection)
        self.broker.maybe_maintenance(connection)
        if not self.buffer:
            self.wakeup.clear()  # Who is done from now on is not missed.
            self._cross_off()
            room = self.prefetch - len(self.in_processing)
            if room > 0:
                self.claim(room)
        if self.buffer:
            message = self.buffer.pop(0)
            self.in_processing.add(message.message_id)
            return MessageProxy(message)
        self.wakeup.wait(min(self.timeout_s, self.broker.poll_interval))
        return None

    def ack(self, message: MessageProxy) -> None:
        if message.options.get("retries") or "eta" in message.options:
            super().ack(message)  # Its like is already in the queue again, and is not to be crossed off in its stead.
            return
        self._done.append(message.message_id)
        self.in_processing.discard(message.message_id)
        if len(self.in_processing) <= self.prefetch // 2:
            self.wakeup.set()

    def close(self) -> None:
        self._cross_off()
        super().close()

    @raise_connection_error  # type: ignore[untyped-decorator]
    def _cross_off(self) -> None:
        count = len(self._done)  # Threads add to it meanwhile.
        if count:
            connection = cast("Any", self.get_consume_conn())
            with connection.transaction():
                connection.execute(_CROSS_OFF, (self._done[:count], self.queue_name))
            del self._done[:count]
