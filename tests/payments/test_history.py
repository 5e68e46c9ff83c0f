"""Who paid what, and what became of it?"""

from __future__ import annotations

from typing import Any

from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import rebuild, verify
from application.settling import settling
from domain.kernel import PaymentId, PersonId
from domain.payments.payment import AskRefund, Command, Initiate, Tell, TellDispute, TellRefund, Void
from projections.payments import history
from projections.payments.history import Wanted, payment_row, payments_by_time, payments_of, sums_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.payments.test_payment import ADA, DUE, ONE, PART, PRICE, STARS
from tests.proves import proves
from tests.servers import Database

STORY = (
    Initiate(ADA, STARS, PRICE, "sandbox", "token", DUE),
    Tell("r", "captured", PRICE),
    AskRefund(ONE, PART, "rain"),
    TellRefund(ONE, "f", "done"),
)


BEGUN = STORY[0]
AUTHORISED = Tell("r", "authorised", PRICE)
LAST: dict[str, tuple[Command, ...]] = {
    "initiated": (BEGUN,),
    "needs_action": (BEGUN, Tell("r", "needs_action", PRICE, action="https://bank.example")),
    "authorised": (BEGUN, AUTHORISED),
    "captured": STORY[:2],
    "failed": (BEGUN, Tell("r", "failed", PRICE, reason="card_declined")),
    "void": (BEGUN, AUTHORISED, Void("twice"), Tell("r", "void", PRICE)),
    "partly_refunded": STORY,
    "refunded": (*STORY[:2], AskRefund(ONE, None, "rain"), TellRefund(ONE, "f", "done")),
    "disputed": (*STORY[:2], TellDispute("d", "open", PRICE, "fraud")),
    "dispute_lost": (*STORY[:2], TellDispute("d", "open", PRICE), TellDispute("d", "lost", PRICE)),
}
"""How each payment stands after what was told of it last."""


@proves("pay.status")
async def test_each_stands_as_what_happened_to_it_last(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, asking(database) as ask, following(database, Projector(history.MODEL)):
        position = 0
        for name, story in LAST.items():
            for command in story:
                step = settling(PaymentId(name), command)
                position = (await do.across(step.streams, step.decide, step.command, caller())).position
        for name in LAST:
            row, _ = await payment_row(ask, TENANT, PaymentId(name), min_position=position)
            assert row is not None
            assert row.status == name
        assert {row.status for row in (await payments_of(ask, TENANT, ADA, Wanted())).rows} == set(LAST)


@proves("pay.history", "pay.status")
async def test_it_tells_of_each_payment_and_what_they_add_up_to(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    async with writing(database) as do, asking(database) as ask:
        position = 0
        async with following(database, Projector(history.MODEL)):
            for name, payer in (("one", ADA), ("two", ADA), ("three", PersonId("ben"))):
                for command in STORY:
                    told = Initiate(payer, STARS, PRICE, "sandbox", "token", DUE) if command is STORY[0] else command
                    step = settling(PaymentId(name), told)
                    position = (await do.across(step.streams, step.decide, step.command, caller())).position
            for state in ("open", "won"):
                step = settling(PaymentId("two"), TellDispute("d", state, PART))
                position = (await do.across(step.streams, step.decide, step.command, caller())).position
            row, _ = await payment_row(ask, TENANT, PaymentId("two"), min_position=position)
            assert row is not None
            assert (row.status, row.captured, row.refunded) == ("partly_refunded", 4900, 900)
            sums, _ = await sums_of(ask, TENANT, ADA, Wanted())
            assert [(one.currency, one.payments, one.captured, one.refunded) for one in sums] == [
                ("EUR", 2, 9800, 1800)
            ]
            page = await payments_of(ask, TENANT, ADA, Wanted(), limit=1)
            rest = await payments_of(ask, TENANT, ADA, Wanted(), limit=1, cursor=page.cursor)
            assert [one.payment for one in (*page.rows, *rest.rows)] == ["two", "one"]
            assert len((await payments_by_time(ask, TENANT, Wanted("partly_refunded"))).rows) == 3
            assert (await payments_by_time(ask, TENANT, Wanted("failed"))).rows == ()
        await rebuild(connect, history.MODEL)
        assert all(checked.equal for checked in await verify(connect, history.MODEL))
