"""What is wrong is a clear problem, over HTTP, and leaves no entry in the books of anybody."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from adapters.gateways.sandbox_notices import HEADER, Told
from adapters.gateways.signed import signed
from api.gateways import sandbox_secret
from api.settings import Settings
from application.ledger import TenantId
from tests.api.serving import Served
from tests.payments.paying import PRICE, School, refused, soon
from tests.proves import proves


def notice(school: School, event: str, payment: str, *, secret: str, skew_s: int = 0) -> httpx.Response:
    """A notice of nothing that there is, signed with this, so long before or after now."""
    at = datetime.now(UTC) + timedelta(seconds=skew_s)
    raw = msgspec.json.encode(Told(event, "charge", "sandbox_pay_nothing", payment, TenantId(school.tenant), at))
    headers = {HEADER: signed(raw, secret, at.timestamp())}
    return school.admin.post("/api/gateways/sandbox/notices", content=raw, headers=headers)


def entries(school: School) -> list[str]:
    """Every entry of the journal, once all that follows has followed."""
    return [row["entry"] for row in school.admin.get("/api/journal/entries?limit=200").json()["rows"]]


@proves("pay.process", "pay.refund", "pay.webhooks", "pay.subscription_create", "pay.status")
def test_each_bad_input_is_a_clear_problem_and_no_entry(api: Served) -> None:
    with ExitStack() as clients:
        school, other = School(api, clients), School(api, clients)
        ada, ben = school.learner(), school.learner()
        held, failed = school.paid(ada, capture=False), school.paid(ben, "sandbox:declined")
        soon(lambda: (school.status(held)[0], school.status(failed)[0]), ("authorised", "failed"))
        assert school.admin.command(f"/api/payments/{held}/capture", PRICE).status_code == 200
        soon(lambda: school.access(ada.id), "learning")
        soon(lambda: entries(school), [f"{held}.captured"])
        before, facts = entries(school), school.facts().count("payments.NoticeHeard")

        # Wrong currency, zero, negative, overflow.
        wrong: tuple[tuple[dict[str, Any], str], ...] = (
            ({"currency": "SEK"}, "payment.other_currency"),
            ({"amount": 0}, "request.invalid"),
            ({"amount": -4900}, "request.invalid"),
            ({"amount": 10**15 + 1}, "request.invalid"),
            ({"amount": 2**70}, "request.invalid"),
        )
        for body, code in wrong:
            refused(school.pay(ben, **body), code, 400 if code == "request.invalid" else 409)
            answer = school.admin.command(f"/api/payments/{held}/refund", {"reason": "rain", **PRICE, **body})
            refused(answer, code, 400 if code == "request.invalid" else 409)
        more = {"reason": "rain", **PRICE, "amount": 4901}
        refused(school.admin.command(f"/api/payments/{held}/refund", more), "payment.refund_too_large")
        # An unknown plan; a payment that is another school's, or another person's.
        refused(ada.command("/api/plans/nothing/subscribe", {"version": 1, "method": "m"}), "plan.not_found", 404)
        for what, said in (("refund", {"reason": "rain"}), ("capture", PRICE), ("void", {"reason": "rain"})):
            refused(other.admin.command(f"/api/payments/{held}/{what}", said), "payment.not_found", 404)
            assert ben.command(f"/api/payments/{held}/{what}", said).status_code == 403
        for foreign in (other.admin, ben):
            refused(foreign.get(f"/api/payments/{held}"), "payment.not_found", 404)
        # A second capture, and what was never taken given back.
        refused(school.admin.command(f"/api/payments/{held}/capture", PRICE), "payment.captured_already")
        refused(school.admin.command(f"/api/payments/{failed}/capture", PRICE), "payment.not_authorised")
        refused(school.admin.command(f"/api/payments/{failed}/refund", {"reason": "rain"}), "payment.not_captured")
        # A notice that is forged, or of another time, or comes again, or is of nothing that there is.
        secret, event = sandbox_secret(Settings()), str(uuid4())
        refused(notice(school, event, held, secret="another"), "notice.forged", 400)  # noqa: S106
        for skew_s in (-310, 310):
            refused(notice(school, event, held, secret=secret, skew_s=skew_s), "notice.too_old", 400)
        assert school.facts().count("payments.NoticeHeard") == facts
        for _ in range(3):
            assert notice(school, event, held, secret=secret).status_code == 200
        assert school.facts().count("payments.NoticeHeard") == facts + 1

        # What is asked after all that is done after all that: nothing of it was entered.
        last = school.paid(ben)
        soon(lambda: school.access(ben.id), "learning")
        soon(lambda: sorted(entries(school)), sorted([*before, f"{last}.captured"]))
        assert entries(other) == []
        assert school.status(held) == ("captured", 0)
