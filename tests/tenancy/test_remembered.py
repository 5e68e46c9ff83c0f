"""What is remembered is read once, and never older than what was heard."""

from __future__ import annotations

import asyncio

import pytest

from application.remembered import Remembered


class Shelf:
    """Something that is read, slowly when told so."""

    def __init__(self) -> None:
        self.value = 1
        self.reads = 0
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, key: str) -> str:
        self.reads += 1
        self.begun.set()
        value = self.value
        await self.open.wait()
        return f"{key}{value}"


async def test_it_is_read_once_until_it_changes() -> None:
    shelf = Shelf()
    known = Remembered(shelf.read, 10)
    assert [await known("a"), await known("a")] == ["a1", "a1"]
    assert shelf.reads == 1
    shelf.value = 2
    known.forget("a")
    assert known.last("a") == "a1"
    assert await known("a") == known.last("a") == "a2"


async def test_many_that_ask_at_once_are_answered_by_one_reading() -> None:
    shelf = Shelf()
    known = Remembered(shelf.read, 10)
    assert set(await asyncio.gather(*(known("a") for _ in range(20)))) == {"a1"}
    assert shelf.reads == 1


async def test_what_changes_while_it_is_read_is_read_again() -> None:
    shelf = Shelf()
    known = Remembered(shelf.read, 10)
    shelf.open.clear()
    asking = asyncio.create_task(known("a"))
    await shelf.begun.wait()
    shelf.value = 2
    known.forget("a")
    shelf.open.set()
    assert await asking == "a2"
    assert await known("a") == "a2"


async def test_what_cannot_be_read_is_not_remembered() -> None:
    tries = iter([OSError("away"), None])

    async def read(key: str) -> str:
        failure = next(tries)
        if failure is not None:
            raise failure
        return key

    known = Remembered(read, 10)
    with pytest.raises(OSError, match="away"):
        await known("a")
    assert await known("a") == "a"


async def test_only_so_many_are_remembered() -> None:
    shelf = Shelf()
    known = Remembered(shelf.read, 2)
    for key in "abc":
        await known(key)
    with pytest.raises(KeyError):
        known.last("a")
    assert known.last("c") == "c1"


async def test_who_hears_nothing_relies_on_nothing() -> None:
    shelf = Shelf()
    hears = False
    known = Remembered(shelf.read, 10, lambda: hears)
    assert [await known("a"), await known("a")] == ["a1", "a1"]
    assert shelf.reads == 2
    hears = True
    assert [await known("a"), await known("a")] == ["a1", "a1"]
    assert shelf.reads == 3
    shelf.value = 2
    hears = False
    assert await known("a") == "a2"
