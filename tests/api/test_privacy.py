"""What people ask of us about themselves, over HTTP: their data in an archive, and to be forgotten."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import httpx
import msgspec
import psycopg
import pytest

from application.erasing import PHRASE
from application.ledger import TenantId
from application.sealing import ERASED
from domain.subscriptions.events import SubscriptionStarted
from domain.subscriptions.subscription import SUBSCRIPTION
from tests.api.people import Person, appoint, done
from tests.api.serving import Client, Served, serving
from tests.api.test_learning import soon
from tests.api.visiting import PASSWORD, RATES, Visitor, refused
from tests.files.test_clamd import as_clamd, listening
from tests.followers.running import writing
from tests.privacy.told import Telling, marked, tell
from tests.proves import proves
from tests.servers import PostgresForTests

SECRET = b"%PDF-1.7\nwhat I never told anybody"


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with (
        listening(as_clamd) as scanner,
        postgres.database() as database,
        serving(database, engine=True, worker=True, SCANNER=scanner, ANNALS_VAULT_REMEMBER_S="0.3", **RATES) as one,
    ):
        yield one[0]


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@contextmanager
def somebody(served: Served, tenant: UUID, called: str) -> Generator[Visitor]:
    """Somebody of a tenant, who is in."""
    with Visitor(served, tenant, agent=f"the browser of {called}") as visitor:
        address = f"{called}@school.example"
        body = {"address": address, "name": f"{called} the First", "password": PASSWORD}
        assert visitor.enter("/api/register", body).status_code == 200
        assert visitor.log_in(address).status_code == 200
        yield visitor


def upload(by: Visitor, content: bytes, name: str) -> str:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/octet-stream"}
    path = f"/api/people/{by.person}/files"
    answer = by.post(path, params={"name": name}, content=content, headers=headers)
    file = str(answer.json()["stream"].partition(":")[2])
    soon(lambda: by.get(f"{path}/{file}").json().get("file", {}).get("status"), "clean")
    return file


def asked(by: Visitor) -> str:
    """The id of an export that was asked for, once it is made."""
    answer = by.command(f"/api/people/{by.person}/exports")
    assert answer.status_code == 200, answer.text
    export = str(answer.json()["stream"].partition(":")[2])
    soon(lambda: outcome(by, export), "made")
    return export


def outcome(by: Visitor, request: str) -> str | None:
    rows = by.get(f"/api/people/{by.person}/privacy-requests").json()["rows"]
    return next((row["outcome"] for row in rows if row["request"] == request), None)


def erasure(by: httpx.Client, person: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = by.get(f"/api/people/{person}/privacy-requests").json()["rows"]
    nothing: dict[str, Any] = {}
    return next((row for row in rows if row["kind"] == "erasure"), nothing)


def wait_for_holds(by: httpx.Client, person: str, count: int) -> list[dict[str, Any]]:
    soon(lambda: len(by.get(f"/api/people/{person}/holds").json()["holds"]), count)
    found: list[dict[str, Any]] = by.get(f"/api/people/{person}/holds").json()["holds"]
    return found


def came_from(served: Served, person: str) -> set[str]:
    """The browsers that the commands of somebody are known to have come from."""
    with psycopg.connect(served.database.url) as connection:
        found = connection.execute(
            "select distinct origin ->> 'agent' from ledger.commands where by = %s and origin is not null", (person,)
        ).fetchall()
    return {agent for (agent,) in found}


def link(by: Visitor, export: str) -> httpx.Response:
    return by.get(f"/api/people/{by.person}/exports/{export}/link")


@proves("privacy.export")
def test_all_that_is_kept_of_oneself_is_fetched_by_a_link_that_was_signed(served: Served, tenant: UUID) -> None:
    with somebody(served, tenant, "ada") as ada, somebody(served, tenant, "bob") as bob:
        file = upload(ada, SECRET, "diary.pdf")
        upload(bob, b"%PDF-1.7\nwhat Bob wrote", "bobs.pdf")
        export = asked(ada)
        refused(link(bob, export), 404, "export.not_found")
        refused(bob.get(f"/api/people/{ada.person}/exports/{export}/link"), 403, "permission.missing")
        refused(bob.command(f"/api/people/{ada.person}/exports"), 403, "permission.missing")
        signed = link(ada, export).json()
        with httpx.Client(base_url=served.url) as anybody:
            fetched = anybody.get(signed["path"])
            assert (fetched.status_code, fetched.headers["content-type"]) == (200, "application/zip")
            forged = signed["path"].replace("ticket=", "ticket=x")
            refused(anybody.get(forged), 403, "download.refused")
        with ZipFile(io.BytesIO(fetched.content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        manifest = msgspec.json.decode(inside["manifest.json"])
        assert manifest["person"] == ada.person
        assert inside[f"files/files/{file} diary.pdf"] == SECRET
        everything = b"\n".join(inside.values())
        for text in ("ada@school.example", "ada the First", "the browser of ada", "diary.pdf"):
            assert text.encode() in everything
        for text in ("bob@school.example", "bob the First", "the browser of bob", "bobs.pdf", bob.person, "what Bob"):
            assert text.encode() not in everything
        (kept,) = (path for path in (served.output.parent / "files" / str(tenant) / "exports").iterdir())
        assert kept.read_bytes()[:2] != b"PK", "it is sealed where it is kept"
        row = ada.get(f"/api/people/{ada.person}/privacy-requests").json()["rows"][0]
        assert (row["kind"], row["by"], row["facts"]) == ("export", ada.person, sum(manifest["facts"].values()))
    with Client(served, tenant, subject="auditor") as auditor:
        assert [row["request"] for row in auditor.get("/api/privacy-requests").json()["rows"]] == [export]


def erase(by: Visitor, **body: str) -> httpx.Response:
    return by.enter("/api/me/erase", body)


CONFIRMED = {"confirmation": PHRASE, "password": PASSWORD}


@proves("privacy.delete_all", "privacy.audit_log", "privacy.crypto_shred")
def test_who_asks_to_be_forgotten_is_and_others_are_not(served: Served, tenant: UUID) -> None:
    with (
        somebody(served, tenant, "eve") as eve,
        somebody(served, tenant, "bob") as bob,
        Client(served, tenant, subject="operator") as operator,
    ):
        upload(eve, SECRET, "diary.pdf")
        kept = upload(bob, SECRET, "bobs.pdf")
        export = asked(eve)
        fetching = link(eve, export).json()["path"]
        refused(erase(eve), 400, "erasure.not_confirmed")
        refused(erase(eve, confirmation="yes", password=PASSWORD), 400, "erasure.not_confirmed")
        refused(erase(eve, confirmation=PHRASE, password="not mine"), 403, "password.wrong")  # noqa: S106 — it is wrong
        eve.refresh()
        refused(erase(eve, confirmation=PHRASE), 400, "erasure.not_authenticated")
        placed = operator.command(f"/api/people/{eve.person}/holds/place", {"reason": "eve owes the library a book"})
        (hold,) = wait_for_holds(operator, eve.person, 1)
        refused(erase(eve, **CONFIRMED), 409, "erasure.held")
        refused(operator.command(f"/api/people/{eve.person}/files/erase"), 409, "erasure.held")
        refused(eve.command(f"/api/people/{eve.person}/holds/{hold['hold']}/lift"), 403, "permission.missing")
        assert (placed.status_code, hold["reason"]) == (200, "eve owes the library a book")
        assert operator.command(f"/api/people/{eve.person}/holds/{hold['hold']}/lift").status_code == 200
        told = erase(eve, **CONFIRMED)
        assert told.status_code == 200, told.text
        refused(eve.command(f"/api/people/{eve.person}/exports"), 401, "token.refused")
        soon(lambda: erasure(operator, eve.person).get("outcome"), "erased")
        refused(eve.log_in("eve@school.example"), 401, "login.refused")
        with httpx.Client(base_url=served.url) as anybody:
            refused(anybody.get(fetching), 409, "export.not_there")
        done = erasure(operator, eve.person)
        assert (done["by"], done["waits_for"]) == (eve.person, [])
        mine = operator.get(f"/api/people/{eve.person}/privacy-requests").json()["rows"]
        assert {row["kind"]: row["outcome"] for row in mine} == {"export": "erased", "erasure": "erased"}
        assert operator.get(f"/api/people/{eve.person}").status_code == 404
        asked_for = {"type": "identity.PersonRegistered", "open": "true"}
        lines = operator.get("/api/replay", params=asked_for).text.splitlines()
        names = [json.loads(line)["data"]["name"] for line in lines]
        assert sorted(names) == [ERASED, "bob the First"]
        assert bob.get("/api/me").json()["person"]["name"] == "bob the First"
        assert bob.get(f"/api/people/{bob.person}/files/{kept}/content").content == SECRET
        assert came_from(served, bob.person) == {"the browser of bob"}
        assert came_from(served, eve.person) == set()
        stored = [path.read_bytes() for path in (served.output.parent / "files" / str(tenant)).rglob("*.*")]
        assert stored.count(SECRET) <= 1


@proves("privacy.consent")
def test_consent_is_given_and_withdrawn_by_oneself_or_a_guardian_and_its_history_is_kept(
    served: Served, tenant: UUID
) -> None:
    with Person(served, tenant) as child, Person(served, tenant) as guardian, Person(served, tenant) as stranger:
        appoint(served, guardian, "guardian", f"person:{child.id}")
        path = f"/api/people/{child.id}/consents"
        refused(stranger.command(f"{path}/recording/give", {"terms": "v1"}), 403, "permission.missing")
        refused(child.command(f"{path}/anything/give", {"terms": "v1"}), 400, "request.invalid")
        at = done(guardian.command(f"{path}/guardianship/give", {"terms": "v1"}))
        assert done(child.command(f"{path}/recording/give", {"terms": "v1"})) > at
        at = done(guardian.command(f"{path}/recording/withdraw"))
        rows = child.get(path, params={"min_position": at}).json()["consents"]
        assert {row["purpose"]: row["given"] for row in rows} == {"guardianship": True, "recording": False}
        told = guardian.get(f"{path}/history").json()["rows"]
        assert [(row["purpose"], row["given"], row["by"]) for row in told] == [
            ("recording", False, guardian.id),
            ("recording", True, child.id),
            ("guardianship", True, guardian.id),
        ]


def test_who_is_still_charged_ends_that_first(served: Served, tenant: UUID) -> None:
    with somebody(served, tenant, "dot") as dot:
        asyncio.run(subscribe(served, tenant, dot.person))
        soon(lambda: [row["status"] for row in dot.get("/api/subscriptions").json()["rows"]], ["trial"])
        refused(erase(dot, **CONFIRMED), 409, "erasure.subscribed")


async def subscribe(served: Served, tenant: UUID, person: str) -> None:
    told = Telling(SUBSCRIPTION.at("one"), marked(SubscriptionStarted, person, "x"))
    async with writing(served.database) as do:
        await tell(do, TenantId(tenant), person, [told])
