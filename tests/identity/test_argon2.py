"""How passwords are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from time import perf_counter

import bcrypt
import pytest
from argon2 import PasswordHasher, extract_parameters

from adapters.argon2 import NOBODYS, Argon2, Busy
from application.ports import Checked
from tests.proves import proves

RIGHT = "nine lanterns over the harbour"


@pytest.fixture
def passwords() -> Generator[Argon2]:
    argon2 = Argon2()
    yield argon2
    argon2.close()


@proves("auth.register")
async def test_a_password_is_kept_by_argon2id_and_is_another_hash_each_time(passwords: Argon2) -> None:
    one, two = await passwords.hash(RIGHT), await passwords.hash(RIGHT)
    assert one != two
    assert one.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.check(RIGHT, one) == Checked(right=True, outdated=False)
    assert not (await passwords.check("wrong", one)).right
    assert not (await passwords.check(RIGHT, b"noise")).right
    assert not (await passwords.check(RIGHT, None)).right


@proves("auth.login")
async def test_where_there_is_nobody_the_same_is_done(passwords: Argon2) -> None:
    assert extract_parameters(NOBODYS.decode()) == extract_parameters((await passwords.hash(RIGHT)).decode())


@pytest.mark.parametrize(
    ("typed", "kept"), [("caf\u00e9", "cafe\u0301"), ("\uff21\uff42\uff43", "Abc"), ("x" * 900, "x" * 900)]
)
async def test_a_password_is_the_same_however_a_keyboard_puts_it_together(
    passwords: Argon2, typed: str, kept: str
) -> None:
    assert (await passwords.check(typed, await passwords.hash(kept))).right


@proves("auth.register")
async def test_what_is_kept_by_other_means_is_believed_and_outdated(passwords: Argon2) -> None:
    for password in (RIGHT, "x" * 100, "ümläut"):
        for version in (b"2a", b"2b", b"2y"):
            kept = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4))
            kept = kept.replace(b"$2b$", b"$" + version + b"$", 1)
            assert await passwords.check(password, kept) == Checked(right=True, outdated=True)
            assert not (await passwords.check("wrong", kept)).right
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(RIGHT).encode()
    assert await passwords.check(RIGHT, weak) == Checked(right=True, outdated=True)


@proves("auth.login")
async def test_more_than_can_wait_are_told_so_and_the_loop_goes_on_meanwhile() -> None:
    passwords = Argon2(threads=2, waiting_max=6)
    hashing = [asyncio.create_task(passwords.hash(RIGHT)) for _ in range(20)]
    worst = 0.0
    while not all(task.done() for task in hashing):
        before = perf_counter()
        await asyncio.sleep(0)
        worst = max(worst, perf_counter() - before)
    done = [task.exception() for task in hashing]
    assert sum(error is None for error in done) == 8
    assert sum(isinstance(error, Busy) for error in done) == 12
    assert worst < 0.5
    assert await passwords.hash(RIGHT)
    passwords.close()
