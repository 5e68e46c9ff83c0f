"""Registering and logging in: as it should be, at once, by those who guess, and by those who look for traces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter
from typing import Any

import bcrypt
import httpx
import psycopg
import pytest

from domain.identity.person import Deactivate, Lock, Reactivate
from domain.kernel import PersonId
from tests.api.serving import Client, Served
from tests.api.visiting import ANOTHER, PASSWORD, Visitor, refused
from tests.identity.living import come_from_elsewhere, command, hash_of
from tests.proves import proves

TRIES = 31
APART_MAX = 0.25
"""So far may the medians of known and unknown names be apart, of the time that hashing takes."""


@proves("auth.register", "auth.login")
def test_who_registers_logs_in_by_address_and_by_username_in_any_case(api: Served) -> None:
    with Visitor(api) as ada:
        registered = ada.register(username="Ada.L")
        assert registered.status_code == 200, registered.text
        for name in ("ada@school.example", "ADA@School.Example", "ada.l", " Ada.L "):
            answer = ada.log_in(name)
            assert answer.status_code == 200, answer.text
            assert answer.headers["Cache-Control"] == "no-store"
            assert ada.person == registered.json()["person"]
        assert ada.get("/api/me/sessions").status_code == 200


@proves("auth.register")
def test_of_fifty_at_once_one_has_the_address(api: Served) -> None:
    with Visitor(api) as visitor:

        def register(number: int) -> httpx.Response:
            letters = "".join(
                letter.upper() if number >> place & 1 else letter for place, letter in enumerate("adalovelace")
            )
            return visitor.register(f"{letters}@school.example", username=f"ada{number}")

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(register, range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"address.taken"}


@proves("auth.register")
def test_of_many_at_once_one_has_the_username_and_who_lost_has_claimed_nothing(api: Served) -> None:
    with Visitor(api) as visitor:

        def register(number: int) -> httpx.Response:
            return visitor.register(f"ada{number}@school.example", username="ADA" if number % 2 else "ada")

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(register, range(10)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"username.taken"}
        lost = next(number for number, answer in enumerate(answers) if answer.status_code == 409)
        assert visitor.register(f"ada{lost}@school.example").status_code == 200


@proves("auth.register")
def test_who_asks_again_under_the_same_key_is_registered_once(api: Served) -> None:
    with Visitor(api) as visitor:
        first = visitor.register(key="once")
        again = visitor.register(key="once")
        assert again.json() == first.json()
        refused(visitor.register(password=ANOTHER, key="once"), 422, "idempotency.key_reused")
        refused(visitor.register(), 409, "address.taken")
        assert visitor.log_in(key="in").json()["session"] == visitor.log_in(key="in").json()["session"]


@pytest.mark.parametrize(
    "body",
    [
        {"address": "ada"},
        {"address": "a@b"},
        {"address": "ada@school.example\n"},
        {"address": "a" * 300 + "@school.example"},
        {"username": "ada@school"},
        {"username": "a"},
        {"name": ""},
        {"name": "Ada\0"},
        {"password": ""},
        {"password": 1},
        {"role": "tenant_admin"},
    ],
    ids=str,
)
@proves("auth.register")
def test_what_is_no_account_is_refused(api: Served, body: dict[str, Any]) -> None:
    good = {"address": "ada@school.example", "name": "Ada", "password": PASSWORD}
    with Visitor(api) as visitor:
        refused(visitor.enter("/api/register", {**good, **body}), 400, "request.invalid")


@proves("auth.login")
def test_the_same_name_in_two_tenants_is_two_people(api: Served) -> None:
    with Visitor(api) as here, Visitor(api) as there, Visitor(api) as nowhere:
        here.register()
        there.register(password=ANOTHER)
        assert here.log_in().status_code == 200
        refused(there.log_in(), 401, "login.refused")
        assert there.log_in(password=ANOTHER).status_code == 200
        assert here.person != there.person
        del nowhere.headers["Annals-Tenant"]
        refused(nowhere.log_in(), 404, "host.unknown")


@proves("auth.login")
def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nothing(api: Served) -> None:
    with Visitor(api) as visitor:
        for number in range(TRIES):
            visitor.register(f"ada{number}@school.example")

        def guess(name: str) -> tuple[float, httpx.Response]:
            began = perf_counter()
            body = {"name": name, "password": "a wrong guess, surely"}
            answer = visitor.post("/api/login", json=body, headers={"X-Request-Id": "the-same"})
            return perf_counter() - began, answer

        known: list[tuple[float, httpx.Response]] = []
        unknown: list[tuple[float, httpx.Response]] = []
        for number in range(TRIES):
            known.append(guess(f"ada{number}@school.example"))
            unknown.append(guess(f"eve{number}@school.example"))
    answers = [answer for _, answer in (*known, *unknown)]
    assert len({answer.content for answer in answers}) == 1
    assert len({(answer.status_code, tuple(sorted(set(answer.headers) - {"date"}))) for answer in answers}) == 1
    refused(answers[0], 401, "login.refused")
    slow, fast = sorted((median(took for took, _ in known), median(took for took, _ in unknown)), reverse=True)
    assert slow - fast < APART_MAX * fast, f"{slow * 1000:.1f} ms and {fast * 1000:.1f} ms"


@proves("auth.login")
async def test_an_account_that_is_closed_is_refused_to_who_knows_its_password(api: Served) -> None:
    with Visitor(api) as ada:
        ada.register()
        ada.log_in()
        for close in (Deactivate(PersonId(ada.person), "left"), Lock(PersonId(ada.person), "under suspicion")):
            await command(api.database, ada.tenant, ada.person, close)
            refused(ada.log_in(), 403, "account.closed")
            refused(ada.log_in(password=ANOTHER), 401, "login.refused")
            refused(ada.refresh(), 403, "account.closed")
            if isinstance(close, Deactivate):
                await command(api.database, ada.tenant, ada.person, Reactivate(PersonId(ada.person), "is back"))
                assert ada.log_in().status_code == 200


@proves("auth.register")
async def test_a_hash_of_bcrypt_is_believed_once_and_then_replaced(api: Served) -> None:
    with Visitor(api) as ada:
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
        person = await come_from_elsewhere(api.database, ada.tenant, "ada@school.example", hashed)
        refused(ada.log_in(password=ANOTHER), 401, "login.refused")
        assert await hash_of(api.database, ada.tenant, person) == hashed
        for _ in range(2):
            assert ada.log_in().status_code == 200
            assert (await hash_of(api.database, ada.tenant, person)).startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")


@proves("auth.bruteforce_guard")
def test_too_many_wrong_guesses_lock_out_who_is_right_and_who_is_nobody_alike(api: Served) -> None:
    with Visitor(api) as ada:
        ada.register()
        for name in ("ada@school.example", "nobody@school.example"):
            answers = [ada.log_in(name, f"wrong {number}") for number in range(6)]
            assert [answer.status_code for answer in answers] == [401] * 5 + [429]
            late = ada.log_in(name)
            refused(late, 429, "login.locked")
            assert 800 < int(late.headers["Retry-After"]) <= 900
        with Client(api, ada.tenant, subject="auditor") as auditor:
            asked = {"type": "identity.EntryLocked"}
            locks = auditor.get("/api/facts", params=asked).json()["facts"]
        assert [fact["data"]["person"] is None for fact in locks] == [False, True]
        ada.register("ben@school.example")
        assert ada.log_in("ben@school.example").status_code == 200


@proves("auth.bruteforce_guard")
def test_who_guesses_at_a_hundred_names_from_one_address_is_locked_out(api: Served) -> None:
    with Visitor(api) as visitor:

        def guess(number: int) -> httpx.Response:
            return visitor.log_in(f"eve{number}", "a guess")

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(104)))
        assert {answer.status_code for answer in answers} == {401, 429}
        assert sum(answer.status_code == 401 for answer in answers) == 100
        locked = visitor.log_in("somebody")
        refused(locked, 429, "login.locked")
        assert int(locked.headers["Retry-After"]) > 800


@proves("auth.login")
def test_who_came_in_and_who_did_not_reaches_the_audit_trail_with_where_from(api: Served) -> None:
    with Visitor(api, agent="Mozilla/5.0 of ada") as ada:
        ada.register()
        ada.log_in(password=ANOTHER)
        ada.log_in()
        with Client(api, ada.tenant, subject="auditor") as auditor:
            types = "identity.LoginFailed,identity.LoginSucceeded"
            facts = auditor.get("/api/facts", params={"type": types}).json()["facts"]
        told = [(fact["type"], fact["data"].get("person")) for fact in facts]
        assert told[0] == ("identity.LoginFailed", ada.person)
        assert told[-1] == ("identity.LoginSucceeded", ada.person)
        with psycopg.connect(api.database.url) as connection:
            for fact in facts:
                found = connection.execute(
                    "select origin, by, route from ledger.commands where tenant = %s and id = %s",
                    (ada.tenant, fact["command"]),
                ).fetchone()
                assert found is not None
                origin, by, route = found
                assert (origin["address"], origin["agent"]) == ("127.0.0.1", "Mozilla/5.0 of ada")
                assert (by, route) == ("visitor", "POST /api/login")
