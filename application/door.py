"""The door for those who do not wait in `await`: jobs, the command line, notebooks. Behind it is the same `Do`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from threading import Event, Thread
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from application.do import AnyStream, Do
from application.ledger import Caller, Receipt, Unavailable
from domain.kernel import Stream

State = TypeVar("State")
Command = TypeVar("Command")
Fact = TypeVar("Fact")
Answer = TypeVar("Answer")
Thing = TypeVar("Thing")


class Aside(Generic[Thing]):
    """Something that lives on a loop of its own, on a thread of its own, for any number of threads to ask.

    What many threads ask at once meets there as it does in the API: their commands are gathered into one commit.
    """

    def __init__(self, open_thing: Callable[[], AbstractAsyncContextManager[Thing]]) -> None:
        self._open = open_thing
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Event | None = None
        self._thing: Thing | None = None
        self._asked: set[asyncio.Task[Any]] = set()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        opened = Event()
        self._thread = Thread(target=self._live, args=(opened,), name="door", daemon=True)
        self._thread.start()
        opened.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thing = None
        if self._loop is not None and self._closing is not None:
            self._loop.call_soon_threadsafe(self._closing.set)
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def ask(self, question: Callable[[Thing], Coroutine[Any, Any, Answer]]) -> Answer:
        """Ask it, and wait for the answer."""
        if self._thing is None or self._loop is None:
            raise Unavailable("the door is closed")
        return asyncio.run_coroutine_threadsafe(self._answer(question(self._thing)), self._loop).result()

    async def _answer(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        """What is asked is remembered, so that whoever came before the door was closed is answered."""
        task = asyncio.create_task(asked)
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        return await task

    def _live(self, opened: Event) -> None:
        async def live() -> None:
            async with self._open() as thing:
                self._loop, self._closing, self._thing = asyncio.get_running_loop(), asyncio.Event(), thing
                opened.set()
                await self._closing.wait()
                await asyncio.gather(*self._asked, return_exceptions=True)

        try:
            asyncio.run(live())
        except BaseException as failure:  # noqa: BLE001 — raised to whoever opened the door
            self._failure = failure
        finally:
            opened.set()


class Door(Aside[Do]):
    """`with Door(open_do) as do: do(stream, command, caller)`. `open_do` opens a `Do` and all it needs."""

    def __call__(
        self,
        stream: Stream[State, Command, Fact],
        command: Command,
        caller: Caller,
        *,
        expected: int | None = None,
    ) -> Receipt:
        """Do one command, as `Do` does."""
        return self.ask(lambda do: do(stream, command, caller, expected=expected))

    def together(self, *steps: tuple[AnyStream, Any], caller: Caller) -> Receipt:
        """Do several commands of one tenant, all of them or none."""
        return self.ask(lambda do: do.together(*steps, caller=caller))
