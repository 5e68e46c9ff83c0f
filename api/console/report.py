"""Compile a report again from the trail."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

from api.cli import say
from api.settings import Settings, load

NAME = "report"
HELP = "compile a report again from the trail, and say whether it is the same to the byte"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", help="its id, as the receipt of its order has it: report:…")
    parser.add_argument("--tenant", type=UUID, required=True, help="whose report it is")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write the table, its seal and the paper here")


def run(args: argparse.Namespace) -> int:
    return _compiled_again(load(), args.tenant, args.report.removeprefix("report:"), args.to)


def _compiled_again(settings: Settings, tenant: UUID, report: str, folder: Path | None) -> int:
    from psycopg_pool import ConnectionPool

    from adapters.postgres.trail.reporting import PostgresTrails
    from adapters.signed_notes import NoteSeals
    from adapters.typst import TypstReports
    from api.proving import proof_keys
    from api.schools import Schools
    from api.worker import signer
    from application.ledger import TenantId
    from application.reporting import compiled
    from application.reports import kinds

    owner = TenantId(tenant)
    press = TypstReports(signer(settings))
    with (
        ConnectionPool[Any](settings.dsn("app"), min_size=1, max_size=2, kwargs={"autocommit": True}) as pool,
        Schools(settings.dsn("app"), settings.logs) as schools,
    ):
        with pool.connection() as connection:
            found = connection.execute("select page from audit_reports.one(%s, %s)", (tenant, report)).fetchone()
        if found is None or not found[0] or found[0][0]["entries"] is None:
            say("there is no such report, or it is not compiled yet")
            return 1
        (told,) = found[0]
        since, until = _moment(told["since"]), _moment(told["until"])
        entries = PostgresTrails(pool).entries(owner, since, until, told["entries"])
        made = compiled(kinds()[told["kind"]], since, until, told["entries"], schools.name(owner), entries, press)
    same = {
        "table": hashlib.sha256(made.table).hexdigest() == told["table"],
        "paper": hashlib.sha256(made.paper).hexdigest() == told["paper"],
    }
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        seals = NoteSeals(settings.proof_name, proof_keys(settings)[0])
        (folder / f"{report}.csv").write_bytes(made.table)
        (folder / f"{report}.seal").write_bytes(seals.seal(owner, report, made.rows, made.table))
        (folder / f"{report}.pdf").write_bytes(made.paper)
    for part, is_same in same.items():
        say(f"its {part} is {'the same, to the byte' if is_same else 'not what was compiled'}")
    return 0 if all(same.values()) else 1


def _moment(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)
