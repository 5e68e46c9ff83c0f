"""What did somebody agree to, when, and what did they take back?"""

from __future__ import annotations

from domain.kernel import PersonId
from domain.privacy.consent import CONSENT, Command, Give, Withdraw
from projections.privacy.consents import MODEL, consent_history, consents_of
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.proves import proves
from tests.servers import Database

ADA = PersonId("ada")


@proves("privacy.consent")
async def test_what_holds_and_all_that_ever_did(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        said: tuple[Command, ...] = (
            Give(ADA, "recording", "v1"),
            Give(ADA, "marketing", "v1"),
            Give(ADA, "recording", "v2"),
            Withdraw(ADA, "marketing"),
        )
        at = 0
        for command in said:
            at = (await do(CONSENT.at(ADA), command, caller())).position
        holding, _ = await consents_of(ask, TENANT, ADA, min_position=at)
        assert [(row.purpose, row.given, row.terms) for row in holding] == [
            ("marketing", False, None),
            ("recording", True, "v2"),
        ]
        first = await consent_history(ask, TENANT, ADA, limit=3, min_position=at)
        second = await consent_history(ask, TENANT, ADA, limit=3, cursor=first.cursor)
        assert [(row.purpose, row.given, row.holds) for row in (*first.rows, *second.rows)] == [
            ("marketing", False, True),
            ("recording", True, True),
            ("marketing", True, False),
            ("recording", True, False),
        ]
        assert {row.by for row in first.rows} == {"ada"}
        assert (await consents_of(ask, OTHER, ADA))[0] == ()
