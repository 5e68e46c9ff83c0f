"""Who asked for their data, or to be forgotten, and what came of it?"""

from __future__ import annotations

from domain.kernel import PersonId
from domain.privacy.export import EXPORT, Ask, Forget, TellMade
from domain.privacy.subject import (
    SUBJECT,
    AskErasure,
    LiftHold,
    PlaceHold,
    Settle,
    TellErased,
    TellKeyDestroyed,
)
from projections.privacy.requests import MODEL, export_of, holds_of, requests
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.proves import proves
from tests.servers import Database
from tests.values import TIMES

ADA, BEN = PersonId("ada"), PersonId("ben")
MADE = TellMade("exports/two", 10, "a" * 64, 3, TIMES[0])


@proves("privacy.audit_log")
async def test_exports_and_erasures_are_listed_with_who_asked_when_and_what_came_of_it(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        for export in ("one", "two", "three"):
            await do(EXPORT.at(export), Ask(ADA), caller())
        await do(EXPORT.at("two"), MADE, caller())
        await do(EXPORT.at("three"), Forget("erased"), caller())
        at = (await do(EXPORT.at("bens"), Ask(BEN), caller())).position
        first = await requests(ask, TENANT, person=ADA, limit=2, min_position=at)
        second = await requests(ask, TENANT, person=ADA, limit=2, cursor=first.cursor, min_position=at)
        assert [(row.request, row.outcome, row.by) for row in (*first.rows, *second.rows)] == [
            ("three", "erased", "ada"),
            ("two", "made", "ada"),
            ("one", "asked", "ada"),
        ]
        made = first.rows[1]
        assert (made.kind, made.bytes, made.facts, made.until) == ("export", 10, 3, TIMES[0])
        archive, _ = await export_of(ask, TENANT, "two", min_position=at)
        assert archive is not None
        assert archive.kept == "exports/two"
        assert (await export_of(ask, OTHER, "two"))[0] is None
        for command in (AskErasure(ADA, ("files", "identity")), TellKeyDestroyed(TIMES[0]), Settle()):
            at = (await do(SUBJECT.at(ADA), command, caller())).position
        at = (await do(SUBJECT.at(ADA), TellErased("files", 2), caller())).position
        (row,) = (
            row
            for row in (await requests(ask, TENANT, person=None, min_position=at)).rows
            if row.person == "ada" and row.kind == "erasure"
        )
        assert (row.outcome, row.waits_for) == ("erasing", ("identity",))
        at = (await do(SUBJECT.at(ADA), TellErased("identity", 0), caller())).position
        everyone = (await requests(ask, TENANT, person=None, min_position=at)).rows
        assert [(row.person, row.kind, row.outcome) for row in everyone] == [
            ("ada", "erasure", "erased"),
            ("ben", "export", "asked"),
            ("ada", "export", "erased"),
            ("ada", "export", "made"),
            ("ada", "export", "asked"),
        ]
        assert (await requests(ask, OTHER, person=None)).rows == ()


async def test_a_hold_is_shown_with_its_reason_until_it_is_lifted(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        at = (await do(SUBJECT.at(ADA), PlaceHold(ADA, "case-7", "a court wants it"), caller())).position
        (held,), _ = await holds_of(ask, TENANT, ADA, min_position=at)
        assert (held.hold, held.reason, held.by) == ("case-7", "a court wants it", "ada")
        at = (await do(SUBJECT.at(ADA), LiftHold("case-7"), caller())).position
        assert (await holds_of(ask, TENANT, ADA, min_position=at))[0] == ()
