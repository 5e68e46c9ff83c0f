"""From the letter to the account: an address is verified, a password set, and everyone told."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from application.ledger import PLATFORM
from tests.api.serving import Client, Served, free_port, serving
from tests.api.visiting import ANOTHER, PASSWORD, RATES, Visitor, refused
from tests.mailbox import Mailbox
from tests.proves import proves
from tests.servers import PostgresForTests

WAIT_S_MAX = 30.0


@dataclass(frozen=True)
class Town:
    """An API, an engine and a worker, and a mail server."""

    served: Served
    mailbox: Mailbox

    def letters(self, address: str, count: int, about: str = "") -> list[EmailMessage]:
        """The letters to an address, once there are so many that are about this."""
        end = time.monotonic() + WAIT_S_MAX
        while True:
            found = [mail for mail in self.mailbox.mails_to(address) if about in str(mail["Subject"])]
            if len(found) >= count:
                return found
            assert time.monotonic() < end, [str(mail["Subject"]) for mail in self.mailbox.mails]
            time.sleep(0.05)


def link_in(letter: EmailMessage) -> tuple[str, str]:
    """Where a letter leads to, and the token it gives."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"(https?://\S+?)#(\S+)", body.get_content())
    assert found is not None, body.get_content()
    return found[1], found[2]


def once_refused(ask: Callable[[int], httpx.Response]) -> httpx.Response:
    """The first answer that is a refusal: what was adjusted is heard of soon."""
    end = time.monotonic() + WAIT_S_MAX
    for number in itertools.count():
        answer = ask(number)
        if answer.status_code != 200:
            return answer
        assert time.monotonic() < end, "it is still answered"
    raise AssertionError


@pytest.fixture(scope="module")
def town(postgres: PostgresForTests) -> Generator[Town]:
    mailbox = Mailbox(free_port())
    with (
        mailbox.open(),
        postgres.database() as database,
        serving(
            database, engine=True, worker=True, **RATES, **mailbox.settings, ANNALS_PUBLIC_URL="https://school.example"
        ) as served,
    ):
        yield Town(served[0], mailbox)


@pytest.fixture
def ada(town: Town, request: pytest.FixtureRequest) -> Generator[Visitor]:
    """Somebody new, who has an address of her own."""
    with Visitor(town.served) as visitor:
        visitor.called = f"{request.node.name.replace('_', '-')[5:60]}@school.example"
        assert visitor.register(visitor.called).status_code == 200
        yield visitor


@proves("auth.email_verification", "auth.login", "auth.refresh_validate", "auth.logout_revoke")
def test_from_registering_to_logging_out(town: Town, ada: Visitor) -> None:
    (letter,) = town.letters(ada.called, 1)
    page, token = link_in(letter)
    assert page == "https://school.example/verify-address"
    verified = ada.enter("/api/verify-address", {"token": token})
    assert verified.status_code == 200, verified.text
    refused(ada.enter("/api/verify-address", {"token": token}), 409, "link.refused")
    assert ada.log_in(ada.called).status_code == 200
    refused(ada.enter("/api/verify-address/resend"), 409, "address.verified")
    assert ada.refresh().status_code == 200
    assert ada.enter("/api/logout").status_code == 200
    refused(ada.get("/api/me/sessions"), 401, "token.refused")


@proves("auth.email_verification")
def test_a_link_is_sent_again_but_not_at_once_and_no_link_is_kept(town: Town, ada: Visitor) -> None:
    _, token = link_in(town.letters(ada.called, 1)[0])
    assert ada.log_in(ada.called).status_code == 200
    soon = ada.enter("/api/verify-address/resend")
    refused(soon, 429, "link.too_soon")
    assert int(soon.headers["Retry-After"]) > 0
    with psycopg.connect(town.served.database.url) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not like 'pg\\_%'"
            " and schemaname <> 'information_schema'"
        ).fetchall()
        for (table,) in tables:
            found = connection.execute(
                f"select count(*) from {table} t where t::text like %s".encode(),  # noqa: S608 — our own tables
                (f"%{token[-30:]}%",),
            ).fetchone()
            assert found == (0,), table


@proves("auth.email_verification", "auth.password_reset")
def test_a_link_of_anothers_making_is_refused(town: Town, ada: Visitor) -> None:
    _, token = link_in(town.letters(ada.called, 1)[0])
    for said in ("", "x", "é", "a.b", f"{token}x", f"x{token}", token[:-1]):
        for path, more in (("/api/verify-address", {}), ("/api/password/reset", {"password": ANOTHER})):
            answer = ada.enter(path, {"token": said, **more})
            refused(answer, 409 if said else 400, "link.refused" if said else "request.invalid")
    refused(ada.enter("/api/password/reset", {"token": token, "password": ANOTHER}), 409, "link.refused")
    with Visitor(town.served) as elsewhere:
        refused(elsewhere.enter("/api/verify-address", {"token": token}), 409, "link.refused")


@proves("auth.password_reset")
def test_whoever_asks_is_answered_alike_and_only_who_is_there_gets_a_letter(town: Town, ada: Visitor) -> None:
    answers = [
        ada.post("/api/password/forgot", json={"name": name}, headers={"X-Request-Id": "the-same"})
        for name in (ada.called, "nobody@school.example", "nobody", ada.called)
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    reset = [mail for mail in town.letters(ada.called, 2) if "password" in str(mail["Subject"]).lower()]
    assert len(reset) == 1
    assert town.mailbox.mails_to("nobody@school.example") == []


@proves("auth.password_reset")
def test_a_forgotten_password_is_set_anew_and_everyone_is_out(town: Town, ada: Visitor) -> None:
    assert ada.log_in(ada.called).status_code == 200
    assert ada.enter("/api/password/forgot", {"name": ada.called.upper()}).status_code == 202
    (letter,) = [mail for mail in town.letters(ada.called, 2) if "password" in str(mail["Subject"]).lower()]
    page, token = link_in(letter)
    assert page == "https://school.example/reset-password"
    short = ada.enter("/api/password/reset", {"token": token, "password": "short"})
    refused(short, 422, "password.refused")
    assert "length" in short.json()["detail"]
    refused(ada.enter("/api/password/reset", {"token": token, "password": PASSWORD}), 422, "password.refused")
    done = ada.enter("/api/password/reset", {"token": token, "password": ANOTHER})
    assert done.status_code == 200, done.text
    refused(ada.enter("/api/password/reset", {"token": token, "password": f"{ANOTHER}!"}), 409, "link.refused")
    refused(ada.get("/api/me/sessions"), 401, "token.refused")
    refused(ada.refresh(), 401, "refresh.refused")
    refused(ada.log_in(ada.called), 401, "login.refused")
    assert ada.log_in(ada.called, ANOTHER).status_code == 200
    assert any("changed" in str(mail["Subject"]).lower() for mail in town.letters(ada.called, 3))


@proves("auth.email_verification")
def test_who_has_not_verified_their_address_waits_with_what_the_tenant_says(town: Town, ada: Visitor) -> None:
    _, token = link_in(town.letters(ada.called, 1)[0])
    assert ada.log_in(ada.called).status_code == 200
    with Client(town.served, ada.tenant, subject="operator") as operator:
        operator.command(f"/api/people/{ada.person}/roles/grant", {"role": "instructor", "scope": None})
        body = {"course": "art", "learner": "ben", "lessons": ["one"]}
        assert ada.command("/api/enrollments", body).status_code == 200
        adjusted = operator.command("/api/settings", {"settings": {"verified_only": "enrollments.enroll"}})
        assert adjusted.status_code == 200, adjusted.text
    answer = once_refused(lambda number: ada.command("/api/enrollments", {**body, "learner": f"learner-{number}"}))
    refused(answer, 403, "address.unverified")
    assert ada.get("/api/courses/art/roster").status_code == 200
    assert ada.enter("/api/verify-address", {"token": token}).status_code == 200
    assert ada.command("/api/enrollments", {**body, "learner": "cy"}).status_code == 200


@proves("auth.bruteforce_guard")
def test_an_account_that_is_locked_is_written_about_once(town: Town, ada: Visitor) -> None:
    answers = [ada.log_in(ada.called, f"wrong {number}") for number in range(8)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    told = [mail for mail in town.letters(ada.called, 2) if "lock" in str(mail["Subject"]).lower()]
    assert len(told) == 1


@proves("auth.session_mgmt")
def test_a_new_device_is_written_about(town: Town, ada: Visitor) -> None:
    assert ada.log_in(ada.called).status_code == 200
    assert ada.log_in(ada.called).status_code == 200
    with Visitor(town.served, ada.tenant, agent="never seen") as other:
        assert other.log_in(ada.called).status_code == 200
    assert len([mail for mail in town.letters(ada.called, 2) if "device" in str(mail["Subject"])]) == 1


def test_a_suspended_school_takes_nobody_in(town: Town) -> None:
    with Client(town.served, PLATFORM, subject="operator") as platform:
        provisioned = platform.command("/api/tenants", {"name": "School", "hostnames": [f"{uuid4()}.example"]})
        assert provisioned.status_code == 200, provisioned.text
        tenant = UUID(provisioned.json()["stream"].partition(":")[2])
        with Visitor(town.served, tenant) as visitor:
            assert visitor.register().status_code == 200
            suspended = platform.command(f"/api/tenants/{tenant}/suspend", {"reason": "unpaid"})
            assert suspended.status_code == 200, suspended.text
            answer = once_refused(lambda number: visitor.register(f"learner-{number}@school.example"))
            refused(answer, 403, "tenant.suspended")
            assert visitor.log_in().status_code == 200
            refused(visitor.enter("/api/logout-everywhere"), 403, "tenant.suspended")


def test_a_password_is_held_to_the_rules_of_the_tenant(town: Town) -> None:
    with Visitor(town.served) as visitor, Client(town.served, visitor.tenant, subject="operator") as operator:
        plain = visitor.register("ada@school.example", password="adalovelace-school")  # noqa: S106
        refused(plain, 422, "password.refused")
        assert "about_person" in plain.json()["detail"]
        policy = {"length": 20, "classes": 3, "history": 2, "expires_after_days": None}
        adopted = operator.command("/api/password-policy", policy)
        assert adopted.status_code == 200, adopted.text
        answer = once_refused(
            lambda number: visitor.register(f"learner-{number}@school.example", password="nine lanterns over")  # noqa: S106
        )
        refused(answer, 422, "password.refused")
        assert {"length", "classes"} <= set(re.findall(r"\w+", answer.json()["detail"]))
        good = ["Nine lanterns, 1 harbour", "Four herons, 2 boats!!", "Two kettles, 8 storms!!"]
        assert visitor.register(password=good[0]).status_code == 200
        assert visitor.log_in(password=good[0]).status_code == 200
        for now, then in ((0, 1), (1, 2)):
            body = {"current": good[now], "password": good[then]}
            assert visitor.enter("/api/password/change", body).status_code == 200
        back = visitor.enter("/api/password/change", {"current": good[2], "password": good[1]})
        refused(back, 422, "password.refused")
        assert "history" in back.json()["detail"]
        assert visitor.enter("/api/password/change", {"current": good[2], "password": good[0]}).status_code == 200
