"""Reports of the trail: what is in them, that they are signed, and that they follow from the trail to the byte."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

import annals_verify
from adapters.postgres.followers.projector import Projector
from api.cli import main as cli
from api.proving import public_keys
from api.settings import Settings
from application.checkpoints import SIGNS, Key
from application.reports import kinds
from application.trail import COLUMNS, TrailEntry, cells
from domain.audit.events import ReportCompiled, ReportOrdered
from domain.audit.report import REPORT, Compile, Order
from domain.kernel import Rejected
from projections.audit.reports import MODEL, one, reports
from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES, Visitor, refused
from tests.api.waiting import within
from tests.certificates.reading import signature_of, text_of
from tests.followers.running import OTHER, TENANT, asking, caller, following, make_models, writing
from tests.proofs.keeping import superuser
from tests.proves import proves
from tests.servers import Database, PostgresForTests

SINCE = datetime(2027, 6, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=30)


@pytest.fixture(scope="module")
def working(postgres: PostgresForTests) -> Generator[Served]:
    """An API, an engine and a worker."""
    with postgres.database() as database, serving(database, engine=True, worker=True, **RATES) as (served,):
        yield served


async def test_they_are_listed_newest_first_with_what_was_made_of_each(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(MODEL)), asking(database) as ask:
        for number in range(5):
            at = UNTIL + timedelta(hours=number)
            await do(REPORT.at(f"r{number}"), Order("access", SINCE, UNTIL, at), caller())
        receipt = await do(REPORT.at("r2"), Compile("a" * 64, "b" * 64, "c" * 64, 2**40, 7), caller())
        with pytest.raises(Rejected):
            await do(REPORT.at("r2"), Order("changes", SINCE, UNTIL, UNTIL), caller())
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await reports(ask, TENANT, cursor=cursor, limit=2, min_position=receipt.position)
            seen += [row.report for row in page.rows]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == ["r4", "r3", "r2", "r1", "r0"]
        found, _ = await one(ask, TENANT, "r2", min_position=receipt.position)
        assert found is not None
        assert (found.kind, found.since, found.until) == ("access", SINCE, UNTIL)
        assert (found.table, found.paper, found.signed) == ("a" * 64, "b" * 64, "c" * 64)
        assert (found.entries, found.rows, found.by) == (2**40, 7, "ada")
        assert (await one(ask, OTHER, "r2"))[0] is None
    assert set(MODEL.types) == {ReportOrdered, ReportCompiled}


def ordered(client: Client, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    """A report of each kind, as soon as it is compiled."""
    found: dict[str, dict[str, Any]] = {}
    for kind in kinds():
        body = {"kind": kind, "since": since.isoformat(), "until": until.isoformat()}
        answer = client.command("/api/audit/reports", body)
        assert answer.status_code == 200, answer.text
        found[kind] = {"report": answer.json()["stream"].removeprefix("report:")}

    def compiled() -> bool:
        for report in found.values():
            report.update(client.get(f"/api/audit/reports/{report['report']}").json())
        return all(report.get("compiled_at") is not None for report in found.values())

    within(40, compiled)
    return found


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def happens(client: Client, ada: Visitor) -> tuple[datetime, datetime]:
    """Something of each kind, and from when to before when it was."""
    since = datetime.now(UTC)
    ada.register()
    ada.log_in()
    ada.log_in(password="not it")  # noqa: S106 — it is not
    for number in range(4):
        client.enroll(learner=f"learner{number}")
    client.command(f"/api/people/{ada.person}/consents/marketing/give", {"terms": "2026-11"})
    client.command("/api/retention/notices/set", {"days": 400})
    client.get("/api/audit/trail", headers={"Accept": "text/csv"})
    client.command(f"/api/people/{ada.person}/remove", {"reason": "asked for it"})
    until = datetime.now(UTC)
    client.enroll(learner="later")
    within(20, lambda: len(client.get("/api/audit/trail", params={"kind": "read"}).json()["rows"]) > 0)
    return since, until


def is_signed(client: Client, report: dict[str, Any], paper: bytes) -> None:
    """Both the table and the paper."""
    path = f"/api/audit/reports/{report['report']}"
    seal = annals_verify.note_of(client.get(f"{path}/seal").text)
    name = f"annals/{client.tenant}/reports/{report['report']}"
    key = Key(name, SIGNS, public_keys(Settings())[0])
    assert seal.origin == name
    assert annals_verify.signed(seal, annals_verify.key_of(str(key))) is not None
    assert (seal.size, seal.root.hex()) == (report["rows"], report["table"])
    assert hashlib.sha256(paper).hexdigest() == report["signed"]
    assert signature_of(paper).intact
    assert report["table"] in text_of(paper)


@proves("audit.compliance_reports")
def test_each_kind_equals_the_trail_is_signed_and_is_compiled_again_to_the_byte(
    working: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Client(working, uuid4(), subject="operator") as client, Visitor(working, client.tenant) as ada:
        since, until = happens(client, ada)
        made = ordered(client, since, until)
        assert made.keys() >= {"access", "changes", "security", "consent", "retention", "exports", "erasures"}
        period = {"since": since.isoformat(), "until": until.isoformat()}
        lines = client.get("/api/audit/trail", params=period, headers={"Accept": "application/x-ndjson"})
        entries = msgspec.json.Decoder(TrailEntry).decode_lines(lines.content)
        trail = [dict(zip(COLUMNS, cells(entry), strict=True)) for entry in reversed(entries)]
        for row in trail:  # Where somebody came from may be taken out one day, so no report has it.
            del row["address"], row["agent"]
        tables: dict[str, list[dict[str, str]]] = {}
        for kind, report in made.items():
            table = client.get(f"/api/audit/reports/{report['report']}/table")
            assert hashlib.sha256(table.content).hexdigest() == report["table"]
            tables[kind] = rows_of(table.text)
            assert len(tables[kind]) == report["rows"]
            numbers = {row["number"] for row in tables[kind]}
            assert tables[kind] == [row for row in trail if row["number"] in numbers]
        assert tables["changes"] == [row for row in trail if row["facts"]]
        assert [row["action"] for row in tables["exports"]] == ["trail.whole"]
        assert [row["facts"] for row in tables["consent"]] == ["privacy.ConsentGiven"]
        # It falls due at once: still within the period, or after it.
        kept, *fell_due = [row["facts"] for row in tables["retention"]]
        assert kept == "privacy.RetentionSet"
        assert set(fell_due) <= {"privacy.RetentionFellDue"}
        assert {row["facts"].split()[0] for row in tables["erasures"]} == {"identity.PersonRemoved"}
        assert "trail.whole" in {row["action"] for row in tables["access"]}
        assert "identity.LoginFailed" in {fact for row in tables["security"] for fact in row["facts"].split()}

        report = made["changes"]
        paper = client.get(f"/api/audit/reports/{report['report']}/paper").content
        is_signed(client, report, paper)
        refused(client.get("/api/audit/reports/none"), 404, "report.not_found")
        body = {"kind": "access", "since": period["since"], "until": (until + timedelta(days=1)).isoformat()}
        refused(client.command("/api/audit/reports", body), 409, "report.period_not_over")
        refused(client.command("/api/audit/reports", {**body, "kind": "none"}), 400, "report.unknown")
        assert len(client.get("/api/audit/reports").json()["rows"]) == len(made)

    monkeypatch.setenv("DATABASE_URL", working.database.url)
    asked = ["report", f"report:{report['report']}", "--tenant", str(client.tenant), "--to", str(tmp_path)]
    assert cli(asked) == 0
    assert capsys.readouterr().err.count("the same, to the byte") == 2
    assert hashlib.sha256((tmp_path / f"{report['report']}.csv").read_bytes()).hexdigest() == report["table"]
    assert paper.startswith((tmp_path / f"{report['report']}.pdf").read_bytes())
    number = tables["changes"][2]["number"]
    superuser(
        working.database,
        f"update trail.entries set by = 'eve' where tenant = '{client.tenant}' and number = {number}",  # noqa: S608
    )
    assert cli(asked) == 1
    assert capsys.readouterr().err.count("not what was compiled") == 2
