"""Work that tests give to processes of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, NamedTuple

from adapters.postgres.connect import connect
from application.do import Do
from application.ledger import Kept, KeyReused, Receipt, Repeated
from domain.kernel import Rejected
from tests.ledger.asking import caller, enroll, enrollment, entry, ledger_on

Start = Callable[..., "Future[Any]"]


@contextmanager
def processes(count: int) -> Generator[Start]:
    """`start(function, *arguments)` has it done in another process."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield pool.submit


class Answer(NamedTuple):
    """What a command was answered, told to another process."""

    kind: str
    position: int = 0


def enrol_with_keys(dsn: str, keys: int, digest: bytes) -> list[Answer]:
    """Enrol one learner for each key, all at once; answers in the order of the keys."""

    async def ask(do: Do, number: int) -> Answer:
        try:
            who = caller(f"key-{number}", digest=digest)
            receipt = await do(enrollment(f"learner-{number}"), enroll(f"learner-{number}"), who)
        except KeyReused:
            return Answer("reused")
        except Rejected as no:
            return Answer(no.code)
        return Answer("repeated" if isinstance(receipt, Repeated) else _kind(receipt), receipt.position)

    async def all_at_once() -> list[Answer]:
        async with ledger_on(dsn) as ledger:
            do = Do(ledger)
            return await asyncio.gather(*(ask(do, number) for number in range(keys)))

    return asyncio.run(all_at_once())


def _kind(receipt: Receipt) -> str:
    return f"version {receipt.version}"


def write(dsn: str, writer: str, writers: int, each: int) -> int:
    """That many writers at once, each with a ledger of its own; how many facts they were told are kept."""

    async def one(name: str) -> int:
        async with ledger_on(dsn) as ledger:
            verdicts = [await ledger.append(entry(f"enrollment:{name}:{number}")) for number in range(each)]
        return sum(isinstance(verdict, Kept) for verdict in verdicts)

    async def all_at_once() -> int:
        return sum(await asyncio.gather(*(one(f"{writer}-{number}") for number in range(writers))))

    return asyncio.run(all_at_once())


def write_naively(url: str, writers: int, each: int) -> int:
    """As many writers into a table with a sequence, as one finds it in books."""

    async def one() -> int:
        async with await connect(url) as connection:
            for _ in range(each):
                async with connection.transaction():
                    await connection.execute("insert into naive default values")
        return each

    async def all_at_once() -> int:
        return sum(await asyncio.gather(*(one() for _ in range(writers))))

    return asyncio.run(all_at_once())
