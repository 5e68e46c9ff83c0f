"""Passkeys, made and signed with, as somebody with an authenticator meets them."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal

import httpx
import psycopg
import pytest

from tests.api.serving import Served
from tests.api.visiting import Visitor, refused
from tests.factors.authenticator import Authenticator, base64url

HOST = "localhost:8000"


class Holder(Visitor):
    """Somebody whose browser shows a page of `localhost:8000`."""

    def made(self, key: Authenticator) -> httpx.Response:
        """Have a key made, and let it be known."""
        answer = self.enter("/api/security/passkeys/options", {"account": "ada@school.example"})
        assert answer.status_code == 200, answer.text
        return self.enter("/api/security/passkeys", {"credential": key.make(answer.json()["options"])})

    def asked(self) -> Any:
        answer = self.enter("/api/login/passkey/options")
        assert answer.status_code == 200, answer.text
        return answer.json()["options"]

    def signed(self, key: Authenticator) -> httpx.Response:
        """Come in with a key."""
        return self.come_in("/api/login/passkey", {"credential": key.sign(self.asked())})


@pytest.fixture
def ada(api: Served) -> Generator[Holder]:
    with Holder(api) as one:
        one.headers["Host"] = HOST
        assert one.register().status_code == 200
        assert one.log_in().status_code == 200
        yield one


@pytest.fixture
def stranger(api: Served, ada: Holder) -> Generator[Holder]:
    """Somebody of the same tenant whom nobody knows yet."""
    with Holder(api, ada.tenant) as one:
        one.headers["Host"] = HOST
        yield one


def events(api: Served, ada: Visitor, kind: str) -> list[Any]:
    with psycopg.connect(api.database.url) as connection:
        rows = connection.execute(
            "select data from ledger.facts where tenant = %s and type = %s order by position", (ada.tenant, kind)
        ).fetchall()
    return [data for (data,) in rows]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_passkey_is_made_and_lets_in(ada: Holder, stranger: Holder, algorithm: Literal["ES256", "EdDSA"]) -> None:
    key = Authenticator(algorithm)
    made = ada.made(key)
    assert made.status_code == 200, made.text
    for _ in range(2):
        answer = stranger.signed(key)
        assert (answer.status_code, stranger.person) == (200, ada.person), answer.text
        assert stranger.get("/api/me/sessions").status_code == 200
    mine = ada.get("/api/security/passkeys", params={"min_position": made.json()["position"]}).json()["rows"]
    assert [(row["passkey"], row["credential"]) for row in mine] == [(made.json()["passkey"], base64url(key.identity))]


def test_a_passkey_is_asked_for_without_saying_whose_there_are(ada: Holder, stranger: Holder) -> None:
    ada.made(Authenticator())
    options = stranger.asked()
    assert (options["rpId"], options["allowCredentials"], options["userVerification"]) == (
        "localhost",
        [],
        "required",
    )
    unknown = Authenticator(handle=b"nobody", counter=1)
    refused(stranger.signed(unknown), 401, "passkey.refused")


def test_a_second_one_is_not_made_in_the_same_authenticator(ada: Holder) -> None:
    key = Authenticator()
    position = ada.made(key).json()["position"]
    ada.get("/api/security/passkeys", params={"min_position": position})
    answer = ada.enter("/api/security/passkeys/options", {"account": "ada"})
    assert [one["id"] for one in answer.json()["options"]["excludeCredentials"]] == [base64url(key.identity)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://localhost:8000"},
        {"domain": "evil.example"},
        {"verifies": False},
        {"within": True},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_wrong_is_refused_when_it_is_made_and_when_it_signs(
    api: Served, ada: Holder, stranger: Holder, wrong: dict[str, Any]
) -> None:
    refused(ada.made(replace(Authenticator(), **wrong)), 422, "passkey.not_believed")
    key = Authenticator()
    assert ada.made(key).status_code == 200
    refused(stranger.signed(replace(key, **wrong)), 401, "passkey.refused")
    (failed, *_) = events(api, ada, "identity.LoginFailed")
    assert failed["person"] in {ada.person, None}
    assert stranger.signed(key).status_code == 200


def test_a_passkey_signs_for_the_pages_it_was_made_for_and_no_others(ada: Holder, stranger: Holder) -> None:
    key = Authenticator()
    assert ada.made(key).status_code == 200
    stranger.headers["Host"] = "evil.localhost:8000"
    elsewhere = replace(key, origin="http://evil.localhost:8000", domain="evil.localhost")
    refused(stranger.signed(elsewhere), 401, "passkey.refused")


def test_a_challenge_is_answered_once(ada: Holder, stranger: Holder) -> None:
    key = Authenticator()
    options = ada.enter("/api/security/passkeys/options", {"account": "ada"}).json()["options"]
    made = {"credential": key.make(options)}
    assert ada.enter("/api/security/passkeys", made).status_code == 200
    again = {"credential": Authenticator().make(options)}
    refused(ada.enter("/api/security/passkeys", again), 409, "challenge.answered")
    asked = stranger.asked()
    signed = {"credential": key.sign(asked)}
    assert stranger.come_in("/api/login/passkey", signed).status_code == 200
    refused(stranger.come_in("/api/login/passkey", signed), 401, "passkey.counter_fell")
    newer = {"credential": key.sign(asked)}
    refused(stranger.come_in("/api/login/passkey", newer), 409, "challenge.answered")


def test_one_answer_that_comes_many_times_at_once_lets_one_in(ada: Holder, stranger: Holder) -> None:
    key = Authenticator(counts=False)
    assert ada.made(key).status_code == 200
    body = {"credential": key.sign(stranger.asked())}
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(stranger.enter, "/api/login/passkey", body) for _ in range(6)]
        answers = [one.result() for one in tries]
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


def test_a_challenge_is_for_one_thing_and_one_person(api: Served, ada: Holder, stranger: Holder) -> None:
    key = Authenticator()
    assert ada.made(key).status_code == 200
    make = ada.enter("/api/security/passkeys/options", {"account": "ada"}).json()["options"]
    crossed = {**stranger.asked(), "challenge": make["challenge"]}
    refused(stranger.come_in("/api/login/passkey", {"credential": key.sign(crossed)}), 401, "passkey.refused")
    own = {**make, "challenge": base64url(b"of somebody's own making")}
    refused(ada.enter("/api/security/passkeys", {"credential": Authenticator().make(own)}), 422, "passkey.not_believed")
    with Holder(api, ada.tenant) as ben:
        ben.headers["Host"] = HOST
        ben.register("ben@school.example")
        ben.log_in("ben@school.example")
        stolen = {"credential": Authenticator().make(make)}
        refused(ben.enter("/api/security/passkeys", stolen), 422, "passkey.not_believed")
        taken = ben.enter("/api/security/passkeys/options", {"account": "ben"}).json()["options"]
        refused(ben.enter("/api/security/passkeys", {"credential": key.make(taken)}), 409, "passkey.registered_already")


def test_a_counter_that_falls_is_refused_and_told(api: Served, ada: Holder, stranger: Holder) -> None:
    key = Authenticator()
    assert ada.made(key).status_code == 200
    copy = replace(key)
    for _ in range(3):
        assert stranger.signed(key).status_code == 200
    refused(stranger.signed(copy), 401, "passkey.counter_fell")
    assert [(fact["known"], fact["said"]) for fact in events(api, ada, "factors.PasskeyCounterFell")] == [(4, 2)]
    assert stranger.signed(key).status_code == 200


def test_a_passkey_that_was_removed_lets_nobody_in_and_is_only_its_owners_to_remove(
    api: Served, ada: Holder, stranger: Holder
) -> None:
    key = Authenticator()
    name = ada.made(key).json()["passkey"]
    with Visitor(api, ada.tenant) as ben:
        ben.register("ben@school.example")
        ben.log_in("ben@school.example")
        refused(ben.command(f"/api/security/passkeys/{name}/remove"), 404, "passkey.not_found")
    assert ada.command(f"/api/security/passkeys/{name}/remove").status_code == 200
    refused(stranger.signed(key), 401, "passkey.refused")
    assert ada.made(Authenticator()).status_code == 200


@pytest.mark.parametrize("broken", ["", "!", "AAAA", "A" * 5, "é" * 8, base64url(b"{}")])
def test_what_is_broken_is_refused(ada: Holder, stranger: Holder, broken: str) -> None:
    key = Authenticator()
    assert ada.made(key).status_code == 200
    good = key.sign(stranger.asked())
    for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        body = {"credential": {**good, "response": {**good["response"], name: broken}}}
        refused(stranger.come_in("/api/login/passkey", body), 401, "passkey.refused")
    refused(stranger.come_in("/api/login/passkey", {"credential": {**good, "id": broken}}), 401, "passkey.refused")
