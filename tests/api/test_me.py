"""Oneself over HTTP: who one is, what one says of oneself, and how one likes to be served."""

from __future__ import annotations

import re
from collections.abc import Generator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.serving import Client, Served, serving
from tests.api.visiting import ANOTHER, PASSWORD, RATES, Visitor, refused
from tests.api.waiting import within
from tests.factors.codes import code_of
from tests.proves import proves
from tests.servers import PostgresForTests

SOON_S = 20.0
PHONE = "+442079460000"
PROFILE: dict[str, Any] = {
    "name": "Ada L.",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "about": "Counts",
    "phone": PHONE,
    "avatar": "portrait-1",
    "locale": "de-CH",
    "time_zone": "Europe/Zurich",
}


@pytest.fixture(scope="module")
def house(postgres: PostgresForTests) -> Generator[Served]:
    """An API, an engine and a worker on one database."""
    with postgres.database() as database, serving(database, engine=True, worker=True, **RATES) as served:
        yield served[0]


@pytest.fixture
def ada(house: Served) -> Generator[Visitor]:
    """Somebody who has registered and is in."""
    with Visitor(house) as visitor:
        assert visitor.register(username="ada").status_code == 200
        assert visitor.log_in().status_code == 200
        yield visitor


def outbox(house: Served) -> Path:
    return house.output.parent / "outbox"


def done(answer: Any) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def me(visitor: Visitor, position: int = 0) -> dict[str, Any]:
    answer = visitor.get("/api/me", params={"min_position": position})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def letters(house: Served, to: str, about: str) -> list[EmailMessage]:
    """The letters to somebody that hold these words in their subject."""
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in outbox(house).glob("*.eml")]
    return [one for one in found if to in str(one["To"]) and about in str(one["Subject"])]


def codes(house: Served) -> list[str]:
    """The codes that were texted, the last one last."""
    files = sorted((outbox(house) / "texts").glob("*.txt"), key=lambda file: file.stat().st_mtime_ns)
    told = [file.read_text() for file in files]
    assert all(f"To: {PHONE}" in text for text in told)
    return [found for text in told for found in re.findall(r"^(\d{6}) is your code", text, re.MULTILINE)]


@proves("user.profile")
def test_one_is_told_who_one_is_and_never_a_secret(house: Served, ada: Visitor) -> None:
    with Client(house, ada.tenant, subject="head") as head:
        granted = head.command(f"/api/people/{ada.person}/roles/grant", {"role": "staff", "scope": "course:art"})
        position = done(granted)
    answer = ada.get("/api/me", params={"min_position": position})
    told = answer.json()
    assert (told["tenant"], told["person"]["person"]) == (str(ada.tenant), ada.person)
    assert told["person"]["roles"] == [{"role": "staff", "scope": "course:art"}]
    assert (told["person"]["status"], told["person"]["username"]) == ("active", "ada")
    assert told["two_factor"] == "off"
    assert "identity.own" in told["permissions"]
    assert "enrollments.enroll" in told["within"]["course:art"]
    enforced = ada.get("/api/me/permissions").json()["permissions"]
    assert {row["permission"] for row in enforced if row["scope"] is None} == set(told["permissions"])
    for secret in (PASSWORD, "argon2", "credential", "password", "hash", "secret"):
        assert secret not in answer.text


@proves("user.profile")
def test_one_is_told_whether_a_second_step_is_asked(ada: Visitor) -> None:
    setup = ada.enter("/api/security/2fa/setup", {"account": "ada@school.example"}).json()
    told = ada.get("/api/me", params={"min_position": setup["position"]})
    assert told.json()["two_factor"] == "proposed"
    assert setup["secret"] not in told.text
    enabled = ada.enter("/api/security/2fa/enable", {"code": code_of(setup["secret"])})
    assert enabled.status_code == 200, enabled.text
    assert me(ada, enabled.json()["position"])["two_factor"] == "on"


@proves("user.profile")
def test_what_one_says_of_oneself_is_kept_and_shown(house: Served, ada: Visitor) -> None:
    position = done(ada.command("/api/me/profile", PROFILE))
    found = me(ada, position)["person"]
    assert {name: found[name] for name in PROFILE} == PROFILE
    again = ada.command("/api/me/profile", PROFILE).json()
    assert again["version"] == found["version"]
    with Client(house, ada.tenant, subject="auditor") as auditor:
        told = auditor.get("/api/facts", params={"type": "identity.ProfileRevised"})
    assert [fact["stream"] for fact in told.json()["facts"]] == [f"person:{ada.person}"]
    assert PHONE not in told.text
    assert "Lovelace" not in told.text


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "020 7946 0000", "phone.malformed"),
        ("phone", "+44 2079460000", "phone.malformed"),
        ("phone", "+999123456789", "phone.malformed"),
        ("time_zone", "Moon/Tranquility", "time_zone.malformed"),
        ("time_zone", "../../etc/passwd", "time_zone.malformed"),
        ("locale", "de_CH!", "request.invalid"),
        ("name", "", "request.invalid"),
        ("roles", ["tenant_admin"], "request.invalid"),
    ],
)
@proves("user.profile")
def test_what_nobody_can_be_is_refused(ada: Visitor, field: str, value: Any, code: str) -> None:
    refused(ada.command("/api/me/profile", {**PROFILE, field: value}), 400, code)


@proves("user.profile")
def test_a_phone_is_confirmed_by_the_code_that_was_texted_to_it(house: Served, ada: Visitor) -> None:
    refused(ada.command("/api/me/phone/send-code"), 409, "phone.none")
    refused(ada.command("/api/me/phone/confirm", {"code": "123456"}), 409, "code.refused")
    done(ada.command("/api/me/profile", PROFILE))
    before = len(codes(house))
    done(ada.command("/api/me/phone/send-code"))
    refused(ada.command("/api/me/phone/send-code"), 429, "code.too_soon")
    within(SOON_S, lambda: len(codes(house)) == before + 1)
    code = codes(house)[-1]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refused(ada.command("/api/me/phone/confirm", {"code": wrong}), 409, "code.refused")
    assert not me(ada)["person"]["phone_confirmed"]
    assert me(ada, done(ada.command("/api/me/phone/confirm", {"code": code})))["person"]["phone_confirmed"]
    refused(ada.command("/api/me/phone/confirm", {"code": code}), 409, "code.refused")
    with Client(house, ada.tenant, subject="auditor") as auditor:
        told = auditor.get("/api/facts", params={"limit": 200}).text
    assert code not in told
    moved = done(ada.command("/api/me/profile", {**PROFILE, "phone": "+442079460001"}))
    assert not me(ada, moved)["person"]["phone_confirmed"]


@proves("user.preferences")
def test_preferences_are_kept_and_echoed_and_unknown_ones_refused(house: Served, ada: Visitor) -> None:
    wanted = {
        "locale": "en-GB",
        "time_zone": "Europe/London",
        "theme": "dark",
        "privacy": ["hide_last_seen", "no_messages"],
        "access_needs": ["captions", "screen_reader"],
    }
    found = me(ada, done(ada.command("/api/me/preferences", wanted)))["person"]
    assert {name: found[name] for name in wanted} == wanted
    with Client(house, ada.tenant, subject="auditor") as auditor:
        assert "screen_reader" not in auditor.get("/api/facts", params={"limit": 200}).text
    for unknown in (
        {"font": "Comic Sans"},
        {"theme": "plaid"},
        {"privacy": ["hide_everything"]},
        {"access_needs": ["telepathy"]},
        {"access_needs": "captions"},
        {"time_zone": 7},
    ):
        refused(ada.command("/api/me/preferences", {**wanted, **unknown}), 400, "request.invalid")
    assert me(ada)["person"]["theme"] == "dark"
    cleared = me(ada, done(ada.command("/api/me/preferences", {})))["person"]
    assert (cleared["locale"], cleared["theme"], cleared["access_needs"]) == (None, None, [])


@proves("user.preferences")
def test_letters_are_in_the_language_and_the_time_zone_that_were_chosen(house: Served) -> None:
    with Visitor(house) as kim:
        address = f"kim-{uuid4()}@school.example"
        assert kim.register(address).status_code == 200
        assert kim.log_in(address).status_code == 200
        position = done(kim.command("/api/me/preferences", {"locale": "de-CH", "time_zone": "Asia/Tokyo"}))
        assert me(kim, position)["person"]["locale"] == "de-CH"
        body = {"current": PASSWORD, "password": ANOTHER}
        assert kim.post("/api/password/change", json=body).status_code == 200
        within(SOON_S, lambda: bool(letters(house, address, "Passwort")))
        (letter,) = letters(house, address, "Passwort")
        text = letter.get_body(("plain",))
        assert text is not None
        assert re.search(r"(MEZ|GMT|UTC)?\+09:00|\+9", text.get_content()), text.get_content()


@proves("user.crud", "user.account_status")
def test_who_is_invited_takes_the_account_by_the_link_in_a_letter(house: Served) -> None:
    address = f"ben-{uuid4()}@school.example"
    with Visitor(house) as ben, Client(house, ben.tenant, subject="head") as head:
        person = head.command("/api/people", {"address": address, "name": "Ben"}).json()["stream"].partition(":")[2]
        refused(ben.log_in(address), 401, "login.refused")
        within(SOON_S, lambda: bool(letters(house, address, "invited")))
        text = letters(house, address, "invited")[0].get_body(("plain",))
        assert text is not None
        found = re.search(r"accept-invitation#(\S+)", text.get_content())
        assert found is not None, text.get_content()
        accept = {"token": found[1].rstrip(">)."), "password": PASSWORD}
        refused(ben.enter("/api/invitations/accept", {**accept, "password": "short"}), 422, "password.refused")
        refused(ben.enter("/api/invitations/accept", {**accept, "token": "forged"}), 409, "link.refused")
        answer = ben.enter("/api/invitations/accept", accept, key="once")
        assert answer.status_code == 200, answer.text
        assert ben.enter("/api/invitations/accept", accept, key="once").json() == answer.json()
        refused(ben.enter("/api/invitations/accept", {**accept, "password": ANOTHER}), 409, "link.refused")
        assert ben.log_in(address).status_code == 200
        found_me = me(ben, answer.json()["position"])["person"]
        assert (found_me["person"], found_me["status"], found_me["verified"]) == (person, "active", True)
        refused(ben.command("/api/me/phone/send-code"), 409, "phone.none")


def test_a_token_that_is_nobodys_has_no_self(house: Served) -> None:
    with Client(house, uuid4()) as machine:
        refused(machine.get("/api/me"), 403, "person.needed")
        refused(machine.command("/api/me/preferences", {"theme": "dark"}), 403, "person.needed")
